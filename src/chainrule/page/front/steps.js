// The steps below the stage: of each one sentence, one figure, one line for all neurons at once; the rest is folded.

import { blaming, gradients, missing } from "./backward.js";
import { count, el, t } from "./dom.js";
import { ink, weighing } from "./forward.js";
import * as kernels from "./kernels.js";
import { opening } from "./opening.js";
import { heat } from "./paint.js";
import { pythonOf } from "./python.js";
import { matrixLine, shapeText } from "./symbols.js";
import { bothOf, plainOf } from "./track.js";
import { updating } from "./updating.js";
import { legend } from "./wires.js";
import { bold, broken } from "./wording.js";

const TELLING = [null, ink, weighing, missing, blaming, gradients, updating]; // what gives { say, figure, all, folds, note, next } of a step
const TELLING_MAPS = { 2: kernels.weighing, 4: kernels.blaming, 5: kernels.gradients };
const LEGEND = [1, 4]; // the steps that say what wires mean, where the stage has no room for it

/** The sections of the page of one scene; `act` is what its buttons do. */
export class Steps {
  constructor(stage, act) {
    Object.assign(this, { stage, act, folded: new Set() });
  }

  /** A step as the children of its section. */
  section(number, scene, place) {
    Object.assign(this, scene, { now: scene, kind: place.kind, large: place.kind === "l" || place.kind === "m", number });
    if (number === 0) return opening(this);
    const kick = el("h3.kick", {}, `${number} ${bothOf(number, this.table)}`);
    if (!this.reading || this.overflow) return [kick, el("p.say", {}, t("There is nothing to tell yet."))];
    if (this.bare) return [kick, el("p.say", {}, t("The steps are told of networks of convolutions, pooling and fully connected layers, without normalization; net.explain tells of the others, too."))];
    if (number > 2 && !this.reading.told) return [kick, ...this.unknown()];
    const { say, figure, all, folds = [], note, next } = (this.maps && TELLING_MAPS[number] || TELLING[number])(this);
    return [kick, el("div.grid", {}, el("p.say", {}, ...bold(say)), el("div.figure", {}, ...figure, this.kind === "s" && !this.maps && LEGEND.includes(number) && legend())), this.foot(all, note, [next ?? this.onward(), ...folds])];
  }

  // ---- what stands in every step -----------------------------------------------------------------------------------------

  foot([label, ...line], note, folds) {
    const code = pythonOf(this.reading.network, this.number), key = `python ${this.number}`, open = this.folded.has(key);
    const text = el("pre.python", { hidden: !open, tabindex: 0, "aria-label": "Python" }, code.join("\n"));
    const python = code.length ? [el("button.link", { "data-key": key, "aria-expanded": `${open}`, onclick: () => this.fold(key, text, python[0]) }, "Python")] : [];
    const foot = el("div.foot", {}, el("span.lab", {}, el("span.nowrap", {}, label), note && el("span.note", {}, ...broken(note))), matrixLine(...line), el("span.folds", {}, ...folds, ...python, this.act.share && this.link("share", t("Share"), this.act.share)));
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
    return el("button.btn.onward", { "data-key": "onward", onclick: () => this.act.go(next) }, t("Next: {step}", { step: plainOf(next, this.table) }));
  }

  /** The other layers, to be told of in the place of this one. */
  layers() {
    const { reading, layer } = this, { tellable } = reading;
    if (tellable.length < 2) return [];
    const next = tellable[(tellable.indexOf(layer) + 1) % tellable.length], shape = { layer: next, shape: reading.isImage(next) ? shapeText(reading.shape(next)) : `${reading.size(next)}×${reading.size(next - 1)}` };
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
  }}
