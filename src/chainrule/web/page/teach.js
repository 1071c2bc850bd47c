// Teach it: one step of learning on this digit, what it changes here and on the test digits, and back again.

import { count, el, message, num, say, t } from "./dom.js";
import { sweep } from "./motion.js";
import { unpack } from "./packed.js";
import { heat } from "./paint.js";
import { ask, testDigit } from "./wire.js";

const THUMBS = 12;

export class Teach {
  constructor(view) {
    this.view = view;
    this.eta = el("output");
    this.slider = el("input", { type: "range", min: -30, max: 10, value: -10, label: "Learning rate η" });
    this.slider.addEventListener("input", () => {
      this.slid();
      if (this.view.steps.step === 6) this.view.steps.show();
    });
    this.slid();
    this.take = el("button.btn.main", { say: "Take one step", onclick: () => this.step() });
    this.undo = el("button.btn", { say: "Undo", disabled: true, onclick: () => this.back() });
    this.result = el("div.taught", { "aria-live": "polite" });
    this.root = el("section.learn", { label: "Teach it: one step of learning" }, el("h2", {}, el("span", { say: "Teach it: one step of learning" })),
      el("div.act", {}, el("label.eta", {}, el("i", {}, "η"), " = ", this.eta, this.slider), this.take, this.undo),
      (this.first = el("p.cap", { say: "First say what the digit really is." })), this.result, el("p.cap", { say: "One large step for one digit spoils others; training takes thousands of small ones, on shuffled batches." }));
  }

  slid() {
    this.rate = +(10 ** (this.slider.value / 10)).toPrecision(2);
    this.eta.textContent = this.rate;
    this.slider.setAttribute("aria-valuetext", `${this.rate}`);
  }

  /** A step to begin with: rectifiers pass errors whole, where σ passes at most a quarter, so theirs is smaller. */
  suit(activations) {
    this.slider.value = activations.every((each) => each === "σ") ? -10 : -25;
    this.slid();
  }

  show() {
    const { look, learning } = this.view, told = look.label !== null;
    this.take.disabled = !told || learning;
    this.first.hidden = told && !learning;
    say(this.first, learning ? message("The network is learning; pause it first.") : message("First say what the digit really is."));
    // Of another digit only what the step did to the test digits still holds.
    if (this.taught !== this.view.look.pixels.join()) for (const each of this.result.querySelectorAll(".slope, .res")) each.remove();
  }

  async step() {
    this.result.replaceChildren(el("p.cap.changed", { say: "Taking the step, then reading the 10,000 test digits again…" }));
    const found = await ask("teach", { rate: this.rate });
    if (!found) return this.result.replaceChildren();
    await this.view.learned(found);
    this.draw(found);
  }

  async back() {
    const found = await ask("undo");
    if (!found) return;
    this.result.replaceChildren();
    await this.view.learned(found);
  }

  /** How many steps can be taken back; where none can, there is none to show. */
  can(undo) {
    if (!undo && document.activeElement === this.undo) this.take.focus();
    this.undo.disabled = !undo;
    if (!undo) this.result.replaceChildren();
  }

  /** Before and after: the answers that matter, the cost, and the test digits that are read otherwise now. */
  draw(found) {
    const { look } = this.view, last = look.a.length - 1, before = { ...found.before, a: found.before.a.map((text) => unpack(text)) };
    const shown = [...new Set([look.label, before.digit, look.digit])];
    const right = look.digit === look.label;
    this.taught = look.pixels.join();
    this.result.replaceChildren(
      slope(shown.map((digit) => ({ name: digit, before: before.a[last][digit], after: look.a[last][digit], truth: digit === look.label }))),
      el("div.res", {}, el("p", { say: "now it reads" }), el("p.now", {}, `${look.digit}`, right ? " ✓" : ""), el("p", {}, el("span", { say: "cost" }), el("i", {}, " C")),
        el("p", {}, `${num(before.cost, 4)} → `, el("b", {}, num(look.cost, 4)))),
      el("p.cap.changed", { say: ["Of the 10,000 test digits {right} are newly right and {wrong} newly wrong: {correct} right now.", { right: count(found.newly_right.length), wrong: count(found.newly_wrong.length), correct: count(found.network.correct) }] }));
    sweep(this.result.firstElementChild);
    if (found.newly_wrong.length) this.result.append(this.thumbs(found.newly_wrong));
  }

  /** Test digits that one step has spoiled; each opens on the stage. */
  thumbs(indices) {
    const box = el("div.thumbs", { role: "group", label: "Newly wrong test digits" });
    indices.slice(0, THUMBS).forEach(async (index) => {
      const button = el("button", { "aria-label": `${t("test digit")} ${index}`, onclick: () => this.view.pick(index) });
      box.append(button);
      const pixels = await testDigit(index);
      if (pixels) button.append(heat(el("canvas.cr-heat"), Array.from(pixels, (gray) => gray / 255), 28));
    });
    return box;
  }
}

/** Values before (left) and after (right). */
export function slope(changes) {
  const W = 224, H = 128, x0 = 64, x1 = 160, y = (value) => H - 30 - Math.max(0, Math.min(1, value)) * (H - 42);
  const parts = [el("path.ax", { d: `M${x0} 8V${H - 30}M${x1} 8V${H - 30}` })];
  const labels = { [x0]: [], [x1]: [] };
  for (const each of changes) {
    const from = y(each.before), to = y(each.after), kind = each.truth ? "t" : "s";
    parts.push(el(`path.sl.${kind}`, { d: `M${x0} ${from}L${x1} ${to}` }), el(`circle.${kind}`, { cx: x0, cy: from, r: 4.5 }), el(`circle.${kind}`, { cx: x1, cy: to, r: 4.5 }));
    const digit = () => el("tspan.digit", {}, `${each.name}`), value = (a) => el("tspan", { dx: 5 }, a.toFixed(3));
    labels[x0].push([from, [digit(), value(each.before)]]);
    labels[x1].push([to, [el("tspan", {}, each.after.toFixed(3)), el("tspan.digit", { dx: 5 }, `${each.name}`)]]);
  }
  for (const [x, side] of [[x0, "end"], [x1, "start"]]) {
    let low = -Infinity;
    for (const [at, words] of labels[x].sort((a, b) => a[0] - b[0])) {
      low = Math.max(at, low + 17);
      parts.push(el("text", { x: x + (side === "end" ? -10 : 10), y: low + 5, "text-anchor": side }, ...words));
    }
  }
  const axis = (x, words) => { const node = el("text.minor", { x, y: H - 6, "text-anchor": "middle" }); say(node, words); return node; };
  parts.push(axis(x0, message("before")), axis(x1, message("after")));
  return el("svg.slope", { viewBox: `0 0 ${W} ${H}`, width: W, height: H, role: "img", label: "Answers before and after the step" }, ...parts);
}
