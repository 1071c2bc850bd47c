// The steps below the stage: of each one sentence, one figure, one line for all neurons at once; the rest is folded.

import { change, curve } from "./curve.js";
import { count, el, num, percent, state, sym, t } from "./dom.js";
import * as kernels from "./kernels.js";
import { errorScale, heat, scale } from "./paint.js";
import { pythonOf } from "./python.js";
import { answered, applied, bold, factor, fixed, gradientOf, letterOf, matrixLine, missed, slopeOf, truth, turned } from "./symbols.js";
import { nameOf, plainOf } from "./track.js";
import { pools } from "./windows.js";

const FEW = 16; // so many numbers are told one by one
const ROOM = 1.3; // the end of a scale lies so far beyond the largest number, that it is not the darkest shade
const NOTHING = 0.02; // a right answer with smaller errors has nothing to send back

/** A class as a sentence has it: setosa; of digits in English a 5 and an 8. */
export const called = (name) => (state.language !== "en" || !/^\d+$/.test(name) ? name : /^(8|11|18|8\d+)$/.test(name) ? `an ${name}` : `a ${name}`);

/** Sentences behind each other, with a space between them where the language has one. */
const sentences = (...all) => all.filter(Boolean).reduce((said, next) => said + (said.replaceAll("*", "").endsWith("。") ? "" : " ") + next);

/** The sections of the page of one scene; `act` is what its buttons do. */
export class Steps {
  constructor(stage, act) {
    Object.assign(this, { stage, act, folded: new Set() });
  }

  /** A step as the children of its section. */
  section(number, scene, place) {
    Object.assign(this, scene, { now: scene, kind: place.kind, large: place.kind === "l" || place.kind === "m", number });
    if (number === 0) return this.opening();
    const kick = el("h3.kick", {}, `${number} ${nameOf(number)} · ${plainOf(number, this.table)}`);
    if (!this.reading || this.overflow) return [kick, el("p.say", {}, t("There is nothing to tell yet."))];
    if (this.bare) return [kick, el("p.say", {}, t("The steps are told of networks of convolutions, pooling and fully connected layers, without normalization; net.explain tells of the others, too."))];
    if (number > 2 && !this.reading.told) return [kick, ...this.unknown()];
    const told = this.maps && { 2: kernels.weighing, 4: kernels.blaming, 5: kernels.gradients }[number];
    const { say, figure, all, folds = [], note } = told ? told(this) : [null, () => this.ink(), () => this.weighing(), () => this.missing(), () => this.blaming(), () => this.gradients(), () => this.updating()][number]();
    return [kick, el("div.grid", {}, el("p.say", {}, ...bold(say)), el("div.figure", {}, ...figure)), this.foot(all, note, [...this.onward(), ...folds])];
  }

  // ---- what stands in every step -----------------------------------------------------------------------------------------

  foot([label, ...line], note, folds) {
    const code = pythonOf(this.reading.network, this.number), key = `python ${this.number}`, open = this.folded.has(key);
    const text = el("pre.python", { hidden: !open, tabindex: 0, "aria-label": "Python" }, code.join("\n"));
    const python = code.length ? [el("button.link", { "data-key": key, "aria-expanded": `${open}`, onclick: () => this.fold(key, text, python[0]) }, "Python")] : [];
    const foot = el("div.foot", {}, el("span.lab", {}, label, ...(note ? [el("span.note", {}, note)] : [])), matrixLine(...line), el("span.folds", {}, ...folds, ...python));
    return el("div.all", {}, foot, text);
  }

  fold(key, text, button) {
    const open = text.hidden;
    text.hidden = !open;
    button.setAttribute("aria-expanded", `${open}`);
    if (open) this.folded.add(key);
    else this.folded.delete(key);
  }

  link(key, words, run) {
    return el("button.link", { "data-key": key, onclick: run }, words);
  }

  /** The way to the next step, by its name in plain words. */
  onward() {
    const next = this.number + 1;
    return next > 6 ? [] : [el("button.btn.onward", { "data-key": "onward", onclick: () => this.act.go(next) }, t("Next: {step}", { step: plainOf(next, this.table) }))];
  }

  /** The classes as buttons, to say what a drawing really is. */
  chooser() {
    const { reading } = this, two = reading.network.kind === "binary", names = two ? [reading.name(0), reading.name(1)] : reading.network.classes, many = names.length > 26;
    if (reading.numeric) return null;
    if (many) return el("select.classes", { label: "It really is", onchange: (event) => this.act.says(+event.target.value) }, el("option", { value: "" }, "…"), ...names.map((name, k) => el("option", { value: k, selected: k === reading.label }, `${name}`)));
    return el("div.classes", { role: "group", label: "It really is" }, ...names.map((name, k) => el("button.btn", { "data-key": `class ${k}`, "aria-pressed": `${k === reading.label}`, onclick: () => this.act.says(k) }, `${name}`)));
  }

  unknown() {
    return [el("div.grid", {}, el("p.say", {}, t("An error is known only where the truth is known. What is it really?")), el("div.figure", {}, this.chooser()))];
  }

  get table() { return this.reading?.network.inputs.kind === "columns"; }

  cell(value, top, lit = false) {
    const drawn = heat(el("canvas.cell", { "aria-hidden": "true" }), [value], 1, { diverging: true, top: top || 1 });
    if (lit) drawn.classList.add("lit");
    return drawn;
  }

  /** Numbers of a layer as a picture of a size. */
  picture(values, layer, size, how) {
    const laid = this.stage.laid(this.reading, layer, values), rows = Math.ceil(laid.values.length / laid.columns), narrow = this.reading.shape(layer) ? Math.min(1, rows / laid.columns) : 1;
    return heat(el("canvas.px", { "aria-hidden": "true", style: `width:${size}px;height:${size * narrow}px` }), laid.values, laid.columns, how);
  }

  many(rows) { return rows === 1 ? t("As an equation") : t("All {count} at once", { count: count(rows) }); }
  get pictureSize() { return { l: 164, m: 120 }[this.kind] ?? Math.min(92, (innerWidth - 84) / 3); }
  shape(rows, columns = 1) { return `${rows}×${columns}`; }

  /** The name of a number of a layer: its column, or its place. */
  named(layer, i) {
    const { inputs } = this.reading.network;
    return layer === 1 && inputs.names?.[i] !== undefined ? inputs.names[i] : `${i}`;
  }

  // ---- 0: what a visitor sees first --------------------------------------------------------------------------------------

  opening() {
    const { reading, drawn, empty, overflow, bare } = this;
    if (overflow) return this.broken();
    if (empty || !reading) return this.words(t("Draw a digit."), t("It is read as soon as your pen lifts."), []);
    const { network } = reading, name = called(answered(reading)), neurons = network.sizes.slice(reading.dense - 1, -1).reduce((total, each) => total + each, 0), maps = reading.images.filter(({ layer }) => !pools(network, layer)).reduce((total, { layer }) => total + reading.shape(layer)[0], 0);
    const inside = maps ? neurons ? t("Inside are {maps} maps, {neurons} neurons and {numbers} numbers.", { maps: count(maps), neurons: count(neurons), numbers: count(network.parameters) }) : t("Inside are {maps} maps and {numbers} numbers.", { maps: count(maps), numbers: count(network.parameters) }) : neurons ? t("Inside are {neurons} neurons and {numbers} numbers.", { neurons: count(neurons), numbers: count(network.parameters) }) : t("Inside are {numbers} numbers and no hidden neuron.", { numbers: count(network.parameters) });
    const go = (step, words) => !bare && el("button.btn.main.big", { "data-key": "follow", onclick: () => this.act.go(step) }, words);
    const own = this.act.drawing ? [el("button.btn.big", { "data-key": "draw", onclick: () => this.act.draw() }, t("Draw your own digit"))] : [];
    if (!reading.told) return this.words(t("It reads {a}.", { a: name }), t("What is it really? Say it, and follow the error back."), [this.chooser()]);
    if (reading.numeric) return this.words(t("It answers {a}. It should be {b}.", { a: name, b: truth(reading) }), sentences(inside, t("Follow the error back to the numbers that made it, and change them.")), [go(3, t("Follow the error back"))]);
    const said = drawn ? [this.chooser()] : [];
    if (reading.right) {
      const agreed = drawn ? t("You say so, too.") : "";
      return this.words(t("It reads {a}, and is right.", { a: name }), sentences(agreed, inside, bare ? "" : t("See how they come to it.")), [go(1, t("Look inside")), ...own, ...said]);
    }
    return this.words(t("It reads {a}. It is {b}.", { a: name, b: called(truth(reading)) }), sentences(inside, bare ? "" : t("Follow this mistake back to the numbers that made it, and change them.")), [go(3, t("Follow the mistake back")), ...own, ...said, ...(bare ? [] : [this.link("first", t("From the first step"), () => this.act.go(1))])]);
  }

  words(title, text, buttons) {
    return [el("div.opening", {}, el("div", {}, el("h2.first", {}, title), el("p.first-words", {}, text), el("div.go", {}, ...buttons)), this.others())];
  }

  others() {
    const shown = this.act.mistakes();
    const each = ({ index, x, label, read }) => el("button", { "data-key": `example ${index}`, "aria-label": t("test example {number}: {label}, read as {read}", { number: this.act.number(index), label, read }), onclick: () => this.act.pick(index) },
      ...(this.act.image ? [heat(el("canvas.px", {}), x, this.act.image, {})] : []), el("span", {}, `${label} → ${read}`));
    return el("div.others", {}, ...(shown.length ? [el("p", {}, t("Other mistakes")), el("div.thumbs", {}, ...shown.map(each))] : []), el("p.more", {}, this.link("next", this.act.drawing ? t("Another digit") : t("Another example"), () => this.act.next())));
  }

  broken() {
    return this.words(t("The numbers have overflowed."), t("A step was too long. Take it back, and choose a smaller η."), [el("button.btn.main.big", { "data-key": "undo", onclick: () => this.act.undo() }, t("Undo the step"))]);
  }

  // ---- 1: the input ------------------------------------------------------------------------------------------------------

  ink() {
    const { reading, x } = this, a = reading.a(1), { inputs } = reading.network, all = reading.images.length ? [t("The image as it is"), [sym("a", 1), reading.shape(1).join("×")]] : [this.table ? t("All columns in one") : t("All rows in one column"), [sym("a", 1), this.shape(a.length)]];
    if (this.table) {
      const order = Array.from(a, (_, i) => i).sort((p, q) => Math.abs(a[q]) - Math.abs(a[p])).slice(0, 6);
      const rows = order.map((i) => el("tr", {}, el("th", { scope: "row" }, this.named(1, i)), el("td", {}, fixed(x[i], 2)), el("td", {}, "→"), el("td.cr-a", {}, el("b", {}, fixed(a[i])))));
      return { say: t("Each of the {count} columns becomes one activation, on a scale that they share.", { count: a.length }), figure: [el("table.numbers", {}, ...rows)], all };
    }
    const columns = inputs.shape.at(-1), lines = a.length / columns;
    const inked = Array.from({ length: lines }, (_, row) => a.subarray(row * columns, (row + 1) * columns).reduce((total, each) => total + each, 0));
    const row = inked.indexOf(Math.max(...inked)), values = Array.from(a.subarray(row * columns, (row + 1) * columns)), room = this.large ? columns : 14;
    const middle = values.reduce((total, each, i) => total + i * each, 0) / (inked[row] || 1), from = Math.max(0, Math.min(columns - room, Math.round(middle - room / 2)));
    const cells = values.slice(from, from + room).map((value) => el("span", {}, heat(el("canvas", { "aria-hidden": "true" }), [value], 1, {}), el("span", { class: value ? "cr-a" : "mute" }, value ? value.toFixed(2).replace("0.", ".") : "0")));
    return { say: t("Each of the {count} pixels becomes one activation between 0 (paper) and 1 (ink).", { count: a.length }), figure: [el("span.note", {}, t("row {row} of {count}", { row: row + 1, count: lines })), el("div.pixels", {}, ...cells)], all };
  }

  // ---- 2: feedforward ----------------------------------------------------------------------------------------------------

  weighing() {
    const { reading, layer, told } = this, kind = reading.activation(layer), z = reading.z(layer)[told], a = reading.a(layer)[told];
    const found = reading.brought(layer, told), dot = found.for + found.against, before = reading.size(layer - 1), name = layer === reading.last ? reading.output(told) : told;
    const firm = { sigmoid: [0.3, 0.7], softmax: [0.3, 0.7], tanh: [-0.5, 0.5] }[kind] ?? [0, 0];
    const does = kind === "linear" ? t("**that is all**") : a > firm[1] ? t("**fires**") : kind === "relu" || a < firm[0] ? t("**stays silent**") : t("**cannot decide**");
    const who = layer === reading.last ? (!name ? t("The answer") : t("Answer {name}", { name })) : t("Neuron {j}", { j: told });
    const behind = layer === reading.dense && reading.lastImage, say = layer > 2 ? t("{who} weighs what comes from layer {before}, adds it all up, and {does}.", { who, before: behind || layer - 1, does })
      : this.table ? t("{who} weighs the columns, adds it all up, and {does}.", { who, does }) : t("{who} lays its picture over the ink, adds it all up, and {does}.", { who, does });
    const list = before <= FEW || (this.table && layer === 2);
    const shown = list ? this.products(layer, told, found) : this.overlay(layer, told, found);
    const drawn = this.kind === "l" ? curve(kind, z, 300, 104, fixed(a)) : null;
    const numbers = el("div.worked", {}, el("div", {}, sym("z", layer, told), " = ", el("span.under", {}, fixed(dot), el("span.note", {}, t("the sum"))), " + ", el("span.under.cr-b", {}, factor(reading.bias(layer, told)), el("span.note", {}, t("its bias"))), " = ", el("b.cr-z", {}, fixed(z))),
      el("div", {}, sym("a", layer, told), " = ", applied(kind, fixed(z)), " = ", el("b.cr-a", {}, fixed(a))), ...(drawn ? [drawn] : []));
    const rows = reading.size(layer);
    return {
      say, figure: [el("div.beside", {}, shown, numbers)], folds: this.layers(),
      all: [this.many(rows), [sym("z", layer), this.shape(rows)], "=", [sym("w", layer), `${rows}×**${before}**`], [sym("a", layer - 1), `**${before}**×1`], "+", [sym("b", layer), this.shape(rows)]],
    };
  }

  /** The other layers, to be told of in the place of this one. */
  layers() {
    const { reading, layer } = this, { tellable } = reading;
    if (tellable.length < 2) return [];
    const next = tellable[(tellable.indexOf(layer) + 1) % tellable.length], shape = { layer: next, shape: reading.isImage(next) ? reading.shape(next).join("×") : `${reading.size(next)}×${reading.size(next - 1)}` };
    return [this.link("layer", next > layer ? t("Then layer {layer}: {shape}", shape) : t("Back to layer {layer}: {shape}", shape), () => this.act.layer(next))];
  }

  /** The next scene of the way back. */
  further() {
    const { reading, back } = this, { backs } = reading;
    if (backs.length < 2) return [];
    const next = backs[(backs.findIndex(({ layer, part }) => layer === back.layer && (part ?? null) === (back.part ?? null)) + 1) % backs.length], { layer, part } = next, pool = reading.images.find((each) => each.layer === layer)?.pool;
    const words = next === backs[0] ? t("Back to layer {layer}", { layer: part ? pool ?? layer : layer }) : !part ? t("Then layer {layer}", { layer }) : { column: t("Then layer {layer}", { layer: pool ?? layer }), pool: t("Then back through the pooling"), window: t("Then back through the kernels") }[part];
    return [this.link("layer", words, () => this.act.back(next))];
  }

  overlay(layer, k, { products, ...sums }) {
    const { reading } = this, size = this.pictureSize, weights = reading.row(layer, k), n = weights.length, top = scale(weights, 0.98), a = reading.a(layer - 1);
    const column = (head, picture, ...below) => el("span.column", {}, el("span.head", {}, head), picture, ...below);
    return el("div.pictures", { style: `--size:${size}px` },
      column(sym("w", layer, k), this.picture(weights, layer - 1, size, { diverging: true, top }), el("span.dim", {}, "1×", el("b", {}, `${n}`))), el("span.between", {}, "·"),
      column(sym("a", layer - 1), this.picture(a, layer - 1, size, { top: Math.max(1, ...a) }), el("span.dim", {}, el("b", {}, `${n}`), "×1")), el("span.between", {}, "="),
      column(el("span.words", {}, layer === 2 && !this.table ? t("pixel by pixel") : t("one by one")), this.picture(products, layer - 1, size, { diverging: true, top: scale(products.filter(Boolean), 0.98) }),
        el("span.note.nowrap", {}, this.kind === "l" ? `${t("for")} ` : "", el("b.pos", {}, fixed(sums.for, 2, true)), " ", this.kind === "l" ? `${t("against")} ` : "", el("b.neg", {}, fixed(sums.against, 2)))));
  }

  /** The same number by number, the largest first. */
  products(layer, k, { products }) {
    const { reading } = this, a = reading.a(layer - 1), order = Array.from(products, (_, i) => i).sort((p, q) => Math.abs(products[q]) - Math.abs(products[p])), shown = order.slice(0, order.length > 6 ? 5 : 6), rest = order.slice(shown.length);
    const rows = shown.map((i) => el("tr", {}, el("th", { scope: "row" }, this.named(layer - 1, i)), el("td.cr-w", {}, fixed(reading.weight(layer, k, i))), el("td", {}, "×"), el("td.cr-a", {}, factor(a[i])), el("td", {}, "="), el("td", {}, el("b", { class: products[i] < 0 ? "neg" : "pos" }, fixed(products[i], 3, true)))));
    const others = rest.length ? [el("tr", {}, el("th", { scope: "row", colspan: 5 }, t("the other {count}", { count: rest.length })), el("td", {}, fixed(rest.reduce((total, i) => total + products[i], 0), 3, true)))] : [];
    return el("table.numbers", {}, ...rows, ...others);
  }

  // ---- 3: the error of the answers ---------------------------------------------------------------------------------------

  missing() {
    const { reading } = this, { last, missing: how } = reading, a = reading.a(last), delta = reading.delta(last), rows = reading.size(last), kind = reading.activation(last), { wanted } = reading;
    const row = (k) => {
      const y = reading.numeric ? factor(wanted[k]) : `${wanted[k]}`, off = a[k] - wanted[k], value = el("span.cr-a", {}, fixed(a[k])), error = el("b.cr-d", {}, num(delta[k], 3, true));
      const why = Math.abs(off) < 0.05 ? t("almost as it should be") : off < 0 ? t("too low: it should rise") : t("too high: it should fall");
      const made = { plain: () => [value, ` − ${y} = `, error], slope: () => ["(", value, ` − ${y}) × `, el("span.cr-z", {}, num(reading.slope(last)[k])), " = ", error], other: () => [error] }[how]();
      return [el("b.digit", {}, reading.output(k)), el("span.nowrap", {}, ...made), el("span.note", {}, how === "other" ? `a = ${fixed(a[k])}, y = ${y}` : why)];
    };
    const head = { plain: [sym("a", last), " − ", sym("y"), " = ", sym("d", last)], slope: [missed(last), " × ", slopeOf(kind, last), " = ", sym("d", last)], other: [sym("d", last)] }[how];
    const say = { plain: t("How far off is each answer? With this cost that alone is **the error δ**."), slope: t("How far off is each answer, times how strongly it still reacts: that is **the error δ**."), other: t("How does the cost change with what each answer sums up? That is **the error δ**.") }[how];
    const line = { plain: [[sym("a", last), this.shape(rows)], "−", [sym("y"), this.shape(rows)]], slope: [[missed(last), this.shape(rows)], "⊙", [slopeOf(kind, last), this.shape(rows)]], other: [[gradientOf("z", last), this.shape(rows)]] }[how];
    return { say, figure: [el("div.missing", {}, el("span"), el("span.nowrap", {}, ...head), el("span"), ...reading.dispute.flatMap(row))], all: [this.many(rows), [sym("d", last), this.shape(rows)], "=", ...line] };
  }

  // ---- 4: the error flows back -------------------------------------------------------------------------------------------

  blaming() {
    const { reading, scene, focus: j, targets, lit } = this, { last } = reading;
    if (!reading.hidden) return this.nowhere();
    const delta = reading.delta(scene)[j], slope = reading.slope(scene)?.[j], { terms, sum } = reading.blame(scene, j), kind = reading.activation(scene), flat = reading.flat(scene, j);
    const most = Math.max(...reading.delta(last).map(Math.abs)), next = scene + 1;
    const say = most < NOTHING ? (reading.right ? t("Almost no error: nothing to send back.") : t("The answers are wrong, but they sit on the flat ends of their curve: **hardly any error flows back.**")) : t("The error runs back through **the same wires**, and stops where a neuron is deaf.");
    const two = [...new Set(targets)].sort((p, q) => Math.abs(terms[q]) - Math.abs(terms[p])), rest = sum - two.reduce((total, k) => total + terms[k], 0), others = reading.size(next) - two.length;
    const weightTop = terms.reduce((most, _, k) => Math.max(most, Math.abs(reading.weight(next, k, j))), 0) * ROOM, errorTop = errorScale(reading.delta(next)) * ROOM;
    const row = (k) => {
      const w = reading.weight(next, k, j), error = reading.delta(next)[k], own = k === lit;
      const stacked = (kindOf, symbol, text) => el(`span.stacked.cr-${kindOf}`, {}, symbol, el("b", {}, text));
      return el("button.term", { "data-key": `term ${k}`, "aria-pressed": `${own}`, class: `term${own ? " lit" : ""}`, onclick: () => this.act.light(k) }, this.cell(w, weightTop, own), stacked("w", sym("w", next, `${k},${j}`), fixed(w, 2)), el("span.between", {}, "×"), this.cell(error, errorTop), stacked("d", sym("d", next, k), this.large ? num(error) : factor(error)), el("span.between", {}, "="), el("b.product", {}, num(terms[k], 3, true)), el("span.note", {}, this.why(next, k, w, error)));
    };
    const did = flat ? t("neuron {j} is deaf here", { j }) : delta > 0 ? t("neuron {j} said too much", { j }) : t("neuron {j} said too little", { j });
    const drawn = curve(kind, reading.z(scene)[j], 66, 52);
    const left = [el("span.part", {}, el("span.head", {}, sym("d", scene, j)), this.cell(delta, ROOM * errorScale(this.cast.map((each) => reading.delta(scene)[each]))), el("b.cr-d.big-number", {}, num(delta, 3, true)), el("span.note", {}, did)), el("span.between", {}, "="),
      el("span.part", {}, el("span.head", {}, slopeOf(kind, scene, j)), ...(drawn ? [drawn] : []), el("span.big-number", {}, num(slope)), el("span.note", {}, t("how well it listens"))), el("span.between", {}, "×")];
    const short = el("div.in-short", {}, sym("d", scene, j), ` = ${num(sum)} × `, ...(curve(kind, reading.z(scene)[j], 64, 34) ? [curve(kind, reading.z(scene)[j], 64, 34)] : []), ` ${num(slope)} = `, el("b.cr-d", {}, num(delta, 3, true)));
    const sumLine = el("div.term.total", {}, el("span.note", {}, others > 0 ? t("the other {count}: {sum}", { count: others, sum: fixed(rest, 3, true) }) : ""), el("b.product", {}, num(sum, 3, true)));
    const terms2 = el("div.terms", {}, ...two.map(row), sumLine);
    const deaf = reading.deaf(scene), rows = reading.size(scene), letter = letterOf(kind);
    const why = t("A hidden neuron has no right answer of its own: its error is made of those that it caused.");
    const silent = deaf ? (kind === "relu" ? t("{deaf} of {count} neurons are silent: relu′ = 0, so no error passes.", { deaf, count: rows }) : t("{deaf} of {count} neurons sit on the flat ends of {f}: {f}′ ≈ 0, so hardly any error passes.", { deaf, count: rows, f: letter })) : "";
    const strips = this.kind === "l" && rows <= 100 && reading.size(next) <= 30;
    const strip = (values, columns, top) => (strips ? [heat(el("canvas.strip", { "aria-hidden": "true", style: `width:${Math.min(80, columns === 1 ? 12 : 8 * columns)}px;height:${Math.min(60, Math.max(16, 2 * (values.length / columns)))}px` }), values, columns, { diverging: true, top })] : []);
    const flipped = strips ? Float64Array.from({ length: rows * reading.size(next) }, (_, at) => reading.weight(next, at % reading.size(next), Math.floor(at / reading.size(next)))) : [];
    return {
      say, note: sentences(why, silent), folds: this.further(), figure: this.large ? [el("div.blame", {}, ...left, terms2)] : [terms2, short],
      all: [this.many(rows), [sym("d", scene), this.shape(rows), ...strip(reading.delta(scene), 1, errorScale(reading.delta(scene)))], "=",
        [turned("w", next), `${rows}×**${reading.size(next)}**`, ...strip(flipped, reading.size(next), weightTop)], [sym("d", next), `**${reading.size(next)}**×1`, ...strip(reading.delta(next), 1, errorTop)], "⊙", [slopeOf(kind, scene), this.shape(rows), ...strip(reading.slope(scene), 1, Math.max(...reading.slope(scene), 1e-9))]],
    };
  }

  /** What a wire did to the one behind it, which was too low or too high. */
  why(layer, k, w, error) {
    const { reading } = this, name = layer < reading.last ? t("neuron {j}", { j: k }) : reading.output(k) || t("the answer");
    if (Math.abs(error) < 1e-3) return layer === reading.last && Math.abs(reading.a(layer)[k] - reading.wanted[k]) > 0.1 ? t("{name} is far off, but hardly reacts", { name }) : t("{name} is almost as it should be", { name });
    if (error < 0) return w < 0 ? t("{name} was too low; this wire holds it down", { name }) : t("{name} was too low; this wire lifts it", { name });
    return w < 0 ? t("{name} was too high; this wire holds it down", { name }) : t("{name} was too high; this wire lifts it", { name });
  }

  nowhere() {
    const { reading } = this, rows = reading.size(2);
    return { say: t("No hidden layer: behind the answers there is **no one else to blame**. Their errors go straight to the weights."), figure: [el("p.first-words", {}, t("With a hidden layer, the error would run back to it through the same wires."))], all: [this.many(rows), [sym("d", 2), this.shape(rows)]] };
  }

  // ---- 5: gradients ------------------------------------------------------------------------------------------------------

  gradients() {
    const { reading, layer, told } = this, size = this.pictureSize, delta = reading.delta(layer)[told], a = reading.a(layer - 1), values = Float64Array.from(a, (each) => each * delta), rows = reading.size(layer), before = a.length;
    const top = errorScale([delta]) * Math.max(1e-9, ...a.map(Math.abs)), say = t("How much does the cost change with one weight? **By the error after it, times the activation before it.**");
    const list = before <= FEW || (this.table && layer === 2), ink = layer === 2 && !this.table;
    const column = (head, picture, below) => el("span.column", {}, el("span.head", {}, head), picture, below);
    const pictures = () => el("div.pictures", { style: `--size:${size}px` }, column(sym("d", layer, told), el("span.held", {}, this.cell(delta, errorScale([delta]))), el("b.cr-d", {}, num(delta, 3, true))), el("span.between", {}, "×"),
      column(sym("a", layer - 1), this.picture(a, layer - 1, size, { top: Math.max(1, ...a) }), el("span.dim", {}, `1×${before}`)), el("span.between", {}, "="), column(gradientOf("w", layer, told), this.picture(values, layer - 1, size, { diverging: true, top }), el("span.dim", {}, `1×${before}`)));
    const table = () => {
      const order = Array.from(values, (_, i) => i).sort((p, q) => Math.abs(values[q]) - Math.abs(values[p])).slice(0, 6);
      const row = (tag, head, ...cells) => el("tr", {}, el("th", { scope: "row" }, head), ...cells.map((each) => el(tag, {}, each)));
      return el("table.numbers", {}, row("td", "", sym("d", layer, told), "×", sym("a", layer - 1), "=", gradientOf("w", layer, told)),
        ...order.map((i) => row("td", this.named(layer - 1, i), el("span.cr-d", {}, num(delta)), "×", el("span.cr-a", {}, factor(a[i])), "=", el("b.cr-g", {}, num(values[i], 3, true)))));
    };
    const aside = ink ? t("No ink, no blame: a weight behind an empty pixel gets gradient 0.") : t("No activation, no blame: a weight behind a silent number gets gradient 0.");
    return {
      say, folds: this.layers(), figure: [el("div.beside", {}, list ? table() : pictures(), ...(this.kind === "l" ? [el("p.aside", {}, aside)] : []))],
      all: [this.many(rows), [gradientOf("w", layer), `${rows}×${before}`], "=", [sym("d", layer), `${rows}×**1**`], [turned("a", layer - 1), `**1**×${before}`]],
    };
  }

  // ---- 6: the update -----------------------------------------------------------------------------------------------------

  updating() {
    const { reading, before, previous, lit, focus, scene, moved } = this, { last, hidden } = reading, layer = hidden ? scene + 1 : last, k = hidden ? lit : focus, j = hidden ? focus : this.brightest;
    const from = previous ?? reading, old = from.weight(layer, k, j), slope = from.delta(layer)[k] * from.a(layer - 1)[j], eta = previous ? this.taughtEta : this.eta, now = previous ? reading.weight(layer, k, j) : old - eta * slope;
    const decimals = decimalsOf(now - old), first = before ?? reading, names = [...new Set([...first.dispute, ...(reading.network.kind === "classes" ? [reading.answer] : [])])];
    const answers = names.map((each) => ({ name: reading.output(each), was: first.a(last)[each], now: before ? reading.a(last)[each] : undefined, truth: reading.numeric || reading.wanted[each] === 1 }));
    const shares = ["sigmoid", "softmax"].includes(reading.activation(last)), ends = answers.flatMap(({ was, now: after }) => [was, after ?? was]), range = shares ? [0, 1] : [Math.min(...ends, ...reading.wanted), Math.max(...ends, ...reading.wanted)];
    const say = !before ? t("Every weight and bias steps a little **against its gradient**.") : this.outcome(first);
    const index = `${k},${j}`, formula = [el("div.updating", {}, sym("w", layer, index), " ← ", sym("w", layer, index), " − η ", gradientOf("w", layer, index)), el("div.updating.filled", {}, el("b.cr-w", {}, fixed(now, decimals)), " ← ", el("span.cr-w", {}, fixed(old, decimals)), ` − ${eta} × `, el("span.cr-g", {}, factor(slope)))];
    const told = moved ? this.movedWords(moved, Math.abs(now - old), decimals) : t("One number of {count}; the others step at the same time.", { count: count(reading.network.parameters) });
    const slider = el("input", { type: "range", min: -30, max: 10, value: Math.round(10 * Math.log10(this.eta)), label: "Learning rate η", "data-key": "eta", "aria-valuetext": `${this.eta}`, oninput: (event) => { const chosen = +(10 ** (event.target.value / 10)).toPrecision(2); output.textContent = `${chosen}`; event.target.setAttribute("aria-valuetext", `${chosen}`); this.act.eta(chosen); } });
    const output = el("output", {}, `${this.eta}`);
    const controls = el("div.controls", {}, el("label.eta", {}, el("i", {}, "η"), " = ", output, slider), el("span.buttons", {}, el("button.btn.main", { "data-key": "teach", onclick: () => this.act.teach() }, before ? t("One more step") : t("Take one step")), el("button.btn", { "data-key": "undo", "aria-disabled": this.act.canUndo() ? null : "true", onclick: () => this.act.undo() }, t("Undo"))),
      el("span.note.accuracy", { "aria-live": "polite" }, this.accuracy ?? ""));
    const width = this.kind === "l" ? 330 : this.kind === "m" ? 280 : Math.min(340, innerWidth - 40), rows = reading.size(2), columns = reading.size(1);
    return {
      say, figure: [el("div.update", {}, change(answers, width, this.kind === "l" ? 196 : 158, [t("before"), t("after")], range), el("div.one", {}, ...formula, el("p.note", {}, told)), controls)],
      folds: [this.link("train", t("Next: train it"), () => this.act.train())],
      all: reading.images.length ? [t("All at once"), [sym("w"), ""], "←", [sym("w"), ""], "− η", [gradientOf("w"), ""]] : [t("All at once"), [sym("w", 2), `${rows}×${columns}`], "←", [sym("w", 2), `${rows}×${columns}`], "− η", [sym("d", 2), `${rows}×**1**`], [turned("a", 1), `**1**×${columns}`]],
    };
  }

  /** The place of the largest activation before the answers, whose weight is told of where there is no hidden layer. */
  get brightest() {
    const a = this.reading.a(this.reading.last - 1);
    return a.reduce((best, each, i) => (Math.abs(each) > Math.abs(a[best]) ? i : best), 0);
  }

  outcome(first) {
    const { reading } = this, was = answered(first), is = answered(reading), steps = this.steps;
    const begun = t("Every weight and bias steps a little against its gradient.");
    if (reading.look.cost > first.look.cost) return sentences(begun, t("**The cost rose: the step was too long.**"));
    if (!first.right && reading.right) return sentences(begun, steps === 1 ? t("**One step, and {a} is {b}.**", { a: the(was), b: called(is) }) : t("**{steps} steps, and {a} is {b}.**", { steps, a: the(was), b: called(is) }));
    return sentences(begun, t("**The cost fell from {before} to {after}.**", { before: fixed(first.look.cost, 4), after: fixed(reading.look.cost, 4) }));
  }

  movedWords({ still, large, least, all }, by, decimals) {
    const { reading } = this, empty = reading.a(1).reduce((total, each) => total + (each === 0), 0) * reading.size(2), values = { count: count(all), by: fixed(by, decimals), large: count(Math.max(0, large - (by >= least))), least, still: count(still) };
    const silent = !still ? "" : !this.table && still === empty ? t("{still} did not move at all: there was no ink before them.", values) : t("{still} did not move at all.", values);
    return sentences(t("One number of {count}. It moved by {by}. {large} others moved by {least} or more.", values), silent, still + large < all ? t("The rest moved less: many small changes add up.") : "");
  }
}

const the = (name) => (/^\d+$/.test(name) ? t("the {digit}", { digit: name }) : name);

/** How many decimals show a change with about one digit, three at least. */
const decimalsOf = (change) => (change ? Math.min(10, Math.max(3, -Math.floor(Math.log10(Math.abs(change))))) : 3);

/** How much is read right, before and after. */
export const accuracyWords = (was, now) => t("And the {count} examples carried here? {was} → {now} read right.", { count: now.count, was: percent(was.correct / was.count), now: percent(now.correct / now.count) });
