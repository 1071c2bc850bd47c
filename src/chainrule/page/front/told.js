// What exercises say: texts that Python made, and numbers short enough to compute with by hand.

import { message, state, t } from "./dom.js";
import { farthest, textOf } from "./expression.js";

/** A text that Python made, in the page's language, its places filled. */
export const words = (all, values = {}) => (all[state.language] ?? all.en).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");

const DIGITS = 3, RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** A number as it is shown and computed with: of three digits. */
export const rounded = (value) => Number(value.toPrecision(DIGITS));

/** A number of three digits, with a true minus; small ones with a power of ten. */
export function figure(value) {
  const size = Math.abs(value), sign = value < 0 ? "−" : "";
  if (size === 0) return "0";
  if (size >= 1e-3 && size < 1e5) return sign + (size < 999 ? size.toPrecision(DIGITS) : size.toFixed(0));
  const [mantissa, exponent] = size.toExponential(DIGITS - 1).split("e");
  return `${sign}${mantissa}·10${[...exponent.replace("+", "")].map((each) => (each === "-" ? "⁻" : RAISED[+each])).join("")}`;
}

/** A number that was written: with a comma or a true minus, perhaps with a power of ten; NaN if it is none. */
export const parsed = (text) => (text.trim() ? Number(text.trim().replaceAll("−", "-").replace(",", ".").replace(/\s*[·*×x]\s*10\^?/, "e")) : NaN);

/** Where numbers differ from the right ones, and by how much. */
export function difference(symbol, mine, right) {
  const at = farthest(mine, right), place = right.columns > 1 ? `${Math.floor(at / right.columns)}, ${at % right.columns}` : `${at}`;
  return t(message("{place}: yours is {mine}, where {right} is right."), { place: `${textOf(symbol)}[${place}]`, mine: figure(mine.values[at]), right: figure(right.values[at]) });
}
