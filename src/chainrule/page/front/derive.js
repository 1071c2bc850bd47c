// Derive: a program as a graph. Values run forward along its edges, slopes backward; a curve with its tangent, whose x is dragged;
// the paths whose slopes multiply; and the derivative as chainrule prints it. All numbers come from one WebAssembly program.

import { count, el, message, num, renew, say, t } from "./dom.js";
import { layout, paths } from "./graph.js";

const PROGRAMS = {
  parabola: [message("A parabola"), message("The slope says which way f grows. Go the other way to reach its lowest point.")],
  paths: [message("Two paths"), message("x reaches f on two paths. Multiply along each path, and add where they meet.")],
  valleys: [message("Valleys"), message("Going downhill ends in the valley next to where you begin, which need not be the deepest.")],
  sigmoid: [message("The sigmoid"), message("Both ends are flat: where the slope is nearly 0, a step changes nearly nothing. Such a neuron hardly learns.")],
  softplus: [message("Softplus"), message("Its slope is the sigmoid. Nobody told chainrule so: it simplified its own result.")],
  neuron: [message("A neuron"), message("One neuron that reads x and should answer y. Its slopes at w and b are what training subtracts, over and over.")],
};
const POINTS = 240, TIGHT = 158; // px that a column of the graph needs
const still = matchMedia("(prefers-reduced-motion: reduce)");

/** A program out of the gallery, ready to run: `run(values)` gives the `values`, `slopes` and `errors` of its graph as numbers. */
async function ready(program) {
  const { instantiate } = await import(`data:text/javascript,${encodeURIComponent(program.javascript)}`);
  const { inputs, run } = await instantiate();
  return (given) => {
    given.forEach((value, i) => { inputs.given[i][0] = value; });
    return Object.fromEntries(Object.entries(run()).map(([kind, arrays]) => [kind, arrays.map(([value]) => value)]));
  };
}

/** Markup that Python made. */
function made(what, markup) {
  const node = el(what);
  node.innerHTML = markup;
  return node;
}

export function mount(root, { host, route }) {
  return new Derive(root, host, route);
}

class Derive {
  constructor(root, { gallery, network }, route) {
    this.gallery = gallery;
    this.route = route;
    this.loaded = new Map();
    this.tabs = gallery.map(({ name }) => el("button.chip", { say: PROGRAMS[name][0], "aria-pressed": "false", onclick: () => this.choose(name) }));
    this.title = el("p.formula");
    this.graph = el("div.graph", { role: "group", label: "The graph: values run forward, slopes backward" });
    this.plot = el("div.tangent");
    this.sliders = el("div.sliders");
    this.step = el("button.btn.main", { say: "One step downhill", onclick: () => this.descend() });
    this.rule = el("span.rule");
    this.plot.addEventListener("lostpointercapture", () => { this.plot.onpointermove = null; });
    this.back = el("button.btn", { say: "Back to the start", onclick: () => this.reset() });
    this.sums = el("div.sums");
    this.note = el("p.lead");
    this.mathematics = el("div.mathematics", { tabindex: 0, role: "group", label: "The derivative as mathematics" });
    this.python = el("pre.cr-py", { tabindex: 0, label: "The derivative as Python" });
    this.helpers = el("details", {}, el("summary", { say: "The functions that it calls" }), el("pre.cr-py", { tabindex: 0, label: "The functions that it calls" }));
    root.classList.add("derive");
    root.append(
      el("div.chips", { role: "group", label: "Programs" }, ...this.tabs),
      el("div.headline", {}, this.title, el("p.motto", {}, el("span.cr-a", { say: "Values run forward." }), " ", el("span.cr-g", { say: "Slopes run backward." }), " ", el("span", { say: "Where paths meet, add." }))),
      this.note,
      (this.drawn = el("div.drawn", {}, this.graph, this.plot, el("div.moving", {}, this.sliders, el("div.tools", {}, this.step, this.back, this.rule)), this.sums)),
      el("div.derivation", {}, el("div", {}, el("h2", { say: "The derivative that chainrule wrote" }), this.mathematics, el("p.mute", { say: ["A network is this graph with {count} variables, and backpropagation walks it once.", { count: count(network.parameters) }] })),
        el("div", {}, el("h2", { say: "The same in Python" }), this.python, this.helpers)));
    new ResizeObserver(() => this.draw()).observe(root);
  }

  /** It is gone to, perhaps with a program and its variables in the address. */
  async shown({ program: name, at = "" }) {
    const program = this.gallery.find((each) => each.name === name) ?? this.program ?? this.gallery[0];
    const given = at.split(",").map(Number), fits = at && given.length === program.variables.length && given.every(Number.isFinite);
    await this.choose(program.name);
    if (fits) this.values = given.map((value, i) => clamp(value, program.variables[i]));
    this.draw();
  }

  hidden() {
    clearTimeout(this.noting); // the address is another view's
  }

  spoken() {
    this.draw();
  }

  async choose(name) {
    const program = this.gallery.find((each) => each.name === name);
    if (!this.loaded.has(name)) this.loaded.set(name, await ready(program));
    if (this.program !== program) {
      this.program = program;
      this.run = this.loaded.get(name);
      this.values = program.variables.map((each) => each.at);
      this.chosen = 0; // the variable of the curve and of the paths
      this.trail = [];
      this.lit = null;
      this.places = layout([...program.variables.map(() => []), ...program.nodes.map((node) => node.reads)]);
      const slopes = program.nodes.flatMap((node) => node.slopes);
      this.edges = this.places.edges.map((edge, e) => ({ ...edge, math: slopes[e] }));
      this.tell();
    }
    this.draw();
  }

  /** What does not change with the numbers. */
  tell() {
    const { program } = this, [, note] = PROGRAMS[program.name];
    this.tabs.forEach((tab, i) => tab.setAttribute("aria-pressed", `${this.gallery[i] === program}`));
    this.title.innerHTML = program.forward.join(`<span class="then">, </span>`);
    say(this.note, note);
    this.mathematics.replaceChildren(...program.backward.map((line) => made("div", line)));
    const at = program.python.lastIndexOf("\ndef ") + 1, first = program.python.indexOf("\ndef ") + 1;
    this.python.replaceChildren(...python(program.python.slice(at).trimEnd()));
    this.helpers.hidden = first === at;
    this.helpers.lastChild.replaceChildren(...python(program.python.slice(first, at).trimEnd()));
    this.rule.innerHTML = program.variables.filter((each) => each.moves).map((each) => `<span>${each.math} ← ${each.math} − ${program.rate} · ${this.slopeName(each.math)}</span>`).join("");
    const several = program.variables.length > 1;
    this.sliders.replaceChildren(...(several ? program.variables.map((each, i) => this.slider(each, i)) : []));
  }

  slider(variable, i) {
    const input = el("input", { type: "range", min: variable.low, max: variable.high, step: 0.01, "aria-label": variable.name, oninput: () => this.set(i, +input.value) });
    input.addEventListener("focus", () => this.look(i));
    return el("label.slider", {}, made("span", variable.math), input, el("output"));
  }

  slopeName(math) {
    return `<span class="cr-g">${this.program.variables.length > 1 ? "∂" : "d"}${this.program.result} / ${this.program.variables.length > 1 ? "∂" : "d"}${math}</span>`;
  }

  set(i, value) {
    this.values[i] = clamp(value, this.program.variables[i]);
    this.trail = [];
    this.draw();
  }

  reset() {
    this.values = this.program.variables.map((each) => each.at);
    this.trail = [];
    this.draw();
  }

  /** Every variable that moves goes against its slope; on the curve the way is seen. */
  async descend() {
    const { program } = this, { errors } = this.now, from = [...this.values];
    const to = from.map((value, i) => (program.variables[i].moves ? clamp(value - program.rate * errors[i], program.variables[i]) : value));
    this.trail = [...this.trail.slice(-30), from];
    const begun = performance.now();
    for (let share = still.matches ? 1 : 0; share < 1;) {
      await new Promise(requestAnimationFrame);
      if (this.program !== program) return;
      share = Math.min(1, (performance.now() - begun) / 300);
      this.values = from.map((value, i) => value + (to[i] - value) * share);
      this.draw();
    }
    this.values = to;
    this.draw();
  }

  draw() {
    const room = this.drawn.clientWidth;
    if (!this.program || !room) return;
    const least = TIGHT * this.places.columns, down = room < least;
    this.drawn.classList.toggle("down", down);
    this.drawn.classList.toggle("wide", !down && (room < 900 || 0.58 * room < least));
    this.now = this.run(this.values);
    this.now.errors.push(1); // of the result by itself
    this.now.all = [...this.values, ...this.now.values];
    this.drawGraph();
    this.drawPlot();
    this.drawSums();
    this.program.variables.forEach((each, i) => {
      const row = this.sliders.children[i];
      if (!row) return;
      row.querySelector("input").value = this.values[i];
      row.querySelector("output").textContent = num(this.values[i], 2);
      row.classList.toggle("chosen", i === this.chosen);
    });
    clearTimeout(this.noting); // browsers take only so many notes a second
    this.noting = setTimeout(() => this.route.note({ program: this.program.name, at: this.values.map((value) => +value.toFixed(3)).join(",") }), 250);
  }

  // ---- the graph -----------------------------------------------------------------------------------------------------

  /** The nodes as small boxes over the edges; where it is narrow the columns are rows, and values run down. */
  drawGraph() {
    const { program, places, edges, now } = this, width = this.graph.clientWidth, down = this.drawn.classList.contains("down"), several = program.variables.length > 1;
    const along = places.columns, across = places.rows, step = down ? 150 : width / along, apart = down ? Math.min(150, width / across) : across > 2 ? 110 : 168;
    const box = down ? [96, 58] : [Math.min(112, step - 62), 66], height = down ? along * step - 62 : across * apart + (across > 1 ? 10 : -8);
    const at = ([c, r]) => (down ? [width / 2 + r * apart, 32 + c * step] : [(c + 0.5) * step, height / 2 - 10 + r * apart]);
    const dim = (e) => (this.lit && !this.lit.includes(e) ? ".dim" : "");
    const labels = [], row = ({ from, to, via }) => mean([places.at[from], ...via, places.at[to]].map((place) => place[1]));
    const drawn = edges.map((edge, e) => {
      const points = [places.at[edge.from], ...edge.via, places.at[edge.to]].map(at), bent = points.length > 2, slope = now.slopes[e];
      points[0] = rim(points[0], points[1], box, down);
      points.push(rim(points.pop(), points.at(-1), box, false));
      const [d, middle, angle] = way(points, down), thick = Math.max(1.5, Math.min(9, 1.5 + 2.2 * Math.abs(slope))), head = 6 + 0.7 * thick;
      const beside = edges.filter((each) => each !== edge && (each.from === edge.from || each.to === edge.to)), lower = beside.length > 0 && row(edge) > mean(beside.map(row));
      const side = down ? (lower || !beside.length ? "right" : "left") : bent ? (lower ? "above" : "below") : lower ? "below" : "above";
      const label = made(`div.slope.${side}${dim(e)}`, `${NUMBER.test(edge.math) ? "" : `<span>${edge.math}</span> `}<b>× ${num(slope)}</b>`);
      Object.assign(label.style, { left: `${middle[0]}px`, top: `${middle[1]}px` });
      labels.push(label);
      return el(`g.edge${dim(e)}`, {}, el("path", { d, "stroke-width": thick.toFixed(1), "stroke-dasharray": slope < 0 ? "8 5" : null }),
        el("path.head", { d: `M${head * 1.3} 0L${-head * 0.8} ${-head}L${-head * 0.8} ${head}Z`, transform: `translate(${middle}) rotate(${angle})` }));
    });
    const boxes = [...program.variables, ...program.nodes].map((node, k, { length }) => {
      const [x, y] = at(places.at[k]), variable = k < program.variables.length, last = k === length - 1;
      const value = `<b class="cr-a">${variable ? "" : `<small>${node.math} =</small> `}${num(now.all[k])}</b>`;
      const place = made(variable && several ? "button.node" : "div.node", `<span>${node.computes ?? node.math}</span>${value}`);
      if (variable && several) {
        place.setAttribute("aria-pressed", `${k === this.chosen}`);
        place.setAttribute("aria-label", node.name);
        place.addEventListener("click", () => this.look(k));
      }
      const error = made("div.error", `<small>∂${program.result}/∂${last ? program.result : node.math} =</small> <b>${num(now.errors[k], last ? 0 : 3)}</b>`);
      Object.assign(place.style, { left: `${x - box[0] / 2}px`, top: `${y - box[1] / 2}px`, width: `${box[0]}px`, height: `${box[1]}px` });
      Object.assign(error.style, { left: `${x}px`, top: `${y + box[1] / 2 + 1}px` });
      return [place, error];
    });
    this.graph.style.height = `${height}px`;
    renew(this.graph, el("svg", { width, height, "aria-hidden": "true" }, ...drawn), ...labels, ...boxes.flat());
  }

  /** Another variable: its curve, its paths. */
  look(k) {
    this.chosen = k;
    this.lit = null;
    this.trail = [];
    this.draw();
  }

  // ---- the curve -----------------------------------------------------------------------------------------------------

  drawPlot() {
    const { program, values, chosen, now } = this, variable = program.variables[chosen], { low, high } = variable;
    const width = this.plot.clientWidth, height = width < 440 ? 230 : Math.min(400, Math.round(width * 0.72));
    const x = Array.from({ length: POINTS + 1 }, (_, i) => low + ((high - low) * i) / POINTS), f = (given) => this.run(values.map((each, i) => (i === chosen ? given : each))).values.at(-1);
    const y = x.map(f), value = now.values.at(-1), slope = now.errors[chosen];
    const bottom = Math.min(...y, 0), top = Math.max(...y, 0), pad = 0.14 * (top - bottom || 1);
    const X = (v) => 14 + ((v - low) / (high - low)) * (width - 28), Y = (v) => 12 + ((top + pad - v) / (top - bottom + 2 * pad)) * (height - 62);
    const here = [X(values[chosen]), Y(value)], down = slope * (Y(1) - Y(0)), right = X(1) - X(0), length = Math.hypot(right, down), floor = height - 34;
    const along = (sign) => { // the end of the tangent, within the plot
      const reach = Math.min(120, width / 4, ((sign * right > 0 ? width - 4 - here[0] : here[0] - 4) * length) / Math.abs(right), (Math.max(0, sign * down > 0 ? floor - 18 - here[1] : here[1] - 4) * length) / Math.abs(down || 1e-9));
      return [here[0] + (sign * right * reach) / length, here[1] + (sign * down * reach) / length];
    };
    const tip = along(1), tail = along(-1), words = t("slope {value}", { value: num(slope) });
    const line = x.map((v, i) => [X(v), Y(y[i])]);
    const place = best([[tip[0] + 8, tip[1] + 6], [tail[0] - 8 - WORDS, tail[1] + 6], [tip[0] - 14 - WORDS, tip[1] + 6], [tail[0] + 14, tail[1] + 6]], line, width, floor - 20);
    const handle = el("g.handle", { role: "slider", tabindex: 0, "aria-label": variable.name, "aria-valuemin": low, "aria-valuemax": high, "aria-valuenow": values[chosen].toFixed(2) },
      el("circle", { cx: here[0], cy: floor, r: 22, fill: "transparent" }), el("circle.grip", { cx: here[0], cy: floor, r: 13 }),
      el("path.arrows", { d: `M${here[0] - 4} ${floor - 4}l-4 4l4 4M${here[0] + 4} ${floor - 4}l4 4l-4 4` }));
    const held = this.plot.contains(document.activeElement);
    const svg = el("svg", { width, height },
      el("path.axis", { d: `M0 ${Y(0)}H${width}${low < 0 && high > 0 ? `M${X(0)} 4V${floor - 16}` : ""}` }), el("path.rail", { d: `M14 ${floor}H${width - 14}` }),
      here[0] > 110 && el("text.minor", { x: 14, y: height - 2 }, num(low, low % 1 ? 1 : 0)), here[0] < width - 110 && el("text.minor", { x: width - 14, y: height - 2, "text-anchor": "end" }, num(high, high % 1 ? 1 : 0)),
      el("path.curve", { d: x.map((v, i) => `${i ? "L" : "M"}${X(v).toFixed(1)} ${Y(y[i]).toFixed(1)}`).join("") }),
      ...this.trail.map((each) => el("circle.trail", { cx: X(each[chosen]), cy: Y(f(each[chosen])), r: 4 })),
      el("path.slope-line", { d: `M${tail}L${tip}` }), el("path.drop", { d: `M${here}V${floor - 13}` }),
      el("circle.point", { cx: here[0], cy: here[1], r: 7 }),
      el("text.slope-text", { x: place[0], y: place[1] }, words),
      handle,
      el("text.at", { x: clampTo(48, width - 48, here[0]), y: height - 2, "text-anchor": "middle" }, el("tspan", {}, variable.name), ` = ${num(values[chosen], 2)}`));
    const move = (event) => this.set(chosen, low + ((event.clientX - this.plot.getBoundingClientRect().left) / (this.plot.getBoundingClientRect().width / width) - 14) / (width - 28) * (high - low));
    svg.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      this.plot.setPointerCapture(event.pointerId);
      this.plot.onpointermove = move;
      move(event);
    });
    handle.addEventListener("keydown", (event) => {
      const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key], end = { Home: low, End: high }[event.key];
      if (by === undefined && end === undefined) return;
      event.preventDefault();
      this.set(chosen, end ?? values[chosen] + (by * (high - low)) / 100);
    });
    this.plot.replaceChildren(svg);
    if (held) handle.focus();
  }

  // ---- the paths -----------------------------------------------------------------------------------------------------

  /** Along each path the slopes are multiplied, and the products added. */
  drawSums() {
    const { program, edges, now, chosen } = this, names = [...program.variables, ...program.nodes], found = paths(edges, chosen, names.length - 1);
    const bracketed = (value) => (value < 0 ? `(${num(value)})` : num(value)), total = now.errors[chosen], { math } = program.variables[chosen];
    const rows = found.map((path) => {
      const steps = [...path].reverse(), product = path.reduce((all, e) => all * now.slopes[e], 1);
      const name = made("button.path", [names.at(-1), ...steps.map((e) => names[edges[e].from])].map((each) => each.math).join(" ← "));
      const light = (lit) => () => { this.lit = lit; this.drawGraph(); };
      for (const [event, lit] of [["mouseenter", path], ["focus", path], ["mouseleave", null], ["blur", null]]) name.addEventListener(event, light(lit));
      return el("tr", {}, el("td", {}, name), el("td.factors", {}, steps.map((e, i) => (i ? bracketed(now.slopes[e]) : num(now.slopes[e]))).join(" × ")), el("td", {}, "="), el("td.product", {}, num(product)));
    });
    const end = el("tr.end", {}, el("td", {}), el("td.factors", {}, made("span", this.slopeName(math))), el("td", {}, "="), el("td.product.cr-g", {}, num(total)));
    renew(this.sums, el("h2", { say: found.length > 1 ? message("Multiply along each path, then add") : message("Multiply along the path") }), el("table", {}, el("tbody", {}, ...rows, end)));
  }
}

/** Python, its comments faint. */
const python = (text) => text.split(/(#.*)/).map((part) => (part.startsWith("#") ? el("i", {}, part) : part));

const NUMBER = /^<math><mrow>(<mo[^>]*>−<\/mo>)?<mn>[\d.]+<\/mn><\/mrow><\/math>$/; // a slope that is the same everywhere
const mean = (values) => values.reduce((sum, each) => sum + each, 0) / values.length;
const clampTo = (low, high, value) => Math.max(low, Math.min(high, value));
const clamp = (value, { low, high }) => clampTo(low, high, value);

const WORDS = 118; // px that the words at the tangent take

/** Of places for words, the one where they lie within and cover least of a line. */
function best(places, line, width, height) {
  const cost = ([left, foot]) => line.filter(([x, y]) => x > left - 4 && x < left + WORDS + 4 && y > foot - 20 && y < foot + 6).length + (left < 0 || left + WORDS > width || foot < 16 || foot > height ? 1000 : 0);
  return places.reduce((found, each) => (cost(each) < cost(found) ? each : found));
}

/** Where an edge leaves a box towards another point; below a box stands its error. */
function rim([x, y], [toX, toY], [width, height], down) {
  const dx = toX - x, dy = toY - y, share = Math.min((width / 2 + 5) / Math.abs(dx || 1e-9), (height / 2 + (down ? 24 : 5)) / Math.abs(dy || 1e-9));
  return [x + dx * share, y + dy * share];
}

/** A line through points, where its middle is, and which way is backward there, in degrees. */
function way(points, down) {
  const [[x0, y0]] = points, [x1, y1] = points.at(-1);
  if (points.length === 2) return [`M${x0} ${y0}L${x1} ${y1}`, [(x0 + x1) / 2, (y0 + y1) / 2], (Math.atan2(y0 - y1, x0 - x1) * 180) / Math.PI];
  const d = points.slice(1).map(([x, y], i) => {
    const [fromX, fromY] = points[i];
    return down ? `C${fromX} ${(fromY + y) / 2} ${x} ${(fromY + y) / 2} ${x} ${y}` : `C${(fromX + x) / 2} ${fromY} ${(fromX + x) / 2} ${y} ${x} ${y}`;
  }).join("");
  const via = points.slice(1, -1), half = (via.length - 1) / 2, [a, b] = [via[Math.floor(half)], via[Math.ceil(half)]];
  return [`M${x0} ${y0}${d}`, [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2], down ? -90 : 180];
}
