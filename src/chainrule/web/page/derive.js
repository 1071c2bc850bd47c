// Derive: type a NumPy expression or pick one; its derivative as Python, as mathematics and line by line, and a curve.

import { curves } from "./curves.js";
import { el, message } from "./dom.js";
import { themed } from "./steps.js";
import { post } from "./wire.js";

const EXAMPLES = [
  ["x**2 * sin(x)", ""],
  ["1 / (1 + exp(-x))", ""],
  ["exp(-x**2 / 2) * cos(5 * x)", ""],
  ["z = w @ x + b\na = sigmoid(z)\n0.5 * sum((a - y)**2)", "w=30x784, b=30x1, x=784x10, y=30x10"],
  ["z = w @ x + b\na = softmax(z)\n-sum(y * log(a))", "w=10x784, b=10x1, x=784x1, y=10x1"],
  ["0.5 * sum((A @ x - b)**2) + 0.1 * sum(x**2)", "A=5x3, x=3, b=5"],
  ["log(sum(exp(x)))", "x=4"],
];

export class Derive {
  constructor(root) {
    this.text = el("textarea", { rows: 4, spellcheck: "false", autocapitalize: "off", autocomplete: "off", id: "expression" });
    this.shapes = el("input", { id: "shapes", spellcheck: "false", autocomplete: "off", placeholder: "w=30x784, b=30x1" });
    this.form = el("select", { id: "form" }, el("option", { value: "textbook", say: "textbook, to read" }), el("option", { value: "fast", say: "fast, to run" }));
    this.pick = el("select", { id: "example" }, ...EXAMPLES.map(([text], i) => el("option", { value: i }, text.split("\n").at(-1))));
    this.pick.addEventListener("change", () => this.example(+this.pick.value));
    for (const field of [this.text, this.shapes]) field.addEventListener("input", () => { clearTimeout(this.typing); this.typing = setTimeout(() => this.derive(), 350); });
    this.form.addEventListener("change", () => this.derive());
    this.error = el("p.wrong-text", { role: "alert" });
    this.read = el("p.cap", { role: "status" });
    this.python = el("pre.cr-py", { tabindex: 0, label: "Derivative" });
    this.helpers = el("details", { hidden: true }, el("summary.cap", { say: "The functions that it calls" }), el("pre.cr-py", { tabindex: 0, label: "The functions that it calls" }));
    this.math = el("div.mathematics", { tabindex: 0 });
    this.table = el("table.shapes", { tabindex: 0 }); // on a phone it is scrolled
    this.plot = el("figure.plot");
    const field = (words, node) => el("div.set", {}, el("label", { for: node.id, say: words }), node);
    this.derived = el("div.derived", { hidden: true }, el("h2", { say: "Derivative" }), this.math, this.python, this.helpers, this.plot, el("h2", { say: "Dimensions" }), this.table);
    root.append(
      el("div.typed", {}, el("h2", { say: "Expression" }), field(message("Example"), this.pick), field(message("Expression"), this.text), field(message("Shapes"), this.shapes), field(message("Form"), this.form), this.error, this.read, el("p.cap", { say: "NumPy's names, one result; lines before it give names to parts. It is parsed, never run as Python." })),
      this.derived);
  }

  show() {
    if (!this.text.value) this.example(0);
    else this.derive();
  }

  example(i) {
    [this.text.value, this.shapes.value] = EXAMPLES[i];
    this.derive();
  }

  async derive() {
    const asked = (this.asked = (this.asked ?? 0) + 1);
    let found;
    try {
      found = await post("derive", { expression: this.text.value, shapes: this.shapes.value, form: this.form.value });
    } catch (error) {
      if (asked === this.asked) { this.error.textContent = error.message; this.derived.inert = true; } // it is of another expression
      return;
    }
    if (asked !== this.asked) return;
    this.error.textContent = "";
    const same = (text) => text.replace(/\s+/g, "");
    this.read.replaceChildren(...(same(found.understood) === same(this.text.value) ? [] : [el("span", { say: "Read as" }), " ", el("code", {}, found.understood)]));
    this.derived.inert = this.derived.hidden = false;
    const first = found.python.indexOf("\ndef ") + 1, last = found.python.lastIndexOf("\ndef ") + 1;
    this.python.replaceChildren(...colored(found.python.slice(last).trimEnd()));
    this.helpers.hidden = first === last;
    this.helpers.lastChild.replaceChildren(...colored(found.python.slice(first, last).trimEnd()));
    this.math.innerHTML = found.mathml; // made by the server from the derived program
    themed(this.math);
    this.table.replaceChildren(
      el("thead", {}, el("tr", {}, ...[message("symbol"), message("shape", "array"), message("equation"), message("with dimensions")].map((key) => el("th", { scope: "col", say: key })))),
      el("tbody", {}, ...found.shapes.map(([symbol, shape, equation, sizes]) => el("tr", {}, el("th", { scope: "row" }, ...colored(symbol)), el("td.cr-dim", {}, shape), el("td", {}, el("code", {}, ...colored(equation))), el("td.cr-dim", {}, sizes)))));
    this.plot.replaceChildren();
    if (found.curve) {
      const x = found.curve.x, bounds = limits([...found.curve.f, ...found.curve.slope]);
      this.plot.append(curves(x, [{ name: "f", y: found.curve.f, color: "a" }, { name: "f′", y: found.curve.slope, color: "g", dashed: true }], { ...bounds, width: Math.min(640, this.derived.clientWidth), height: 260, axis: (v) => `${+v.toPrecision(2)}`, label: "The function and its derivative" }));
    }
  }
}

/** Where a curve is drawn: what most of its points need, so that a pole does not flatten all else. */
function limits(values) {
  const sorted = values.filter((v) => v !== null).sort((a, b) => a - b);
  if (!sorted.length) return { low: -1, high: 1 };
  let low = sorted[Math.floor(0.02 * (sorted.length - 1))], high = sorted[Math.ceil(0.98 * (sorted.length - 1))];
  if (sorted.at(-1) - sorted[0] < 3 * (high - low)) [low, high] = [sorted[0], sorted.at(-1)];
  return { low: Math.min(0, low), high: Math.max(low + 1e-9, high, 0) };
}

const SYMBOL = /(\bd[A-Za-z]\w*?_d\w+|[∂d]\w+\/[∂d]\w+)|(δ\w*)|\b(?:(a\d*|x\d*)|(z\d*)|(w\d*)|(b\d*)|(y\d*))\b/g;
const KINDS = ["g", "d", "a", "z", "w", "b", "y"];

/** Python with its symbols in their colors, comments faint. */
function colored(text) {
  const parts = [];
  for (const line of text.split(/(?<=\n)/)) {
    const [code, comment] = line.includes("#") ? [line.slice(0, line.indexOf("#")), line.slice(line.indexOf("#"))] : [line, ""];
    let end = 0;
    for (const match of code.matchAll(SYMBOL)) {
      const kind = KINDS[match.slice(1).findIndex((group) => group !== undefined)];
      parts.push(code.slice(end, match.index), el(`span.cr-${kind}`, {}, match[0]));
      end = match.index + match[0].length;
    }
    parts.push(code.slice(end));
    if (comment) parts.push(el("i", {}, comment));
  }
  return parts;
}
