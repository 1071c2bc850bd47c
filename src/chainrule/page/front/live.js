// A program, alive: its graph with values and slopes, a curve with its tangent, sliders, the paths whose slopes multiply, and the
// derivative as chainrule prints it. All numbers come from WebAssembly, which `graphs.py` of the package has written.

import { el, message, renew } from "./dom.js";
import { areFew, count, drawGraph, isNumber, layout, made, paths, widthOf } from "./graph.js";
import { columnsOf, heat, scale } from "./paint.js";
import { factor, number, shapeText } from "./symbols.js";
import { digits, drawTangent } from "./tangent.js";

const POINTS = 240, FEWEST = 60, PATIENCE = 40; // of a curve, at most and at least; ms that it may take
const SLIDERS = 8, PATHS = 8; // as many numbers have a slider each, and as many paths are listed
const still = matchMedia("(prefers-reduced-motion: reduce)");
const programs = new WeakMap();

/** An entry's programs, ready to run: `run(at)` gives the `values`, `slopes` and `errors`, valid until the next run; the result
 * alone is soonest from `run(at, 1)`, by the first program. */
async function ready(entry) {
  if (!programs.has(entry)) programs.set(entry, entry.javascript ? started(await Promise.all(entry.javascript.map(instantiated))) : fixed(entry.numbers));
  return programs.get(entry);
}

const instantiated = async (javascript) => (await import(`data:text/javascript,${encodeURIComponent(javascript)}`)).instantiate();

function started(all) {
  const given = all.map(({ inputs }) => inputs.given);
  return (at, most = all.length) => all.slice(0, most).reduce((found, { run }, which) => {
    at.forEach((each, k) => given[which][k].set(each));
    return Object.assign(found, run());
  }, { slopes: [] });
}

/** Numbers that a server has computed where the variables stand. */
function fixed(numbers) {
  const found = Object.fromEntries(Object.entries(numbers).map(([kind, arrays]) => [kind, arrays.map((each) => Float64Array.from(each, (v) => v ?? NaN))]));
  return () => found;
}

export class Live {
  /** `moved()` is told when a variable has moved; `closing` stands below the derivative. */
  constructor({ moved = () => {}, closing = null } = {}) {
    this.moved = moved;
    this.title = el("div.formula", { tabindex: 0, role: "group", label: "The function" });
    this.note = el("p.lead");
    this.graph = el("div.graph", { role: "group", label: "The graph: values run forward, slopes backward" });
    this.plot = el("div.tangent");
    this.sliders = el("div.sliders");
    this.step = el("button.btn.main", { say: "One step downhill", onclick: () => this.descend() });
    this.rule = el("span.rule");
    this.plot.addEventListener("lostpointercapture", () => { this.plot.onpointermove = null; });
    this.back = el("button.btn", { say: "Back to the start", onclick: () => this.reset() });
    this.sums = el("div.sums");
    this.mathematics = el("div.mathematics", { tabindex: 0, role: "group", label: "The derivative as mathematics" });
    this.python = el("pre.cr-py", { tabindex: 0, label: "The derivative as Python" });
    this.helpers = el("details", {}, el("summary", { say: "The functions that it calls" }), el("pre.cr-py", { tabindex: 0, label: "The functions that it calls" }));
    this.dimensions = el("details.dimensions", {}, el("summary", { say: "Line by line, with dimensions" }), el("div", { tabindex: 0, role: "group", label: "Line by line, with dimensions" }));
    this.root = el("div.live", {},
      el("div.headline", {}, this.title, el("p.motto", {}, el("span.cr-a", { say: "Values run forward." }), el("span.space", {}, " "), el("span.cr-g", { say: "Slopes run backward." }), el("span.space", {}, " "), el("span", { say: "Where paths meet, add." }))),
      this.note,
      (this.drawn = el("div.drawn", {}, this.graph, this.plot, el("div.moving", {}, this.sliders, el("div.tools", {}, this.step, this.back, this.rule)), this.sums)),
      el("div.derivation", {}, el("div", {}, el("h2", { say: "The derivative that chainrule wrote" }), this.mathematics, closing),
        el("div", {}, el("h2", { say: "The same in Python" }), this.python, this.helpers, this.dimensions)));
    new ResizeObserver(() => this.draw()).observe(this.root);
  }

  /** Show an entry, where its variables stand at first or, if they fit, at the numbers of a `position`. */
  async show(entry, { at = null, by = null } = {}) {
    this.wanted = entry;
    const run = await ready(entry);
    if (this.wanted !== entry) return; // another one was chosen while this one was made ready
    if (this.entry !== entry) {
      this.entry = entry;
      this.run = run;
      this.chosen = this.opening;
      this.lit = null;
      this.places = entry.nodes.length ? layout([...entry.variables.map(() => []), ...entry.nodes.map((node) => node.reads)]) : null;
      if (this.places) this.arrange();
      this.tell();
      this.begin();
    }
    if (at?.length === this.numbers && at.every(Number.isFinite)) this.begin(at);
    if (by?.every(Number.isInteger) && by[1] >= 0 && by[1] < count(entry.variables[by[0]]?.shape ?? [0])) this.chosen = by;
    this.points = this.affordable();
    this.draw();
  }

  /** What each edge has: its mathematics, and which of the program's slopes is its own. */
  arrange() {
    const { entry, places } = this, beside = entry.nodes.flatMap((node) => node.slopes), shapes = [...entry.variables, ...entry.nodes].map((each) => each.shape);
    let next = 0;
    places.edges = places.edges.map((edge, e) => ({ ...edge, math: beside[e], slope: isNumber(shapes[edge.from]) && isNumber(shapes[edge.to]) ? next++ : null }));
    this.least = widthOf(shapes);
    this.plain = shapes.every(isNumber);
    this.few = areFew(shapes); // the graph has all numbers
  }

  /** The number of an entry whose curve and paths are shown at first. */
  get opening() {
    return this.entry.chosen ?? [this.entry.variables.findIndex((each) => each.moves), 0];
  }

  /** What is looked at: `at` has all numbers of the variables in a row, `by` is the number whose curve is shown, if it is not the first. */
  get position() {
    const at = this.values.flatMap((each) => [...each]);
    return { at, by: `${this.chosen}` === `${this.opening}` ? null : this.chosen };
  }

  /** Whether all variables stand where they stood at first. */
  get begins() {
    return this.entry.variables.every((each, k) => each.at.every((value, i) => value === this.values[k][i]));
  }

  get numbers() {
    return this.entry.variables.reduce((sum, each) => sum + count(each.shape), 0);
  }

  /** Put the variables where they stand at first, or at these numbers. */
  begin(at = null) {
    let from = 0;
    this.values = this.entry.variables.map((each) => Float64Array.from(at ? at.slice(from, (from += count(each.shape))) : each.at, (v) => (at ? clamp(v, each) : v)));
    this.stand();
  }

  /** No step is under way any more, and none has been seen. */
  stand() {
    this.trail = [];
    this.descent = null;
  }

  /** How many points a curve may have, by how long the program takes. */
  affordable() {
    const begun = performance.now();
    for (let i = 0; i < 3; i++) this.computed(this.values, 1);
    return Math.round(Math.max(FEWEST, Math.min(POINTS, (3 * PATIENCE) / Math.max(0.01, performance.now() - begun))));
  }

  /** The numbers of all nodes; those of a program that stops, as at a singular matrix, are none. */
  computed(at, most) {
    try {
      return this.run(at, most);
    } catch {
      return null;
    }
  }

  // ---- what does not change with the numbers -----------------------------------------------------------------------------

  tell() {
    const { entry } = this, { python: text } = entry;
    this.title.innerHTML = entry.forward.join(`<span class="then">, </span>`);
    this.title.classList.toggle("long", entry.forward.join("").length > 1500);
    this.mathematics.replaceChildren(...entry.backward.map((line) => made("div", line)));
    const at = text.lastIndexOf("\ndef ") + 1, first = text.indexOf("\ndef ") + 1;
    this.python.replaceChildren(...python(text.slice(at).trimEnd()));
    this.helpers.hidden = first === at;
    this.helpers.lastChild.replaceChildren(...python(text.slice(first, at).trimEnd()));
    this.rule.innerHTML = entry.variables.filter((each) => each.moves).map((each) => `<span>${each.math} ← ${each.math} − ${entry.rate} · ${this.slopeName(each.math)}</span>`).join("");
    this.dimensions.hidden = !entry.dimensions.length;
    const cells = (row, what) => row.map((each, i) => el(i % 2 ? `${what}.cr-dim` : what, {}, each));
    this.dimensions.lastChild.replaceChildren(el("table", {}, el("tbody", {}, ...entry.dimensions.map((row) => el("tr", {}, ...cells(row, "td"))))));
    this.graph.hidden = !this.places;
    this.plot.hidden = this.back.hidden = !entry.javascript;
    this.step.hidden = this.rule.hidden = !entry.javascript || !entry.rate;
    this.rows = null; // the sliders are made anew, also where there are none
  }

  slopeName(math) {
    const sign = this.entry.variables.length > 1 ? "∂" : "d";
    return `<span class="cr-g">${sign}${this.entry.result} / ${sign}${math}</span>`;
  }

  /** A number of a variable as NumPy has it: x, v[2], w[1, 0]. */
  place([k, i]) {
    const { shape } = this.entry.variables[k], places = [];
    for (const size of [...shape].reverse()) {
      places.unshift(i % size);
      i = Math.floor(i / size);
    }
    return places.length ? `[${places.join(", ")}]` : "";
  }

  nameOf(one) {
    return this.entry.variables[one[0]].name + this.place(one);
  }

  // ---- moves --------------------------------------------------------------------------------------------------------------

  set([k, i], value) {
    this.values[k][i] = clamp(value, this.entry.variables[k]);
    this.stand();
    this.draw();
    this.moved();
  }

  reset() {
    this.begin();
    this.draw();
    this.moved();
  }

  /** Every variable that moves goes against its slope; on the curve the way is seen. */
  async descend() {
    const { entry } = this, { errors } = this.now, from = this.values.map((each) => each.slice());
    const to = from.map((each, k) => (entry.variables[k].moves ? each.map((v, i) => clamp(v - entry.rate * (Number.isFinite(errors[k][i]) ? errors[k][i] : 0), entry.variables[k])) : each));
    this.trail = [...this.trail.slice(-30), from];
    const descent = (this.descent = {});
    const begun = performance.now();
    for (let share = still.matches ? 1 : 0; share < 1;) {
      await new Promise(requestAnimationFrame);
      if (this.descent !== descent) return;
      share = Math.min(1, (performance.now() - begun) / 300);
      this.values = from.map((each, k) => each.map((v, i) => v + (to[k][i] - v) * share));
      this.draw();
    }
    this.values = to;
    this.draw();
    this.moved();
  }

  /** Another number: its curve, its paths. */
  look(one) {
    if (`${one}` === `${this.chosen}`) return;
    this.chosen = one;
    this.lit = null;
    this.stand();
    this.draw();
    this.moved();
  }

  // ---- drawing ------------------------------------------------------------------------------------------------------------

  draw() {
    const room = this.drawn.clientWidth, { entry, places } = this;
    if (!entry || !room) return;
    const least = places ? this.least * places.columns : 0, down = room < 1000 && room < least;
    this.drawn.classList.toggle("down", down || (!places && room < 700));
    this.drawn.classList.toggle("wide", !down && places !== null && (room < 900 || 0.58 * room < least));
    this.drawn.classList.toggle("graphless", !places);
    this.drawn.classList.toggle("still", !entry.javascript);
    this.drawn.classList.toggle("broad", places !== null && (!this.few || places.columns > 5)); // what stands below the curve needs room
    const found = this.computed(this.values), nodes = entry.nodes.length || 1, none = (shape) => new Float64Array(count(shape)).fill(NaN);
    const shapes = [...entry.variables, ...entry.nodes].map((each) => each.shape);
    const values = found ? found.values.map((each) => each.slice()) : Array.from({ length: nodes }, (_, k) => none(entry.nodes[k]?.shape ?? []));
    const errors = found ? found.errors.map((each) => each.slice()) : shapes.slice(0, places ? -1 : undefined).map(none);
    this.now = { value: values.at(-1)[0], values: [...this.values, ...values], errors: [...errors, [1]], slopes: [] };
    if (places) {
      const slopes = found?.slopes.map(([value]) => value);
      this.now.slopes = places.edges.map(({ slope }) => (slope === null ? null : slopes?.[slope] ?? NaN));
      this.drawGraph();
    }
    if (entry.javascript) this.drawPlot();
    this.drawSliders();
    this.drawSums();
  }

  drawGraph() {
    const { entry, places, now, lit } = this;
    drawGraph(this.graph, { entry, places, now, lit, chosen: this.chosen[0], choose: (k) => this.look([k, 0]), down: this.drawn.classList.contains("down"), least: this.least });
    this.graph.tabIndex = this.graph.scrollWidth > this.graph.clientWidth ? 0 : -1; // keys scroll what is wider
  }

  drawPlot() {
    const [k, i] = this.chosen, { name, math, low, high } = this.entry.variables[k], at = this.values.map((each) => each.slice());
    const f = (value) => { at[k][i] = value; return this.computed(at, 1)?.values.at(-1)[0] ?? NaN; };
    drawTangent(this.plot, {
      name, letters: math.match(/<mi[^>]*>([^<]*)</)[1], place: this.place(this.chosen), at: this.values[k][i], low, high, value: this.now.value, slope: this.now.errors[k][i], f,
      points: this.points, trail: this.trail.map((each) => each[k][i]), set: (value) => this.set(this.chosen, value),
    });
  }

  /** A slider for each number, if they are few; else for those that stand alone, and for the chosen one of an array. */
  drawSliders() {
    const { entry } = this, all = entry.variables.flatMap(({ shape }, k) => Array.from({ length: this.numbers > SLIDERS ? 1 : count(shape) }, (_, i) => [k, i]));
    const own = ([k]) => this.numbers <= SLIDERS || isNumber(entry.variables[k].shape);
    const ones = this.numbers === 1 || !entry.javascript ? [] : all.filter(own).concat(own(this.chosen) ? [] : [this.chosen]);
    const rows = ones.map((one) => this.nameOf(one)).join(";");
    if (rows !== this.rows) {
      this.rows = rows;
      renew(this.sliders, ...ones.map((one) => this.slider(one)));
    }
    ones.forEach((one, row) => {
      const node = this.sliders.children[row], [k, i] = one, { low, high } = entry.variables[k];
      node.querySelector("input").value = this.values[k][i];
      node.querySelector("output").textContent = number(this.values[k][i], digits(low, high));
      node.classList.toggle("chosen", `${one}` === `${this.chosen}`);
    });
  }

  slider(one) {
    const { low, high, math } = this.entry.variables[one[0]];
    const input = el("input", { type: "range", min: low, max: high, step: 10 ** -digits(low, high), "aria-label": this.nameOf(one), oninput: () => this.set(one, +input.value) });
    input.addEventListener("focus", () => this.look(one));
    return el("label.slider", {}, made("span", `${math}<small>${this.place(one)}</small>`), input, el("output"));
  }

  // ---- the paths, or the gradients of arrays ---------------------------------------------------------------------------------

  drawSums() {
    if (this.places && this.plain) this.drawPaths();
    else this.drawGradients();
  }

  /** Along each path the slopes are multiplied, and the products added. They stand as the graph has them: from the variable on. */
  drawPaths() {
    const { entry, places: { edges }, now } = this, [chosen] = this.chosen, names = [...entry.variables, ...entry.nodes], found = paths(edges, chosen, names.length - 1, PATHS + 1);
    const total = now.errors[chosen][0], listed = found.slice(0, PATHS), products = listed.map((path) => path.reduce((all, e) => all * now.slopes[e], 1));
    const rows = listed.map((path, row) => {
      const name = made("button.path", [names[chosen], ...path.map((e) => names[edges[e].to])].map((each) => each.math).join(" ← "));
      const light = (lit) => () => { this.lit = lit; this.drawGraph(); };
      for (const [event, lit] of [["mouseenter", path], ["focus", path], ["mouseleave", null], ["blur", null]]) name.addEventListener(event, light(lit));
      return el("tr", {}, el("td", {}, name), el("td.factors", {}, path.map((e, i) => (i ? factor(now.slopes[e]) : number(now.slopes[e]))).join(" × ")), el("td", {}, "="), el("td.product", {}, number(products[row])));
    });
    const more = found.length > PATHS && el("tr", {}, el("td", {}), el("td.factors", { say: "and more paths" }), el("td", {}, "+"), el("td.product", {}, number(total - products.reduce((sum, each) => sum + each, 0))));
    const end = el("tr.end", {}, el("td", {}), el("td.factors", {}, made("span", this.slopeName(entry.variables[chosen].math))), el("td", {}, "="), el("td.product.cr-g", {}, number(total)));
    renew(this.sums, el("h2", { say: found.length > 1 ? message("Multiply along each path, then add") : message("Multiply along the path") }), el("table", {}, el("tbody", {}, ...rows, more || "", end)), ...(rounded(listed, products, total, now) ? [el("p.mute", { say: "The numbers here are rounded, so the last digit may differ." })] : []));
  }

  /** Each variable and its gradient: numbers as they are, arrays as pictures of which one number is chosen. */
  drawGradients() {
    const { entry, values, now, places } = this, told = (each) => !each.still && (each.moves || !(isNumber(each.shape) || (places && this.few)));
    const parts = entry.variables.flatMap((each, k) => (told(each) ? [this.gradient(each, k, values[k], now.errors[k])] : []));
    renew(this.sums, el("h2", { say: "The gradient" }), this.places ? "" : el("p.result", {}, made("span", entry.result), ` = ${number(now.value, 4)}`), el("div.gradients", {}, ...parts),
      ...(entry.told ? [el("p.mute", { say: "Only NumPy computes a part of it, so nothing moves here. The numbers are those where the variables stand; write others above." }), el("p.mute", {}, entry.told)] : []));
  }

  gradient({ math, shape, name }, k, values, errors) {
    const one = this.chosen[0] === k ? this.chosen : [k, 0], place = this.place(one), [, i] = one;
    const equal = (name, color, value) => el("span", {}, made("span", `${name}<small>${place}</small> = `), el(`b.${color}`, {}, number(value)));
    const told = el("p", {}, equal(math, "cr-a", values[i]), equal(this.slopeName(math), "cr-g", errors[i]));
    if (isNumber(shape)) return el("div.of", {}, told);
    const columns = shape.length > 1 && shape.at(-1) > 1 && values.length / shape.at(-1) > 1 ? shape.at(-1) : values.length > 24 ? columnsOf(values.length) : values.length;
    return el("div.of", {}, el("p.cr-dim", {}, `${name}: ${shapeText(shape)}`), el("div.pair", {}, ...[values, errors].map((each, which) => el("figure", {}, this.picture(each, columns, one, which), el(which ? "figcaption.cr-g" : "figcaption.cr-a", { say: which ? message("slopes") : message("values") })))), told);
  }

  picture(values, columns, one, which) {
    const side = Math.min(200, (this.drawn.clientWidth - 12) / 2); // two stand beside each other
    const rows = Math.ceil(values.length / columns), cell = Math.max(1, Math.min(22, Math.floor(side / Math.max(columns, rows)) || side / Math.max(columns, rows)));
    const canvas = heat(el("canvas"), values, columns, { top: scale(values, 1), diverging: true }), [k, i] = one;
    const mark = el("i.mark"), size = { width: `${columns * cell}px`, height: `${rows * cell}px` };
    Object.assign(mark.style, { left: `${(i % columns) * cell}px`, top: `${Math.floor(i / columns) * cell}px`, width: `${cell}px`, height: `${cell}px` });
    const node = el("button.picture", { label: which ? message("The gradient of an array; arrow keys choose one of its numbers") : message("The numbers of an array; arrow keys choose one of them") }, canvas, mark);
    Object.assign(node.style, size);
    const go = (to) => this.look([k, Math.max(0, Math.min(values.length - 1, to))]);
    node.addEventListener("click", (event) => {
      if (!event.detail) return; // a key
      const box = node.getBoundingClientRect();
      go(Math.floor(((event.clientY - box.top) / box.height) * rows) * columns + Math.floor(((event.clientX - box.left) / box.width) * columns));
    });
    node.addEventListener("keydown", (event) => {
      const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
      if (!by) return;
      event.preventDefault();
      go(i + by);
    });
    return node;
  }
}

/** Whether what is shown does not come out as shown: 0.878 + 0.614 = 1.493. */
function rounded(listed, products, total, now) {
  const shown = (value) => Math.round(1000 * value), off = (sum, value) => Math.abs(sum - shown(value)) > 0.5;
  const wrong = listed.some((path, row) => off(1000 * path.reduce((all, e) => (all * shown(now.slopes[e])) / 1000, 1), products[row]));
  return wrong || (listed.length > 1 && off(products.reduce((sum, each) => sum + shown(each), 0), total));
}

/** Python, its comments faint. */
const python = (text) => text.split(/(#.*)/).map((part) => (part.startsWith("#") ? el("i", {}, part) : part));

const clamp = (value, { low, high }) => Math.max(low, Math.min(high, value));
