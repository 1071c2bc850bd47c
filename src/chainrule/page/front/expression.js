// Lines of factors, as `page/factors.py` writes them: `w3.T δ3 * s2` is (w³)ᵀ δ³ ⊙ σ′(z²). Here they are computed with matrices,
// whose dimensions must fit, and set as mathematics.

import { el, message, sym, t } from "./dom.js";
import { gradientOf, letterOf, missed, slopeOf, turned } from "./symbols.js";

export const SIGNS = { "*": "⊙", "+": "+", "-": "−" };
const FACTOR = /^(g_[wb]|[a-zδη])(\d*)(?:\[(\w+)(?:,(\w+))?\])?(\.T)?$/;
const DIFFERENCE = /^([^-]+)-([^-]+)$/;
const SIDE = 3; // of the matrices by which lines are compared

/** A matrix of rows × columns numbers, row by row. */
export const matrix = (rows, columns, values) => ({ rows, columns, values });
export const sized = ({ rows, columns }) => `${rows}×${columns}`;

/** Why a line has no value: a text with its values and, where factors do not fit, these two. */
export class Misfit extends Error {
  constructor(text, values = {}, pair = null) {
    super(text);
    Object.assign(this, { values, pair });
  }
}

const scalar = (one) => one.rows === 1 && one.columns === 1;
const each = (one, run) => matrix(one.rows, one.columns, Float64Array.from(one.values, run));

function together(one, other, sign, run) {
  if (one.rows !== other.rows || one.columns !== other.columns) {
    throw new Misfit(message("{one} {sign} {other} do not fit: {sign} takes two of the same size."), { one: sized(one), other: sized(other), sign: SIGNS[sign] }, [one, other]);
  }
  return each(one, (value, i) => run(value, other.values[i]));
}

function product(one, other) {
  if (one.free) return each(other, (value) => one.values[0] * value);
  if (other.free) return each(one, (value) => value * other.values[0]);
  if (one.columns !== other.rows) throw new Misfit(message("{one} · {other} do not fit: {inner} ≠ {outer}."), { one: sized(one), other: sized(other), inner: one.columns, outer: other.rows }, [one, other]);
  const { rows, columns: inner } = one, { columns } = other, values = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < inner; k++) {
      const factor = one.values[i * inner + k];
      if (factor) for (let j = 0; j < columns; j++) values[i * columns + j] += factor * other.values[k * columns + j];
    }
  }
  return matrix(rows, columns, values);
}

export const transposed = ({ rows, columns, values }) => matrix(columns, rows, Float64Array.from(values, (_, at) => values[(at % rows) * columns + Math.floor(at / rows)]));

/** The value of a factor; `value` gives that of a symbol by its letters and its layer. */
function factorOf(text, value, places) {
  const between = DIFFERENCE.exec(text);
  if (between) return together(factorOf(between[1], value, places), factorOf(between[2], value, places), "-", (a, b) => a - b);
  const [, letters, layer, row, column, turn] = FACTOR.exec(text), found = value(letters, +layer);
  if (row === undefined) return turn ? transposed(found) : found;
  const at = places[row] * found.columns + (column === undefined ? 0 : places[column]);
  return matrix(1, 1, [found.values[at]]);
}

/** Parts of a line between signs, with the signs before them. */
function parts(tokens, signs) {
  const found = [[null]];
  for (const token of tokens) signs.includes(token) ? found.push([token]) : found.at(-1).push(token);
  if (found.some((part) => part.length < 2)) throw new Misfit(message("A sign stands between two factors: none begins a line, ends it, or stands beside another."));
  return found.map(([sign, ...rest]) => [sign, rest]);
}

/** The value of a line, a list of factors and signs. */
export function evaluate(tokens, value, places = {}) {
  const multiplied = (factors) => factors.map((text) => Object.assign(factorOf(text, value, places), { text, free: text === "η" })).reduce(product);
  const term = (rest) => parts(rest, ["*"]).map(([, factors]) => multiplied(factors)).reduce((one, other) => together(one, other, "*", (a, b) => a * b));
  return parts(tokens, ["+", "-"]).map(([sign, rest]) => [sign, term(rest)])
    .reduce(([, all], [sign, one]) => [null, together(all, one, sign, sign === "+" ? (a, b) => a + b : (a, b) => a - b)])[1];
}

export const tokensOf = (line) => line.split(" ");

/** Whether matrices are the same, but for rounding. */
export function same(one, other, tolerance = 1e-4) {
  if (one.rows !== other.rows || one.columns !== other.columns) return false;
  const top = other.values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return one.values.every((value, i) => Math.abs(value - other.values[i]) <= tolerance * top);
}

/** The place where a matrix differs most from another. */
export function farthest(one, other) {
  let at = 0;
  one.values.forEach((value, i) => { if (Math.abs(value - other.values[i]) > Math.abs(one.values[at] - other.values[at])) at = i; });
  return at;
}

/** Numbers by which lines are told apart: every symbol a square matrix of its own, so that whatever is transposed or not has a value. */
export function probe(letters, layer) {
  if (letters === "η") return matrix(1, 1, [0.37]);
  let seed = [...`${letters}${layer}`].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 65521, 7);
  return matrix(SIDE, SIDE, Float64Array.from({ length: SIDE * SIDE }, () => {
    seed = (seed * 75 + 74) % 65537;
    return seed / 32768 - 1;
  }));
}

/** The value of a line on those numbers; null where even there it has none. */
export function fingerprint(tokens) {
  try { return evaluate(tokens, probe); } catch (error) { if (error instanceof Misfit) return null; throw error; }
}

/** The dimensions of a symbol, with so many examples. */
export function dimensions(text, { sizes }, examples = 1) {
  const [, letters, layer, , , turn] = FACTOR.exec(text), rows = letters === "y" ? sizes.at(-1) : sizes[layer - 1];
  const last = letters.at(-1), columns = last === "w" ? sizes[layer - 2] : last === "b" ? 1 : examples;
  return turn ? [columns, rows] : [rows, columns];
}

/** A factor as mathematics. */
export function mathOf(text, { activations }, places = {}) {
  if (text in SIGNS) return el("span.sign", {}, SIGNS[text]);
  const between = DIFFERENCE.exec(text);
  if (between && !text.includes("[")) return between[1] === "y" ? el("span", {}, "(", sym("y"), " − ", mathOf(between[2], { activations }), ")") : missed(FACTOR.exec(between[1])[2]);
  const [, letters, layer, row, column, turn] = FACTOR.exec(text);
  const index = row === undefined ? undefined : column === undefined ? `${places[row]}` : `${places[row]},${places[column]}`;
  if (letters === "η") return el("span", {}, "η");
  if (letters === "e") return el("span.inner", {}, "(", turned("w", +layer + 1), " ", sym("d", +layer + 1), ")", el("sub", {}, index)); // what comes back to a layer
  if (letters === "s") return slopeOf(activations[layer - 2], layer, index);
  if (letters.startsWith("g_")) return gradientOf(letters[2], layer, index);
  if (turn) return turned(letters === "δ" ? "d" : letters, layer);
  return sym(letters === "δ" ? "d" : letters, layer || undefined, index);
}

/** A symbol within a sentence. */
export function textOf(text, places = {}, { activations = [] } = {}) {
  const [, letters, layer, row, column, turn] = FACTOR.exec(text), raised = layer.replace(/\d/g, (digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]);
  const named = `${letters.replace("g_", "∂C/∂")}${raised}`, place = row === undefined ? "" : `[${[row, column].filter((each) => each !== undefined).map((each) => places[each])}]`;
  if (letters === "s") return `${letterOf(activations[layer - 2] ?? "sigmoid")}′(z${raised})`;
  return (turn ? `(${named})ᵀ` : named) + place.replace(",", ", ");
}

/** What is said where a line has no value. */
export const misfitted = (error) => t(error.message, error.values);
