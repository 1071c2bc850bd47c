// What is drawn between those on the stage: wires, the pulses on them, arrows, gates. A wire's color is the sign of its weight in
// every step, and its width what runs through it: activations forward, errors backward. A gray one stands for many weights.

import { el } from "./dom.js";
import { Setting } from "./setting.js";
import { fixed, letterOf } from "./symbols.js";
import { chevron, path, pulse, signed, wire } from "./wires.js";

const LIT = 0.36; // where along its wire the weight that is lit lies
const PLACES = [LIT, 0.28, 0.44, 0.22, 0.5]; // where an arrow may lie along its wire, the first the best

/** The lines of one state of the stage. */
export class Lines extends Setting {
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
      const stroke = lit ? "var(--line2)" : "var(--line)"; // of as many weights as there are pixels
      const line = wire(x, y, end, this.castY(at));
      yield path(line, { stroke, "stroke-width": lit ? width : 1, opacity: telling ? (j === focus ? 1 : 0.28) : step === 2 ? 0.28 : step === 5 ? 1 : lit ? 0.55 : 1 });
      if (lit && (step < 2 || (telling && j === focus))) yield pulse(line, "forward", { stroke: "var(--a)", "stroke-width": width + 1.5, style: `animation-delay:${0.12 * at}s` });
    }
  }

  *brought(at, focus) {
    const { reading, step, scene, source, cast } = this.scene, { digit } = this.place;
    const to = cast.indexOf(focus), brought = this.scene.mapsBefore && reading.broughtByMaps(focus), w = brought ? brought[source[at]] : reading.weight(scene, focus, source[at]); // a wire of a map stands for many weights: warm where it speaks for the neuron
    const by = source.map((i) => brought?.[i] ?? reading.weight(scene, focus, i) * reading.a(scene - 1)[i]), top = Math.max(...by.map(Math.abs), 1e-9);
    const from = digit.x + (this.scene.mapsBefore ? 0.6 * digit.size + (this.large ? 30 + this.place.cast.size : 38) : digit.size + 2), line = wire(from, this.sourceY(at), this.place.cast.x - 4, this.castY(to) + (at - 2.5) * (this.large ? 2 : 1));
    const lit = step <= 2 || step === 6;
    yield path(line, { stroke: lit ? signed(w) : "var(--line)", "stroke-width": lit ? 0.8 + (4 * Math.abs(by[at])) / top : 1, "stroke-dasharray": lit && w < 0 ? "7 5" : "none", opacity: step === 2 && !this.ends ? 0.9 : 0.4 });
    if (lit && step < 3) yield pulse(line, "forward", { stroke: "var(--a)", "stroke-width": 3, style: `animation-delay:${0.12 * at}s` });
  }

  /** From each of the cast to the two neurons behind it. */
  *fan() {
    const { reading, step, cast, targets, focus, lit, scene } = this.scene, { cast: place, answers } = this.place, large = this.large;
    const x = this.castEnd, end = answers.x - (large ? 8 : 3);
    const known = cast.flatMap((j, at) => targets.map((k, to) => {
      const row = this.rows.indexOf(k), w = reading.weight(scene + 1, k, j), by = w * (this.back ? reading.delta(scene + 1)[k] : reading.a(scene)[j]);
      const line = wire(x, this.castY(at) + (to ? 2 : -2) * (large ? 1.5 : 0.6), end, this.rowY(row) + (at - 2.5) * (large ? 1.1 : 0.5));
      return { j, k, at, w, by, line, open: !reading.flat(scene, j), told: j === focus };
    }));
    const top = Math.max(...known.map(({ by }) => Math.abs(by)), this.back ? 0.1 : 1e-9), marks = [];
    const dot = large && known.find(({ j, k }) => j === focus && k === lit)?.line.at(LIT), taken = dot ? [[dot[0] - 30, dot[1] - 18], ...Array.from({ length: 10 }, (_, i) => [dot[0], dot[1] + 20 * i])] : []; // its number, and the thread that hangs from it
    for (const each of known.sort((p, q) => p.told - q.told)) {
      const { j, k, at, w, by, line, open, told } = each, share = Math.abs(by) / top;
      let width = this.back ? (large ? 1.2 : 0.8) + share * (large ? 5.8 : 3.2) : (large ? 0.8 : 0.6) + share * (large ? 5 : 2.6);
      let stroke = signed(w), dash = w < 0 ? (large ? "7 5" : "4 3") : "none", opacity = 0.9;
      if (this.back && step === 4) opacity = !open ? 0.22 : told ? 1 : 0.75;
      else if (this.back && step === 5 && this.ends) opacity = k === targets[0] || k === targets[1] ? 0.9 : 0.2;
      else if (this.back) opacity = step === 3 ? 0.25 : 1;
      else if (step === 0) opacity = k === reading.first || scene + 1 < reading.last ? 0.95 : 0.2;
      else if (step === 2 && this.ends) opacity = k === this.scene.told ? 0.95 : 0.14;
      else opacity = step === 6 ? 0.28 : 0.14;
      if (step === 5 && this.back && !this.ends) [stroke, dash, width] = ["var(--line)", "none", 1.2];
      yield path(line, { stroke, "stroke-width": width, "stroke-dasharray": dash, opacity });
      if (step === 0) yield pulse(line, "late", { stroke: "var(--a)", "stroke-width": Math.max(2.5, width), style: `animation-delay:${0.8 + 0.08 * at}s` });
      if ((step === 0 && reading.told) || (step === 4 && this.back && open)) yield pulse(line, "back", { stroke: "var(--d)", "stroke-width": width + 3, style: `animation-delay:${(step ? 0 : 1.7) + 0.1 * at}s` });
      if (step === 4 && this.back && open) marks.push(j === focus && k === lit && large ? this.weight(line, scene + 1, k, j) : chevron(line, free(line, taken, large ? 22 : 9), width, large));
    }
    yield* marks;
  }

  /** The weight that is lit: a dot on its wire, from which the thread hangs. */
  weight(line, layer, k, j) {
    const [x, y] = line.at(LIT), { reading } = this.scene;
    return el("g.lit-weight", {}, el("circle", { cx: x, cy: y, r: 7 }), el("text", { x: x - 10, y: y - 13, "text-anchor": "end" }, fixed(reading.weight(layer, k, j), 2)));
  }

  /** Without hidden layers a neuron's wire runs straight to its own answer. */
  *straight() {
    const { reading, cast, step, focus } = this.scene, { answers } = this.place;
    for (const [at, k] of cast.entries()) {
      const line = wire(this.castEnd, this.castY(at), answers.x - (this.large ? 8 : 3), this.rowY(this.rows.indexOf(k))), told = k === focus;
      const width = 1 + (this.large ? 3 : 1.6) * Math.min(1, Math.abs(reading.a(reading.last)[k]));
      yield path(line, { stroke: step === 4 || step === 5 ? "var(--line)" : "var(--line2)", "stroke-width": width, opacity: step === 2 ? (told ? 1 : 0.2) : 0.5 });
      if (step < 3) yield pulse(line, "late", { stroke: "var(--a)", "stroke-width": width + 1.5, style: `animation-delay:${0.8 + 0.08 * at}s` });
    }
  }

  /** How far each answer in dispute is from what it should be, where that is 0 or 1. */
  *misses() {
    const { reading, behind } = this.scene, { answers } = this.place, large = this.large;
    if (behind !== reading.last || !this.shares) return;
    for (const [at, k] of this.rows.entries()) {
      if (!reading.dispute.includes(k)) continue;
      const a = within(reading.a(reading.last)[k]), wanted = reading.wanted[k], start = answers.x + this.label, y = this.rowY(at) - (wanted ? 0 : large ? 12 : 7.5);
      const from = start + a * this.bar + (wanted ? 4 : 0), to = wanted ? start + this.bar - 10 : start + 2, way = Math.sign(to - from), head = large ? 6 : 4;
      if ((to - from) * way < 2 * head || (wanted ? way < 0 : way > 0)) continue;
      yield el("g.miss", {}, el("path", { d: `M${from} ${y}H${to - way * head}`, stroke: "var(--d)", "stroke-width": large ? 3 : 2 }), el("path", { d: `M${to} ${y}l${-way * head * 1.6} ${-head}v${2 * head}z`, fill: "var(--d)" }));
    }
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
}

/** Where along a line an arrow lies on no other one, if there is such a place; it is taken then. */
function free(line, taken, apart) {
  const far = (share) => Math.min(...taken.map(([x, y]) => Math.hypot(x - line.at(share)[0], y - line.at(share)[1])));
  const found = PLACES.find((share) => far(share) >= apart) ?? LIT;
  taken.push(line.at(found));
  return found;
}

const within = (share) => Math.max(0, Math.min(1, share));
