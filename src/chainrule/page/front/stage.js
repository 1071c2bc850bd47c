// The stage: the digit, six neurons of a layer, the answers and the verdict; what a step shows on it, and how it moves.

import { count as written, el, sym, t } from "./dom.js";
import { Maps } from "./maps.js";
import { copied, errorScale, heat, mosaic, scale } from "./paint.js";
import { Slide } from "./slide.js";
import { answered, fixed, letterOf, truth } from "./symbols.js";
import { chevron, path, pulse, px, signed, wire } from "./wires.js";

export class Stage {
  /** `pad` is the picture of the example, of `digits` or of other things; `choose(neuron)`, `all()` and `spot(layer, [row, column])` are called as visitors press what stands on it. */
  constructor(pad, { digits, choose, all, spot }) {
    Object.assign(this, { pad, digits, choose, all, spot, slide: new Slide() });
    this.wires = el("svg.wires", { "aria-hidden": "true" });
    this.actors = el("div.actors");
    this.tools = el("div.pad-tools");
    this.root = el("div.stage", {}, pad.canvas, this.tools, this.slide.root, this.actors, this.wires);
    this.pictures = new Map();
  }

  /** Forget the pictures of weights, since weights or colors have changed. */
  forget() {
    this.pictures.clear();
  }

  /** A neuron's weights as a picture; `columns` are those of the layer before it. */
  picture(reading, layer, k) {
    const key = `${layer} ${k}`;
    if (!this.pictures.has(key)) {
      const weights = reading.row(layer, k), { values, columns } = this.laid(reading, layer - 1, weights);
      this.pictures.set(key, heat(el("canvas.px", { "aria-hidden": "true" }), values, columns, { diverging: true, top: scale(weights, 0.98) }));
    }
    return copied(this.pictures.get(key));
  }

  /** All maps of a layer as buttons. */
  everyMap(reading, layer, choose) {
    const [maps, , columns] = reading.shape(layer), top = Math.max(1e-9, scale(reading.a(layer)));
    return Array.from({ length: maps }, (_, map) => {
      const values = reading.windows.map("a", layer, map);
      return el("button", { "aria-label": t("map {map}", { map }), onclick: () => choose(map) }, heat(el("canvas.px", { "aria-hidden": "true" }), values, columns, { top, diverging: values.some((each) => each < 0) }), el("span.m", {}, `${map}`));
    });
  }

  /** Numbers of a layer as they are drawn, { values, columns }: images as they are, a few numbers beside each other, others nearly in a square. */
  laid(reading, layer, values) {
    const shape = reading.shape(layer), size = reading.size(layer);
    return shape ? mosaic(values, shape) : { values, columns: size <= 16 ? size : Math.ceil(Math.sqrt(size)) };
  }

  /** Draw a scene; see `scene` in inside.js for what it holds. `motion` is "open", "forward", "flow", "back", "step" or nothing. */
  draw(scene, place, motion = null) {
    this.place = place;
    const { kind, width, height, zoom = 1 } = place;
    this.root.className = `stage kind-${kind}${scene.source ? " behind-others" : ""}`;
    this.root.style.cssText = px({ width, height }) + `;zoom:${zoom}`;
    Object.assign(this.wires.style, { width: `${width}px`, height: `${height}px` });
    this.root.dataset.motion = motion ?? "";
    const drawing = new Drawing(this, scene, place), found = scene.maps && kind !== "c" ? new Maps(this, scene, place, drawing.verdict()) : drawing;
    if (found === drawing) this.slide.hide();
    this.wires.replaceChildren(...found.lines());
    renewed(this.actors, found.actors());
    if (motion) this.moved(motion, found);
  }

  /** Let the bars come from where they were, the verdict last; then all is at rest. */
  moved(motion, found) {
    clearTimeout(this.moving);
    this.opening = motion === "open";
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return this.rest();
    if (motion === "flow") found.play?.();
    const length = { open: 1600, forward: 400, step: 600 }[motion];
    if (length) for (const [bar, was] of found.grown(motion)) bar.animate([{ width: `${was}%` }, { width: bar.style.width }], { duration: length, easing: "ease-out" });
    this.root.classList.toggle("thinking", motion === "open" || motion === "forward");
    this.moving = setTimeout(() => this.rest(), { open: 3600, forward: 420, flow: 2600, back: 2200, step: 620 }[motion]);
    if (length) this.landing = setTimeout(() => this.root.classList.remove("thinking"), 0.85 * length);
  }

  /** Nothing moves any longer: what a stroke, a key or a scroll brings about at once. */
  rest() {
    clearTimeout(this.moving);
    clearTimeout(this.landing);
    this.opening = false;
    this.slide.stop();
    this.root.dataset.motion = "";
    this.root.classList.remove("thinking");
    for (const animation of this.actors.getAnimations({ subtree: true })) animation.finish();
  }

  /** Where in the window the lit weight is drawn, if it is. */
  get lit() {
    return this.wires.querySelector(".lit-weight > circle")?.getBoundingClientRect();
  }
}

/** Put new children in; what had the focus has it again, found by its name. */
export function renewed(parent, children) {
  const held = parent.contains(document.activeElement) && document.activeElement.dataset.key;
  parent.replaceChildren(...children);
  if (held) parent.querySelector(`[data-key="${held}"]`)?.focus();
}

/** One state of the stage. */
class Drawing {
  constructor(stage, scene, place) {
    Object.assign(this, { stage, scene, place, large: place.kind !== "s" && place.kind !== "c" });
    const { reading, step, layer } = scene;
    this.back = (step >= 3 && step <= 5) && reading?.told; // errors are shown in place of activations
    this.errors = (step === 4 || step === 5) && reading?.told; // those of the cast, too
    this.bars = [];
    if (!reading) return;
    this.ends = layer > scene.scene; // whether a step tells of the neurons behind the cast
    this.rows = scene.behind === reading.last ? reading.shown : reading.cast(scene.behind).toSorted((p, q) => p - q);
    const { answers } = place, names = this.rows.map((k) => this.nameOf(k).length);
    this.label = Math.min(Math.max(this.large ? 26 : 15, 6 + Math.max(...names) * (this.large ? 9 : 7.4)), this.large ? 110 : 62);
    this.pitch = Math.min(answers.pitch * (10 / this.rows.length), 1.7 * answers.pitch);
    this.bar = answers.bar - (this.label - (this.large ? 26 : 15));
  }

  nameOf(k) {
    const { reading, behind } = this.scene;
    return behind === reading.last ? reading.output(k) : `${k}`;
  }

  castY(at) {
    const { cast } = this.place;
    return cast.y + at * cast.pitch + cast.size / 2;
  }

  /** Where a neuron of the layer before stands: as the cast does, or where there is little room beside the digit. */
  sourceY(at) {
    const { digit } = this.place;
    return this.large ? this.castY(at) : digit.y + ((at + 0.5) * digit.size) / 6;
  }

  rowY(at) {
    return this.place.answers.y + (at + 0.5) * this.pitch;
  }

  // ---- wires, arrows, gates ----------------------------------------------------------------------------------------------

  lines() {
    const { reading, step } = this.scene, { kind } = this.place;
    if (kind === "c" || this.scene.bare) return [];
    const drawn = [...this.fromSource()];
    if (!reading) return drawn;
    drawn.push(...(this.scene.scene === reading.last ? this.straight() : this.fan()));
    if (this.back) drawn.push(...this.misses());
    if (step === 4) drawn.push(...this.gates());
    return drawn;
  }

  /** From the digit, or from the six neurons of the layer before, to the cast. */
  *fromSource() {
    const { reading, step, cast, focus, scene, source } = this.scene, { digit, cast: place } = this.place, large = this.large;
    const count = cast?.length ?? 6, x = digit.x + digit.size + 2, end = place.x - (large ? 4 : 2);
    for (let at = 0; at < count; at++) {
      const j = cast?.[at], y = digit.y + digit.size * (0.18 + (0.64 * at) / 5);
      if (!reading) {
        yield path(wire(x, y, end, this.castY(at)), { stroke: "var(--line)", "stroke-width": 1 });
        yield el("rect.vacant", { x: place.x, y: this.castY(at) - place.size / 2, width: place.size, height: place.size });
        continue;
      }
      if (source) { // each neuron of the layer before reaches the one that is told of
        if (at < source.length) yield* this.brought(at, focus);
        continue;
      }
      const size = Math.abs(this.errors ? reading.delta(scene)[j] : reading.a(scene)[j]), top = this.errors ? this.errorTop : this.top(scene);
      const telling = step === 2 && !this.ends, open = step !== 5 || size / top > 0.05;
      const lit = step <= 2 || step === 6 || (step === 5 && open && !this.ends);
      const width = step === 5 ? 1.5 + (4.4 * size) / top : 1 + (large ? 2.4 : 1.2) * (size / top);
      const stroke = !lit ? "var(--line)" : step === 5 ? signed(reading.delta(scene)[j]) : "var(--a)";
      const line = wire(x, y, end, this.castY(at));
      yield path(line, { stroke, "stroke-width": lit ? width : 1, opacity: telling ? (j === focus ? 1 : 0.28) : step === 2 ? 0.28 : step === 5 ? 1 : lit ? 0.55 : 1 });
      if (lit && (step < 2 || (telling && j === focus))) yield pulse(line, "forward", { stroke: "var(--a)", "stroke-width": width + 1.5, style: `animation-delay:${0.12 * at}s` });
    }
  }

  *brought(at, focus) {
    const { reading, step, scene, source, cast } = this.scene, { digit } = this.place;
    const to = cast.indexOf(focus), brought = this.scene.mapsBefore && reading.broughtByMaps(focus);
    const by = source.map((i) => brought?.[i] ?? reading.weight(scene, focus, i) * reading.a(scene - 1)[i]), top = Math.max(...by.map(Math.abs), 1e-9);
    const from = digit.x + (this.scene.mapsBefore ? 0.6 * digit.size + (this.large ? 30 + this.place.cast.size : 38) : digit.size + 2), line = wire(from, this.sourceY(at), this.place.cast.x - 4, this.castY(to) + (at - 2.5) * (this.large ? 2 : 1));
    const lit = step <= 2 || step === 6;
    yield path(line, { stroke: lit ? signed(by[at]) : "var(--line)", "stroke-width": lit ? 0.8 + (4 * Math.abs(by[at])) / top : 1, "stroke-dasharray": lit && by[at] < 0 ? "7 5" : "none", opacity: step === 2 && !this.ends ? 0.9 : 0.4 });
    if (lit && step < 3) yield pulse(line, "forward", { stroke: "var(--a)", "stroke-width": 3, style: `animation-delay:${0.12 * at}s` });
  }

  /** From each of the cast to the two neurons behind it. */
  *fan() {
    const { reading, step, cast, targets, focus, lit, scene } = this.scene, { cast: place, answers } = this.place, large = this.large;
    const x = this.castEnd, end = answers.x - (large ? 8 : 3);
    const known = cast.flatMap((j, at) => targets.map((k, to) => {
      const row = this.rows.indexOf(k), by = reading.weight(scene + 1, k, j) * (this.back ? reading.delta(scene + 1)[k] : reading.a(scene)[j]);
      const line = wire(x, this.castY(at) + (to ? 2 : -2) * (large ? 1.5 : 0.6), end, this.rowY(row) + (at - 2.5) * (large ? 1.1 : 0.5));
      return { j, k, at, by, line, open: !reading.flat(scene, j), told: j === focus };
    }));
    const top = Math.max(...known.map(({ by }) => Math.abs(by)), this.back ? 0.1 : 1e-9), marks = [];
    for (const each of known.sort((p, q) => p.told - q.told)) {
      const { j, k, at, by, line, open, told } = each, share = Math.abs(by) / top;
      let width = this.back ? (large ? 1.2 : 0.8) + share * (large ? 5.8 : 3.2) : (large ? 0.8 : 0.6) + share * (large ? 5 : 2.6);
      let stroke = signed(by), dash = by < 0 ? (large ? "7 5" : "4 3") : "none", opacity = 0.9;
      if (this.back && step === 4) opacity = !open ? 0.22 : told ? 1 : 0.75;
      else if (this.back && step === 5 && this.ends) opacity = k === targets[0] || k === targets[1] ? 0.9 : 0.2;
      else if (this.back) opacity = step === 3 ? 0.25 : 1;
      else if (step === 0) opacity = k === reading.first || scene + 1 < reading.last ? 0.95 : 0.2;
      else if (step === 2 && this.ends) opacity = k === this.scene.told ? 0.95 : 0.14;
      else opacity = step === 6 ? 0.28 : 0.14;
      if (step === 5 && this.back && !this.ends) [stroke, dash, width] = ["var(--line)", "none", 1.2];
      yield path(line, { stroke, "stroke-width": width, "stroke-dasharray": dash, opacity });
      if (step === 0) yield pulse(line, "late", { stroke: "var(--a)", "stroke-width": Math.max(2.5, width), style: `animation-delay:${0.8 + 0.08 * at}s` });
      if ((step === 0 && reading.told) || (step === 4 && this.back && open)) yield pulse(line, "back", { stroke: step ? stroke : "var(--d)", "stroke-width": width + 3, style: `animation-delay:${(step ? 0 : 1.7) + 0.1 * at}s` });
      if (step === 4 && this.back && open) marks.push(j === focus && k === lit && large ? this.weight(line, scene + 1, k, j) : chevron(line, width, stroke, large));
    }
    yield* marks;
  }

  /** The weight that is lit: a dot on its wire, from which the thread hangs. */
  weight(line, layer, k, j) {
    const [x, y] = line.at(0.36), { reading } = this.scene;
    return el("g.lit-weight", {}, el("circle", { cx: x, cy: y, r: 7 }), el("text", { x: x - 10, y: y - 13, "text-anchor": "end" }, fixed(reading.weight(layer, k, j), 2)));
  }

  /** Without hidden layers a neuron's wire runs straight to its own answer. */
  *straight() {
    const { reading, cast, step, focus } = this.scene, { answers } = this.place;
    for (const [at, k] of cast.entries()) {
      const line = wire(this.castEnd, this.castY(at), answers.x - (this.large ? 8 : 3), this.rowY(this.rows.indexOf(k))), told = k === focus;
      const width = 1 + (this.large ? 3 : 1.6) * Math.min(1, Math.abs(reading.a(reading.last)[k]));
      yield path(line, { stroke: step === 4 || step === 5 ? "var(--line)" : "var(--a)", "stroke-width": width, opacity: step === 2 ? (told ? 1 : 0.2) : 0.5 });
      if (step < 3) yield pulse(line, "late", { stroke: "var(--a)", "stroke-width": width + 1.5, style: `animation-delay:${0.8 + 0.08 * at}s` });
    }
  }

  /** How far each answer in dispute is from what it should be, where that is 0 or 1. */
  *misses() {
    const { reading, behind } = this.scene, { answers } = this.place, large = this.large;
    if (behind !== reading.last || !this.shares) return;
    for (const [at, k] of this.rows.entries()) {
      if (!reading.dispute.includes(k)) continue;
      const a = within(reading.a(reading.last)[k]), wanted = reading.wanted[k], start = answers.x + this.label, y = this.rowY(at) + (wanted ? 0 : large ? 12 : 7.5);
      const from = start + a * this.bar + (wanted ? 4 : 0), to = wanted ? start + this.bar - 10 : start + 2, way = Math.sign(to - from), head = large ? 6 : 4;
      if ((to - from) * way < 2 * head || (wanted ? way < 0 : way > 0)) continue;
      yield el("g.miss", {}, el("path", { d: `M${from} ${y}H${to - way * head}`, stroke: "var(--d)", "stroke-width": large ? 3 : 2 }), el("path", { d: `M${to} ${y}l${-way * head * 1.6} ${-head}v${2 * head}z`, fill: "var(--d)" }));
    }
  }

  /** Whether the answers are shares of 1, and should be 0 or 1. */
  get shares() {
    const { reading } = this.scene;
    return !reading.numeric && ["sigmoid", "softmax"].includes(reading.activation(reading.last));
  }

  /** A bar across the wires of each neuron that passes hardly any error. */
  *gates() {
    const { reading, cast, scene } = this.scene, large = this.large;
    if (!this.back || scene === reading.last) return;
    for (const [at, j] of cast.entries()) {
      if (!reading.flat(scene, j)) continue;
      const x = this.castEnd + (large ? 2 : 1), y = this.castY(at), name = `${letterOf(reading.activation(scene))}′ ${reading.slope(scene)[j] === 0 ? "=" : "≈"} 0`;
      yield el("path.gate", { d: `M${x} ${y - (large ? 13 : 7)}v${large ? 26 : 14}`, "stroke-width": large ? 3 : 2 });
      if (large) yield el("text.gate-name", { x: x + 8, y: y - 8 }, name);
    }
  }

  get castEnd() {
    const { cast } = this.place;
    return cast.x + cast.size + (this.large ? cast.bar + 20 : 5);
  }

  /** What a full bar of a layer stands for. */
  top(layer) {
    const { reading } = this.scene;
    return ["sigmoid", "softmax", "tanh"].includes(reading.activation(layer)) ? 1 : Math.max(1e-9, ...Array.from(reading.a(layer), Math.abs));
  }

  get errorTop() {
    const { reading, cast, scene } = this.scene, delta = reading.delta(scene);
    return errorScale(cast.map((j) => delta[j]));
  }

  // ---- what stands beside them -------------------------------------------------------------------------------------------

  actors() {
    const { reading, scene, source } = this.scene;
    if (this.place.kind === "c") return reading ? [...this.titles(), this.list(), this.verdict()] : [this.verdict()];
    if (!reading) return [...this.titles(), this.verdict()];
    return [...this.titles(), ...(source ? [this.before()] : []), ...(reading.network.inputs.kind === "columns" ? [this.columns()] : []), ...(this.scene.bare ? [] : [this.cast(scene)]), this.list(), this.verdict()];
  }

  titles() {
    const { reading, step, scene, behind } = this.scene, { digit, cast, answers, kind } = this.place, large = this.large;
    if (kind === "c") return [];
    const title = (x, words, symbol, shape) => el("h2.title", { style: px({ left: x }) }, words, ...(large && step && symbol ? [" ", symbol, " ", el("span.dim", {}, shape)] : []));
    const table = reading?.network.inputs.kind === "columns";
    const first = title(digit.x, table ? t("The example") : this.stage.digits ? t("The digit") : t("The image"), sym("a", 1), !reading ? "" : reading.images.length ? reading.shape(1).join("×") : `${reading.size(1)}×1`);
    if (!reading) return [first];
    const size = reading.size(scene), count = written(size), six = this.scene.cast?.length;
    const words = scene === reading.last ? (large && six === size ? t("{count} answers and their weights", { count }) : large ? t("{six} of {count} answers and their weights", { six, count }) : t("weights"))
      : six === size ? (large ? t("The {count} neurons of layer {layer}", { count, layer: scene }) : t("layer {layer}", { layer: scene }))
      : kind === "l" ? (reading.hidden > 1 ? t("{six} of {count} neurons of layer {layer}", { six, count, layer: scene }) : t("The {six} of {count} neurons that matter here", { six, count }))
      : large ? t("{six} of {count} neurons", { six, count }) : t("{six} of {count}", { six, count });
    const last = behind === reading.last, all = reading.size(behind);
    const told = !last ? t("Layer {layer}", { layer: behind }) : all === 1 ? t("The answer") : all === 10 ? t("Ten answers") : this.rows.length < all ? t("{six} of {count} answers", { six: this.rows.length, count: all }) : t("{count} answers", { count: all });
    const error = (layer, shown) => sym(shown ? "d" : "a", layer);
    return [first, ...(this.scene.bare ? [] : kind === "s" && size > six ? [el("button.title.link", { "data-key": "all", "aria-label": t("show all {count}", { count }), style: px({ left: cast.x }), onclick: () => this.stage.all() }, words)] : [title(cast.x, words, error(scene, this.errors), `${size}×1`)]), title(answers.x, told, error(behind, this.back), `${all}×1`)];
  }

  /** The columns of a table in place of pixels: those with the largest activations, each with its own number and its bar. */
  columns() {
    const { reading, x, source } = this.scene, { digit } = this.place, { names } = reading.network.inputs;
    const most = source ? 4 : Math.min(10, Math.floor(digit.size / 25)), a = reading.a(1), order = Array.from(a, (_, i) => i).sort((p, q) => Math.abs(a[q]) - Math.abs(a[p])).slice(0, most).sort((p, q) => p - q);
    const top = Math.max(...Array.from(a, Math.abs), 1e-9);
    const rows = order.map((i) => el("li", {}, el("span.column", { title: names[i] }, names[i] ?? t("column {i}", { i })), el("b", {}, plain(x[i])), el("span.track", {}, el("i", { class: a[i] < 0 ? "less" : "more", style: `width:${(50 * Math.abs(a[i])) / top}%;${a[i] < 0 ? "right" : "left"}:50%` }))));
    const rest = a.length - order.length;
    return el("ul.columns", { label: "The columns of the example", style: px({ left: digit.x, top: digit.y, width: source ? digit.size * 0.55 : digit.size, height: digit.size }) }, ...rows, ...(rest ? [el("li.rest", {}, t("and {count} more", { count: rest }))] : []));
  }

  /** The neurons of the layer before, or its maps, beside a smaller digit. */
  before() {
    const { reading, source, scene, mapsBefore: layer } = this.scene, { digit } = this.place;
    if (layer) {
      const [, , columns] = reading.shape(layer), most = Math.max(1e-9, scale(reading.a(layer)));
      return el("div.before", { role: "group", "aria-label": t("Maps of layer {layer}", { layer }), style: px({ left: digit.x + digit.size * 0.6, width: digit.size * 0.4 }) }, ...source.map((map, at) => {
        const values = reading.windows.map("a", layer, map), half = this.large ? this.place.cast.size / 2 : 8;
        return el("span.unit.map", { style: px({ top: this.sourceY(at) - half, height: 2 * half }) }, el("span.m", {}, `${map}`), heat(el("canvas.px", { "aria-hidden": "true", style: px({ width: 2 * half, height: 2 * half }) }), values, columns, { top: most, diverging: values.some((each) => each < 0) }));
      }));
    }
    const top = this.top(scene - 1);
    return el("div.before", { role: "group", "aria-label": t("Layer {layer}", { layer: scene - 1 }), style: px({ left: digit.x + digit.size * 0.6, width: digit.size * 0.4 }) }, ...source.map((i, at) => {
      const a = reading.a(scene - 1)[i];
      return el("span.unit", { style: px({ top: this.sourceY(at) - (this.large ? 14 : 9) }) }, el("span.m", {}, `${i}`), ...(this.large ? [el("b", {}, fixed(a))] : []), el("span.track", {}, el("i", { class: a < 0 ? "less" : "", style: `width:${(100 * Math.abs(a)) / top}%` })));
    }));
  }

  cast() {
    const { reading, cast, scene, focus, step, before } = this.scene, { cast: place, kind } = this.place, large = this.large, top = this.top(scene);
    const buttons = cast.map((j, at) => {
      const a = reading.a(scene)[j], delta = this.errors ? reading.delta(scene)[j] : null, flat = this.errors && reading.flat(scene, j);
      const told = j === focus && [2, 4, 5].includes(step) && !(this.ends && step !== 4 && scene !== reading.last), dim = flat && step !== 6 || (step === 2 && !told && !this.ends);
      const drawn = step === 5 && this.errors && !this.ends ? this.gradient(j) : this.stage.picture(reading, scene, j);
      const value = this.errors ? delta : a, words = this.errors ? t("neuron {j}: error {value}", { j, value: fixed(value, 3, true) }) : t("neuron {j}: activation {value}", { j, value: fixed(value) });
      const parts = [drawn];
      if (large) {
        const bar = el("i", { class: value < 0 && !this.errors ? "less" : "", style: `width:${(100 * Math.min(1, Math.abs(value) / (this.errors ? this.errorTop : top))).toFixed(2)}%` });
        if (!this.errors) this.bars.push([bar, before?.a(scene)[j], top]);
        const was = step === 6 && before && Math.abs(before.a(scene)[j] - a) > 0.02 * top ? [el("u", { style: `left:${(100 * Math.abs(before.a(scene)[j])) / top}%` })] : [];
        parts.push(el("span.said", {}, el("span.m", {}, scene === reading.last ? reading.output(j) : `${j}`), el(this.errors ? "b.cr-d" : "b.cr-a", {}, fixed(value, 3, this.errors))), el("span.track", {}, bar, ...was));
      }
      return el("button.neuron", { "data-key": `neuron ${j}`, "aria-label": words, "aria-pressed": `${told}`, class: `neuron${told ? " told" : ""}${dim ? " quiet" : ""}${this.errors ? " error" : ""}`, style: px({ left: place.x, top: place.y + at * place.pitch, width: large ? place.size + place.bar + 10 : place.size, height: place.size, "--size": place.size }), onclick: () => this.stage.choose(j) }, ...parts);
    });
    const more = reading.size(scene) > cast.length && kind !== "s" ? [el("button.link.more-neurons", { "data-key": "all", style: px({ left: place.x, top: place.y + 6 * place.pitch - 3 }), onclick: () => this.stage.all() }, t("show all {count}", { count: written(reading.size(scene)) }))] : [];
    return el("div.cast", { role: "group", label: "Neurons" }, ...buttons, ...more);
  }

  /** ∂C/∂w of a neuron as a picture. */
  gradient(j) {
    const { reading, scene } = this.scene, delta = reading.delta(scene)[j], { values, columns } = this.stage.laid(reading, scene - 1, Float64Array.from(reading.a(scene - 1), (a) => a * delta));
    return heat(el("canvas.px", { "aria-hidden": "true" }), values, columns, { diverging: true, top: this.errorTop });
  }

  list() {
    const { reading, behind, step, before, told } = this.scene, { answers, kind, width } = this.place, large = this.large;
    const last = behind === reading.last, a = reading.a(behind), delta = this.back ? reading.delta(behind) : null, top = this.top(behind);
    const rows = kind === "c" ? [...new Set(reading.dispute)] : this.rows;
    const label = kind === "c" ? 24 : this.label, bar = kind === "c" ? answers.bar : this.bar, pitch = kind === "c" ? answers.pitch : this.pitch;
    return el("ol.answers", { "aria-label": last ? t("Answers") : t("Layer {layer}", { layer: behind }) }, ...rows.map((k, at) => {
      const name = last ? reading.output(k) : `${k}`;
      const hot = last ? reading.dispute.includes(k) : this.scene.targets.includes(k), aim = last && reading.told && this.shares && reading.wanted[k] === 1;
      const shown = this.back ? `${fixed(delta[k], 3, true)}` : fixed(a[k]);
      const fill = el("i", { class: a[k] < 0 ? "less" : "", style: `width:${(100 * Math.min(1, Math.abs(a[k]) / top)).toFixed(2)}%` });
      this.bars.push([fill, before?.a(behind)[k], top]);
      const was = step === 6 && before && hot ? [el("u", { style: `left:${(100 * Math.abs(before.a(behind)[k])) / top}%` })] : [];
      return el("li", { class: `${hot ? "hot" : ""}${this.back ? " error" : ""}${step === 2 && this.ends && told === k ? " told" : ""}`, style: px({ left: answers.x, top: (kind === "c" ? answers.y + at * pitch : this.rowY(at) - pitch / 2), width: kind === "s" ? width - answers.x : label + bar + 64, height: pitch }) },
        el("span.name", { style: px({ width: label - 4 }), title: name }, name), el("span.track", { style: px({ width: bar }) }, fill, ...was, ...(aim && step !== 1 ? [el("s", { class: reading.right && !this.back ? "met" : "" })] : [])), el("span.value", {}, shown));
    }));
  }

  verdict() {
    const { reading, step, before, empty, drawn, overflow } = this.scene, { verdict, kind, width } = this.place, large = this.large;
    const box = (...parts) => el("div.verdict", { role: "status", "aria-live": "polite", "aria-label": t("It reads"), style: px({ left: verdict.x, top: 0, width: kind === "s" ? 132 : width - verdict.x, "--size": verdict.size }) }, ...parts);
    if (empty || !reading) return box();
    if (overflow) return box(el("span.big", {}, "?"));
    const now = step === 6 && before, name = answered(reading), size = Math.min(verdict.size, (1.55 * (large ? width - verdict.x : 120)) / Math.max(1, name.length));
    const title = reading.numeric ? t("It answers") : now ? t("Now it reads") : t("It reads"), big = el("span.big", { style: px({ "font-size": size }) }, name);
    const unsure = reading.sure ? "" : large ? t("but is unsure") : t("unsure");
    const mark = reading.right ? el("span.right-mark", {}, large ? t("right ✓") : "✓") : null;
    const cost = reading.look.cost === null || !step ? null : el("span.cost", {}, el("i", {}, "C"), ...(now ? [` ${fixed(before.look.cost, 4)} → `, el("b", {}, fixed(reading.look.cost, 4))] : [` = ${fixed(reading.look.cost)}`]));
    const really = reading.told && !reading.right ? el("span.really", {}, el("span.label", {}, large ? (reading.numeric ? t("It should be") : t("It really is")) : t("is")), el("span.truth", {}, truth(reading))) : null;
    const old = now && answered(before) !== name ? el("del", {}, answered(before)) : null;
    return box(el("span.label.reads", {}, title), big, el("span.notes", {}, old || mark ? el("span", {}, ...[old, mark].filter(Boolean)) : null, unsure ? el("span", {}, unsure) : null), really, large ? cost : null);
  }

  /** The bars that grow, and from which share of the whole: from nothing where it thinks, from where they were after a step. */
  *grown(motion) {
    for (const [bar, was, top] of this.bars) yield [bar, motion === "step" && was !== undefined ? (100 * Math.min(1, Math.abs(was))) / top : 0];
  }
}

const within = (share) => Math.max(0, Math.min(1, share));
const plain = (value) => (Math.abs(value) >= 1000 || Number.isInteger(value) ? `${Math.round(value)}`.replace("-", "−") : fixed(value, Math.abs(value) < 10 ? 2 : 1));
