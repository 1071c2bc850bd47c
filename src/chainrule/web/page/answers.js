// The ten answers as bars with the truth and where δ pushes, and beside them what the network reads and what that costs.

import { el, num, sym } from "./dom.js";
import { grow } from "./motion.js";
import { FAINT } from "./paint.js";

/** Show the activations of the last layer in the rows of the view, and its verdict. */
export function answers(view, last) {
  const { look } = view, a = look.a[last - 2], delta = look.delta?.[last - 2], top = Math.max(1, ...a);
  view.outHead.replaceChildren(sym("a", last));
  view.outDim.textContent = `${a.length}×1`;
  view.pushKey.hidden = !delta;
  view.rows.forEach((row, digit) => {
    const [, drawing, value] = row.children, x = 4 + 144 * Math.max(0, Math.min(1, a[digit] / top));
    row.className = [digit === look.digit && "said", digit === look.label && "true"].filter(Boolean).join(" ");
    const bar = el("rect.ba", { x: 4, y: 7, width: Math.max(0, x - 4), height: 10 }), parts = [el("path.tr", { d: "M4 12H148" }), bar];
    if (!view.pad.stroke) grow(bar, view.lengths?.[digit], x - 4);
    view.lengths = { ...view.lengths, [digit]: x - 4 };
    const to = digit === look.label ? 148 : 4;
    if (delta && Math.abs(delta[digit]) > FAINT) {
      const y = digit === look.label ? 12 : 21, end = digit === look.label ? to - 7 : to;
      const from = digit === look.label ? x + 3 : x, tip = end > from ? -4 : 4;
      if (Math.abs(end - from) > 6) parts.push(el("path.dl", { "stroke-width": (0.8 + 2.4 * Math.min(1, 4 * Math.abs(delta[digit]))).toFixed(2), d: `M${from} ${y}H${end}M${end + tip} ${y - 3}L${end} ${y}L${end + tip} ${y + 3}` }));
    }
    if (digit === look.label) parts.push(el("rect.tg", { x: 143, y: 7, width: 10, height: 10 }));
    drawing.replaceChildren(...parts);
    value.textContent = a[digit].toFixed(3).replace("-", "−");
  });
  view.flat.replaceChildren(...(delta ? flattened(view, a, delta, last) : []));
  view.big.textContent = look.digit;
  const { sure, second, least } = look.certainty ?? { sure: true };
  view.big.classList.toggle("unsure", !sure);
  view.unsure.replaceChildren(...(sure ? [] : [el("b", { say: "Unsure." }), " ", el("span", { say: ["Asked for a second opinion, the reader gives {digit} only {second}; an answer is sure from {least}.", { digit: look.digit, second: num(second, 2), least: num(least, 2) }] })]));
  view.conf.replaceChildren(el("span", { say: "with activation" }), " ", el("b.cr-a", {}, num(a[look.digit])));
  view.keys.forEach((key, digit) => key.setAttribute("aria-pressed", `${digit === look.label}`));
  view.cost.replaceChildren(...(look.cost === null ? [el("span.cap", { say: "Say what it really is, and the error flows back." })] : [el("i", {}, "C"), ` = ${num(look.cost, 4)} `, el("span.cap", { say: "the cost of this answer" })]));
}

/** Why there is no arrow where an answer is wrong: with the quadratic cost δ = (a − y) ⊙ σ′(z), and σ′ is flat there. */
function flattened({ net, look, one }, a, delta, last) {
  if (!net.stalls) return [];
  const f = one.activation(last);
  return [...new Set([look.label, look.digit])].flatMap((digit) => {
    const error = a[digit] - (digit === look.label);
    if (Math.abs(error) < 0.05 || Math.abs(delta[digit]) > FAINT) return [];
    return [el("p.cap", { say: ["No arrow at {digit}: {f} is flat there, {f}′(z) = {slope}; of the error a − y = {error} only δ = {delta} is left.", { digit, f, slope: num(delta[digit] / error), error: num(error), delta: num(delta[digit]) }] })];
  });
}
