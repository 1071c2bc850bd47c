// Derive: programs of the gallery as graphs that live, and, where a server answers, one's own. The address has what is shown:
// ?program=paths&at=1.2 or ?f=x² sin x&x=x = 1.2; `at` has the numbers of all variables in a row, `by` the number whose curve is
// shown: 1.2 is number 2 of variable 1.

import { count, el, message, renew, say } from "./dom.js";
import { Live } from "./live.js";
import { shapeText } from "./symbols.js";

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
const NOWHERE = { program: null, f: null, x: null, at: null, by: null }; // all that the address may have of this view
const MOST = 24; // numbers of an array that the field has
const MOST_LINKED = 100; // numbers of all variables that the address has

export function mount(root, { host, route }) {
  return new Derive(root, host, route);
}

class Derive {
  constructor(root, { gallery, network, server }, route) {
    Object.assign(this, { root, gallery, server, route, asked: 0 });
    this.tabs = gallery.map((entry) => el("button.chip", { say: PROGRAMS[entry.name][0], "aria-pressed": "false", onclick: () => this.choose(entry) }));
    this.live = new Live({
      moved: () => this.moved(),
      closing: el("p.mute", { say: ["A network is this graph with {count} {count:variable|variables}, and backpropagation walks it once.", { count: count(network.parameters) }] }),
    });
    root.classList.add("derive");
    root.append(...(server ? [this.form()] : []), el("div.chips", { role: "group", label: "Programs" }, ...this.tabs), this.live.root);
  }

  /** It is gone to, perhaps with a program or an expression and its variables in the address. */
  async shown({ program: name, at, f, x = "", by }) {
    const position = { at: at?.split(",").map(Number), by: by?.split(".").map(Number) };
    const entry = this.gallery.find((program) => program.name === name);
    const isTyped = f && this.server;
    if (entry) await this.choose(entry, position);
    if (isTyped) return this.type(f, x, entry ? undefined : position);
    if (!entry && !this.entry) return this.choose(this.gallery[0], position);
    this.live.draw(); // as it was left
    this.moved();
  }

  spoken() {
    const { entry } = this;
    this.live.draw();
    if (this.refused) this.derive();
    else if (entry?.told) this.derive({ ...entry.typed, position: this.live.position }); // has a sentence of the server
  }

  choose(entry, position) {
    clearTimeout(this.typing);
    this.placed = false;
    return this.turn(async () => {
      this.refuse(null);
      await this.present(entry, position);
    });
  }

  /** Turn to a program or a text; what the view still does for the one before is not wanted any more. */
  async turn(run) {
    const asked = ++this.asked;
    this.root.setAttribute("aria-busy", "true");
    try {
      await run(() => asked === this.asked);
    } finally {
      if (asked === this.asked) this.root.removeAttribute("aria-busy");
    }
  }

  /** Show an entry, with its variables at the numbers of a position. */
  async present(entry, position) {
    this.entry = entry;
    this.live.root.hidden = false;
    this.tabs.forEach((tab, i) => tab.setAttribute("aria-pressed", `${this.gallery[i] === entry}`));
    const { note } = this.live;
    if (!entry.typed) say(note, PROGRAMS[entry.name][1]);
    else if (entry.again) renew(note);
    else renew(note, el("span", { say: "Read as" }), " ", el("code", {}, entry.read.replaceAll("\n", "; ")));
    await this.live.show(entry, position);
    if (this.entry === entry) this.moved();
  }

  /** The fields and the address follow. */
  moved() {
    if (this.entry.typed && !this.refused) this.variables.value = this.standing();
    clearTimeout(this.noting); // browsers take only so many notes a second
    this.noting = setTimeout(() => this.route.note(this.linked().values), 250);
  }

  /** What a link has of what is shown, and what it lacks. */
  linked() {
    const { entry, live } = this;
    const { at, by } = entry ? live.position : { at: [], by: null };
    const begins = !entry || live.begins;
    const carries = at.length <= MOST_LINKED;
    const typed = this.refused ? { text: this.text.value, at: this.variables.value } : entry.typed;
    const values = {
      ...NOWHERE,
      program: entry?.typed ? null : entry?.name,
      f: typed?.text,
      x: typed?.at,
      at: carries && !(typed && begins) ? at.join(",") : null,
      by: by && by.join("."),
    };
    return { values, lacks: carries || begins ? null : message("So many numbers are in no link: it opens the function where its variables began.") };
  }

  // ---- one's own ---------------------------------------------------------------------------------------------------------

  form() {
    this.text = el("textarea", { id: "expression", rows: 1, spellcheck: "false", autocapitalize: "off", autocomplete: "off", placeholder: "x² sin x" });
    this.variables = el("input", { id: "variables", spellcheck: "false", autocapitalize: "off", autocomplete: "off", placeholder: "x = 1.2, w = 3×4" });
    this.text.addEventListener("input", () => {
      this.exact = false;
      this.later();
    });
    this.variables.addEventListener("input", () => {
      this.exact = this.placed = this.variables.value.trim() !== "";
      this.later();
    });
    this.error = el("p.refused", { role: "alert" });
    const field = (words, node, ...under) => el("div.set", {}, el("label", { for: node.id, say: words }), node, ...under);
    const example = ([text, at]) => el("button.example", { type: "button", onclick: () => this.type(text, at) }, text.split("\n").at(-1));
    const submitted = (event) => {
      event.preventDefault();
      this.derive();
    };
    return el("form.own", { onsubmit: submitted },
      field(message("Your own function"), this.text), field(message("Where its variables stand"), this.variables), this.error,
      el("p.mute", {}, el("span", { say: "In NumPy's names or as you would write it; lines before the last give names to parts." }), el("span.space", {}, " "), el("span", { say: "For example:" }), " ", ...OWN.map(example)));
  }

  /** Derive a text that the reader has chosen, not typed. */
  type(text, at, position) {
    this.text.value = text;
    this.variables.value = at;
    this.exact = this.placed = false;
    return this.derive({ position });
  }

  /** Derive soon, once nothing more is typed. */
  later() {
    clearTimeout(this.typing);
    this.typing = setTimeout(() => this.derive(), 350);
  }

  /** Ask the server for the derivative of a text, and show it at a position, or say why there is none. */
  derive({ text = this.text.value, at = this.variables.value, position } = {}) {
    clearTimeout(this.typing);
    this.text.rows = this.text.value.split("\n").length;
    return this.turn(async (isWanted) => {
      const { entry, error } = text.trim() ? await this.answer(text, at) : { error: null };
      if (!isWanted()) return;
      this.refuse(error, text);
      if (entry) await this.present(entry, position);
    });
  }

  /** The entry of a text, or the error with which it was refused.
   *
   * Unless where the variables stand was typed last, `exact`, it may be of the text before: those that this text does not
   * have are left out. If the reader has not placed them himself, they begin elsewhere where they do not fit. */
  async answer(text, at) {
    const wanted = this.placed || !at ? [at] : [at, ""];
    let first = null;
    for (const where of wanted) {
      try {
        const entry = await this.server.derive(text, where, this.exact);
        const again = entry.read.replace(/\s+/g, "") === text.replace(/\s+/g, "");
        return { entry: { ...entry, again, typed: { text, at: where } }, error: null };
      } catch (error) {
        first ??= error;
      }
    }
    return { entry: null, error: first };
  }

  /** Say what is wrong with the text, and where in it. */
  refuse(error, text = "") {
    if (!this.server) return;
    this.refused = error !== null;
    this.live.root.classList.toggle("stale", this.refused); // what is shown is of another text
    this.live.root.inert = this.refused;
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
  if (values.length > MOST) return shapeText(shape);
  const rows = (from, [size, ...rest]) => {
    const each = rest.reduce((product, one) => product * one, 1);
    return `[${Array.from({ length: size }, (_, i) => (rest.length ? rows(from + i * each, rest) : round(values[from + i]))).join(", ")}]`;
  };
  return rows(0, shape);
}
