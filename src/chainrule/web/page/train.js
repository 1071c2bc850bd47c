// Train: the settings of a network, a run that starts, pauses, does one batch or one epoch, its curves, its first weights as
// they form. The settings stand in the address, so that a link restores them.

import { curves, standalone } from "./curves.js";
import { count, el, has, percent, say, state, t, tell } from "./dom.js";
import { columnsOf, heat, scale } from "./paint.js";
import { ask, on } from "./wire.js";

const CHOICES = {
  activation: ["sigmoid", "tanh", "relu", "leaky-relu", "elu", "gelu", "softplus"],
  cost: ["quadratic", "cross-entropy", "log-likelihood"],
  initializer: ["default", "large", "glorot", "he", "orthogonal", "zeros"],
  optimizer: ["sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw"],
  normalization: ["none", "batch"],
  augment: ["none", "light"],
};
const DEFAULTS = { hidden: "30", activation: "sigmoid", cost: "quadratic", initializer: "default", seed: 0, epochs: 30, batch_size: 10, learning_rate: 3, optimizer: "sgd", l2: 0, l1: 0, clip_norm: 0, normalization: "none", augment: "none" };
const SHOWN = 60;

export class Train {
  constructor(root, inside) {
    this.root = root;
    this.inside = inside;
    this.history = [];
    this.batches = 0; // that were learnt on their own
    this.state = "none";
    this.fields = Object.fromEntries(Object.entries(DEFAULTS).map(([name, value]) => [name, CHOICES[name]
      ? el("select", { id: `set-${name}` }, ...CHOICES[name].map((choice) => (has(`choice_${choice}`) ? el("option", { value: choice, say: `choice_${choice}` }) : el("option", { value: choice }, choice))))
      : el("input", { id: `set-${name}`, value, inputmode: name === "hidden" ? "text" : "decimal", autocomplete: "off" })]));
    for (const field of Object.values(this.fields)) field.addEventListener("change", () => this.changed());
    const entry = (name) => el("div.set", {}, el("label", { for: `set-${name}`, say: `set_${name}` }), this.fields[name]);
    const go = (key, what, kind = "") => el(`button.btn${kind}`, { say: key, onclick: () => this.go(what) });
    this.start = go("start", "start", ".main");
    this.buttons = el("div.tools", {}, this.start, go("one_batch", "batch"), go("one_epoch", "epoch"), el("button.btn", { say: "reset", onclick: () => this.reset() }));
    this.status = el("p.cap", { "aria-live": "polite" });
    this.progress = el("progress", { max: 1, value: 0, label: "progress" });
    this.costs = el("figure");
    this.accuracies = el("figure");
    this.words = el("div.diag", { "aria-live": "polite" });
    this.weights = el("div.formed");
    root.append(
      el("div.settings", {}, el("h2", { say: "settings" }), ...Object.keys(DEFAULTS).map(entry), this.buttons, this.progress, this.status, this.words),
      el("div.watch", {}, el("div.charts", {}, this.costs, this.accuracies), el("h2", { say: "weights_form" }), this.weights));
    // The same run, small, beside the teaching of one step.
    this.sentence = el("a.sentence", { href: "#train" });
    this.smallStart = go("start", "start", ".main");
    this.small = el("div.charts");
    this.smallStatus = el("p.cap", { "aria-live": "polite" });
    this.smallWords = el("div.diag");
    this.mini = el("section.mini", { label: "train_it" }, el("h2", { say: "train_it" }), this.sentence, this.small,
      el("div.tools", {}, this.smallStart, go("one_batch", "batch"), go("one_epoch", "epoch")), this.smallStatus, this.smallWords);
    addEventListener("resize", () => this.root.hidden || this.draw());
    on("progress", (report) => this.progressed(report));
    on("epoch", (report) => this.epoch(report));
    on("state", (report) => this.stands(report));
    on("diverged", (report) => this.diverged(report));
    on("diagnosis", (report) => this.diagnose(report.findings));
    this.restore(sessionStorage.settings ?? "");
    this.draw();
  }

  /** The settings as the server takes them; null, and a sentence, where one makes no sense. */
  settings() {
    const values = Object.fromEntries(Object.entries(this.fields).map(([name, field]) => [name, field.value.trim()]));
    const hidden = values.hidden === "" ? [] : values.hidden.split(/[\s,]+/).map(Number);
    const numbers = Object.fromEntries(["seed", "epochs", "batch_size", "learning_rate", "l2", "l1", "clip_norm"].map((name) => [name, Number(values[name])]));
    if ([...hidden, ...Object.values(numbers)].some((value) => !Number.isFinite(value))) { tell(t("no_number")); return null; }
    return { ...values, ...numbers, hidden };
  }

  /** Write what differs from the defaults into the address. */
  changed() {
    const found = Object.entries(this.fields).filter(([name, field]) => field.value !== `${DEFAULTS[name]}`).map(([name, field]) => `${name}=${encodeURIComponent(field.value)}`);
    sessionStorage.settings = found.join("&");
    history.replaceState(null, "", `#train${found.length ? `/${found.join("&")}` : ""}`);
    this.fresh = false;
    this.told("settings_changed");
    this.draw();
  }

  /** Take the settings out of an address. */
  restore(text) {
    const given = new URLSearchParams(text);
    for (const [name, field] of Object.entries(this.fields)) if (given.has(name) && (!CHOICES[name] || CHOICES[name].includes(given.get(name)))) field.value = given.get(name);
  }

  async reset() {
    const settings = this.settings();
    if (!settings) return false;
    const found = await ask("reset", settings);
    if (!found) return false;
    this.history = [];
    this.diagnose([]);
    this.fresh = true;
    this.batches = 0;
    this.progress.value = 0;
    await this.inside.learnt(found);
    this.formed();
    this.draw();
    this.told("ready_to_train");
    return true;
  }

  /** Another network has been chosen: the run and its curves are not of it. */
  left() {
    this.history = [];
    this.state = "none";
    this.fresh = false;
    this.progress.value = 0;
    this.diagnose([]);
    this.running(false);
    this.told("settings_changed");
    this.draw();
  }

  async go(what) {
    if (what === "start" && this.state === "running") what = "pause";
    if ((this.fresh === undefined || this.fresh === false || this.state === "ended") && what !== "pause" && !(await this.reset())) return;
    const found = await ask("go", { what });
    if (!found) return;
    this.running(what === "start" && found.running);
    if (what === "batch") this.told("after_batch", { n: ++this.batches });
  }

  /** The button says what it would do now. */
  running(yes) {
    if (this.state !== "ended") this.state = yes ? "running" : "paused";
    for (const button of [this.start, this.smallStart]) say(button, yes ? "pause" : "start");
  }

  /** Say how the run stands, large and small. */
  told(key, values) {
    for (const status of [this.status, this.smallStatus]) say(status, key, values);
  }

  progressed({ done, total, seconds, epoch }) {
    this.progress.value = done / total;
    this.told("in_epoch", { epoch, seconds: seconds.toFixed(1) });
  }

  epoch(report) {
    this.history.push(report);
    this.progress.value = 1;
    this.told("after_epoch", { epoch: report.epoch, seconds: report.seconds.toFixed(2) });
    this.draw();
  }

  async stands(report) {
    this.running(report.state === "running");
    this.state = report.state;
    if (report.w) await this.inside.learnt(report);
    this.formed();
  }

  /** What is found wrong, in words, and a button that applies the remedy. */
  diagnose(findings) {
    this.findings = findings;
    for (const place of [this.words, this.smallWords]) place.replaceChildren(...findings.map((each) => {
      const remedy = Object.keys(each.settings).length ? [el("span.cap", {}, each.remedy[state.language]), " ", el("button.btn", { say: "apply_remedy", onclick: () => this.apply(each.settings) })] : [];
      return el("p", {}, each.words[state.language], " ", ...remedy);
    }));
  }

  /** The cost became no number: said in both languages, with a smaller η to go on with. */
  diverged({ learning_rate: rate, smaller }) {
    const say = (key, values) => Object.fromEntries(["en", "zh"].map((language) => [language, t(key, values, language)]));
    this.diagnose([{ words: say("diverged", { rate }), remedy: say("smaller_rate", { smaller }), settings: { learning_rate: smaller } }]);
  }

  async apply(settings) {
    for (const [name, value] of Object.entries(settings)) if (this.fields[name]) this.fields[name].value = Array.isArray(value) ? value.join(", ") : value;
    this.changed();
    if (await this.reset()) await this.go("start");
  }

  draw() {
    this.diagnose(this.findings ?? []);
    const x = this.history.map((each) => each.epoch), line = (kind, part, dashed) => ({ name: t(kind === "train" ? "learnt" : kind), dashed, y: this.history.map((each) => each[kind][part]) });
    const lows = this.history.map((each) => Math.min(each.train.accuracy, each.valid.accuracy)), floor = [0.9, 0.5, 0].find((low) => lows.every((each) => each >= low)) ?? 0;
    const chart = (part, options) => (x.length ? curves(x, [line("train", part), line("valid", part, true)], options) : el("p.cap.blank", { say: "no_epoch_yet" }));
    const room = { width: Math.min(600, this.costs.clientWidth || 420), height: 230 };
    const cost = { ...room, label: "cost_curve" }, right = { ...room, low: floor, high: 1, format: percent, axis: (v) => percent(v, 0), label: "accuracy_curve" }, small = { width: 176, height: 110, bare: true };
    const caption = (key, ...more) => el("figcaption", {}, el("span", { say: key }), ...more);
    this.costs.replaceChildren(caption("cost", el("i", {}, " C")), chart("cost", cost));
    this.accuracies.replaceChildren(caption("read_right"), chart("accuracy", right));
    this.small.replaceChildren(...(x.length ? [el("figure", {}, caption("cost", el("i", {}, " C")), chart("cost", { ...cost, ...small })), el("figure", {}, caption("read_right"), chart("accuracy", { ...right, ...small }))] : []));
    const value = (name) => this.fields[name].value;
    this.sentence.textContent = [`784 → ${[...value("hidden").split(/[\s,]+/).filter(Boolean), 10].join(" → ")}`, value("activation"), t(`choice_${value("cost")}`), t("in_batches", { m: value("batch_size") }), `η ${value("learning_rate")}`].join(t("between"));
  }

  /** The first layer's weights, a picture a neuron. */
  formed() {
    const { weights, net } = this.inside;
    if (!weights || !net || this.root.hidden) return;
    this.weights.classList.toggle("large", net.sizes[1] <= 30);
    const w = weights.w[0], incoming = net.sizes[0], n = Math.min(SHOWN, net.sizes[1]), top = scale(w);
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
    this.running(false);
    this.state = training?.state ?? "none";
    this.fresh = Boolean(training);
    if (!training) return;
    this.history = training.reports;
    this.diagnose(training.diagnosis);
    this.draw();
    if (this.history.length) this.told("after_epoch", { epoch: this.history.length, seconds: this.history.at(-1).seconds.toFixed(2) });
  }
}
