// A small GPT that learns from lines of text: what `learn` and `GPT` of chainrule.gpt do, by the same programs as WebAssembly.

import { Refused } from "./asking.js";
import { message } from "./dom.js";
import { numbers, programs, STEPS } from "./gpt-programs.js";
import { drawn, random, shuffled } from "./random.js";

const BLOCK = 16, DEVIATION = 0.08; // places; of first weights
const APART = 10, MOST_APART = 1000; // one line in so many is kept apart, and so many at most
const POINTS = 100, MEASURED = 20; // of the two curves

/** The lines of a text, and some that are kept apart: { known, unseen }. */
export function divided(text, seed) {
  const lines = text.split(/\r?\n/).map((line) => line.trim()).filter(Boolean), next = random(seed);
  if (lines.length < 2) throw new Refused(message("A small GPT learns from two lines or more."));
  const mixed = Array.from(shuffled(next, lines.length), (k) => lines[k]), apart = Math.min(Math.max(Math.floor(lines.length / APART), 1), MOST_APART);
  return { known: mixed.slice(apart), unseen: mixed.slice(0, apart) };
}

export class Lesson {
  /** A lesson of so many steps on lines, in this order; first weights are given, or drawn. */
  static async of({ known, unseen, weights = null, count, seed = 0 }) {
    const lesson = new Lesson(), letters = [...new Set([...known, ...unseen].join(""))].sort((one, other) => one.codePointAt() - other.codePointAt());
    const tokens = letters.length + 1, program = programs.find((each) => each.tokens >= tokens);
    if (!program) throw new Refused(message("The text has {count:,} different characters; a small GPT learns up to {most:,}."), { count: letters.length, most: programs.at(-1).tokens - 1 });
    const [steps, answers, number] = await Promise.all([program.steps, program.answers, numbers].map((each) => each.instantiate())), next = random(seed);
    Object.assign(lesson, { letters, end: letters.length, tokens, steps, answers, number, count, done: 0, next, numberOf: new Map(letters.map((letter, token) => [letter, token])) });
    const { inputs } = steps, { weights: first } = inputs;
    if (weights) first.reduce((from, each) => { each.set(weights.subarray(from, from + each.length)); return from + each.length; }, 0);
    else first.forEach((each) => each.set(drawn(next, [{ name: "w", drawn: [0, DEVIATION] }], { w: each }).w));
    for (const each of [inputs.known, answers.inputs.known]) each.fill(1, 0, tokens);
    const pieces = lesson.pieces(known);
    lesson.known = weights ? pieces : Array.from(shuffled(next, pieces.length), (k) => pieces[k]);
    lesson.unseen = lesson.pieces(unseen);
    lesson.held = [...inputs.weights, ...inputs.means, ...inputs.squares];
    const unknown = ((program.tokens - tokens) * (first[0].length + first.at(-1).length)) / program.tokens; // weights of tokens that never come
    Object.assign(lesson, { parameters: first.reduce((sum, each) => sum + each.length, -unknown), costs: [], curve: [], measured: [[0, lesson.cost()]] });
    return lesson;
  }

  /** The tokens of lines, each piece with the one that follows it: a block of them at most. */
  pieces(lines) {
    return lines.flatMap((line) => {
      const document = [this.end, ...this.numbersOf(line), this.end];
      return Array.from({ length: Math.ceil((document.length - 1) / BLOCK) }, (_, k) => document.slice(k * BLOCK, (k + 1) * BLOCK + 1));
    });
  }

  numbersOf(line) {
    return Array.from(line, (letter) => {
      if (!this.numberOf.has(letter)) throw new Refused(message("The network does not know “{letter}”; it was not in its text."), { letter });
      return this.numberOf.get(letter);
    });
  }

  /** One run of steps; gives the cost before each. */
  train() {
    const { tokens, targets, share, numbers: all } = this.steps.inputs, { number, done, count } = this;
    tokens.fill(BigInt(this.end));
    targets.fill(BigInt(this.end));
    share.fill(0);
    for (let row = 0; row < STEPS; row++) {
      const piece = this.known[(done + row) % this.known.length], size = piece.length - 1;
      for (let k = 0; k < size; k++) {
        tokens[row * BLOCK + k] = BigInt(piece[k]);
        targets[row * BLOCK + k] = BigInt(piece[k + 1]);
      }
      share.fill(1 / size, row * BLOCK, row * BLOCK + size);
      number.inputs.step[0] = done + row;
      number.inputs.of[0] = count;
      number.run().forEach(([each], k) => { all[3 * row + k] = each; });
    }
    const [costs, ...state] = this.steps.run();
    if (!costs.every(Number.isFinite)) throw new Refused(message("The numbers overflowed at step {step}."), { step: done });
    state.flat().forEach((each, k) => this.held[k].set(each));
    const found = costs.slice(0, count - done);
    this.done += found.length;
    this.costs.push(...found);
    this.given = false;
    if (this.due(POINTS)) {
      this.curve.push([this.done, mean(this.costs)]);
      this.costs = [];
    }
    if (this.due(MEASURED)) this.measured.push([this.done, this.cost()]);
    return found;
  }

  /** Whether the steps that are done are one of so many parts of all. */
  due(parts) {
    return this.done % Math.ceil(this.count / parts) < STEPS || this.done === this.count;
  }

  /** What it says of tokens: the probabilities by place, and the attention by head and place; valid until the next time. */
  said(tokens) {
    const { inputs } = this.answers;
    if (!this.given) inputs.weights.forEach((each, k) => each.set(this.steps.inputs.weights[k]));
    this.given = true;
    inputs.tokens.fill(BigInt(this.end));
    tokens.forEach((token, k) => { inputs.tokens[k] = BigInt(token); });
    const { p, attention } = this.answers.run(), across = inputs.known.length;
    return { attention, at: (place) => p.subarray(place * across, place * across + this.tokens) };
  }

  /** The loss at each place of a piece. */
  losses(piece) {
    const said = this.said(piece.slice(0, -1));
    return piece.slice(1).map((token, place) => -Math.log(said.at(place)[token]));
  }

  /** The mean cost of the lines that are kept apart. */
  cost() {
    return mean(this.unseen.map((piece) => mean(this.losses(piece))));
  }

  /** Lines that it writes, each letter drawn as probable as it is. */
  write(count, temperature) {
    return Array.from({ length: count }, () => {
      const line = [this.end];
      while (line.length < BLOCK) {
        const p = Array.from(this.said(line).at(line.length - 1), (each) => Math.max(each, 1e-300) ** (1 / temperature));
        let left = this.next() * p.reduce((sum, each) => sum + each, 0), token = p.findIndex((each) => (left -= each) < 0);
        if (token < 0) token = this.end; // rounding
        if (token === this.end) break;
        line.push(token);
      }
      return line.slice(1).map((token) => this.letters[token]).join("");
    });
  }

  /** How it reads a line, or the first block of it: letters and those that come next, probabilities, losses, and the attention of each head. */
  read(line) {
    const piece = [this.end, ...this.numbersOf(line), this.end].slice(0, BLOCK + 1), places = piece.length - 1, said = this.said(piece.slice(0, -1));
    const heads = said.attention.length / BLOCK ** 2, share = (head, place) => said.attention.slice((head * BLOCK + place) * BLOCK, (head * BLOCK + place) * BLOCK + places);
    const each = Array.from({ length: places }, (_, place) => place);
    return {
      seen: piece.slice(0, -1), following: piece.slice(1), letters: this.letters, p: each.map((place) => said.at(place).slice()),
      attention: Array.from({ length: heads }, (_, head) => each.map((place) => share(head, place))),
      losses: each.map((place) => -Math.log(said.at(place)[piece[place + 1]])),
    };
  }
}

const mean = (values) => values.reduce((sum, each) => sum + each, 0) / values.length;
