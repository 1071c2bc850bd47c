// Exercises in which something is filled in: the dimensions under the symbols of an equation, or a number computed by hand.

import { el, message, t } from "./dom.js";
import { dimensions, evaluate, mathOf, textOf, tokensOf } from "./expression.js";
import { shapeText } from "./symbols.js";
import { figure, parsed, rounded, words } from "./told.js";

const NEAR = 0.02; // of a number by hand, as a share of it

/** Check on Enter. */
const entered = (run) => (event) => { if (event.key === "Enter") { event.preventDefault(); run(); } };

/** Dimensions: two fields under each symbol. */
export class Dimensions {
  constructor(task, { network, practice }, check, given) {
    Object.assign(this, { task, network, practice, given: given ?? Object.fromEntries(task.fill.map((symbol) => [symbol, ["", ""]])), fields: new Map() });
    const examples = task.examples ?? 1, size = (symbol) => dimensions(symbol, network, examples);
    this.right = Object.fromEntries(task.fill.map((symbol) => [symbol, size(symbol)]));
    const field = (symbol, which, label) => el("input", { inputmode: "numeric", autocomplete: "off", maxlength: 9, value: this.given[symbol][which], "aria-label": t(label, { symbol: textOf(symbol, {}, network) }), onkeydown: entered(check), oninput: (event) => this.typed(symbol, which, event.target) });
    const asked = (symbol) => {
      const fields = [field(symbol, 0, message("{symbol}: rows")), field(symbol, 1, message("{symbol}: columns"))];
      this.fields.set(symbol, fields);
      return el("span.sized", {}, mathOf(symbol, network), el("span.fields", {}, fields[0], "×", fields[1]));
    };
    const shown = (symbol) => el("span.sized", {}, mathOf(symbol, network), el("span.cr-dim", {}, shapeText(size(symbol))));
    const waiting = new Set(task.fill), token = (text) => (!/[wbzaδs]\d/.test(text) ? mathOf(text, network) : waiting.delete(text) ? asked(text) : shown(text));
    const [left, right] = task.line.split(" = "), all = task.line ? [...tokensOf(left), "=", ...tokensOf(right)] : task.fill;
    this.element = el("div.ask", {}, el("p.how", { say: "How large is each? Rows, then columns." }), el(`div.equation${task.line ? "" : ".apart"}`, {}, ...all.map((text) => (text === "=" ? el("span.sign", {}, "=") : token(text)))));
  }

  typed(symbol, which, field) {
    const pair = field.value.split(/[×xX*]/);
    if (pair.length === 2) { // both at once: 30×10
      this.fields.get(symbol).forEach((each, i) => { each.value = this.given[symbol][i] = pair[i].trim(); });
      this.fields.get(symbol)[1].focus();
      return;
    }
    this.given[symbol][which] = field.value.trim();
  }

  /** The kind of mistake of dimensions; nothing where there is none. */
  mistake(symbol, found) {
    const wanted = this.right[symbol], is = (rows, columns) => found[0] === rows && found[1] === columns;
    if (is(...wanted)) return null;
    if (is(wanted[1], wanted[0])) return "reversed";
    if (is(wanted[0], this.task.examples ?? 1) && this.task.examples) return "shared";
    if (is(wanted[0], 1)) return "each";
    return symbol.startsWith("g_") ? "gradient" : "dimensions";
  }

  check() {
    let open = 0, wrong = null;
    for (const [symbol, fields] of this.fields) {
      const found = this.given[symbol].map((text) => (/^\d+$/.test(text) ? +text : NaN)), blank = this.given[symbol].some((text) => !text), mistake = blank ? null : this.mistake(symbol, found);
      for (const field of fields) field.setAttribute("aria-invalid", `${Boolean(mistake)}`);
      if (blank) open++;
      if (mistake) wrong ??= words(this.practice.dimensions[mistake], { symbol: textOf(symbol, {}, this.network), found: shapeText(this.given[symbol]) });
    }
    if (wrong) return { ok: false, said: [wrong, ...this.meeting()] };
    if (open === this.task.fill.length) return { ok: false, blank: true, said: [t("Nothing is filled in yet.")] };
    return open ? { ok: false, said: [t("Right so far; the rest is still to be filled in.")] } : { ok: true, said: [t("Right.")] };
  }

  /** Where two matrices that are multiplied do not meet, as they were filled in. */
  meeting() {
    const tokens = tokensOf(this.task.line.split(" = ")[1] ?? ""), size = (text) => (this.given[text]?.every((each) => /^\d+$/.test(each)) ? this.given[text].map(Number) : dimensions(text, this.network));
    for (let i = 0; i + 1 < tokens.length; i++) {
      if ([tokens[i], tokens[i + 1]].some((text) => text.length < 2)) continue;
      const [one, other] = [size(tokens[i]), size(tokens[i + 1])];
      if (one[1] !== other[0]) return [t(message("{one} · {other} do not fit: {inner} ≠ {outer}."), { one: shapeText(one), other: shapeText(other), inner: one[1], outer: other[0] })];
    }
    return [];
  }

  solve() {
    for (const [symbol, fields] of this.fields) fields.forEach((field, i) => { field.value = this.given[symbol][i] = `${this.right[symbol][i]}`; });
  }
}

/** A number by hand, from numbers of three digits. */
export class Hand {
  constructor(task, { network, practice, value, places }, check, given) {
    Object.assign(this, { task, practice, value, places, given: given ?? "" });
    this.short = (letters, layer) => { const found = value(letters, layer); return { ...found, values: Array.from(found.values, rounded) }; };
    const row = (text) => el("li", {}, mathOf(text, network, places), " = ", el("b", {}, figure(this.of(text, value))));
    this.field = el("input.number", { inputmode: "text", autocomplete: "off", "aria-label": textOf(task.target, places), value: this.given, onkeydown: entered(check), oninput: () => { this.given = this.field.value; } });
    this.element = el("div.ask", {}, el("ul.given", {}, ...task.given.map(row)), el("label.result", {}, mathOf(task.target, network, places), task.target.startsWith("w") ? " ← " : " = ", this.field), el("p.how", { say: "A calculator is fine; two correct digits are enough." }));
  }

  of(line, value = this.short) {
    return evaluate(tokensOf(line), value, this.places).values[0];
  }

  check() {
    const found = parsed(this.field.value), right = this.of(this.task.solution), exact = this.of(this.task.target.startsWith("w") ? this.task.solution : this.task.target, this.value);
    this.field.setAttribute("aria-invalid", "false");
    if (!this.field.value.trim()) return { ok: false, blank: true, said: [t("Nothing is filled in yet.")] };
    if (!Number.isFinite(found)) return { ok: false, said: [t("{given} is no number.", { given: this.field.value })] };
    const is = (number) => this.close(found, number, right);
    const number = figure(exact), more = figure(found) === number ? [] : [t("The numbers here are rounded, so the last digit may differ.")];
    if (is(right) || is(exact)) return { ok: true, said: [t("Right."), t("The program says {number}.", { number }), ...more] };
    this.field.setAttribute("aria-invalid", "true");
    const named = this.task.mistakes.find(([line]) => is(this.of(line)));
    if (named) return { ok: false, said: [words(named[1]), t("That is how {number} comes about.", { number: this.field.value.trim() })] };
    if (is(-right)) return { ok: false, said: [t("The size is right, the sign is not.")] };
    const power = [-3, -2, -1, 1, 2, 3].find((n) => is(right * 10 ** n));
    if (power !== undefined) return { ok: false, said: [t("The digits are right, the decimal point is not.")] };
    return { ok: false, said: [t("That is the number of no mistake known here.")] };
  }

  /** Near enough; of a weight's step, as a share of the step. Its last digit may be rounded, where that is less than what matters. */
  close(found, number, right) {
    const matters = Math.abs(this.task.target.startsWith("w") ? right - this.of(this.task.given[0]) : number), digit = 0.5 * 10 ** (Math.floor(Math.log10(Math.abs(number))) - 2);
    return Math.abs(found - number) <= Math.max(NEAR * matters, digit < matters / 5 ? digit : 0);
  }

  solve() {
    this.field.value = this.given = figure(this.of(this.task.solution)).replace(/·10(.+)/, (_, power) => `e${[...power].map((each) => (each === "⁻" ? "-" : "⁰¹²³⁴⁵⁶⁷⁸⁹".indexOf(each))).join("")}`);
  }
}
