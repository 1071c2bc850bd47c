// Derive: programs of the gallery as graphs that live, and, where a server answers, one's own. The address has what is shown:
// ?program=paths&at=1.2 or ?f=x² sin x&x=x = 1.2.

import { count, el, message, say } from "./dom.js";
import { Live } from "./live.js";

const PROGRAMS = {
  parabola: [message("A parabola"), message("The slope says which way f grows. Go the other way to reach the lowest point.")],
  product: [message("A product"), message("The slope of a product by one factor is the other factor. Backpropagation meets it at every weight.")],
  composition: [message("A composition"), message("The sine of a square: one path, two slopes. Their product is the chain rule.")],
  paths: [message("Two paths"), message("x reaches f on two paths. Multiply along each path, and add where they meet.")],
  valleys: [message("Valleys"), message("Going downhill ends in the valley next to where you begin, which need not be the deepest.")],
  sigmoid: [message("The sigmoid"), message("Both ends are flat: where the slope is nearly 0, a step changes nearly nothing. Such a neuron hardly learns.")],
  softplus: [message("Softplus"), message("Its slope is the sigmoid. Nobody told chainrule so: it simplified its own result.")],
  neuron: [message("A neuron"), message("One neuron that reads x and should answer y. Its slopes at w and b are what training subtracts, over and over.")],
  three: [message("Three scores"), message("Softmax and cross-entropy: the first of three scores should win. Each slope is a probability, less 1 for the first, so they add up to 0.")],
  line: [message("A line"), message("A line through three points. Each point pulls at w and b by how far the line misses it, and the pulls are added.")],
};
const OWN = [ // to begin with
  ["x² sin x", ""],
  ["exp(-x²/2) cos 5x", ""],
  ["log(sum(exp(x)))", "x = [1, 2, 3, 0]"],
  ["z = w @ x + b\na = sigmoid(z)\n0.5 sum((a - y)²)", "w = 3×4, x = 4×2, b = 3×1, y = 3×2"],
  ["0.5 sum((A @ x - b)²) + 0.1 sum(x²)", "A = 5×3, x = (3,), b = (5,)"],
];
const MOST = 24; // numbers of an array that the address has

export function mount(root, { host, route }) {
  return new Derive(root, host, route);
}

class Derive {
  constructor(root, { gallery, network, server }, route) {
    Object.assign(this, { gallery, server, route });
    this.tabs = gallery.map((entry) => el("button.chip", { say: PROGRAMS[entry.name][0], "aria-pressed": "false", onclick: () => this.choose(entry) }));
    this.live = new Live({
      moved: () => this.noted(),
      closing: el("p.mute", { say: ["A network is this graph with {count} variables, and backpropagation walks it once.", { count: count(network.parameters) }] }),
    });
    root.classList.add("derive");
    root.append(...(server ? [this.form()] : []), el("div.chips", { role: "group", label: "Programs" }, ...this.tabs), this.live.root);
  }

  /** It is gone to, perhaps with a program or an expression and its variables in the address. */
  async shown({ program: name, at = "", f, x = "" }) {
    if (f && this.server) {
      [this.text.value, this.variables.value] = [f, x];
      return this.derive();
    }
    const entry = this.gallery.find((each) => each.name === name) ?? this.entry ?? this.gallery[0];
    await this.choose(entry, at ? at.split(",").map(Number) : null);
  }

  hidden() {
    clearTimeout(this.noting); // the address is another view's
  }

  spoken() {
    if (this.own) this.derive(); // what a server says, it says in a language
    this.live.draw();
  }

  async choose(entry, at = null) {
    this.asked = (this.asked ?? 0) + 1; // an expression that is still asked for is not wanted any more
    await this.present(entry, at);
  }

  async present(entry, at) {
    this.entry = entry;
    this.live.root.hidden = false;
    this.own = !this.gallery.includes(entry);
    this.tabs.forEach((tab, i) => tab.setAttribute("aria-pressed", `${this.gallery[i] === entry}`));
    if (this.own) this.live.note.replaceChildren(...(entry.again ? [] : [el("span", { say: "Read as" }), " ", el("code", {}, entry.read.replaceAll("\n", "; "))]));
    else say(this.live.note, PROGRAMS[entry.name][1]);
    await this.live.show(entry, at);
    this.noted();
  }

  /** The address follows. */
  noted() {
    clearTimeout(this.noting); // browsers take only so many notes a second
    this.noting = setTimeout(() => {
      const none = { program: null, at: null, f: null, x: null };
      if (this.own) this.variables.value = this.standing();
      this.route.note(this.own ? { ...none, f: this.text.value, x: this.variables.value } : { ...none, program: this.entry.name, at: this.live.at.map((value) => +value.toFixed(3)).join(",") });
    }, 250);
  }

  // ---- one's own ---------------------------------------------------------------------------------------------------------

  form() {
    this.text = el("textarea", { id: "expression", rows: 1, spellcheck: "false", autocapitalize: "off", autocomplete: "off", placeholder: "x² sin x" });
    this.variables = el("input", { id: "variables", spellcheck: "false", autocapitalize: "off", autocomplete: "off", placeholder: "x = 1.2, w = 3×4" });
    for (const field of [this.text, this.variables]) field.addEventListener("input", () => { clearTimeout(this.typing); this.typing = setTimeout(() => this.derive(), 350); });
    this.error = el("p.refused", { role: "alert" });
    const field = (words, node, ...under) => el("div.set", {}, el("label", { for: node.id, say: words }), node, ...under);
    const example = ([text, at]) => el("button.example", { type: "button", onclick: () => { [this.text.value, this.variables.value] = [text, at]; return this.derive(); } }, text.split("\n").at(-1));
    return el("form.own", { onsubmit: (event) => event.preventDefault() },
      field(message("Your own function"), this.text), field(message("Where its variables stand"), this.variables), this.error,
      el("p.mute", {}, el("span", { say: "In NumPy's names or as you would write it; lines before the last give names to parts." }), " ", el("span", { say: "For example:" }), " ", ...OWN.map(example)));
  }

  async derive() {
    clearTimeout(this.typing);
    this.text.rows = this.text.value.split("\n").length;
    const asked = (this.asked = (this.asked ?? 0) + 1), text = this.text.value;
    if (!text.trim()) return this.refuse(null);
    let entry;
    try {
      entry = await this.server.derive(text, this.variables.value);
    } catch (error) {
      if (asked === this.asked) this.refuse(error, text);
      return;
    }
    if (asked !== this.asked) return;
    this.refuse(null);
    entry.again = entry.read.replace(/\s+/g, "") === text.replace(/\s+/g, "");
    await this.present(entry, null);
  }

  /** Say what is wrong with the text, and where in it. */
  refuse(error, text = "") {
    this.live.root.classList.toggle("stale", error !== null); // what is shown is of another text
    this.live.root.hidden = error !== null && !this.entry;
    if (!error) return void this.error.replaceChildren();
    const [from, to] = error.place ?? [0, 0];
    this.error.replaceChildren(el("span", {}, error.message), ...(to > from ? [el("code", {}, text.slice(0, from), el("mark", {}, text.slice(from, to)), text.slice(to))] : []));
  }

  /** Where the variables stand, as it can be typed. */
  standing() {
    const { live, entry } = this;
    return entry.variables.map(({ name, shape }, k) => `${name} = ${typed(live.values[k], shape)}`).join(", ");
  }
}

const round = (value) => `${+value.toFixed(3)}`;

/** An array as it can be typed; a large one by its shape alone. */
function typed(values, shape) {
  if (!shape.length) return round(values[0]);
  if (values.length > MOST) return shape.length > 1 ? shape.join("×") : `(${shape[0]},)`;
  const rows = (from, [size, ...rest]) => {
    const each = rest.reduce((product, one) => product * one, 1);
    return `[${Array.from({ length: size }, (_, i) => (rest.length ? rows(from + i * each, rest) : round(values[from + i]))).join(", ")}]`;
  };
  return rows(0, shape);
}
