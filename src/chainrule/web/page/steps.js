// The stepper: the article's five steps and the update. The server sets the lines of the derived program; what is said of
// them is set here, from the explanation's data and its numbers. Here are the tabs, and the proof of a gradient.

import { el, message, num, say, state, sym } from "./dom.js";
import { Explanation } from "./explain.js";
import { copied } from "./paint.js";
import { ask } from "./wire.js";

const STEPS = [message("Input"), message("Feedforward"), message("Output error"), message("Error, backwards"), message("Gradients"), message("Update")];

export class Steps {
  constructor(view) {
    this.view = view;
    this.step = 2;
    this.tabs = STEPS.map((words, i) => el("button", { role: "tab", id: `tab-${i + 1}`, "aria-controls": "step", onclick: () => this.go(i + 1) },
      el("i", {}, `${i + 1}`), el("span", { say: words })));
    this.list = el("div.steps", { role: "tablist", label: "The five steps and the update" }, ...this.tabs);
    this.list.addEventListener("keydown", (event) => {
      const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (move) this.move(move);
    });
    this.body = el("div.step", { role: "tabpanel", id: "step", tabindex: 0 });
    this.proof = el("div.proof", { hidden: true });
    this.waits = el("p.cap.waits", { role: "status" });
    this.body.addEventListener("click", (event) => {
      const weight = this.body.dataset.step === "5" && event.target.tagName === "IMG" && this.weightAt(event.target, event);
      if (weight) this.prove(weight);
    });
    this.reason = el("p.cap.reason", { say: "Without a hidden layer there is nothing to send the error back to: no step 4." });
    this.root = el("section.why", { label: "The five steps and the update" }, this.list, this.reason, this.waits, this.body, this.proof);
  }

  go(step) {
    this.step = step;
    this.show();
  }

  move(by) {
    for (let step = this.step + by; step >= 1 && step <= 6; step += by)
      if (!this.tabs[step - 1].disabled) {
        this.go(step);
        this.tabs[step - 1].focus();
        return;
      }
  }

  /** Show the step; what needs the truth waits for it, and without hidden layers there is no step 4. Until it is of what stands on the
   * stage, it is pale and says what it waits for. */
  async show() {
    const { look, hidden } = this.view;
    this.reason.hidden = hidden.length > 0;
    const open = (step) => step <= 2 || (look.delta && !(step === 4 && !hidden.length));
    this.tabs.forEach((tab, i) => {
      tab.disabled = !open(i + 1);
    });
    if (!open(this.step)) this.step = 2;
    this.tabs.forEach((tab, i) => {
      tab.setAttribute("aria-selected", `${i + 1 === this.step}`);
      tab.tabIndex = i + 1 === this.step ? 0 : -1;
    });
    this.body.setAttribute("aria-labelledby", `tab-${this.step}`);
    this.wanted = { step: this.step, layer: hidden.length ? this.view.layer : this.view.net.sizes.length, neuron: this.view.chosen };
    this.root.setAttribute("aria-busy", "true");
    say(this.waits, this.view.waits || message("Working out the numbers…"));
    if (this.asking) return;
    this.asking = true;
    while (this.wanted && !this.view.waits) {
      const now = this.wanted;
      this.wanted = null;
      const found = await ask("step", { ...now, rate: this.view.teach?.rate ?? 0.1, language: state.language });
      if (this.wanted) continue;
      if (found) this.take(found, now);
      else say(this.waits, message("The server could not answer that."));
    }
    this.asking = false;
  }

  take(found, { step, layer, neuron }) {
    this.root.setAttribute("aria-busy", "false");
    this.waits.textContent = "";
    const lines = document.createElement("template");
    lines.innerHTML = found.lines; // made by the server from numbers and its own catalog of texts
    const explanation = new Explanation(found.values, (k) => copied(this.view.weightsOf(2, k)));
    this.body.replaceChildren(explanation.section(found.section, lines.content.childNodes));
    for (const code of this.body.querySelectorAll(".cr-block + .cr-py")) {
      const side = code.previousElementSibling.querySelector(".cr-side"); // the line of Python stands under its numbers
      if (side) side.firstElementChild ? side.firstElementChild.after(code) : side.append(code);
    }
    for (const each of this.body.querySelectorAll(".cr-figure")) if (each.scrollWidth > each.clientWidth) each.tabIndex = 0; // scrolled by keys too
    themed(this.body);
    this.shown = { layer, neuron };
    this.body.dataset.step = step;
    this.proof.hidden = step !== 5;
    if (step === 5) this.offerProof(layer, neuron);
  }

  /** Any gradient, beside what nudging its weight does to the cost; a click on a picture of gradients chooses the weight. */
  offerProof(layer, neuron) {
    const incoming = this.view.net.sizes[layer - 2], letter = this.view.net.letters[layer - 2];
    this.proof.hidden = !letter;
    if (!letter) return;
    const before = layer === 2 ? this.view.look.pixels : this.view.look.a[layer - 3];
    const most = before.reduce((best, value, k) => (value > before[best] ? k : best), 0);
    this.result = el("span.proved", { "aria-live": "polite" });
    const index = el("input.index", { type: "number", min: 0, max: incoming - 1, value: most, label: "Which of the neuron's weights" });
    const prove = () => this.prove({ layer, neuron, weight: Math.max(0, Math.min(incoming - 1, Math.trunc(+index.value))) });
    index.addEventListener("change", prove);
    this.proof.replaceChildren(el("span", { say: "Is it right? Nudge one weight and measure; a click on a picture chooses it:" }), " ", sym(letter, layer), `[${neuron}, `, index, "] ", el("button.btn", { say: "Prove it", onclick: prove }), " ", this.result);
  }

  async prove({ layer, neuron, weight }) {
    const found = await ask("proof", { layer, neuron, weight });
    if (!found) return;
    const values = { symbol: `${this.view.net.letters[layer - 2]}${layer}[${neuron}, ${weight}]`, derivative: num(found.derivative, 7), difference: num(found.difference, 7) };
    say(this.result, found.agrees ? message("{symbol}: backpropagation {derivative}, measured {difference}: equal ✓") : message("{symbol}: backpropagation {derivative}, measured {difference}: different"), values);
    this.result.scrollIntoView({ block: "nearest" });
  }

  /** Which weight a place of a picture is: a matrix shows all of a layer, an image the weights of the chosen neuron. */
  weightAt(image, event) {
    const box = image.getBoundingClientRect(), rows = image.naturalHeight, columns = image.naturalWidth;
    const place = (from, size, cells) => Math.max(0, Math.min(cells - 1, Math.floor((from / size) * cells)));
    const row = place(event.clientY - box.top, box.height, rows), column = place(event.clientX - box.left, box.width, columns);
    const { sizes } = this.view.net, { layer: shown, neuron } = this.shown;
    const layer = sizes.findIndex((n, at) => at > 0 && n === rows && sizes[at - 1] === columns) + 1;
    if (layer) return { layer, neuron: row, weight: column };
    return rows > 1 && rows * columns === sizes[shown - 2] ? { layer: shown, neuron, weight: row * columns + column } : null;
  }
}

/** Let pictures that come in two themes follow the page's own, whatever the system's is. */
export function themed(root) {
  for (const source of root.querySelectorAll("picture source")) source.media = state.theme === "dark" ? "all" : "not all";
}
