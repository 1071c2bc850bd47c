// The Worker of the small GPT: it trains at the pace that is asked for, and answers what the page asks of the present weights.

import { answering, breath } from "./asking.js";
import { divided, Lesson } from "./lesson.js";

const BREATH = 12; // milliseconds of training after which other questions are answered
const TOLD = 50; // milliseconds between two reports
const LATE = 0.25; // seconds of steps that are made up for, if the machine was busy

let lesson, going = false;
let pace = 500; // steps a second
let since; // when this pace began: { time, done }

const begin = () => { since = { time: performance.now(), done: lesson.done }; };

/** How far it has come. */
function state() {
  const { done, count, curve, measured, tokens, parameters } = lesson, seconds = (performance.now() - since.time) / 1000;
  return { done, count, curve, measured, tokens, parameters, rate: (done - since.done) / seconds };
}

/** Begin anew: with lines and first weights, or with a text. */
async function open({ text, ...given }) {
  going = false;
  lesson = await Lesson.of(text === undefined ? given : { ...divided(text, given.seed), ...given });
  begin();
  return state();
}

/** Train until all steps are done, or it is told to pause. */
async function train() {
  const own = lesson;
  going = true;
  begin();
  let told = 0, last = performance.now(), due = 0;
  try {
    while (going && lesson === own && own.done < own.count) {
      const begun = performance.now();
      due = Math.min(due + (pace * (begun - last)) / 1000, Math.max(pace * LATE, 1));
      for (last = begun; due >= 1 && own.done < own.count && performance.now() - begun < BREATH;) due -= own.train().length;
      if (begun - told > TOLD) {
        told = begun;
        postMessage(state());
      }
      await (due >= 1 ? breath() : new Promise((resolve) => { setTimeout(resolve, BREATH); }));
    }
  } finally {
    if (lesson === own) going = false;
  }
  return state();
}

answering({
  open, train, pause: () => { going = false; }, pace: (given) => { pace = given; begin(); },
  write: (...given) => lesson.write(...given), read: (line) => lesson.read(line),
});
