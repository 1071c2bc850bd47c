// Look inside: draw, what the network sees, its hidden neurons, ten answers, what it reads. The equations and the teaching
// below are in steps.js and teach.js; this file has the stage, and the one state that all of them show.

import { answers } from "./answers.js";
import { Pad, digitOf } from "./draw.js";
import { el, message, num, renew, say, state, sym, t } from "./dom.js";
import { grow, sweep } from "./motion.js";
import { Neuron } from "./neuron.js";
import { grays, unpack } from "./packed.js";
import { FAINT, columnsOf, errorScale, heat, scale } from "./paint.js";
import { Steps } from "./steps.js";
import { Teach } from "./teach.js";
import { tracks } from "./tracks.js";
import { ask, testDigit } from "./wire.js";

const FEW = 36, SHOWN = 30;
const PACE = 100; // ms from one answer to the next question while the pen is down

/** What is written under the neurons, by what is shown of them. */
const CELLS = {
  forward: message("Picture: the neuron's {incoming} weights. Bar: its activation. Lines: what made it say {said}."),
  narrow: message("Picture: the neuron's {incoming} weights. Bar: its activation. Number: how much it argues for {said}."),
  deep: message("Picture: the neuron's {incoming} weights. Bar: its activation in layer {layer}."),
  bare: message("Bar: the neuron's activation in layer {layer}, which has no matrix of weights, neurons × inputs, to show."),
  none: message("No hidden layer: each answer weighs the {incoming} pixels itself."),
  backward: message("Picture: ∂C/∂w, the neuron's gradients; full color: ±{top}. Bar and number: its error δ, warm is too much."),
};
const neuronsOf = (none, some) => (none ? message("{n} output neurons") : some ? message("{shown} of {n} hidden") : message("{n} hidden neurons"));

export class Inside {
  constructor(root) {
    this.root = root;
    this.layer = 2; // the hidden layer that is shown
    this.neuron = null; // of that layer; null is the one that argued most
    this.backward = false;
    this.page = 0;
    this.framed = true;
    this.index = -1;
    this.learning = false; // a run is at it, and what is shown of the network is of its last report
    this.build();
  }

  // ---- the skeleton ----------------------------------------------------------------------------------------------

  build() {
    this.pad = new Pad(() => this.drawn());
    const tool = (words, onclick, options = {}) => el("button.btn", { type: "button", say: words, onclick, ...options });
    const pick = (erasing) => {
      this.pad.erasing = erasing;
      pen.setAttribute("aria-pressed", `${!erasing}`);
      eraser.setAttribute("aria-pressed", `${erasing}`);
    };
    const pen = tool(message("Pen"), () => pick(false), { "aria-pressed": "true" });
    const eraser = tool(message("Erase"), () => pick(true), { "aria-pressed": "false" });
    const file = el("input.cr-spoken", { type: "file", accept: "image/png,image/jpeg,image/gif,image/webp,image/bmp,image/tiff", tabindex: -1, label: "Picture…" });
    file.addEventListener("change", () => file.files[0] && this.upload(file.files[0]));
    addEventListener("paste", (event) => {
      const image = [...(event.clipboardData?.items ?? [])].find((item) => item.type.startsWith("image/"));
      if (image && !this.root.hidden) this.upload(image.getAsFile());
    });
    this.number = el("input.index", { type: "number", min: 0, max: 9999, label: "test digit", placeholder: "0–9999" });
    this.number.addEventListener("change", () => this.number.value !== "" && this.pick(Math.max(0, Math.min(9999, Math.trunc(this.number.value)))));
    const draw = el("div.p.draw", {}, el("h2", { say: "Draw a digit" }), el("div.padbox", {}, this.pad.canvas, (this.hint = el("p.hint", { say: "Draw here, large, with the mouse or a finger." }))),
      el("div.tools", {}, pen, eraser, tool(message("Undo"), () => this.pad.undo()), tool(message("Clear"), () => this.pad.clear())),
      el("div.tools", {}, tool(message("Next mistake →"), () => this.mistake()), tool(message("Picture…"), () => file.click()), file),
      el("label.chk", {}, el("span", { say: "test digit" }), this.number));
    this.samples = el("div.samples");
    this.frameBox = el("input", { type: "checkbox", checked: true });
    this.frameBox.addEventListener("change", () => this.frame(this.frameBox.checked));
    this.sees = el("canvas.cr-heat", { role: "img", label: "It sees", width: 28, height: 28 });
    const get = el("div.p.get", {}, el("h2", {}, el("span", { say: "It sees" }), " ", sym("a", 1), " ", (this.inDim = el("span.cr-dim"))),
      el("span.gets", {}, this.sees, (this.push = el("canvas.cr-heat.push", { role: "img", label: "How the cost changes with each pixel" })),
        (this.box = el("svg.frame", { viewBox: "0 0 28 28", "aria-hidden": "true" }, el("rect.box", { x: 4, y: 4, width: 20, height: 20 }), el("path.com", { d: "M14 12.6v2.8M12.6 14h2.8" })))),
      (this.seesCap = el("p.cap", { say: "Shrunk into the dashed 20×20 box, centered by mass." })), el("label.chk", {}, this.frameBox, el("span", { say: "frame as MNIST does" })));
    const way = (words, backward) => el("button", { say: words, value: `${backward}`, onclick: () => { this.backward = backward; this.swept = false; this.show(); } });
    this.ways = el("div.seg", { role: "group", label: "Direction" }, way(message("forward →"), false), way(message("← backward"), true));
    this.layers = el("div.seg.layers", { role: "group", label: "Layer", hidden: true });
    this.netHead = el("h2");
    this.cells = el("div.cells", { role: "group", label: "Neurons" });
    this.flow = el("svg.flow", { "aria-hidden": "true" });
    this.pager = el("div.pager");
    this.netCap = el("p.cap", {}, el("span", { say: "Loading the network…" }));
    const net = el("div.p.net", {}, el("div.nethead", {}, this.netHead, this.ways), el("div.netbox", {}, this.flow, this.cells), el("div.turn", {}, this.layers, this.pager), this.netCap);
    this.rows = Array.from({ length: 10 }, (_, digit) => el("li", {}, el("b", {}, `${digit}`), el("svg", { viewBox: "0 0 156 24", width: 156, height: 24, "aria-hidden": "true" }), el("span")));
    this.outDim = el("span.cr-dim");
    this.outHead = el("span");
    const out = el("div.p.out", {}, el("h2", {}, el("span", { say: "Ten answers" }), " ", this.outHead, " ", this.outDim), (this.list = el("ol", { label: "Ten answers" }, ...this.rows)),
      el("p.cap", {}, el("span.key", {}, "□ ", el("span", { say: "the truth" }), " ", sym("y")), " ", (this.pushKey = el("span.key.cr-d", {}, "→ ", el("span", { say: "where δ pushes" })))),
      (this.flat = el("div")));
    this.big = el("div.big", { role: "status", label: "It reads" });
    this.conf = el("p.cap");
    this.unsure = el("p.cap", { role: "status" });
    this.keys = Array.from({ length: 10 }, (_, digit) => el("button", { "aria-pressed": "false", onclick: () => this.truth(digit) }, `${digit}`));
    this.cost = el("p.cost");
    const ans = el("div.p.ans", {}, el("h2", { say: "It reads" }), this.big, this.conf, this.unsure, el("h2.q", { say: "It really is", id: "really" }),
      el("div.keys", { role: "group", "aria-labelledby": "really" }, ...this.keys), this.cost);
    this.steps = new Steps(this);
    this.teach = new Teach(this);
    this.one = new Neuron(this);
    this.start = el("div.start", {}, el("p", { say: "Draw a digit. See what a neural network sees in it, why it answers as it does, and what its error changes." }), (this.orTake = el("p.cap", { say: "Or take one of the 10,000 test digits:", hidden: true })), this.samples);
    this.stage = el("section.stage.first", { label: "Look inside" }, draw, this.start, get, net, out, ans); // nothing stands above the pad that can go away: it must not move under a stroke
    this.below = el("div.below", { hidden: true }, el("div.left", {}, this.one.root, this.steps.root), this.teach.root);
    this.root.append(this.stage, this.below);
    addEventListener("resize", () => this.look && this.lines());
  }

  // ---- what the person does ----------------------------------------------------------------------------------------

  /** A drawing has changed: ask for what the network makes of it, at most one question at a time, the latest last. */
  async drawn() {
    this.changed = true;
    if (this.asking) return;
    this.asking = true;
    this.stage.setAttribute("aria-busy", "true");
    while (this.changed) {
      this.changed = false;
      const now = this.pad.drawing();
      if (now) {
        const found = await ask("see", { ...now, framed: this.framed });
        if (found) { this.index = -1; this.number.value = ""; this.take(found, false); }
        if (this.pad.stroke) await new Promise((resolve) => { setTimeout(resolve, PACE); }); // laying out the whole stage at each move would hold up the pen
      } else this.blank();
    }
    this.asking = false;
    this.stage.setAttribute("aria-busy", "false");
  }

  /** Frame the drawing, or not; what it really is stays said. */
  async frame(framed) {
    const label = this.look?.label ?? null;
    this.framed = framed;
    await this.drawn();
    if (label !== null) await this.truth(label);
  }

  async pick(index) {
    this.swept = false;
    const found = await ask("pick", { index });
    if (found) this.take(found);
    else this.number.value = this.index < 0 ? "" : this.index; // it is still the digit of before
  }

  async mistake() { this.swept = false; this.take(await ask("mistake", { after: this.index })); }
  async truth(label) { if (this.look) this.take(await ask("truth", { label }), false); }

  async upload(file) {
    const pixels = await digitOf(file);
    if (!pixels) return;
    this.pad.show(pixels);
    this.pad.changed();
  }

  // ---- what is known -----------------------------------------------------------------------------------------------

  /** A new network, or the same after it has learned: its weights are needed again. */
  async network(described, weights = null) {
    const found = weights ?? (await ask("weights")); // first, so that its parts and what it makes of the digit change at once
    if (described.name !== this.net?.name) this.teach.suit(described.activations);
    this.net = described;
    this.hidden = described.sizes.slice(1, -1);
    this.layer = Math.min(Math.max(this.layer, 2), Math.max(2, described.sizes.length - 1));
    if (found) {
      const w = found.w.map((text) => text && unpack(text)); // null of a layer that has none to draw
      this.weights = { w, tops: w.map((each) => each && scale(each)) }; // they are sorted once, not at every move of the pen
      this.painted = new Map();
    }
    if (!this.look && this.weights) this.idle();
  }

  /** An answer of the server with what the network makes of the digit. */
  take(found, repaint = true) {
    if (!found?.look) return;
    if (found.index !== undefined) { this.index = found.index; this.number.value = found.index; }
    const { look } = found;
    this.look = {
      ...look,
      pixels: grays(look.pixels),
      a: look.a.map((text) => unpack(text)),
      z: look.z.map((text) => unpack(text)),
      delta: look.delta?.map((text) => unpack(text)),
      dx: look.dx && unpack(look.dx),
    };
    if (repaint) this.pad.show(this.look.pixels);
    if (!this.pad.stroke) sessionStorage.digit = JSON.stringify({ index: this.index, label: look.label, framed: this.framed, ...this.pad.kept() });
    if (!this.look.delta) this.backward = false;
    this.page = 0;
    this.show();
  }

  /** After a reload or a break in the line: the digit that was there, from the server or else from what the page kept. */
  async recall(hello) {
    const kept = JSON.parse(sessionStorage.digit ?? "null");
    if (!kept) return this.take(hello);
    this.framed = this.frameBox.checked = kept.framed;
    if (hello.look || kept.index < 0) this.pad.restore(kept);
    if (hello.look) return this.take({ ...hello, index: kept.index < 0 ? undefined : kept.index }, false);
    if (kept.index >= 0) return this.pick(kept.index);
    await this.drawn();
    if (kept.label !== null) await this.truth(kept.label);
  }

  blank() {
    this.look = null;
    this.index = -1;
    delete sessionStorage.digit;
    this.below.hidden = true;
    this.stage.classList.add("first");
    this.hint.hidden = false;
    if (this.weights) this.idle();
  }

  /** Three digits to begin with, for who would rather not draw. */
  async offer(samples) {
    const images = await Promise.all(samples.map(testDigit));
    this.samples.replaceChildren(...samples.flatMap((index, i) => images[i] ? [el("button", {
      "aria-label": `${t("test digit")} ${index}`,
      onclick: async () => { await this.pick(index); this.keys[0].focus(); }, // which is what can be said next
    }, heat(el("canvas.cr-heat"), Array.from(images[i], (gray) => gray / 255), 28))] : []));
    this.orTake.hidden = false;
  }

  /** Before the first stroke: what the neurons have learned to look for, and ten answers that wait. */
  idle() {
    const { sizes } = this.net, incoming = sizes[0], n = Math.min(sizes[1], sizes.length > 2 ? SHOWN : 10);
    this.cells.style.setProperty("--columns", sizes.length > 2 ? 6 : 5);
    this.cells.replaceChildren(...Array.from({ length: n }, (_, k) => el("span.cell.hot", {}, el("span.th"), this.weightsOf(2, k))));
    this.netHead.replaceChildren(el("span", { say: [neuronsOf(sizes.length < 3, sizes[1] > n), { n: sizes[1], shown: n }] }), " ", ...this.letter(2, `${sizes[1]}×${incoming}`));
    this.netCap.replaceChildren(el("span", { say: "What training made of them: warm where ink speaks for the neuron, cold where it speaks against." }));
    this.flow.replaceChildren();
    for (const row of this.rows) {
      row.className = "";
      row.children[1].replaceChildren(el("path.tr", { d: "M4 12H148" }));
      row.children[2].textContent = "";
    }
    this.layers.hidden = this.pager.hidden = true;
    this.bars = this.lengths = {};
    heat(this.sees, new Float32Array(784), 28);
    this.push.hidden = true;
  }

  /** A run learns, or stands again. */
  learns(yes) {
    if (this.learning === yes) return;
    this.learning = yes;
    if (this.look) for (const part of [this.steps, this.one, this.teach]) part.show();
  }

  /** What the explanation below waits for, where it would be of other numbers than the stage. */
  get waits() {
    return this.pad.stroke ? message("The numbers follow when the stroke ends.") : this.learning ? message("The network is learning; the numbers follow when it pauses.") : "";
  }

  // ---- showing -----------------------------------------------------------------------------------------------------

  show() {
    if (!this.look || !this.weights || this.root.hidden) return; // shown again when its view is
    this.stage.classList.remove("first");
    this.hint.hidden = true;
    this.below.hidden = false;
    const { look, net } = this, last = net.sizes.length;
    this.inDim.textContent = `${net.sizes[0]}×1`;
    heat(this.sees, Array.from(look.pixels, (gray) => gray / 255), 28);
    this.push.hidden = !this.backward;
    const top = this.backward && errorScale(look.dx);
    if (this.backward) heat(this.push, look.dx, 28, { top, diverging: true });
    const framed = this.framed || this.index >= 0; // the test digits have been
    this.box.style.visibility = framed ? "" : "hidden";
    say(this.seesCap, this.backward ? message("∂C/∂x: where more ink would raise the cost (warm) or lower it (cold). Full color: ±{top}.") : framed ? message("Shrunk into the dashed 20×20 box, centered by mass.") : message("Shrunk to 28×28 as it was drawn."), this.backward ? { top: num(top, 2) } : {});
    this.showHidden();
    answers(this, last);
    this.steps.show();
    this.one.show();
    this.teach.show();
    this.lines();
    if (!this.swept) sweep(this.flow, { leftward: this.backward });
    this.swept = true;
  }

  /** A neuron's weights as a picture, painted once a network and theme. */
  weightsOf(layer, k) {
    const key = `${state.theme} ${layer} ${k}`, n = this.net.sizes[layer - 2];
    if (!this.painted.has(key)) {
      const { w, tops } = this.weights, row = w[layer - 2]?.subarray(k * n, (k + 1) * n) ?? new Float32Array(n);
      this.painted.set(key, heat(el("canvas.cr-heat", { "aria-hidden": "true" }), row, columnsOf(n), { top: tops[layer - 2], diverging: true }));
    }
    return this.painted.get(key);
  }

  /** The symbol of a layer's weights that are drawn, and their dimensions. */
  letter(layer, dimensions) {
    const letter = this.net.letters[layer - 2];
    return letter ? [sym(letter, layer), " ", el("span.cr-dim", {}, dimensions)] : [];
  }

  /** The hidden neurons, or where there are none the ten weight images themselves. */
  showHidden() {
    const { net, look, weights } = this, last = net.sizes.length, none = !this.hidden.length;
    const layer = (this.shownLayer = none ? last : this.layer), n = net.sizes[layer - 1], incoming = net.sizes[layer - 2];
    const a = look.a[layer - 2], delta = look.delta?.[layer - 2];
    const next = !none && layer + 1 === last && net.sums[last - 2] === "z" ? weights.w[last - 2] : null;
    this.argues = !none && next !== null;
    const said = look.digit;
    // How much each neuron argues: for the answer that was given, or where more layers follow, by its size.
    this.argued = Float32Array.from(a, (value, k) => (next ? next[said * n + k] * value : this.backward && delta ? delta[k] : value));
    const strength = this.backward && delta ? delta : this.argued;
    const order = [...a.keys()].sort((i, j) => Math.abs(strength[j]) - Math.abs(strength[i]));
    this.order = order;
    const pages = n <= FEW ? 1 : Math.ceil(n / SHOWN);
    this.page = Math.min(this.page, pages - 1);
    const visible = n <= FEW ? [...a.keys()] : order.slice(this.page * SHOWN, (this.page + 1) * SHOWN).sort((i, j) => i - j);
    this.visible = visible;
    const hot = new Set(order.slice(0, 6)), columns = columnsOf(incoming);
    const before = this.before(layer), bars = {};
    const high = this.backward ? errorScale(delta) : Math.max(1, ...a);
    this.gradientTop = high * Math.max(1, ...before);
    // Unless one was clicked, the numbers are those of the neuron that has most to answer for.
    const blamed = delta ? [...delta.keys()].reduce((best, k) => (Math.abs(delta[k]) > Math.abs(delta[best]) ? k : best), 0) : order[0];
    this.chosen = this.neuron !== null && this.neuron < n ? this.neuron : blamed;
    renew(this.cells, ...visible.map((k) => {
      const value = this.backward ? delta[k] : a[k];
      const canvas = this.backward
        ? heat(el("canvas.cr-heat", { "aria-hidden": "true" }), before.map((x) => x * delta[k]), columns, { top: this.gradientTop, diverging: true })
        : this.weightsOf(layer, k);
      const share = Math.min(1, Math.abs(value) / high);
      const bar = el("i.bar", { style: `height:${100 * share}%`, class: `bar ${this.backward ? (value < 0 ? "neg" : "pos") : "on"}` });
      bars[k] = share;
      if (!this.pad.stroke) grow(bar, this.bars?.[k], share, "Y");
      const tag = hot.has(k) && (next || this.backward) ? el("b", {}, num(this.backward ? value : this.argued[k], this.backward ? 2 : 1, true)) : null;
      const label = `${t("neuron")} ${k}, a = ${num(a[k])}${delta ? `, δ = ${num(delta[k])}` : ""}`;
      return el(`button.cell${hot.has(k) ? ".hot" : ""}`, {
        "aria-label": label, "aria-pressed": `${k === this.chosen}`, title: label, "data-k": k,
        onclick: () => { this.one.toggle(this.neuron === k); this.neuron = k; this.show(); },
      }, el("span.th", {}, bar), canvas, tag, none ? el("em", {}, `${k}`) : null);
    }));
    this.bars = bars;
    this.cells.style.setProperty("--columns", none ? 5 : 6);
    const kind = this.backward ? "d" : "a";
    this.netHead.replaceChildren(el("span", { say: [neuronsOf(none, n > FEW), { n, shown: visible.length }] }), " ", sym(kind, layer), " ", el("span.cr-dim", {}, `${n}×1`));
    this.layers.hidden = this.hidden.length < 2;
    renew(this.layers, el("span.cap", { say: "Layer" }), ...this.hidden.map((_, i) => el("button", {
      "aria-pressed": `${this.layer === i + 2}`, onclick: () => { this.layer = i + 2; this.neuron = null; this.page = 0; this.show(); },
    }, `${i + 2}`)));
    for (const button of this.ways.children) {
      button.setAttribute("aria-pressed", `${button.value === `${this.backward}`}`);
      button.disabled = button.value === "true" && !look.delta;
    }
    this.pager.hidden = pages < 2;
    renew(this.pager,
      el("button.btn", { disabled: this.page === 0, label: "Previous", onclick: () => { this.page--; this.show(); } }, "‹"),
      el("span.cap", {}, `${this.page + 1} / ${pages}`),
      el("button.btn", { disabled: this.page === pages - 1, label: "Next", onclick: () => { this.page++; this.show(); } }, "›"));
  }

  /** What a layer is given: the pixels, or the activations before it. */
  before(layer) {
    return layer === 2 ? Float32Array.from(this.look.pixels, (gray) => gray / 255) : this.look.a[layer - 3];
  }

  /** The lines from the neurons that argue most to the answer, or from δ back to them. */
  lines() {
    const { hidden, look, net, shownLayer: layer } = this, output = look.delta?.at(-1), wide = innerWidth >= 1240;
    this.flow.replaceChildren(...(this.argues && wide ? tracks(this) : []));
    const drawn = this.weights.w[layer - 2] !== null, plain = hidden.length ? CELLS.deep : CELLS.none;
    const words = this.backward ? CELLS.backward : !drawn ? CELLS.bare : !this.argues ? plain : wide ? CELLS.forward : CELLS.narrow;
    const values = { incoming: net.sizes[layer - 2], layer, said: look.digit, top: num(this.gradientTop, 2) };
    this.netCap.replaceChildren(el("span", { say: [words, values] }));
    const most = output && Math.max(...output.map(Math.abs));
    if (this.backward && most <= FAINT) this.netCap.append(" ", el("span", { say: ["The answer is almost exactly right: its largest error δ is {most}, too small for a line.", { most: num(most) }] }));
  }
}

