// Layers of images on the stage: the picture that a window slides over, six maps with their kernels, one map large with the place
// that is told of, and what pooling makes of it; errors go the same way back.

import { el, sym, t } from "./dom.js";
import { heat, mosaic, scale } from "./paint.js";
import { gradientOf, shapeText } from "./symbols.js";
import { sliding } from "./windows.js";
import { path, pulse, px, wire } from "./wires.js";

const APART = 34; // px between a map and what pooling makes of it

/** The place of a window of so many numbers whose middle is nearest to a number along an axis. */
const nearest = (number, size, stride, padding, most) => Math.max(0, Math.min(most - 1, Math.round((number + padding - (size - 1) / 2) / stride)));
const within = (number, most) => Math.max(0, Math.min(most - 1, number));

/** One state of the stage; what it draws is as `Drawing` of stage.js has it. */
export class Maps {
  constructor(stage, scene, place, verdict) {
    Object.assign(this, { stage, scene, place, verdict, ...scene.maps, large: place.kind !== "s" });
    this.windows = scene.reading.windows;
    this.back = scene.step !== 2 && scene.reading.told; // errors are shown in place of activations
    this.rects();
    this.slide();
  }

  /** Where the three large pictures stand: the layer before, the map, and its pooling. */
  rects() {
    const { digit, answers, verdict, kind, width } = this.place, room = (kind === "s" ? width : verdict.x - 22) - answers.x;
    const fit = (layer, x, y, side) => {
      const [, rows, columns] = this.windows.shape(layer), cell = side / Math.max(rows, columns);
      return { x, y, cell, rows, columns, width: columns * cell, height: rows * cell };
    };
    this.before = fit(this.layer - 1, digit.x, digit.y, digit.size);
    const share = this.pool ? Math.max(...this.windows.shape(this.pool).slice(1)) / Math.max(...this.windows.shape(this.layer).slice(1)) : 0;
    const beside = this.large && this.pool, side = kind === "s" ? Math.min(104, room) : Math.min(digit.size, beside ? (room - APART) / (1 + share) : room);
    this.own = fit(this.layer, answers.x, digit.y, side);
    if (this.pool) this.pooled = this.large ? fit(this.pool, answers.x + this.own.width + APART, digit.y, side * share) : fit(this.pool, answers.x, digit.y + this.own.height + 26, Math.min(side * share, 84));
  }

  castY(at) {
    const { cast } = this.place;
    return cast.y + at * cast.pitch + cast.size / 2;
  }

  get castEnd() {
    const { cast } = this.place;
    return cast.x + cast.size + (this.large && !this.alone ? 8 + cast.size : 0) + (this.large ? 34 : 4);
  }

  /** The numbers of a map of a layer, and how they are painted. */
  painted(layer, map) {
    const { reading } = this.scene, back = this.back && !(layer < this.layer && this.part !== "window");
    if (back && !reading.delta(layer)) {
      const count = this.before.rows * this.before.columns;
      return this.shown(this.blamed.subarray(map * count, (map + 1) * count), true, scale(this.blamed));
    }
    const values = this.windows.map(back ? "delta" : "a", layer, map), all = back ? reading.delta(layer) : reading.a(layer);
    return this.shown(values, back, back ? scale(all.filter(Boolean)) : Math.max(layer === 1 ? 1 : 1e-9, scale(all)));
  }

  shown(values, diverging, top) {
    return { values, how: { diverging: diverging || values.some((each) => each < 0), top } };
  }

  canvas(layer, map, size) {
    const { values, how } = this.painted(layer, map);
    return heat(el("canvas.px", { "aria-hidden": "true", style: size ? px({ width: size, height: size }) : null }), values, this.windows.shape(layer)[2], how);
  }

  // ---- what is pointed at --------------------------------------------------------------------------------------------------

  /** The picture on which one points: that of the layer before, but where the error of a map is told. */
  slid() {
    if (this.part !== "column" && this.part !== "pool") return this.before;
    return this.pooled && this.of === this.pool ? this.pooled : this.own;
  }

  /** Lay the slide over that picture. */
  slide() {
    const { stage, before, own, part } = this, on = this.slid();
    const layer = on === before ? this.layer - 1 : on === own ? this.layer : this.pool, { values, how } = this.painted(layer, on === before ? this.channel : this.map);
    const [, rows, columns] = this.windows.shape(this.of), moves = this.scene.step === 2 || part, { size, stride, padding } = sliding(this.scene.reading.network, this.layer);
    const go = (row, column) => stage.spot(this.of, [within(row, rows), within(column, columns)]);
    const point = this.of === this.layer && on === before ? (row, column) => go(nearest(row, size[0], stride[0], padding[0], rows), nearest(column, size[1], stride[1], padding[1], columns)) : go;
    const words = on !== before || part === "window" ? t("Row {row}, column {column}; arrow keys choose another place", { row: this.spot[1], column: this.spot[2] }) : t("The window at row {row}, column {column}; arrow keys move it", { row: this.spot[1], column: this.spot[2] });
    stage.slide.root.classList.toggle("still", !moves);
    stage.slide.show({ ...on, values, columns: on.columns, how, label: words, point: moves ? point : () => {}, step: moves ? (down, across) => go(this.spot[1] + down, this.spot[2] + across) : () => {} });
  }

  /** Let the window slide over the whole picture once, while its map appears. */
  play() {
    if (this.scene.step !== 2) return;
    const { own, stage, map } = this, hidden = this.ownCanvas, count = own.rows * own.columns;
    const at = (number) => {
      const row = Math.floor(number / own.columns), column = number % own.columns, [top, left, right] = [row * own.cell, own.cell * (column + 1), own.width];
      this.framed([map, row, column]);
      hidden.style.clipPath = `polygon(0 0, ${right}px 0, ${right}px ${top}px, ${left}px ${top}px, ${left}px ${top + own.cell}px, 0 ${top + own.cell}px)`;
    };
    at(0);
    stage.slide.play(count, at, () => { hidden.style.clipPath = ""; this.framed(this.spot); });
  }

  // ---- frames and wires ----------------------------------------------------------------------------------------------------

  /** Where a window, or a place, lies on a picture. */
  box(on, [row, column], [rows, columns] = [1, 1]) {
    return { x: on.x + column * on.cell, y: on.y + row * on.cell, width: columns * on.cell, height: rows * on.cell };
  }

  /** The frames of a place: each picture's box, or none. */
  boxes(place) {
    const { before, own, pooled, pool, layer, part, windows } = this, found = {};
    if (this.scene.step === 5) return found;
    const window = (of, [map, row, column]) => windows.window(of, [map, row, column]);
    if (part === "window") { // a place of the layer before, and the places that saw it
      const saw = windows.seenBy(layer, place).filter(({ map }) => map === this.map), rows = saw.map(({ y }) => y), columns = saw.map(({ x }) => x);
      found.before = this.box(before, place.slice(1));
      if (saw.length) found.own = this.box(own, [Math.min(...rows), Math.min(...columns)], [Math.max(...rows) - Math.min(...rows) + 1, Math.max(...columns) - Math.min(...columns) + 1]);
      return found;
    }
    if (this.of === pool) { // a place of the pooling, its window, and which of it won
      const { corner, size, winner } = window(pool, place);
      found.pooled = this.box(pooled, place.slice(1));
      if (part === "pool") Object.assign(found, { window: this.box(own, corner, size), ...(this.averaged ? {} : { own: this.box(own, winner) }) });
      return found;
    }
    found.own = this.box(own, place.slice(1));
    if (part === "column") return found;
    const { corner, size } = window(layer, place), over = pool ? windows.pooled(pool, place)[0] : null;
    found.before = this.box(before, corner, size);
    if (over) {
      const seen = window(pool, over);
      Object.assign(found, { window: this.box(own, seen.corner, seen.size), pooled: this.box(pooled, over.slice(1)) });
    }
    return found;
  }

  framed(place) {
    const boxes = this.boxes(place);
    for (const [name, frame] of Object.entries(this.frames)) {
      const box = boxes[name];
      frame.setAttribute("visibility", box ? "visible" : "hidden");
      if (box) for (const [side, value] of Object.entries(box)) frame.setAttribute(side, value);
    }
    return boxes;
  }

  lines() {
    const { step, cast, focus } = this.scene, { before, own, large } = this;
    this.frames = Object.fromEntries(["before", "window", "own", "pooled"].map((name) => [name, el(`rect.frame.${name}`)]));
    const boxes = this.framed(this.spot), cast_ = this.place.cast, found = [], end = this.castEnd, forward = step === 2, lit = (forward || this.part === "window");
    const middle = ({ y, height }) => y + height / 2;
    for (const [at, map] of cast.entries()) {
      const told = map === focus, from = told && boxes.before ? boxes.before : null, x = from ? from.x + from.width : before.x + before.width + 2;
      const line = wire(x, from ? middle(from) : before.y + before.height * (0.18 + (0.64 * at) / 5), cast_.x - (large ? 4 : 2), this.castY(at));
      found.push(path(line, told && lit ? { stroke: forward ? "var(--a)" : "var(--d)", "stroke-width": large ? 2.6 : 1.6 } : { stroke: "var(--line)", "stroke-width": 1 }));
      if (told && lit) found.push(pulse(line, forward ? "forward" : "back", { stroke: forward ? "var(--a)" : "var(--d)", "stroke-width": 4 }));
      if (!told) continue;
      const place = forward || this.part === "window" ? boxes.own ?? own : own, on = wire(end, this.castY(at), place.x - 1, middle(place));
      found.push(path(on, lit ? { stroke: forward ? "var(--a)" : "var(--d)", "stroke-width": large ? 2 : 1.2, opacity: 0.7 } : { stroke: "var(--line2)", "stroke-width": 1 }));
      if (lit) found.push(pulse(on, forward ? "forward" : "back", { stroke: forward ? "var(--a)" : "var(--d)", "stroke-width": 3 }));
    }
    if (boxes.pooled && (boxes.window || boxes.own)) {
      const from = boxes.window ?? boxes.own, line = large ? wire(from.x + from.width, middle(from), boxes.pooled.x, middle(boxes.pooled)) : null;
      if (line) found.push(path(line, { stroke: forward ? "var(--a)" : "var(--d)", "stroke-width": 2 }), pulse(line, forward ? "late" : "back", { stroke: forward ? "var(--a)" : "var(--d)", "stroke-width": 3, style: forward ? "animation-delay:.8s" : "" }));
    }
    return [...found, ...this.winners(), ...Object.values(this.frames)];
  }

  /** The winner of each window of the pooling, as a dot, where there is room for it. */
  winners() {
    const { pool, own, windows, map } = this;
    if (!pool || this.averaged || this.back || own.cell < 4) return [];
    const [, rows, columns] = windows.shape(pool), cell = own.cell;
    const marks = Array.from({ length: rows * columns }, (_, k) => windows.window(pool, [map, Math.floor(k / columns), k % columns]).winner);
    const legend = this.large ? [el("path.winners", { d: `M${own.x + 6} ${own.y + own.height + 16}h.01`, "stroke-width": 5 }), el("text", { x: own.x + 16, y: own.y + own.height + 21 }, t("the largest of its window"))] : [];
    return [...legend, el("path.winners", { d: marks.map(([row, column]) => `M${own.x + (column + 0.5) * cell} ${own.y + (row + 0.5) * cell}h.01`).join(""), "stroke-width": Math.max(1.6, 0.3 * cell) })];
  }

  // ---- what stands beside them ---------------------------------------------------------------------------------------------

  actors() {
    return [...this.titles(), this.cast(), this.pictures(), this.verdict];
  }

  titles() {
    const { digit, cast, answers, kind } = this.place, { reading, cast: six } = this.scene, large = this.large, [maps, rows, columns] = this.windows.shape(this.layer);
    const title = (x, y, words, symbol, shape) => el("h2.title", { style: px({ left: x, top: y }) }, words, ...(large && symbol ? [" ", symbol, " ", el("span.dim", {}, shape)] : []));
    const first = this.layer === 2, alike = this.back && this.part !== "window", symbol = (layer) => sym(this.back ? "d" : "a", layer);
    const channels = this.windows.shape(this.layer - 1)[0], whole = shapeText(this.windows.shape(this.layer - 1));
    const left = first ? (channels > 1 && this.slid() === this.before ? t("Channel {map} of the image", { map: this.channel }) : this.stage.digits ? t("The digit") : t("The image")) : t("Map {map} of layer {layer}", { map: this.channel, layer: this.layer - 1 });
    const middle = maps === 1 ? t("Map {map}", { map: 0 }) : six.length === maps ? t("{count} {count:map|maps}", { count: maps }) : large ? t("{six} of {count} {count:map|maps}", { six: six.length, count: maps }) : t("{six} of {count}", { six: six.length, count: maps });
    const parts = [title(digit.x, 0, left, alike || !this.back ? sym("a", this.layer - 1) : this.blamed ? gradientOf("a", this.layer - 1) : sym("d", this.layer - 1), whole)];
    if (kind === "s" && maps > six.length) parts.push(el("button.title.link", { "data-key": "all", "aria-label": t("show all {count}", { count: maps }), style: px({ left: cast.x }), onclick: () => this.stage.all() }, middle));
    else parts.push(title(cast.x, 0, middle, symbol(this.layer), `${maps}×${rows}×${columns}`));
    parts.push(title(answers.x, 0, t("Map {map}", { map: this.map }), symbol(this.layer), `${rows}×${columns}`));
    if (this.pool) parts.push(title(large ? this.pooled.x : answers.x, large ? 0 : this.pooled.y - 20, t("pooled"), symbol(this.pool), ""));
    return parts;
  }

  cast() {
    const { cast: place, kind } = this.place, { reading, cast, focus, step } = this.scene, large = this.large, [maps] = this.windows.shape(this.layer);
    const buttons = cast.map((map, at) => {
      const told = map === focus, kernels = large && !this.alone ? [this.kernel(map)] : [];
      const drawn = this.canvas(this.layer, map, place.size), whole = place.size + (kernels.length ? 8 + place.size : 0);
      if (kernels.length) drawn.style.left = `${place.size + 8}px`;
      const words = step === 2 ? t("map {map}", { map }) : t("map {map}: its error", { map });
      return el("button.neuron.map", { "data-key": `neuron ${map}`, "aria-label": words, "aria-pressed": `${told}`, class: `neuron map${told ? " told" : ""}`, style: px({ left: place.x, top: place.y + at * place.pitch, width: whole + (large ? 30 : 0), height: place.size, "--size": place.size }), onclick: () => this.stage.choose(map) }, ...kernels, drawn, ...(large ? [el("span.m.number", { style: px({ left: whole + 6 }) }, `${map}`)] : []));
    });
    const more = maps > cast.length && kind !== "s" ? [el("button.link.more-neurons", { "data-key": "all", style: px({ left: place.x, top: place.y + 6 * place.pitch - 3 }), onclick: () => this.stage.all() }, t("show all {count}", { count: maps }))] : [];
    return el("div.cast", { role: "group", label: "Maps" }, ...buttons, ...more);
  }

  /** The kernel of a map, or how the cost changes with it: what lies on the map of the layer before that is shown, else all of it. */
  kernel(map) {
    const { reading, step } = this.scene, { size: [rows, columns] } = sliding(reading.network, this.layer), { weights, channels, first } = this.windows.kernel(this.layer, map);
    const all = step === 5 ? this.windows.gradient(this.layer, map) : weights, top = step === 5 ? scale(all, 1) : scale(reading.weights.w[this.layer - 2], 0.995), seen = this.channel - first;
    const own = seen >= 0 && seen < channels ? { values: all.subarray(seen * rows * columns, (seen + 1) * rows * columns), columns } : mosaic(all, [channels, rows, columns]);
    return heat(el("canvas.px", { "aria-hidden": "true" }), own.values, own.columns, { diverging: true, top });
  }

  /** The map that is told of, and its pooling. */
  pictures() {
    const large = (layer, { x, y, width, height }) => {
      const drawn = this.canvas(layer, this.map);
      drawn.style.cssText = px({ left: x, top: y, width, height });
      return drawn;
    };
    this.ownCanvas = large(this.layer, this.own);
    return el("div.large-maps", { "aria-hidden": "true" }, this.ownCanvas, ...(this.pool ? [large(this.pool, this.pooled)] : []));
  }

  /** No bar grows here. */
  grown() { return []; }
}
