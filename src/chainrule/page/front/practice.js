// Practice: exercises with the numbers of this network, from the dimensions of symbols to a bug in its backward program. Each is
// checked here, and a mistake is told by its name; hints from gentle to plain, the answer, and what is solved is kept.

import { el, message, renew, t } from "./dom.js";
import { Blame, Hunt, Ways } from "./choosing.js";
import { evaluate, mathOf, matrix } from "./expression.js";
import { Dimensions, Hand } from "./filling.js";
import { Tiles } from "./tiles.js";
import { words } from "./told.js";
import { nameOf } from "./track.js";
import { broken } from "./wording.js";

const KINDS = { dimensions: Dimensions, factors: Tiles, way: Ways, blame: Blame, number: Hand, hunt: Hunt };
const TITLES = { way: message("up, down, or not at all"), blame: message("who is to blame"), hunt: message("find the wrong line") };
const KEPT = "practice"; // what is solved, in the storage of the browser, where there is one

const kept = {
  get() { try { return JSON.parse(localStorage.getItem(KEPT)) ?? []; } catch { return []; } },
  set(solved) { try { localStorage.setItem(KEPT, JSON.stringify(solved)); } catch { /* not kept */ } },
};

export function mount(root, { host, route }) {
  return new Practice(root, host, route);
}

class Practice {
  constructor(root, host, route) {
    Object.assign(this, { root, host, route, network: host.network, practice: host.practice, solved: new Set(kept.get()), begun: new Map() });
    this.tasks = this.practice?.chapters.flatMap((chapter) => chapter.tasks) ?? [];
    this.list = el("ol.chapters");
    this.contents = el("details.contents", {}, el("summary"), this.list);
    this.main = el("div.task");
    root.classList.add("practice");
    root.append(this.contents, this.main);
    this.contents.open = matchMedia("(min-width: 960px)").matches;
    host.on("change", () => { this.world = null; });
  }

  async shown({ exercise }) {
    const asked = this.tasks.find(({ name }) => name === exercise);
    await this.open(asked ?? this.task ?? this.tasks.find(({ name }) => !this.solved.has(name)) ?? this.tasks[0]);
  }

  linked() {
    const now = this.begun.get(this.task?.name);
    const isBegun = now && (now.checked || now.hints || now.shown);
    const lacks = isBegun ? message("It opens this exercise as nobody has begun it.") : null;
    return { values: { exercise: this.task?.name }, lacks };
  }

  async spoken() {
    if (!this.root.hidden) await this.open(this.task, true);
  }

  dressed() {
    return this.spoken();
  }

  /** Why there are no exercises here; nothing where there are. */
  get why() {
    const { network, practice } = this;
    if (!practice) return t("There are exercises for networks whose layers are fully connected, with activations and costs of chainrule; this is another one.");
    if (["sizes", "activations", "cost"].some((each) => String(practice.of[each]) !== String(network[each]))) return t("These exercises are about the network that this page came with. Undo its training, and they are back.");
    return this.example === null ? t("The exercises need an example whose truth is known.") : "";
  }

  /** The example whose numbers are used: the one on which the page opens. */
  get example() {
    const { digits } = this.host, { opening } = this.network.carried, places = [opening, ...Array(digits.count).keys()];
    return places.find((i) => digits.label(i) !== null) ?? null;
  }

  /** Show an exercise: as it was left, but where its answer was shown, unless it is the same that is shown again. */
  async open(task, again = false) {
    this.task = task;
    const { why } = this;
    this.contents.hidden = Boolean(why);
    if (why) return void this.main.replaceChildren(el("p.say", {}, why));
    this.world ??= await world(this.host, this.practice, this.example);
    if (this.task !== task) return;
    this.route.note({ exercise: task.name });
    const last = this.begun.get(task.name), before = last?.shown && !again ? null : last, now = { hints: last?.hints ?? 0, shown: before?.shown };
    now.kind = new KINDS[task.kind](task, this.world, () => this.check(), before?.kind.given);
    this.begun.set(task.name, now);
    this.draw();
    if (before?.checked) await this.check();
  }

  draw() {
    const { task, tasks } = this, now = this.begun.get(task.name), place = tasks.indexOf(task), next = tasks[place + 1];
    this.verdict = el("div.verdict", { role: "status" });
    this.hints = el("ol.hints");
    this.asking = el("button.btn.big", { onclick: () => this.hint() });
    this.onward = next ? el("button.btn.big.onward", { say: "Next exercise", onclick: () => this.go(next) }) : el("span");
    this.main.replaceChildren(
      el("p.kick", {}, `${place + 1} / ${tasks.length} · ${this.titled(task)}`),
      el("h2.say", { tabindex: -1 }, ...broken(words(task.why))),
      now.kind.element, this.verdict, this.hints,
      el("div.buttons", {}, el("button.btn.main.big", { say: "Check", onclick: () => this.check() }), this.asking, el("button.btn.big", { say: "Show the answer", onclick: () => this.answer() }), this.onward));
    this.drawHints();
    this.drawList();
  }

  titled({ kind, step, examples }) {
    return TITLES[kind] ? t(TITLES[kind]) : examples ? t("{count} {count:example|examples} at once", { count: examples }) : nameOf(step);
  }

  drawList() {
    const { practice, tasks, solved } = this;
    const item = (task, i) => el("li", {}, el("button", { "aria-current": task === this.task ? "step" : null, onclick: () => this.go(task) },
      el("span.mark", { "aria-hidden": "true" }, solved.has(task.name) ? "✓" : task === this.task ? "→" : ""), el("span.symbol", {}, task.kind === "hunt" ? `${i + 1}` : mathOf(task.symbol, this.network)), el("span.title", {}, this.titled(task)),
      solved.has(task.name) && el("span.cr-spoken", { say: "solved" })));
    renew(this.list, ...practice.chapters.filter((chapter) => chapter.tasks.length).map((chapter) => el("li", {}, el("h2", {}, words(chapter.title)), el("ol", {}, ...chapter.tasks.map(item)))));
    this.contents.firstChild.textContent = t("{solved} of {all} solved", { solved: tasks.filter(({ name }) => solved.has(name)).length, all: tasks.length });
  }

  drawHints() {
    const { task } = this, now = this.begun.get(task.name), left = task.hints.length - now.hints;
    this.hints.replaceChildren(...task.hints.slice(0, now.hints).map((hint) => el("li", {}, words(hint))));
    this.asking.textContent = left ? t("A hint ({n} of {all})", { n: now.hints + 1, all: task.hints.length }) : t("No more hints");
    this.asking.setAttribute("aria-disabled", `${!left}`);
  }

  hint() {
    this.begun.get(this.task.name).hints++;
    this.drawHints();
  }

  async go(task) {
    if (!matchMedia("(min-width: 960px)").matches) this.contents.open = false;
    await this.open(task);
    this.main.querySelector("h2")?.focus({ preventScroll: true });
    if (this.main.getBoundingClientRect().top < 0) this.main.scrollIntoView();
  }

  /** Say whether what is given is right, or which mistake it is. */
  async check() {
    const { task, verdict } = this, now = this.begun.get(task.name), found = await now.kind.check();
    if (verdict !== this.verdict) return;
    now.checked = found.said.length > 0;
    const given = found.ok && now.shown, [praise, ...rest] = found.said, first = given ? t("This is the answer.") : praise;
    verdict.className = `verdict ${given ? "shown" : found.ok ? "right" : found.blank ? "blank" : "wrong"}`;
    verdict.replaceChildren(...(first ? [el("p.first", {}, el("b", {}, ...broken(first))), ...rest.map((said) => el("p", {}, said))] : []), ...(found.code ? [el("p", {}, found.code[0]), el("pre.cr-py", { tabindex: 0, "aria-label": "Python" }, found.code[1])] : []), ...(found.figure ?? []), ...(now.shown ? [el("p", { say: "Shown, not solved: when you come back, it begins anew." })] : []));
    this.main.classList.toggle("done", found.ok);
    if (found.ok && !now.shown) {
      this.solved.add(task.name);
      kept.set([...this.solved]);
      this.drawList();
    }
    if (found.ok) this.onward.classList.add("main");
  }

  /** Give the answer; it counts only once it is given without. */
  async answer() {
    const now = this.begun.get(this.task.name);
    now.shown = true;
    now.kind.solve();
    await this.check();
  }
}

/** What exercises are checked with: the network's numbers on an example, from the program in the Worker. */
async function world(host, practice, example) {
  const { network } = host, x = host.digits.image(example), label = host.digits.label(example);
  const [look, gradients, weights] = await Promise.all([host.look(x, label), host.gradients(x, label), host.weights()]), last = network.sizes.length;
  const column = (values) => matrix(values.length, 1, Float64Array.from(values));
  const whole = (values, layer) => matrix(network.sizes[layer - 1], network.sizes[layer - 2], values);
  const wanted = Float64Array.from({ length: network.sizes.at(-1) }, (_, k) => (typeof label === "number" ? (network.kind === "classes" ? +(k === label) : label) : label[k]));
  const sigmoid = (z) => 1 / (1 + Math.exp(-z));
  const of = {
    w: (layer) => whole(weights.w[layer - 2], layer), b: (layer) => column(weights.b[layer - 2]),
    g_w: (layer) => whole(gradients.w[layer - 2], layer), g_b: (layer) => column(gradients.b[layer - 2]),
    z: (layer) => column(look.z[layer - 1]), a: (layer) => column(look.a[layer - 1]), s: (layer) => column(look.slope[layer - 1] ?? look.a[layer - 1].map((a) => a * (1 - a))),
    p: (layer) => column(look.a[layer - 1].map((a) => sigmoid(a) * (1 - sigmoid(a)))), δ: (layer) => column(look.delta[layer - 1]),
    e: (layer) => evaluate([`w${layer + 1}.T`, `δ${layer + 1}`], value), y: () => column(wanted), η: () => matrix(1, 1, [practice.eta]),
  };
  const value = (letters, layer) => of[letters](layer);
  const sorted = (values) => Array.from(values, (_, i) => i).sort((p, q) => Math.abs(values[q]) - Math.abs(values[p]));
  return { host, network, practice, example, x, label, look, weights, value, last, sorted, places: { j: sorted(look.delta[last - 1])[0], k: sorted(look.a[last - 2])[0], n: sorted(look.delta[1])[0] } };
}
