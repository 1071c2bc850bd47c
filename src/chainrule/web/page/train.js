// Train: the settings of a network, a run that starts, pauses, does one batch or one epoch, its curves, its first weights as
// they form. The settings stand in the address, so that a link restores them.

import { CHOICES } from "./choices.js";
import { curves, standalone } from "./curves.js";
import { count, el, message, percent, say, state, t, tell } from "./dom.js";
import { columnsOf, heat } from "./paint.js";
import { ask, on } from "./wire.js";

const DEFAULTS = { hidden: "30", activation: "sigmoid", cost: "quadratic", initializer: "default", seed: 0, epochs: 30, batch_size: 10, learning_rate: "", optimizer: "sgd", l2: 0, l1: 0, clip_norm: 0, normalization: "none", augment: "none" };
const SETTINGS = {
  hidden: message("hidden layers"),
  activation: message("activation", "setting"),
  cost: message("cost", "setting"),
  initializer: message("first weights"),
  seed: message("seed", "setting"),
  epochs: message("epochs"),
  batch_size: message("batch size"),
  learning_rate: message("learning rate η"),
  optimizer: message("optimizer"),
  l2: message("L2, the book's λ"),
  l1: message("L1"),
  clip_norm: message("longest gradient"),
  normalization: message("normalization"),
  augment: message("varied digits"),
};
/** Choices that have words; names such as "sigmoid" are the same in all languages. */
const WORDS = {
  quadratic: message("quadratic"),
  "cross-entropy": message("cross-entropy"),
  "log-likelihood": message("log-likelihood"),
  default: message("default"),
  large: message("large"),
  orthogonal: message("orthogonal"),
  zeros: message("zeros", "weights"),
  momentum: message("momentum"),
  none: message("none"),
  batch: message("batch", "normalization"),
  layer: message("layer", "normalization"),
  light: message("light"),
};
const SHOWN = 60;

export class Train {
  constructor(root, inside) {
    this.root = root;
    this.inside = inside;
    this.history = [];
    this.batches = 0; // that were learned on their own
    this.own = false; // whether η was typed; else it goes with the network and the optimizer
    this.state = "none"; // of the run: none, running, epoch, batch, paused, ended
    this.fields = Object.fromEntries(Object.entries(DEFAULTS).map(([name, value]) => [name, CHOICES[name]
      ? el("select", { id: `set-${name}` }, ...CHOICES[name].map((choice) => el("option", { value: choice, say: WORDS[choice] ?? choice })))
      : el("input", { id: `set-${name}`, value, inputmode: name === "hidden" ? "text" : "decimal", autocomplete: "off" })]));
    for (const [name, field] of Object.entries(this.fields)) field.addEventListener("change", () => {
      if (name === "learning_rate") this.own = field.value.trim() !== "";
      this.changed();
    });
    const entry = (name) => el("div.set", {}, el("label", { for: `set-${name}`, say: SETTINGS[name] }), this.fields[name]);
    const go = (words, what, kind = "") => el(`button.btn${kind}`, { say: words, onclick: () => this.go(what) });
    const few = () => [go(message("1 batch"), "batch"), go(message("1 epoch"), "epoch")];
    this.start = go(message("▶ Start"), "start", ".main");
    this.few = [few(), few()];
    this.buttons = el("div.tools", {}, this.start, ...this.few[0], el("button.btn", { say: "Reset", onclick: () => this.reset() }));
    this.status = el("p.cap", { role: "status" });
    this.progress = el("progress", { max: 1, value: 0, label: "Progress of the epoch" });
    this.costs = el("figure");
    this.accuracies = el("figure");
    this.words = el("div.diag", { "aria-live": "polite" });
    this.weights = el("div.formed");
    root.append(
      el("div.settings", {}, el("h2", { say: "Settings" }), ...Object.keys(DEFAULTS).map(entry), this.buttons, this.progress, this.status, this.words),
      el("div.watch", {}, el("div.charts", {}, this.costs, this.accuracies), (this.whose = el("h2")), this.weights));
    // The same run, small, beside the teaching of one step.
    this.sentence = el("a.sentence", { href: "#train" });
    this.smallStart = go(message("▶ Start"), "start", ".main");
    this.small = el("div.charts");
    this.smallStatus = el("p.cap", { role: "status" });
    this.smallWords = el("div.diag");
    this.mini = el("section.mini", { label: "Train it: 50,000 digits" }, el("h2", { say: "Train it: 50,000 digits" }), this.sentence, this.small,
      el("div.tools", {}, this.smallStart, ...this.few[1]), this.smallStatus, this.smallWords);
    addEventListener("resize", () => this.root.hidden || this.draw());
    on("progress", (report) => this.progressed(report));
    on("epoch", (report) => this.epoch(report));
    on("state", (report) => this.stands(report));
    on("diagnosis", (report) => this.diagnose(report.findings));
    this.restore(sessionStorage.settings ?? "");
    this.draw();
  }

  /** The settings as the server takes them; null, and a sentence, where one makes no sense. */
  settings() {
    const { learning_rate: rate, ...values } = Object.fromEntries(Object.entries(this.fields).map(([name, field]) => [name, field.value.trim()]));
    if (this.own) values.learning_rate = rate;
    const hidden = values.hidden === "" ? [] : values.hidden.split(/[\s,]+/).map(Number);
    const numbers = Object.fromEntries(["seed", "epochs", "batch_size", "learning_rate", "l2", "l1", "clip_norm"].filter((name) => name in values).map((name) => [name, Number(values[name])]));
    if ([...hidden, ...Object.values(numbers)].some((value) => !Number.isFinite(value))) { tell(t("One of the settings is not a number.")); return null; }
    return { ...values, ...numbers, hidden };
  }

  /** Let η be the one that goes with the network and the optimizer, where nobody has typed another. */
  async follow() {
    const settings = this.own ? null : this.settings();
    if (!settings) return;
    const { hidden, activation, cost, optimizer } = settings, found = await ask("rate", { hidden, activation, cost, optimizer });
    if (!found || this.own) return;
    this.fields.learning_rate.value = found.learning_rate;
    this.draw();
  }

  /** Write what differs from the defaults into the address. */
  changed() {
    const text = (sessionStorage.settings = this.written());
    history.replaceState(null, "", `#train${text && `/${text}`}`);
    this.standing();
    this.draw();
    this.follow();
  }

  /** What differs from the defaults, as it stands in an address. */
  written() {
    return Object.entries(this.fields).filter(([name, field]) => (name === "learning_rate" ? this.own : field.value !== `${DEFAULTS[name]}`)).map(([name, field]) => `${name}=${encodeURIComponent(field.value)}`).join("&");
  }

  /** Whether the run is one of these settings; it may have been made before the page was loaded anew. */
  get fresh() {
    return this.state !== "none" && sessionStorage.run === this.written();
  }

  /** Say how a run that does not learn stands. */
  standing() {
    const { length } = this.history;
    if (this.learns) return;
    if (!this.fresh || (this.state === "ended" && !length)) this.told(message("Start makes a new network with these settings."));
    else if (length) this.told(message("after epoch {epoch}: {seconds} s each"), { epoch: length, seconds: this.history.at(-1).seconds.toFixed(2) });
    else this.told(message("No epoch is done yet."));
  }

  /** Take the settings out of an address. */
  restore(text) {
    const given = new URLSearchParams(text);
    for (const [name, field] of Object.entries(this.fields)) if (given.has(name) && (!CHOICES[name] || CHOICES[name].includes(given.get(name)))) field.value = given.get(name);
    this.own ||= given.has("learning_rate");
    this.follow();
  }

  async reset() {
    const settings = this.settings();
    if (!settings) return false;
    this.told(message("Making the network…"));
    const found = await ask("reset", settings);
    if (!found) { this.standing(); return false; }
    this.fields.learning_rate.value = found.learning_rate;
    sessionStorage.run = this.written();
    this.history = [];
    this.diagnose([]);
    this.batches = 0;
    this.progress.value = 0;
    this.stand("paused");
    await this.inside.learned(found);
    this.formed();
    this.draw();
    this.told(message("A new network, not trained yet."));
    return true;
  }

  /** Another network has been chosen: the run and its curves are not of it. */
  left() {
    this.history = [];
    this.progress.value = 0;
    this.diagnose([]);
    this.stand("none");
    this.standing();
    this.draw();
    this.formed();
  }

  async go(what) {
    tell(""); // what was refused before is tried again
    if (this.learns) what = "pause";
    else if ((!this.fresh || this.state === "ended") && !(await this.reset())) return;
    const before = this.state;
    if (what !== "pause") {
      this.stand({ start: "running" }[what] ?? what);
      this.told(message("Getting ready: the training step is first compiled for this network, which can take some seconds."));
    }
    const found = await ask("go", { what });
    if (!found && what !== "pause") { this.stand(before); this.told(message("The server could not answer that.")); } // else what it is at now comes as a report
  }

  /** Whether a run is at it. */
  get learns() {
    return ["running", "epoch", "batch"].includes(this.state);
  }

  /** The run is at something else; the buttons say what they would do now, and a run that learns takes no single steps. */
  stand(state) {
    this.state = state;
    for (const button of [this.start, this.smallStart]) say(button, this.learns ? message("❚❚ Pause") : message("▶ Start"));
    for (const button of this.few.flat()) button.setAttribute("aria-disabled", `${this.learns}`); // which keeps the focus
    this.inside.learns(this.learns);
  }

  /** Say how the run stands, large and small. */
  told(words, values) {
    for (const status of [this.status, this.smallStatus]) say(status, words, values);
  }

  progressed({ done, total, seconds, epoch }) {
    if (!this.learns) return; // it was under way when the pause was told
    this.progress.value = done / total;
    this.told(message("epoch {epoch}, {seconds} s"), { epoch, seconds: seconds.toFixed(1) });
  }

  epoch(report) {
    this.history.push(report);
    this.progress.value = 1;
    this.told(message("after epoch {epoch}: {seconds} s each"), { epoch: report.epoch, seconds: report.seconds.toFixed(2) });
    this.draw();
  }

  /** A report of how the run stands, with its network as it is now. */
  async stands(report) {
    const before = this.state;
    await this.inside.learned(report);
    this.stand(report.state);
    if (before === "batch" && report.state === "paused") this.told(message("mini-batches on their own: {n}"), { n: ++this.batches });
    else if (before !== report.state) this.standing();
    this.formed();
  }

  /** What is found wrong, in words, and a button that applies the remedy. */
  diagnose(findings) {
    this.findings = findings;
    for (const place of [this.words, this.smallWords]) place.replaceChildren(...findings.map((each) => {
      const remedy = Object.keys(each.settings).length ? [el("span.cap", {}, each.remedy[state.language]), " ", el("button.btn", { say: "Do that and start anew", onclick: () => this.apply(each.settings) })] : [];
      return el("p", {}, each.words[state.language], " ", ...remedy);
    }));
  }

  async apply(settings) {
    for (const [name, value] of Object.entries(settings)) if (this.fields[name]) this.fields[name].value = Array.isArray(value) ? value.join(", ") : value;
    this.own ||= "learning_rate" in settings;
    this.changed();
    if (await this.reset()) await this.go("start");
  }

  draw() {
    this.diagnose(this.findings ?? []);
    const x = this.history.map((each) => each.epoch), line = (kind, part, dashed) => ({ name: t(kind === "train" ? message("train") : message("valid")), dashed, y: this.history.map((each) => each[kind][part]) });
    const lows = this.history.map((each) => Math.min(each.train.accuracy, each.valid.accuracy)), floor = [0.9, 0.5, 0].find((low) => lows.every((each) => each >= low)) ?? 0;
    const chart = (part, options) => (x.length ? curves(x, [line("train", part), line("valid", part, true)], options) : el("p.cap.blank", { say: "No epoch is done yet." }));
    const room = { width: Math.min(600, this.costs.clientWidth || 420), height: 230 };
    const cost = { ...room, label: "Cost over the epochs" }, right = { ...room, low: floor, high: 1, format: percent, axis: (v) => percent(v, 0), label: "Accuracy over the epochs" }, small = { width: 176, height: 110, bare: true };
    const caption = (words, ...more) => el("figcaption", {}, el("span", { say: words }), ...more);
    this.costs.replaceChildren(caption(message("cost"), el("i", {}, " C")), chart("cost", cost));
    this.accuracies.replaceChildren(caption(message("accuracy")), chart("accuracy", right));
    this.small.replaceChildren(...(x.length ? [el("figure", {}, caption(message("cost"), el("i", {}, " C")), chart("cost", { ...cost, ...small })), el("figure", {}, caption(message("accuracy")), chart("accuracy", { ...right, ...small }))] : []));
    const value = (name) => this.fields[name].value;
    this.sentence.textContent = [`784 → ${[...value("hidden").split(/[\s,]+/).filter(Boolean), 10].join(" → ")}`, value("activation"), t(WORDS[value("cost")] ?? value("cost")), t("batch {m}", { m: value("batch_size") }), `η ${value("learning_rate")}`].join(t(message(", ", "clauses")));
  }

  /** The first layer's weights, a picture a neuron. */
  formed() {
    const { weights, net } = this.inside;
    say(this.whose, !weights ? message("Loading the network…") : this.state === "none" ? message("The first layer's weights of the network above") : message("The first layer's weights as they form"));
    if (!weights || !net || this.root.hidden) return;
    this.weights.classList.toggle("large", net.sizes[1] <= 30);
    const w = weights.w[0], incoming = net.sizes[0], n = Math.min(SHOWN, net.sizes[1]), top = weights.tops[0];
    if (!w) return this.weights.replaceChildren(el("p.cap", { say: "The first layer has no matrix of weights, neurons × inputs, to show." }));
    this.weights.replaceChildren(...Array.from({ length: n }, (_, k) => heat(el("canvas.cr-heat", { role: "img", "aria-label": `${t("neuron")} ${k}` }), w.subarray(k * incoming, (k + 1) * incoming), columnsOf(incoming), { top, diverging: true })));
    if (net.sizes[1] > n) this.weights.append(el("span.cap", {}, `+ ${count(net.sizes[1] - n)}`));
  }

  /** The run as a table, and its curves as drawings. */
  csv() {
    const rows = this.history.map((each) => [each.epoch, each.train.cost, each.valid.cost, each.train.accuracy, each.valid.accuracy, each.seconds]);
    return [["epoch", "train_cost", "validation_cost", "train_accuracy", "validation_accuracy", "seconds"], ...rows].map((row) => row.join(",")).join("\n") + "\n";
  }

  svgs() {
    return [...this.costs.querySelectorAll("svg"), ...this.accuracies.querySelectorAll("svg")].map(standalone);
  }

  /** After a break in the line: what the run was. */
  back({ training }) {
    this.stand(training?.state ?? "none");
    if (training) {
      this.history = training.reports;
      this.diagnose(training.diagnosis);
      this.draw();
    }
    this.standing();
  }
}
