// Symbols and equations of the book as MathML, in their colors, and numbers as they stand beside them.

import { el, num, sym } from "./dom.js";
import { bold, broken } from "./wording.js";

const SPACE = "http://www.w3.org/1998/Math/MathML";
const LETTERS = { sigmoid: "σ", tanh: "tanh", relu: "relu", softmax: "softmax" };

function node(tag, ...children) {
  const [name, kind] = tag.split("."), made = document.createElementNS(SPACE, name);
  if (kind) made.setAttribute("class", `cr-${kind}`);
  made.append(...children);
  return made;
}

const math = (...children) => node("math", ...children);
const inner = (symbol) => symbol.firstChild; // of a formula that holds one symbol
const fence = (mark) => { const made = node("mo", mark); made.setAttribute("stretchy", "false"); return made; };
const upright = (text) => { const made = node("mi", text); made.setAttribute("mathvariant", "normal"); return made; };

/** How an activation is written: σ, tanh, relu, …; with a dash its slope. */
export const letterOf = (activation) => LETTERS[activation] ?? activation;

/** σ′(z²), of one neuron where it is given. */
export const slopeOf = (activation, layer, k) => math(upright(`${letterOf(activation)}′`), fence("("), inner(sym("z", layer, k)), fence(")"));

/** σ(−0.281). */
export const applied = (activation, text) => activation === "linear" ? el("span.cr-z", {}, text) : el("span", {}, math(upright(letterOf(activation))), "(", el("span.cr-z", {}, text), ")");

/** ∂C/∂w². */
export const gradientOf = (kind, layer, index) => {
  const below = inner(sym(kind, layer, index));
  below.removeAttribute("class");
  return math(node("mfrac.g", node("mrow", node("mo", "∂"), node("mi", "C")), node("mrow", node("mo", "∂"), below)));
};

/** (w³)ᵀ. */
export const turned = (kind, layer) => math(node("msup", node("mrow", fence("("), inner(sym(kind, layer)), fence(")")), node("mi", "T")));

/** (a³ − y). */
export const missed = (layer) => math(fence("("), inner(sym("a", layer)), node("mo", "−"), node("mi", "y"), fence(")"));

/** A number with fixed decimals and a true minus; those that are too large for it as powers of ten. */
export function fixed(value, decimals = 3, plus = false) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value < 0 ? "−∞" : "∞";
  const size = Math.abs(value), text = size >= 1e6 ? size.toExponential(2).replace(/e\+?/, "·10^") : size.toFixed(decimals);
  const zero = Number(text) === 0;
  return (value < 0 && !zero ? "−" : plus && value > 0 && !zero ? "+" : "") + text;
}

/** A number as it stands in a drawing: also one that is none, or a very large one. */
export const number = (value, digits = 3) => (Math.abs(value) < 1e6 ? num(value, digits) : fixed(value, digits));

/** A shape as Python writes it (`shape_text`): 30×784, of a vector (30,), of a single number (). */
export const shapeText = (shape) => (shape.length > 1 ? shape.join("×") : shape.length ? `(${shape[0]},)` : "()");

/** A number as a factor: in brackets where it is negative. */
export const factor = (value, decimals = 3) => (value < 0 ? `(${num(value, decimals)})` : num(value, decimals));

/** What a network answers, and what it should answer, as it is told: a class, or a number. */
export const answered = (reading) => (reading.numeric ? fixed(reading.number(0, reading.a(reading.last)[0]), 2) : reading.name(reading.answer));
export const truth = (reading) => (reading.numeric ? fixed(reading.number(0, reading.wanted[0]), 2) : reading.name(reading.label));

/** A number that is printed: its value, and what one of its last digit is. */
function printed(text) {
  const [plain, power = "0"] = text.replace(/[()+]/g, "").replaceAll("−", "-").split(/·10\^?/), raised = Number([...power].map((each) => "-0123456789"["⁻⁰¹²³⁴⁵⁶⁷⁸⁹".indexOf(each)] ?? each).join(""));
  return { value: Number(plain) * 10 ** raised, unit: 10 ** (raised - (plain.split(".")[1]?.length ?? 0)) };
}

/** The sign before a result: "=" where it follows from the very digits that are printed, "≈" where those are rounded too far. */
export function equals(result, rule, ...parts) {
  const { value, unit } = printed(result);
  return Math.abs(rule(...parts.map((each) => printed(each).value)) - value) <= 0.5001 * unit ? "=" : "≈";
}
export const product = (p, q) => p * q;
export const total = (...all) => all.reduce((sum, each) => sum + each, 0);

/** A line of symbols over their dimensions and what they are: `matrixLine([sym("z", 2), "30×1", "sums"], "=", …)`, perhaps with a
 * picture; the tie, the part that must fit, is in bold. */
export function matrixLine(...parts) {
  const tied = [[]]; // a sign and what follows it, which no line parts
  for (const part of parts) {
    const sign = typeof part === "string", [symbol, shape, words, picture] = sign ? [part] : part;
    if (sign || symbol === "⊙") tied.push([]);
    tied.at(-1).push(sign ? el("span.between", {}, part) : el("span", {}, typeof symbol === "string" ? el("span.between", {}, symbol) : symbol, ...(picture ? [picture] : []), el("span.dim", {}, ...bold(shape)), words && el("span.meant", {}, ...broken(words))));
  }
  return el("div.matrix", {}, ...tied.map((each) => el("span", {}, ...each)));
}
