// Exercises in which something is chosen: which way weights will move, which neuron is to blame, which line of a program is wrong.

import { el, message, t } from "./dom.js";
import { evaluate, farthest, mathOf, Misfit, misfitted, sized, textOf, tokensOf } from "./expression.js";
import { figure, words } from "./told.js";

const DIRECTIONS = [["up", "↑", message("up")], ["down", "↓", message("down")], ["stays", "·", message("not at all")]];
const LITTLE = 0.001; // by which a weight is moved to measure its slope

const short = (value) => (Number.isInteger(value) ? `${value}` : figure(value));

/** Buttons of which one is chosen. */
const choice = (label, options, chosen, choose) => el("span.seg", { role: "group", "aria-label": label }, ...options.map(([value, shown]) => el("button", { value, "aria-pressed": `${value === chosen}`, onclick: () => choose(value) }, shown)));

/** Which way each of some weights will move. */
export class Ways {
  constructor(task, world, check, given) {
    Object.assign(this, { task, world, given: given ?? [] });
    const { network, value } = world, { layer } = task, output = layer === world.last, before = this.before;
    this.weights = output ? this.ofAnswers() : this.ofInputs();
    const name = (k) => network.classes[k] ?? `${k}`, a = value("a", layer).values, y = value("y").values, error = value("δ", layer).values;
    const who = ([j]) => (output ? t("answer {name} says {a}, and should say {y}", { name: name(j), a: figure(a[j]), y: short(y[j]) }) : t("the neuron's error is {error}", { error: figure(error[j]) }));
    this.rows = el("ul.ways");
    this.facts = this.weights.map((weight) => `${who(weight)}; ${this.from(weight[1], before)}`);
    this.element = el("div.ask", {}, el("p.how", { say: "Which way will each weight move in one step of gradient descent?" }), this.rows);
    this.draw();
  }

  get before() { return this.world.value("a", this.task.layer - 1).values; }

  from(k, before) {
    const { layer } = this.task, { inputs } = this.world.network;
    if (layer > 2) return t("neuron {k} is at {a}", { k, a: short(before[k]) });
    return inputs.kind === "image" ? t("pixel {k} is at {a}", { k, a: short(before[k]) }) : t("the input {name} is at {a}", { name: inputs.names[k] ?? k, a: short(before[k]) });
  }

  /** From the two most active neurons to the two answers that are most wrong. */
  ofAnswers() {
    const { world } = this, answers = world.sorted(world.value("δ", world.last).values), neurons = world.sorted(this.before), [j, other = j] = answers, [k, next = k] = neurons;
    return unique([[j, k], [other, k], [other, next]]);
  }

  /** To the neurons with the largest errors of both signs: from the strongest input, and from one that is 0. */
  ofInputs() {
    const { world, before } = this, error = world.value("δ", 2).values, [j, ...others] = world.sorted(error), other = others.find((each) => error[each] * error[j] < 0) ?? j;
    const [k] = world.sorted(before), none = [...before.keys()].slice(before.length >> 1).find((i) => before[i] === 0);
    return unique([[j, k], ...(none === undefined ? [] : [[j, none]]), [other, k]]);
  }

  way([j, k]) {
    const slope = this.slope([j, k]);
    return slope > 0 ? "down" : slope < 0 ? "up" : "stays";
  }

  slope([j, k]) {
    const found = this.world.value("g_w", this.task.layer);
    return found.values[j * found.columns + k];
  }

  draw() {
    const { task, world, weights } = this, symbol = `w${task.layer}[j,k]`;
    this.rows.replaceChildren(...weights.map(([j, k], i) => el("li", {}, mathOf(symbol, world.network, { j, k }), el("span.fact", {}, this.facts[i]),
      choice(textOf(symbol, { j, k }), DIRECTIONS.map(([value, sign, said]) => [value, `${sign} ${t(said)}`]), this.given[i], (value) => { this.given[i] = value; this.mark(i); }))));
  }

  /** Show what is chosen of one. */
  mark(i) {
    for (const button of this.rows.children[i].querySelectorAll("button")) button.setAttribute("aria-pressed", `${button.value === this.given[i]}`);
  }

  check() {
    const { weights, given, task, world } = this, symbol = `w${task.layer}[j,k]`;
    if (weights.some((_, i) => !given[i])) return { ok: false, blank: true, said: [t("Answer all of them first: then the numbers are shown.")] };
    const right = weights.filter((weight, i) => this.way(weight) === given[i]).length;
    const told = weights.map(([j, k]) => words(world.practice.ways[this.way([j, k])], { weight: textOf(symbol, { j, k }), slope: figure(this.slope([j, k])) }));
    return { ok: right === weights.length, said: [right === weights.length ? t("All foreseen.") : t("{count} of {all} foreseen.", { count: right, all: weights.length }), ...told] };
  }

  solve() {
    this.given = this.weights.map((weight) => this.way(weight));
    this.draw();
  }
}

const unique = (pairs) => pairs.filter((pair, i) => pairs.findIndex((other) => String(other) === String(pair)) === i);

/** Which of some neurons has the largest error. */
export class Blame {
  constructor(task, world, check, given) {
    Object.assign(this, { task, world, given: given ?? null });
    const { value, sorted } = world, [error, back, slope, a] = ["δ", "e", "s", "a"].map((letters) => value(letters, 2).values);
    this.error = error;
    const wanted = [sorted(error)[0], ...sorted(back), ...sorted(a)].filter((k) => k === sorted(error)[0] || Math.abs(error[k]) < 0.9 * Math.abs(error[sorted(error)[0]]));
    this.neurons = [...new Set([...wanted.slice(0, 3), ...sorted(error).slice(2, 3), ...wanted])].slice(0, 4).sort((p, q) => p - q);
    this.rows = this.neurons.map((k) => el("button", { value: k, "aria-pressed": `${k === this.given}`, "aria-label": t("neuron {k}", { k }), onclick: () => this.choose(k) }, `${k}`));
    this.last = this.head("δ2");
    this.last.hidden = true;
    this.shown = this.neurons.map((k) => el("td", { hidden: true }, el("b", {}, figure(error[k]))));
    this.element = el("div.ask", {}, el("table.blames", {}, el("thead", {}, el("tr", {}, el("th", { scope: "col", say: "neuron" }), this.head("w3.T", "δ3"), this.head("s2"), this.last)),
      el("tbody", {}, ...this.neurons.map((k, i) => el("tr", {}, el("th.seg", { scope: "row" }, this.rows[i]), el("td", {}, figure(back[k])), el("td", {}, figure(slope[k])), this.shown[i])))));
  }

  /** The head of a column, also as text: not all that reads aloud reads mathematics. */
  head(...factors) {
    const { network } = this.world, said = factors.map((text) => textOf(text, {}, network)).join(" ");
    return el("th", { scope: "col" }, el("span.cr-spoken", {}, said), el("span", { "aria-hidden": "true" }, ...factors.map((text) => mathOf(text, network))));
  }

  get right() {
    return this.neurons.reduce((most, k) => (Math.abs(this.error[k]) > Math.abs(this.error[most]) ? k : most));
  }

  choose(k) {
    this.given = k;
    for (const row of this.rows) row.setAttribute("aria-pressed", `${+row.value === k}`);
  }

  check() {
    if (this.given === null) return { ok: false, blank: true, said: [t("Choose a neuron first: then the errors are shown.")] };
    for (const cell of [this.last, ...this.shown]) cell.hidden = false;
    const { right, given, error } = this, told = t("The error of neuron {k} is {error}.", { k: right, error: figure(error[right]) });
    if (given === right) return { ok: true, said: [t("Right."), told] };
    return { ok: false, said: [t("Neuron {k} passes less on: its error is {error}.", { k: given, error: figure(error[given]) }), told] };
  }

  solve() {
    this.choose(this.right);
  }
}

/** Which line of the program is wrong. */
export class Hunt {
  constructor(task, world, check, given) {
    Object.assign(this, { task, world, given: given ?? null });
    this.lines = world.practice.printed.map((line, at) => this.line(at === task.at ? this.planted(line) : line, at));
    this.element = el("div.ask", {}, el("div.program", { role: "group", label: "The program" }, ...this.lines));
  }

  /** The line with its mistake; its comment tells what the dimensions should be. */
  planted(line) {
    const code = line.split("  # ")[0].length;
    return this.task.python.padEnd(code) + line.slice(code);
  }

  line(text, at) {
    const [code, size] = text.split("  # ");
    return el("button.code", { "aria-pressed": `${at === this.given}`, onclick: () => this.choose(at) }, el("span", {}, code.trimEnd()), el("i", {}, size ? `# ${size}` : ""));
  }

  choose(at) {
    this.given = at;
    this.lines.forEach((line, i) => line.setAttribute("aria-pressed", `${i === at}`));
  }

  async check() {
    const { task, given, world } = this;
    if (given === null) return { ok: false, blank: true, said: [t("Choose a line first.")] };
    if (given !== task.at) return { ok: false, said: [t("This line is as it was derived.")] };
    return { ok: true, said: [t("Right."), words(task.said), ...await this.effect()], code: [t("The derivative:"), world.practice.printed[task.at].split("  # ")[0].trimEnd()] };
  }

  /** What the mistake does to the numbers: to the slope of one weight, which is measured beside it by moving the weight a little. */
  async effect() {
    const { task, world } = this, { practice, value } = world, made = new Map();
    const known = (letters, layer) => made.get(`${letters}${layer}`) ?? value(letters, layer);
    try {
      for (const [target, line] of practice.backward) made.set(target, evaluate(tokensOf(target === task.target ? task.wrong : line), known));
    } catch (error) {
      if (error instanceof Misfit) return [misfitted(error)];
      throw error;
    }
    const right = evaluate([task.target], value), mine = made.get(task.target);
    if (mine.rows !== right.rows || mine.columns !== right.columns) return [t("It would be {found}, and {symbol} is {wanted}: no step can be taken with it.", { found: sized(mine), symbol: textOf(task.target), wanted: sized(right) })];
    const layer = +/\d+/.exec(task.target)[0], slope = `g_w${layer}`, [wrong, derived] = [known, value].map((of) => evaluate([slope], of)), at = farthest(wrong, derived);
    const place = { j: Math.floor(at / derived.columns), k: at % derived.columns };
    return [t("{symbol}: this program says {wrong}, the derived one {right}.", { symbol: textOf(`${slope}[j,k]`, place), wrong: figure(wrong.values[at]), right: figure(derived.values[at]) }),
      t("Measured, by moving this weight up and down by {little}: {slope}.", { little: LITTLE, slope: figure(await this.measured(`w${layer}`, at)) })];
  }

  /** The slope of the cost at one weight, by differences. */
  async measured(name, at) {
    const { host, network, weights, x, label } = this.world;
    const cost = async (by) => {
      const moved = Float64Array.from(weights.all[name]);
      moved[at] += by;
      return (await host.look(x, label, { id: network.id, all: { ...weights.all, [name]: moved } })).cost;
    };
    return (await cost(LITTLE) - await cost(-LITTLE)) / (2 * LITTLE);
  }

  solve() {
    this.choose(this.task.at);
  }
}
