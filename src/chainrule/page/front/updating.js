// Step 6: the update, before it is taken and after. It gives what a section of the page is made of; see steps.js.

import { change } from "./curve.js";
import { count, el, percent, sym, t } from "./dom.js";
import { answered, factor, fixed, gradientOf, turned } from "./symbols.js";
import { broken, sentences } from "./wording.js";

export function updating(steps) {
  const { reading, before, previous, lit, focus, scene, moved } = steps, { last, hidden } = reading, layer = hidden ? scene + 1 : last, k = hidden ? lit : focus, j = hidden ? focus : brightest(steps);
  const from = previous ?? reading, old = from.weight(layer, k, j), slope = from.delta(layer)[k] * from.a(layer - 1)[j], eta = previous ? steps.taughtEta : steps.eta, now = previous ? reading.weight(layer, k, j) : old - eta * slope;
  const decimals = decimalsOf(now - old), first = before ?? reading, names = [...new Set([...first.dispute, ...(reading.network.kind === "classes" ? [reading.answer] : [])])];
  const answers = names.map((each) => ({ name: reading.output(each), was: first.a(last)[each], now: before ? reading.a(last)[each] : undefined, truth: reading.numeric || reading.wanted[each] === 1 }));
  const shares = ["sigmoid", "softmax"].includes(reading.activation(last)), ends = answers.flatMap(({ was, now: after }) => [was, after ?? was]), range = shares ? [0, 1] : [Math.min(...ends, ...reading.wanted), Math.max(...ends, ...reading.wanted)];
  const say = !before ? t("Every weight and bias moves a little **against its gradient**; where that is 0, it stays.") : outcome(steps, first);
  const index = `${k},${j}`, formula = [el("div.updating", {}, sym("w", layer, index), " ← ", sym("w", layer, index), " − η ", gradientOf("w", layer, index)), el("div.updating.filled", {}, el("b.cr-w", {}, fixed(now, decimals)), " ← ", el("span.cr-w", {}, fixed(old, decimals)), ` − ${eta} × `, el("span.cr-g", {}, factor(slope)))];
  const told = moved ? movedWords(steps, moved, Math.abs(now - old), decimals) : t("This is one number of {count}; the others move in the same step, each by its own gradient.", { count: count(reading.network.parameters) });
  const slider = el("input", { type: "range", min: -30, max: 10, value: Math.round(10 * Math.log10(steps.eta)), label: "Learning rate η", "data-key": "eta", "aria-valuetext": `${steps.eta}`, oninput: (event) => { const chosen = +(10 ** (event.target.value / 10)).toPrecision(2); output.textContent = `${chosen}`; event.target.setAttribute("aria-valuetext", `${chosen}`); steps.act.eta(chosen); } });
  const output = el("output", {}, `${steps.eta}`);
  const controls = el("div.controls", {}, el("label.eta", {}, el("i", {}, "η"), " = ", output, slider), el("span.buttons", {}, el("button.btn.main", { "data-key": "teach", onclick: () => steps.act.teach() }, before ? t("One more step") : t("Take one step")), el("button.btn", { "data-key": "undo", "aria-disabled": steps.act.canUndo() ? null : "true", onclick: () => steps.act.undo() }, t("Undo"))),
    el("span.note.accuracy", { "aria-live": "polite" }, steps.accuracy ?? ""));
  const width = steps.kind === "l" ? 330 : steps.kind === "m" ? 280 : Math.min(340, innerWidth - 40), rows = reading.size(2), columns = reading.size(1);
  return {
    say, figure: [el("div.update", {}, change(answers, width, steps.kind === "l" ? 196 : 158, [t("before"), t("after"), t("take a step and see")], range), el("div.one", {}, ...formula), el("p.note.moved", {}, ...broken(told)), controls)],
    note: t("η is the learning rate: how long a step is. It is small here, since one example alone decides it; training averages many examples, whose gradients partly cancel, and takes longer steps."),
    next: el("button.btn.onward", { "data-key": "onward", onclick: () => steps.act.train() }, t("Next: train it")),
    all: reading.images.length ? [t("All at once"), [sym("w"), "", t("new weights")], "←", [sym("w"), "", t("old weights")], "−", ["η", "", t("length of the step")], [gradientOf("w"), "", t("gradients")]] : [t("All at once"), [sym("w", 2), `${rows}×${columns}`, t("new weights")], "←", [sym("w", 2), `${rows}×${columns}`, t("old weights")], "−", ["η", "", t("length of the step")], [sym("d", 2), `${rows}×**1**`, t("errors")], [turned("a", 1), `**1**×${columns}`, t("activations, as a row")]],
  };
}

/** The place of the largest activation before the answers, whose weight is told of where there is no hidden layer. */
function brightest(steps) {
  const a = steps.reading.a(steps.reading.last - 1);
  return a.reduce((best, each, i) => (Math.abs(each) > Math.abs(a[best]) ? i : best), 0);
}

function outcome(steps, first) {
  const { reading } = steps, is = answered(reading), taken = steps.steps;
  const begun = t("Each number that has a gradient moved against it.");
  if (reading.look.cost > first.look.cost) return sentences(t("**The cost rose: the step was too long.**"), begun);
  if (!first.right && reading.right) return sentences(taken === 1 ? t("**One step, and it now reads {b}.**", { b: is }) : t("**{steps} {steps:step|steps}, and it now reads {b}.**", { steps: taken, b: is }), begun);
  return sentences(t("**The cost fell from {before} to {after}.**", { before: fixed(first.look.cost, 4), after: fixed(reading.look.cost, 4) }), begun);
}

function movedWords(steps, { still, large, least, all }, by, decimals) {
  const { reading } = steps, others = Math.max(0, large - (by >= least)), empty = reading.a(1).reduce((total, each) => total + (each === 0), 0) * reading.size(2), values = { count: count(all), by: fixed(by, decimals), large: count(others), least, still: count(still), rest: count(all - 1 - others - still) };
  const silent = !still ? "" : !steps.table && still === empty ? t("{still} stayed, since their gradient is 0: there is no ink before them.", values) : t("{still} stayed: their gradient is 0, or nearly so.", values);
  const largely = others ? t("{large} more moved by {least} or more.", values) : "";
  return sentences(t("This one of {count} {count:number|numbers} moved by {by}.", values), largely, still + large < all ? t("{rest} moved less.", values) : "", silent, t("Many small changes add up."));
}

/** How many decimals show a change with about one digit, three at least. */
const decimalsOf = (change) => (change ? Math.min(10, Math.max(3, -Math.floor(Math.log10(Math.abs(change))))) : 3);

/** How much is read right, before and after. */
export function accuracyWords(was, now) {
  const values = { count: now.count, was: percent(was.correct / was.count), now: percent(now.correct / now.count) };
  if (was.correct === now.correct) return t("Effect on the {count} {count:example|examples} included in this page: none, {now} still read correctly.", values);
  return was.correct < now.correct ? t("Effect on the {count} {count:example|examples} included in this page: {was} → {now} read right, so it helps with others, too.", values) : t("Effect on the {count} {count:example|examples} included in this page: {was} → {now} read right, so it spoils some others.", values);
}
