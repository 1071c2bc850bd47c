// One neuron, opened: its weights over what it sees, the largest terms of its sum, b, z and a; backward, where its δ comes from.

import { count, el, message, num, renew, say, sym, t } from "./dom.js";
import { columnsOf, heat, scale } from "./paint.js";
import { ask } from "./wire.js";

export class Neuron {
  constructor(view) {
    this.view = view;
    this.open = false;
    this.root = el("section.neuron", { hidden: true, label: "One neuron" });
    this.root.addEventListener("keydown", (event) => { if (event.key === "Escape") this.close(); });
  }

  /** Open it; the same neuron once more closes it. */
  toggle(again) {
    this.open = !(again && this.open);
  }

  close() {
    this.open = false;
    this.root.hidden = true;
    this.view.cells.querySelector("[aria-pressed=true]")?.focus();
  }

  /** The latest question last, and only its answer is shown. */
  async show() {
    const { view } = this;
    if (!this.open || !view.look) { this.root.hidden = true; return; }
    this.root.setAttribute("aria-busy", "true"); // until it is of what stands on the stage
    if (view.waits) return;
    const asked = (this.asked = (this.asked ?? 0) + 1), layer = view.shownLayer, neuron = view.chosen;
    const found = await ask("value", { layer, neuron });
    if (!found || asked !== this.asked || !this.open || !view.look) return;
    renew(this.root,
      el("h2", {}, el("span", { say: ["Neuron {neuron} of layer {layer}", { neuron, layer }] }), el("button.btn", { say: "Close", onclick: () => this.close() })),
      ...(view.net.sums[layer - 2] ? [this.pictures(layer, neuron)] : []),
      this.reasons(found, layer, neuron));
    this.root.hidden = false;
    this.root.setAttribute("aria-busy", "false");
  }

  /** Where its value or its error comes from; or why that cannot be said. */
  reasons(found, layer, neuron) {
    const error = this.view.backward && (found.error?.reason || found.error?.terms.length) ? found.error : null, { reason } = error ?? found;
    return reason ? el("p.cap", {}, reason) : error ? this.blame(error, layer, neuron) : this.sum(found, layer, neuron);
  }

  /** w ⊙ a: what it looks for, what it sees, and what each of the inputs adds. */
  pictures(layer, neuron) {
    const { view } = this, n = view.net.sizes[layer - 2], w = view.weights.w[layer - 2].subarray(neuron * n, (neuron + 1) * n);
    const a = view.before(layer), added = w.map((each, k) => each * a[k]), columns = columnsOf(n);
    const figure = (values, caption, symbol, options) => el("figure", {}, heat(el("canvas.cr-heat", { role: "img", label: caption }), values, columns, options), el("figcaption", {}, symbol, " ", el("span", { say: caption })));
    return el("div.products", {}, figure(w, message("its weights"), sym("w", layer), { top: scale(w), diverging: true }), el("span", {}, "⊙"),
      figure(a, message("what it is given"), sym("a", layer - 1), { top: Math.max(1, ...a) }), el("span", {}, "="), figure(added, message("what each adds"), "", { top: scale(added, 1), diverging: true }));
  }

  sum(found, layer, neuron) {
    const f = this.activation(layer);
    const end = [[sym("b", layer, neuron), num(found.bias, 3, true)], [sym("z", layer, neuron), num(found.z, 3, true)]];
    if (found.scaled !== null) {
      const product = el("span", {}, el("span", { say: "normalized and scaled:" }), " ", sym("γ", layer, neuron), " × ", sym("u", layer, neuron));
      end.unshift([sym("s", layer, neuron), num(found.total, 3, true)], [product, num(found.scaled, 3, true)]);
    }
    const last = el("p.result", {}, sym("a", layer, neuron), ` = ${f}(${this.view.net.elementwise[layer - 2] ? num(found.z) : "z"}) = `, el("b.cr-a", {}, num(found.a)));
    return el("div.terms", { role: "group", label: "The largest terms of the sum", tabindex: 0 }, this.table(found, "w", "a", (k) => sym("w", layer, `${neuron},${k}`), (k) => sym("a", layer - 1, k), layer - 1, end), last);
  }

  /** How a layer's activation function is written. */
  activation(layer) {
    return this.view.net.activations[layer - 2];
  }

  blame(found, layer, neuron) {
    const end = [[sym("d", layer, neuron), num(found.delta, 3, true)]];
    if (found.slope !== null) end.unshift([el("span", { say: ["its slope {f}′(z)", { f: this.activation(layer) }] }), `× ${num(found.slope)}`]);
    return el("div.terms", { role: "group", label: "The largest terms of the sum", tabindex: 0 }, this.table(found, "w", "d", (k) => sym("w", layer + 1, `${k},${neuron}`), (k) => sym("d", layer + 1, k), layer + 1, end));
  }

  /** The largest products of a sum, what the others come to, and what follows. */
  table({ terms, others, rest }, first, second, one, other, layer, end) {
    const signed = (value) => (value < 0 ? `(${num(value)})` : num(value)), image = layer === 1, side = columnsOf(this.view.net.sizes[0]);
    const where = (k) => (image ? t("pixel in row {row}, column {column}", { row: Math.floor(k / side), column: k % side }) : `${t("neuron")} ${k}`);
    const rows = terms.map(([k, w, value, product]) => el("tr", {}, el("td", {}, one(k), " × ", other(k)), el("td", {}, el(`span.cr-${first}`, {}, num(w, 2)), " × ", el(`span.cr-${second}`, {}, signed(value))),
      el("td.n", {}, num(product, 3, true)), el("td.cap", {}, where(k))));
    if (others) rows.push(el("tr", {}, el("td", {}), el("td", { say: ["{n} others", { n: count(others) }] }), el("td.n", {}, num(rest, 3, true)), el("td")));
    for (const [symbol, value] of end) rows.push(el("tr.end", {}, el("td", {}), el("td", {}, symbol), el("td.n", {}, value), el("td")));
    return el("table", {}, el("caption.cr-spoken", { say: "The largest terms of the sum" }), el("tbody", {}, ...rows));
  }
}
