// Mistakes: the confusion matrix, all digits that are read wrong as a gallery, accuracy where digits are shifted, turned, noisy.

import { curves } from "./curves.js";
import { count, el, message, percent, renew, say, t } from "./dom.js";
import { grays } from "./packed.js";
import { heat } from "./paint.js";
import { ask } from "./wire.js";

const ROBUST = { shift: message("shifted by so many pixels"), rotation: message("turned by so many degrees"), noise: message("noise of this size") };

export class Mistakes {
  constructor(root, inside, open) {
    this.inside = inside;
    this.open = open;
    this.cell = { truth: -1, read: -1 };
    this.table = el("table.confusion");
    this.head = el("span", { role: "status" });
    this.gallery = el("div.gallery");
    this.more = el("button.btn", { say: "More", hidden: true, onclick: () => this.load(this.items.length) });
    this.all = el("button.btn", { say: "All mistakes", hidden: true, onclick: () => this.choose(-1, -1) });
    this.robust = el("div.charts");
    this.measure = el("button.btn", { say: "Measure", onclick: () => this.measured() });
    root.append(
      el("div.matrix", {}, el("h2", { say: "What is read as what" }), el("p.cap", { say: "Rows are what the digits are, columns what they are read as; click a number to see them." }), this.table, el("h2", { say: "Shifted, turned, noisy" }), el("p.cap", { say: "How many test digits it still reads when they are not as in training." }), this.measure, this.robust),
      el("div.wrong", {}, el("div.nethead", {}, el("h2", {}, this.head), this.all), this.gallery, this.more));
  }

  show() {
    if (this.measuredFor !== this.inside.weights) this.robust.replaceChildren(); // another network, or the same after it has learned
    return this.choose(this.cell.truth, this.cell.read);
  }

  choose(truth, read) {
    this.cell = { truth, read };
    this.items = [];
    this.gallery.replaceChildren();
    this.more.hidden = true;
    say(this.head, message("Reading the 10,000 test digits…"));
    return this.load(0);
  }

  async load(start) {
    const found = await ask("mistakes", { start, ...this.cell });
    if (!found) return start || say(this.head, message("The server could not answer that."));
    this.items.push(...found.items);
    const { truth, read } = this.cell, images = grays(found.images);
    say(this.head, truth < 0 ? message("{count} of 10,000 are misread") : message("{count} times a {truth} read as {read}"), { count: count(found.count), truth, read });
    this.all.hidden = truth < 0;
    this.more.hidden = this.items.length >= found.count;
    this.matrix(found.confusion);
    this.gallery.append(...found.items.map((item, i) => {
      const canvas = heat(el("canvas.cr-heat"), Array.from(images.subarray(784 * i, 784 * (i + 1)), (gray) => gray / 255), 28);
      const words = t("test digit {index}: a {label} read as {digit}", { index: item.index, label: item.label, digit: item.digit });
      return el("button", { "aria-label": words, title: words, onclick: () => this.open(item.index) }, canvas, el("span", {}, `${item.label} → `, el("b", {}, `${item.digit}`)));
    }));
  }

  matrix(counts) {
    const most = Math.max(1, ...counts.flatMap((row, i) => row.filter((_, j) => j !== i)));
    const head = el("tr", {}, el("th", { scope: "col" }, el("span.cr-spoken", { say: "truth ↓ by answer →" })), ...counts.map((_, j) => el("th", { scope: "col" }, `${j}`)));
    const rows = counts.map((row, i) => el("tr", {}, el("th", { scope: "row" }, `${i}`), ...row.map((n, j) => {
      const on = this.cell.truth === i && this.cell.read === j;
      if (i === j || !n) return el(i === j ? "td.diagonal" : "td", {}, n ? count(n) : "·");
      return el("td", { style: `--share:${n / most}` }, el("button", { "aria-pressed": `${on}`, "aria-label": t("{count} times a {truth} is read as {read}", { count: n, truth: i, read: j }), onclick: () => this.choose(i, j) }, count(n)));
    })));
    renew(this.table, el("caption", { say: "truth ↓ by answer →" }), el("thead", {}, head), el("tbody", {}, ...rows));
  }

  async measured() {
    this.robust.replaceChildren(el("p.cap", { say: "Measuring…" }));
    this.measuredFor = this.inside.weights;
    const found = await ask("robust");
    if (!found || this.measuredFor !== this.inside.weights) return this.robust.replaceChildren();
    this.robust.replaceChildren(...found.curves.map(({ kind, x, accuracy }) => el("figure", {}, el("figcaption", { say: ROBUST[kind] }),
      curves(x, [{ name: "", y: accuracy }], { low: 0, high: 1, format: percent, axis: (v) => percent(v, 0), width: 300, height: 130 }))));
  }
}
