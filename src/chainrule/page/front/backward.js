// Steps 3 to 5: the error of the answers, how it flows back, and the gradients. Each function gives what a section of the page is
// made of; see steps.js.

import { curve } from "./curve.js";
import { el, num, sym, t } from "./dom.js";
import { FEW } from "./forward.js";
import { errorScale, heat } from "./paint.js";
import { equals, factor, fixed, gradientOf, letterOf, missed, product, slopeOf, total, turned } from "./symbols.js";
import { broken, sentences } from "./wording.js";

const ROOM = 1.3; // the end of a scale lies so far beyond the largest number, that it is not the darkest shade
const NOTHING = 0.02; // a right answer with smaller errors has nothing to send back

// ---- 3: the error of the answers -----------------------------------------------------------------------------------------

export function missing(steps) {
  const { reading } = steps, { last, missing: how } = reading, a = reading.a(last), delta = reading.delta(last), rows = reading.size(last), kind = reading.activation(last), { wanted } = reading;
  const row = (k) => {
    const y = reading.numeric ? factor(wanted[k]) : `${wanted[k]}`, off = a[k] - wanted[k], value = el("span.cr-a", {}, fixed(a[k])), shown = num(delta[k], 3, true), error = el("b.cr-d", {}, shown), slope = how === "slope" && num(reading.slope(last)[k]);
    const gives = how === "slope" ? equals(shown, (p, q, r) => (p - q) * r, fixed(a[k]), y, slope) : equals(shown, (p, q) => p - q, fixed(a[k]), y);
    const why = Math.abs(off) < 0.05 ? t("almost as it should be") : off < 0 ? t("too low, so δ is below 0: it should rise") : t("too high, so δ is above 0: it should fall");
    const made = { plain: () => [value, ` − ${y} ${gives} `, error], slope: () => ["(", value, ` − ${y}) × `, el("span.cr-z", {}, slope), ` ${gives} `, error], other: () => [error] }[how]();
    return [el("b.digit", {}, reading.output(k)), el("span.nowrap", {}, ...made), el("span.note", {}, how === "other" ? `a = ${fixed(a[k])}, y = ${y}` : why)];
  };
  const head = { plain: [sym("a", last), " − ", sym("y"), " = ", sym("d", last)], slope: [missed(last), " × ", slopeOf(kind, last), " = ", sym("d", last)], other: [sym("d", last)] }[how];
  const say = { plain: t("How far off is each answer? With this cost that alone is **the error δ**."), slope: t("How far off is each answer, times how strongly it still reacts: that is **the error δ**."), other: t("How does the cost change with what each answer sums up? That is **the error δ**.") }[how];
  const line = { plain: [[sym("a", last), steps.shape(rows), t("answers")], "−", [sym("y"), steps.shape(rows), t("what they should be")]], slope: [[missed(last), steps.shape(rows), t("how far off")], ["⊙", "", t("multiplied entry by entry")], [slopeOf(kind, last), steps.shape(rows), t("how strongly each reacts")]], other: [[gradientOf("z", last), steps.shape(rows), t("change of the cost")]] }[how];
  const cost = t("C is the cost: how wrong all answers are together."), truth = reading.network.kind === "classes" ? t("y is what an answer should be: 1 for {name}, 0 for all others.", { name: reading.name(reading.label) }) : t("y is what the answer should be."), steep = how === "slope" ? t("{f}′ is the slope of {f} at the sum z: an answer that hardly reacts cannot be moved much by changing its z.", { f: letterOf(kind) }) : "", raised = t("Raised numbers count layers: they are not powers.");
  return { say, figure: [el("div.missing", {}, el("span"), el("span.nowrap", {}, ...head), el("span"), ...reading.dispute.flatMap(row))], note: sentences(cost, truth, steep, raised), all: [steps.many(rows), [sym("d", last), steps.shape(rows), t("errors")], "=", ...line] };
}

// ---- 4: the error flows back ---------------------------------------------------------------------------------------------

export function blaming(steps) {
  const { reading, scene, focus: j, targets, lit } = steps, { last } = reading;
  if (!reading.hidden) return nowhere(steps);
  const delta = reading.delta(scene)[j], slope = reading.slope(scene)?.[j], { terms, sum } = reading.blame(scene, j), kind = reading.activation(scene), flat = reading.flat(scene, j);
  const most = Math.max(...reading.delta(last).map(Math.abs)), next = scene + 1;
  const say = most < NOTHING ? (reading.right ? t("Almost no error: nothing to send back.") : t("The answers are wrong, but they sit on the flat ends of their curve: **hardly any error flows back.**")) : t("A hidden neuron has **no right answer of its own**: its error comes back to it through **the same wires**.");
  const two = [...new Set(targets)].sort((p, q) => Math.abs(terms[q]) - Math.abs(terms[p])), rest = sum - two.reduce((total, k) => total + terms[k], 0), others = reading.size(next) - two.length;
  const weightTop = terms.reduce((most, _, k) => Math.max(most, Math.abs(reading.weight(next, k, j))), 0) * ROOM, errorTop = errorScale(reading.delta(next)) * ROOM;
  const row = (k) => {
    const w = reading.weight(next, k, j), error = reading.delta(next)[k], own = k === lit;
    const stacked = (kindOf, symbol, text) => el(`span.stacked.cr-${kindOf}`, {}, symbol, el("b", {}, text));
    const sent = num(terms[k], 3, true), gives = equals(sent, product, fixed(w, 2), num(error));
    return el("button.term", { "data-key": `term ${k}`, "aria-pressed": `${own}`, class: `term${own ? " lit" : ""}`, onclick: () => steps.act.light(k) }, steps.cell(w, weightTop, own), stacked("w", sym("w", next, `${k},${j}`), fixed(w, 2)), el("span.between", {}, "×"), steps.cell(error, errorTop), stacked("d", sym("d", next, k), steps.large ? num(error, 3, true) : factor(error)), el("span.between", {}, gives), el("b.product", {}, sent), el("span.note", {}, why(steps, next, k, w, error)));
  };
  const adds = equals(num(sum), total, ...two.map((k) => num(terms[k])), ...(others > 0 ? [fixed(rest)] : [])), follows = equals(num(delta), product, num(slope), num(sum));
  const did = flat ? t("neuron {j} hardly reacts here", { j }) : delta > 0 ? t("neuron {j} said too much", { j }) : t("neuron {j} said too little", { j });
  const drawn = curve(kind, reading.z(scene)[j], 66, 52);
  const left = [el("span.part", {}, el("span.head", {}, sym("d", scene, j)), steps.cell(delta, ROOM * errorScale(steps.cast.map((each) => reading.delta(scene)[each]))), el("b.cr-d.big-number", {}, num(delta, 3, true)), el("span.note", {}, ...broken(did))), el("span.between", {}, follows),
    el("span.part", {}, el("span.head", {}, slopeOf(kind, scene, j)), ...(drawn ? [drawn] : []), el("span.big-number", {}, num(slope)), el("span.note", {}, t("how strongly it reacts"))), el("span.between", {}, "×")];
  const short = el("div.in-short", {}, el("span", {}, sym("d", scene, j), ` = ${factor(sum)} × `, slopeOf(kind, scene, j)), curve(kind, reading.z(scene)[j], 64, 34), el("span", {}, `= ${factor(sum)} × ${num(slope)} ${follows} `, el("b.cr-d", {}, num(delta, 3, true))));
  const sumLine = el("div.term.total", {}, el("span.note", {}, el("span", {}, others > 0 ? t("{count} more: {sum}", { count: others, sum: fixed(rest, 3, true) }) : ""), adds === "=" ? "" : el("span", {}, t("rounded"))), el("span.between", {}, adds), el("b.product", {}, num(sum, 3, true)));
  const heads = el("div.term.heads", {}, el("span"), sym("w", next), "×", sym("d", next), "=");
  const terms2 = el("div.terms", {}, !steps.large && heads, ...two.map(row), sumLine);
  const deaf = reading.deaf(scene), rows = reading.size(scene), letter = letterOf(kind);
  const silent = deaf ? (kind === "relu" ? t("{deaf} of {count} {count:neuron|neurons} {deaf:is|are} off: relu′ = 0, so no error passes, and this example teaches {deaf:it|them} nothing.", { deaf, count: rows }) : t("{deaf} of {count} {count:neuron|neurons} {deaf:is|are} fully on or off, where {f} is flat: {deaf:it hardly reacts|they hardly react}, so this example teaches {deaf:it|them} almost nothing. In a trained network that is usual; in a new one it slows learning down.", { deaf, count: rows, f: letter })) : "";
  const strips = steps.kind === "l" && rows <= 100 && reading.size(next) <= 30;
  const strip = (values, columns, top) => (strips ? [heat(el("canvas.strip", { "aria-hidden": "true", style: `width:${Math.min(80, columns === 1 ? 12 : 8 * columns)}px;height:${Math.min(60, Math.max(16, 2 * (values.length / columns)))}px` }), values, columns, { diverging: true, top })] : []);
  const flipped = strips ? Float64Array.from({ length: rows * reading.size(next) }, (_, at) => reading.weight(next, at % reading.size(next), Math.floor(at / reading.size(next)))) : [];
  return {
    say, note: silent || t("Where a neuron hardly reacts, the error stops."), folds: steps.further(), figure: steps.large ? [el("div.blame", {}, ...left, terms2)] : [terms2, short],
    all: [steps.many(rows), [sym("d", scene), steps.shape(rows), t("errors of layer {layer}", { layer: scene }), ...strip(reading.delta(scene), 1, errorScale(reading.delta(scene)))], "=",
      [turned("w", next), `${rows}×**${reading.size(next)}**`, t("the same weights, turned"), ...strip(flipped, reading.size(next), weightTop)], [sym("d", next), `**${reading.size(next)}**×1`, t("errors of layer {layer}", { layer: next }), ...strip(reading.delta(next), 1, errorTop)], ["⊙", "", t("multiplied entry by entry")], [slopeOf(kind, scene), steps.shape(rows), t("how strongly each reacts"), ...strip(reading.slope(scene), 1, Math.max(...reading.slope(scene), 1e-9))]],
  };
}

/** What a wire did to the one behind it, which was too low or too high. */
function why(steps, layer, k, w, error) {
  const { reading } = steps, name = layer < reading.last ? t("neuron {j}", { j: k }) : reading.output(k) || t("the answer");
  if (Math.abs(error) < 1e-3) return layer === reading.last && Math.abs(reading.a(layer)[k] - reading.wanted[k]) > 0.1 ? t("{name} is far off, but hardly reacts", { name }) : t("{name} is almost as it should be", { name });
  if (error < 0) return w < 0 ? t("{name} was too low; this wire holds it down", { name }) : t("{name} was too low; this wire lifts it", { name });
  return w < 0 ? t("{name} was too high; this wire holds it down", { name }) : t("{name} was too high; this wire lifts it", { name });
}

function nowhere(steps) {
  const { reading } = steps, rows = reading.size(2);
  return { say: t("No hidden layer: behind the answers there is **no one else to blame**. Their errors go straight to the weights."), figure: [el("p.first-words", {}, t("With a hidden layer, the error would run back to it through the same wires."))], all: [steps.many(rows), [sym("d", 2), steps.shape(rows), t("errors")]] };
}

// ---- 5: gradients --------------------------------------------------------------------------------------------------------

export function gradients(steps) {
  const { reading, layer, told } = steps, size = steps.pictureSize, delta = reading.delta(layer)[told], a = reading.a(layer - 1), values = Float64Array.from(a, (each) => each * delta), rows = reading.size(layer), before = a.length;
  const top = errorScale([delta]) * Math.max(1e-9, ...a.map(Math.abs)), say = t("How much does the cost C change if one weight grows a little? **By the error at the neuron it feeds, times the activation that comes in.**");
  const list = before <= FEW || (steps.table && layer === 2), ink = layer === 2 && !steps.table;
  const column = (head, ...below) => el("span.column", {}, el("span.head", {}, head), ...below);
  const pictures = () => el("div.pictures", { style: `--size:${size}px` }, column(sym("d", layer, told), el("span.held", {}, steps.cell(delta, errorScale([delta])), el("b.cr-d", {}, num(delta, 3, true)))), el("span.between", {}, "×"),
    column(sym("a", layer - 1), steps.picture(a, layer - 1, size, { top: Math.max(1, ...a) }), el("span.dim", {}, `1×${before}`)), el("span.between", {}, "="), column(gradientOf("w", layer, told), steps.picture(values, layer - 1, size, { diverging: true, top }), el("span.dim", {}, `1×${before}`)));
  const table = () => {
    const order = Array.from(values, (_, i) => i).sort((p, q) => Math.abs(values[q]) - Math.abs(values[p])).slice(0, 6);
    const row = (tag, head, ...cells) => el("tr", {}, el("th", { scope: "row" }, head), ...cells.map((each) => el(tag, {}, each)));
    return el("table.numbers", {}, row("td", "", sym("d", layer, told), "×", sym("a", layer - 1), "=", gradientOf("w", layer, told)),
      ...order.map((i) => row("td", steps.named(layer - 1, i), el("span.cr-d", {}, num(delta)), "×", el("span.cr-a", {}, factor(a[i])), equals(num(values[i]), product, num(delta), num(a[i])), el("b.cr-g", {}, num(values[i], 3, true)))));
  };
  const aside = ink ? t("No ink, no blame: a weight behind an empty pixel gets gradient 0.") : t("No activation, no blame: a weight behind a silent number gets gradient 0.");
  return {
    say, note: t("The gradient ∂C/∂w says how fast C changes as w grows."), folds: steps.layers(), figure: [el("div.beside", {}, list ? table() : pictures(), ...(steps.kind === "l" ? [el("p.aside", {}, aside)] : []))],
    all: [steps.many(rows), [gradientOf("w", layer), `${rows}×${before}`, t("gradients")], "=", [sym("d", layer), `${rows}×**1**`, t("errors")], [turned("a", layer - 1), `**1**×${before}`, t("activations, as a row")]],
  };
}
