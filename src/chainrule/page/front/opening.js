// What a visitor sees first: what the network reads, and what can be done about it.

import { count, el, t } from "./dom.js";
import { heat } from "./paint.js";
import { elsewhere } from "./server.js";
import { answered, truth } from "./symbols.js";
import { pools } from "./windows.js";
import { broken, called, sentences } from "./wording.js";

export function opening(steps) {
  const { reading, drawn, empty, overflow, bare } = steps;
  if (overflow) return overflowed(steps);
  if (empty || !reading) return words(steps, t("Draw a digit."), t("The network reads it when you lift the pen."), []);
  const { network } = reading, name = called(answered(reading)), neurons = network.sizes.slice(reading.dense - 1, -1).reduce((total, each) => total + each, 0), maps = reading.images.filter(({ layer }) => !pools(network, layer)).reduce((total, { layer }) => total + reading.shape(layer)[0], 0);
  const inside = maps ? neurons ? t("Inside are {maps} {maps:map|maps}, {neurons} {neurons:neuron|neurons} and {numbers} {numbers:number|numbers}.", { maps: count(maps), neurons: count(neurons), numbers: count(network.parameters) }) : t("Inside are {maps} {maps:map|maps} and {numbers} {numbers:number|numbers}.", { maps: count(maps), numbers: count(network.parameters) }) : neurons ? t("Inside are {neurons} {neurons:neuron|neurons} and {numbers} {numbers:number|numbers}.", { neurons: count(neurons), numbers: count(network.parameters) }) : t("Inside are {numbers} {numbers:number|numbers} and no hidden neuron.", { numbers: count(network.parameters) });
  const go = (step, words) => !bare && el("button.btn.main.big", { "data-key": "follow", onclick: () => steps.act.go(step) }, words);
  const own = steps.act.drawing ? [el("button.btn.big", { "data-key": "draw", onclick: () => steps.act.draw() }, t("Draw your own digit"))] : [];
  if (!reading.told) return words(steps, t("It reads {a}.", { a: name }), t("What is it really? Say it, and follow the error back."), [steps.chooser()]);
  if (reading.numeric) return words(steps, t("It answers {a}. It should be {b}.", { a: name, b: truth(reading) }), sentences(inside, t("Follow the error back to the numbers that made it, and change them.")), [go(3, t("Follow the error back"))]);
  const said = drawn ? [steps.chooser()] : [];
  if (reading.right) {
    const agreed = drawn ? t("You say so, too.") : "";
    return words(steps, t("It reads {a}, and is right.", { a: name }), sentences(agreed, inside, bare ? "" : t("See how they come to it.")), [go(1, t("Look inside")), ...own, ...said]);
  }
  return words(steps, t("It reads {a}. It is {b}.", { a: name, b: called(truth(reading)) }), sentences(inside, bare ? "" : t("Follow this mistake back to the numbers that made it, and change them.")), [go(3, t("Follow the mistake back")), !bare && el("button.btn.big", { "data-key": "first", onclick: () => steps.act.go(1) }, t("From the first step")), ...own, ...said]);
}

function words(steps, title, text, buttons) {
  return [el("div.opening", {}, el("div", {}, el("h2.first", {}, ...broken(title)), el("p.first-words", {}, ...broken(text)), el("div.go", {}, ...buttons.filter(Boolean))), others(steps))];
}

function others(steps) {
  const shown = steps.act.mistakes();
  const each = ({ index, x, label, read }) => el("button", { "data-key": `example ${index}`, "aria-label": t("test example {number}: {label}, read as {read}", { number: steps.act.number(index), label, read }), onclick: () => steps.act.pick(index) },
    ...(steps.act.image ? [heat(el("canvas.px", {}), x, steps.act.image, {})] : []), el("span", {}, `${label} → ${read}`));
  return el("div.others", {}, ...(shown.length ? [el("p", {}, t("Other mistakes")), el("div.thumbs", {}, ...shown.map(each))] : []), el("p.more", {}, steps.link("next", steps.act.drawing ? t("Another digit") : t("Another example"), () => steps.act.next()), ...elsewhere(steps)));
}

function overflowed(steps) {
  return words(steps, t("The numbers have overflowed."), t("A step was too long. Take it back, and choose a smaller η."), [el("button.btn.main.big", { "data-key": "undo", onclick: () => steps.act.undo() }, t("Undo the step"))]);
}
