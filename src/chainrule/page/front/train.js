// Train: four settings and a button, the run as a film beside one example and its answers; below, one neuron as it forms, one
// weight over the epochs, and the gradients of ten examples with their mean.

import { count, el, message, num, percent, renew, say, state, t } from "./dom.js";
import { Film } from "./film.js";
import { heat, paintImage, scale } from "./paint.js";
import { answerOf, isSure, numberOf } from "./reading.js";
import { broken, called } from "./wording.js";

const LIMITS = { eta: [1e-6, 1e4], epochs: [1, 300], batch: [1, 1e6], seed: [0, 2 ** 31 - 1] };
const NAMES = { eta: message("learning rate η"), epochs: message("epochs"), batch: message("batch size"), seed: message("seed", "setting"), hidden: message("hidden layers"), activation: message("activation", "setting") };
const COSTS = { quadratic: message("quadratic"), "cross-entropy": message("cross-entropy"), "log-likelihood": message("log-likelihood") };
const LAYERS = /^([\d.]+([\s,;，、]+[\d.]+)*[,;，、]?)?$/; // numbers of neurons
const SIX = 6, SEVEN = 7, TEN = 10;
const MANY = 20_000, REST = 150; // ms after which a playhead rests
const GAP = 0.015; // how far learned examples may be ahead of unseen ones

export function mount(root, { host, route }) {
  return new Train(root, host, route);
}

class Train {
  constructor(root, host, route) {
    Object.assign(this, { root, host, route, network: host.network, run: null, before: null, learns: false, neuron: null, weight: null });
    this.image = this.network.inputs.kind === "image";
    this.take(host.network.carried.opening ?? 0);
    const { kind, classes } = this.network;
    this.names = kind === "numbers" ? [] : kind === "binary" ? [0, 1].map((k) => `${classes[k] ?? k}`) : classes;
    this.rows = kind === "binary" ? this.names.slice(1) : this.names; // of each output the class that it speaks for
    const { choices } = host, { sizes, activations, cost, batch } = this.network;
    this.defaults = { eta: this.network.rate, epochs: 30, from: "fresh", seed: 1, ...(choices && { hidden: sizes.slice(1, -1).join(", "), activation: choices.activations.includes(activations[0]) ? activations[0] : choices.activations[0], batch, cost }), ...(host.server && { where: "there" }) };
    const options = { from: [["fresh", message("a new network")], ["here", message("the network as it is now")]], where: [["there", message("on the server, natively")], ["browser", message("in this browser")]], activation: choices?.activations.map((each) => [each, each]), cost: choices?.costs.map((each) => [each, COSTS[each] ?? each]) };
    this.fields = Object.fromEntries(Object.entries(this.defaults).map(([name, value]) => [name, options[name]
      ? el("select", { id: `train-${name}` }, ...options[name].map(([each, words]) => el("option", { value: each, say: words })))
      : el("input", { id: `train-${name}`, inputmode: name === "hidden" ? "text" : "decimal", autocomplete: "off", size: 3 })]));
    this.cameWith = { rate: this.network.rate, ...this.defaults };
    for (const [name, field] of Object.entries(this.fields)) {
      field.value = this.defaults[name];
      field.addEventListener("change", () => {
        this.suitRate();
        this.noted();
      });
    }
    this.sentence = el("p.sentence");
    this.button = el("button.btn.main.big", { onclick: () => { this.learns ? this.stop() : this.start(); } });
    const more = (name, words) => this.fields[name] && el("div.set", {}, el("label", { for: `train-${name}`, say: words }), this.fields[name]);
    this.more = el("details.more", {}, el("summary", { say: "More settings" }), el("div.sets", {}, more("batch", message("batch size")), more("cost", message("cost", "setting")), more("from", message("Begin with")), more("where", message("Train where")), more("seed", message("Random seed (initial weights and shuffle order)")), el("p.mute", { say: ["{count} {count:example|examples} to learn from.", { count: count(this.learned()) }] })));
    this.told = el("p.told", { role: "status" });
    this.undoing = el("button.btn", { hidden: true, say: "Back to the network before", onclick: () => this.undo() });
    this.wrong = el("div.wrong", { role: "alert" });
    this.film = new Film(() => this.moved());
    this.kinds = el("div.seg", { role: "group", label: "Curves" }, ...[["accuracy", message("Read right")], ["cost", message("Cost")]].map(([kind, words]) => el("button", { value: kind, say: words, "aria-pressed": `${kind === "accuracy"}` })));
    this.kinds.addEventListener("click", ({ target }) => { if (target.value) { this.film.kind = target.value; for (const each of this.kinds.children) each.setAttribute("aria-pressed", `${each === target}`); this.film.draw(); } });
    this.empty = el("div.empty");
    this.measured = el("p.mute");
    this.panel = el("div.example");
    this.notes = el("div.notes");
    this.key = el("span.key", { say: "the run before", hidden: true });
    this.six = el("div.six", { role: "group", label: "Neurons" });
    this.follow = el("div.follow");
    this.ten = el("div.ten");
    host.on("change", () => { this.isLast = false; }); // whether the run is what the network has learned last
    root.classList.add("train");
    root.append(
      el("div.headline", {}, this.sentence, this.button), el("div.under", {}, this.told, this.undoing, this.more), this.wrong,
      el("div.halves", {}, el("div.left", {}, el("div.charthead", {}, el("h2", { say: "Over the epochs" }), this.key, this.kinds), this.measured, this.empty, this.film.root,
        (this.forming = el("section.forming", { hidden: true }, this.six, el("p.mute", {}, el("b", { say: "Neurons as they form." }), el("span.space", {}, " "), el("span", { say: "Warm where ink speaks for the neuron, cold where it speaks against it. Click one to follow it." }))))), this.panel, this.notes),
      (this.below = el("div.formed", { hidden: true }, this.follow, el("section", {}, el("h2", { say: "Ten digits, ten gradients, one step" }), el("p.mute", { say: "Each digit pulls the weights its own way. The step goes against their mean, where much of it cancels: so it can be longer than a step for one digit alone." }), this.ten))));
    new ResizeObserver(() => this.draw()).observe(root);
    this.say();
  }

  // ---- settings ------------------------------------------------------------------------------------------------------

  learned() {
    const [from, to] = this.network.carried.learned;
    return to - from;
  }

  /** What is to be expected of a run, before there is one; then, of what examples its curves tell. */
  expected() {
    const { accuracy, carried, kind } = this.network, learned = this.learned(), [from, to] = carried.validated, values = { count: count(learned), held: count(to - from), whole: count(carried.whole), share: percent(accuracy) };
    const fewer = carried.whole > learned && accuracy !== null;
    this.empty.replaceChildren(...[t("Press Train and watch the answers take shape, epoch by epoch."),
      to > from ? t("It learns from the {count} {count:example|examples} included in this page, and is measured on {held} that it never learns from.", values) : t("It learns from the {count} {count:example|examples} included in this page.", values),
      fewer && t("The whole training set has {whole}. From so few, a new network will get fewer right than the current one, which gets {share}.", values)].filter(Boolean).map((words) => el("p", {}, ...broken(words))));
    this.measured.replaceChildren(...broken(kind === "numbers" || to === from ? "" : t("Measured on the {count} {count:example|examples} that it learns from, and on {held} unseen {held:one|ones}.", values)));
  }

  /** The settings as a sentence with fields in it, in the order of the language. */
  say() {
    const { fields } = this, whole = fields.hidden ? message("Train {hidden} hidden {activation} neurons at learning rate {eta} for {epochs} epochs") : message("Train this network at learning rate {eta} for {epochs} epochs");
    renew(this.sentence, ...t(whole, { hidden: "{hidden}", activation: "{activation}", eta: "{eta}", epochs: "{epochs}" }).split(/(\{\w+\})/).map((part) => (part.startsWith("{") ? fields[part.slice(1, -1)] : part)));
    for (const name of ["hidden", "activation", "eta", "epochs"]) fields[name]?.setAttribute("aria-label", t(NAMES[name]));
    this.expected();
    say(this.button, this.learns ? message("Stop") : this.run ? message("Train again") : message("Train"));
  }

  /** The settings as the host takes them; null, and a sentence, where one makes no sense. */
  settings() {
    const { from, hidden, activation, cost, where } = this.fields, found = { fresh: from.value === "fresh", there: where?.value === "there" };
    if (hidden && !LAYERS.test(hidden.value.trim())) {
      this.refused(t("Hidden layers are whole numbers, such as 30 or 30, 20, or nothing; {given} is neither.", { given: hidden.value.trim() }));
      hidden.focus();
      return null;
    }
    if (hidden) Object.assign(found, { layers: hidden.value.split(/[^\d.]+/).filter(Boolean).map(Number), activation: activation.value, cost: cost.value });
    for (const [name, [low, high]] of Object.entries(LIMITS).filter(([each]) => each in this.fields)) {
      const value = Number(this.fields[name].value.replace(",", "."));
      if (!(value >= low && value <= high) || (name !== "eta" && !Number.isInteger(value))) {
        this.refused(t("{name} must be from {low} to {high}.", { name: t(NAMES[name]), low, high }));
        this.fields[name].focus();
        return null;
      }
      found[name] = value;
    }
    return found;
  }

  /** Put in the learning rate that suits the other settings, unless the reader has chosen one. */
  suitRate() {
    const { fields, cameWith, network } = this;
    const isOther = ["hidden", "activation", "cost"].some((name) => fields[name] && fields[name].value !== cameWith[name]);
    const activation = fields.hidden?.value.trim() ? fields.activation.value : "";
    const rate = isOther ? network.rates[fields.cost.value][activation] : cameWith.rate;
    if (fields.eta.value === `${this.defaults.eta}`) fields.eta.value = rate;
    this.defaults.eta = rate;
  }

  refused(words, ...more) {
    this.wrong.replaceChildren(...(words ? [el("p", {}, words), ...more] : []));
  }

  noted() {
    this.route.note(this.changedSettings());
  }

  /** The settings as an address has them, those that are the defaults empty. */
  changedSettings() {
    const changed = ([name, field]) => [name, field.value === `${this.defaults[name]}` ? "" : field.value];
    return Object.fromEntries(Object.entries(this.fields).map(changed));
  }

  linked() {
    const values = { digit: null, ink: null, is: null, ...this.example.place, ...this.changedSettings() };
    const lacks = this.run ? message("It opens these settings: what was trained here is in no link, so press Train there.") : null;
    return { values, lacks };
  }

  // ---- a run ---------------------------------------------------------------------------------------------------------

  async start() {
    const settings = this.settings();
    if (!settings) return;
    this.refused("");
    if (this.learned() < (settings.batch ?? this.network.batch)) { this.refused(t("This file carries no examples to learn from.")); return; }
    this.film.pause();
    this.before = this.run?.frames.length > 1 ? this.run : this.before;
    this.run = { settings, frames: [] };
    this.film.at = 0;
    this.weight = null;
    this.learns = true;
    this.say();
    if (this.host.fetches?.bytes) say(this.told, message("Fetching {count} {count:example|examples} to learn from ({size} MB)…"), { count: count(this.learned()), size: num(this.host.fetches.bytes / 1e6, 1) });
    else say(this.told, message("Training…"));
    try {
      const { run } = this, { stopped } = await this.host.train(settings, (report) => this.epoch(report), (word) => this.heard(run, word));
      const last = this.run.frames.at(-1);
      this.isLast = last !== undefined;
      say(this.told, stopped ? message("Stopped after epoch {epoch}.") : message("{epochs} {epochs:epoch|epochs} in {seconds} s."), { epoch: last?.epoch ?? 0, epochs: last?.epoch ?? 0, seconds: this.run.frames.reduce((sum, each) => sum + each.seconds, 0).toFixed(2) });
    } catch (error) {
      say(this.told, message("The network is as it was before."));
      this.refused(error.message, ...(error.values?.eta ? [el("button.btn", { say: ["Train with η = {eta}", { eta: short(settings.eta / 10) }], onclick: () => { this.fields.eta.value = short(settings.eta / 10); this.noted(); this.start(); } })] : []));
    } finally {
      this.learns = false;
      this.say();
      this.draw();
    }
  }

  stop() {
    return this.host.stop();
  }

  /** Take the network back that there was before the run, whose film stays. */
  async undo() {
    await this.host.undo();
    say(this.told, message("The network is as it was before."));
    await this.draw();
  }

  /** What the server says of a run beside its epochs: that others are before it, or what it finds in it. */
  heard(run, { waiting, findings }) {
    if (run !== this.run) return;
    if (waiting) say(this.told, message("Others are training on the server: this run is number {place} in line."), { place: waiting });
    if (!findings) return;
    run.findings = findings;
    this.drawExample();
  }

  /** Train again as a finding advises. */
  heed({ learning_rate, batch_size, epochs, seed, hidden, activation, cost }) {
    const given = { eta: learning_rate, batch: batch_size, epochs, seed, hidden: hidden?.join(", "), activation, cost };
    for (const [name, value] of Object.entries(given)) if (value !== undefined && this.fields[name]) this.fields[name].value = `${value}`;
    this.noted();
    return this.start();
  }

  /** An epoch has ended: one more frame, on which the playhead stays if it was on the last. */
  epoch(report) {
    const { run } = this;
    if (!report.epoch) say(this.told, message("Training…"));
    run.epochs = report.epochs;
    run.sizes ??= [...this.network.sizes];
    const follows = this.film.at >= run.frames.length - 1;
    run.frames.push({ ...report, answers: null });
    if (follows) this.film.at = run.frames.length - 1;
    if (this.neuron === null && report.weights) this.neuron = 0;
    this.drawing ??= requestAnimationFrame(async () => { await this.draw(); this.drawing = null; });
  }

  // ---- what is seen --------------------------------------------------------------------------------------------------

  async shown({ digit, ink: drawn, is: truth, ...settings }) {
    if (Object.keys(settings).length) this.put(settings);
    const { ink, is, ...seen } = drawn ? { ink: drawn, is: truth } : this.route.example(), number = digit ?? seen.digit;
    if (digit === undefined && ink) this.takeDrawn(ink, is);
    else if (number !== undefined && number !== null) this.take(this.all().find((i) => `${this.host.digits.number(i)}` === `${number}`) ?? this.example.index ?? 0);
    await this.draw();
  }

  /** Put the settings of an address into the fields; those that it does not have are the defaults. */
  put(settings) {
    const { eta, ...others } = this.fields;
    for (const [name, field] of Object.entries(others)) {
      const known = name in settings && (!field.options || [...field.options].some(({ value }) => value === settings[name]));
      field.value = known ? settings[name] : this.defaults[name];
    }
    eta.value = this.defaults.eta;
    this.suitRate();
    eta.value = settings.eta ?? this.defaults.eta;
  }

  /** The examples that are shown, by their places. */
  all() {
    return Array.from({ length: this.host.digits.count }, (_, i) => i);
  }

  /** Take one of the examples. */
  take(index) {
    const { digits } = this.host;
    this.example = { key: `${index}`, index, x: digits.image(index), truth: digits.label(index), place: { digit: digits.number(index) } };
  }

  /** Take the digit that was drawn in Look inside; what it is may be unknown. */
  takeDrawn(ink, is) {
    const x = this.route.ink(ink, this.network.sizes[0]);
    if (x) this.example = { key: ink, index: null, x, truth: this.route.placeAmong(this.names.length, is), place: { ink, is } };
  }

  spoken() {
    this.say();
    this.draw();
  }

  dressed() {
    this.draw();
  }

  hidden() {
    this.film.pause();
  }

  /** The playhead has moved. */
  moved() {
    this.drawExample();
    this.drawFormed();
  }

  /** The frame under the playhead, and the latest before it whose weights were kept. */
  get frame() {
    return this.run?.frames[this.film.at] ?? null;
  }

  kept(at = this.film.at) {
    for (let k = at; k >= 0; k--) if (this.run?.frames[k]?.weights) return this.run.frames[k];
    return null;
  }

  async draw() {
    if (!this.root.clientWidth) return;
    const run = this.run?.frames.length ? this.run : null, { x, key, truth } = this.example, drawn = (this.drawn = (this.drawn ?? 0) + 1);
    this.undoing.hidden = !this.isLast;
    this.empty.hidden = run !== null;
    this.film.root.hidden = this.kinds.hidden = this.measured.hidden = this.forming.hidden = this.below.hidden = run === null;
    this.key.hidden = !run || !this.before;
    if (run) {
      if (run.key !== key) { run.key = key; for (const each of run.frames) each.answers = null; }
      for (const each of run.frames) if (each.weights && !each.answers) each.answers = (await this.host.look(x, null, each.at)).a.at(-1);
    } else this.present = (await this.host.look(x)).a.at(-1);
    if (drawn !== this.drawn) return; // it was asked for again
    if (run) {
      let last = null;
      const answers = run.frames.map((each) => (last = each.answers ?? last));
      this.answers = answers;
      this.film.show({ frames: run.frames, epochs: run.epochs, answers: this.rows.length ? answers : null, truth: this.rowOf(truth), classes: this.rows, before: this.before?.frames ?? null });
    }
    this.drawExample();
    this.drawFormed();
  }

  // ---- the example ---------------------------------------------------------------------------------------------------

  drawExample() {
    const { names, rows } = this, { x, truth } = this.example, a = this.run?.frames.length ? this.answers?.[this.film.at] : this.present;
    if (!a) return;
    const shown = this.image ? paintImage(el("canvas.cr-heat", { role: "img", label: "Your example" }), x, this.network.inputs.shape) : el("dl.columns", {}, ...this.network.inputs.names.flatMap((name, i) => [el("dt", {}, name), el("dd", {}, num(x[i], 2))]));
    const best = answerOf(this.network, a), answer = names[best] ?? this.number(0, a[0]), hot = [best, truth].map((each) => this.rowOf(each));
    renew(this.panel,
      el("div.seen", {}, el("div", {}, el("h2", { say: this.host.readsDigits ? message("Your digit") : message("Your example") }), shown), el("div.reads", {}, el("h2", { say: this.image ? message("It reads") : message("It answers") }), el("b.verdict", { "aria-live": "polite", style: `--letters:${answer.length}` }, answer))),
      el("p.verdict-words", {}, this.words(a, truth, best)),
      el("ol.bars", {}, ...rows.map((name, k) => el(`li${hot.includes(k) ? ".hot" : ""}`, {}, el("b", {}, name), el("span.bar", { style: `--a1:${a[k]}` }, k === hot[1] && el("i")), el("span", {}, a[k].toFixed(3))))));
    renew(this.notes, el("div.diagnosis", { "aria-live": "polite" }, ...this.diagnosis().map((words) => el("p", {}, words)), ...this.gentler(), ...this.findings()),
      ...(this.run?.frames.length > 1 && !this.learns ? [el("button.btn", { say: "Look inside at this epoch", onclick: () => this.inside() })] : []),
      el("div.others", { role: "group", label: "Other examples" }, ...this.choices().map((i) => this.thumb(i))));
  }

  /** The row of a class; of two classes with one output only the second has one. */
  rowOf(at) { return at === null || this.rows.length === this.names.length ? at : at - 1; }

  /** An output as the number that it stands for. */
  number(k, value) { return num(numberOf(this.network, k, value), 2); }

  /** What the network says of the example, in words. */
  words(a, truth, best) {
    if (!this.names.length) return truth === null ? "" : t("It should be {truth}.", { truth: [...truth].map((each, k) => this.number(k, each)).join(", ") });
    const torn = !isSure(this.network, a), values = { read: this.names[best], truth: this.names[truth] };
    if (this.frame?.epoch === 0 && this.run.settings.fresh) return t("Noise: it has not learned anything yet.");
    if (truth === null) return torn ? t("It is unsure.") : "";
    if (!this.image) return best === truth ? t("It answers {read}, which is right.", values) : t("It answers {read}. It should be {truth}.", values);
    if (best === truth) return torn ? t("It reads the {truth}, but is unsure.", values) : t("It reads the {truth}.", values);
    const said = { read: called(values.read), truth: called(values.truth) };
    return torn ? t("It reads {read}, but is unsure. It is {truth}.", said) : t("It reads {read}. It is {truth}.", said);
  }

  /** The offer to train with a learning rate a tenth as large, where a run has hardly learned. */
  gentler() {
    const { frames, settings } = this.run ?? { frames: [] };
    if (this.learns || this.run?.findings?.length || !hardlyLearns(frames.at(-1))) return [];
    const eta = short(settings.eta / 10);
    return [el("button.btn", { say: ["Train with η = {eta}", { eta }], onclick: () => this.heed({ learning_rate: eta }) })];
  }

  /** What the server found in the run, with what it advises. */
  findings() {
    const said = ({ words, remedy, settings }) => el("div", {}, el("p", {}, [words, remedy].map((each) => each[state.language]).filter(Boolean).join(" ")),
      !this.learns && Object.keys(settings).length && el("button.btn", { say: "Train so", onclick: () => this.heed(settings) }));
    return (this.run?.findings ?? []).map(said);
  }

  /** What stands out in the run so far, in words, where no server says it. */
  diagnosis() {
    if (this.run?.findings?.length) return [];
    const frames = this.run?.frames.slice(1, this.film.at + 1) ?? [], last = frames.at(-1), found = [];
    if (!last || this.names.length < 2) return found;
    const { accuracy, validation, epoch } = last, best = frames.reduce((most, each) => ((each.validation ?? each.accuracy) > (most.validation ?? most.accuracy) ? each : most)), now = validation ?? accuracy, most = best.validation ?? best.accuracy;
    if (hardlyLearns(last)) return [t("It hardly learns: only {share} are read right. Try another learning rate.", { share: percent(now) })];
    if (epoch >= 3 && most - now > 0.03) found.push(t("It was better after epoch {epoch}: {share}. The steps may be too long.", { epoch: best.epoch, share: percent(most) }));
    if (validation !== null && accuracy - validation > GAP) found.push(t("Overfitting: accuracy is {points} points higher on training examples than on unseen ones.", { points: num(100 * (accuracy - validation), 1) }));
    const { truth } = this.example, right = this.answers.slice(1, this.film.at + 1).filter(Boolean).map((a) => answerOf(this.network, a) === truth), turns = right.filter((each, i) => i && each !== right[i - 1]).length;
    if (truth !== null && turns > 2) found.push(t("One example comes and goes; the average settles."));
    return found;
  }

  /** Some that are read wrong, and some that are read right. */
  choices() {
    const { digits } = this.host, { index } = this.example, all = this.all(), wrong = all.filter((i) => digits.read(i) !== digits.label(i));
    this.offered ??= [...new Set([...wrong.slice(0, 4), ...all.slice(0, SEVEN)])].slice(0, SEVEN);
    return index === null || this.offered.includes(index) ? this.offered : [index, ...this.offered.slice(0, SEVEN - 1)];
  }

  thumb(i) {
    const x = this.host.digits.image(i), label = this.names[this.host.digits.label(i)] ?? "";
    const button = el("button.thumb", { "aria-pressed": `${i === this.example.index}`, onclick: () => { this.take(i); this.route.note({ digit: this.host.digits.number(i) }); return this.draw(); } }, this.image ? paintImage(el("canvas.cr-heat", { "aria-hidden": "true" }), x, this.network.inputs.shape) : `${i}`);
    button.setAttribute("aria-label", t("Example {number}: {label}", { number: this.host.digits.number(i), label }));
    return button;
  }

  /** Be the network of the frame, and look inside it. */
  async inside() {
    await this.host.adopt(this.kept().at);
    this.route.go("inside", this.example.place);
  }

  // ---- what forms ----------------------------------------------------------------------------------------------------

  drawFormed() {
    const frame = this.kept(), matrix = frame?.weights.w[0], w = this.image && matrix && matrix.length === this.run.sizes[0] * this.run.sizes[1] ? matrix : null; // pictures of the input, not of the kernel of a convolution
    this.below.hidden = this.forming.hidden = !w;
    if (!w) return;
    const inputs = this.run.sizes[0], neurons = w.length / inputs, columns = this.network.inputs.shape.at(-1), top = (frame.top ??= scale(some(w)));
    const row = (array, j) => array.subarray(j * inputs, (j + 1) * inputs);
    const chosen = this.chosen(neurons, inputs);
    if (!chosen.includes(this.neuron)) this.neuron = chosen[0];
    renew(this.six, ...chosen.map((j) => {
      const button = el("button.neuron", { "aria-pressed": `${j === this.neuron}`, onclick: () => { this.neuron = j; this.weight = null; this.drawFormed(); } }, heat(el("canvas.cr-heat", { "aria-hidden": "true" }), row(w, j), columns, { top, diverging: true }), el("span", {}, `${j}`));
      button.setAttribute("aria-label", t("neuron {neuron}", { neuron: j }));
      return button;
    }));
    this.drawFollowed(row, columns, top);
    clearTimeout(this.resting); // the gradients follow when the playhead rests
    this.resting = setTimeout(() => this.drawTen(frame, row, columns), REST);
  }

  /** The neurons whose weights have changed most over the run so far; fixed once the run has ended. */
  chosen(neurons, inputs) {
    const { frames } = this.run, first = frames[0].weights?.w[0], last = this.kept(frames.length - 1).weights.w[0];
    if (this.run.chosen && !this.learns) return this.run.chosen;
    const change = Array.from({ length: neurons }, (_, j) => { let sum = 0; for (let k = j * inputs; k < (j + 1) * inputs; k++) sum += (last[k] - (first?.[k] ?? 0)) ** 2; return sum; });
    const found = change.map((_, j) => j).sort((p, q) => change[q] - change[p]).slice(0, SIX);
    if (!this.learns) this.run.chosen = found;
    return this.learns && frames.length > 2 && this.run.six ? this.run.six : (this.run.six = found);
  }

  /** One neuron, large, and one of its weights over the epochs. */
  drawFollowed(row, columns, top) {
    const { neuron, run } = this, now = this.kept().weights, kept = run.frames.filter((each) => each.weights);
    const picture = heat(el("canvas.cr-heat", { role: "img", "aria-label": t("The weights of neuron {neuron}; click one to follow it", { neuron }) }), row(now.w[0], neuron), columns, { top, diverging: true });
    const first = kept[0].weights.w[0], last = kept.at(-1).weights.w[0], inputs = this.run.sizes[0];
    const moved = Float64Array.from({ length: inputs }, (_, k) => Math.abs(last[neuron * inputs + k] - first[neuron * inputs + k]));
    const weight = this.weight ?? moved.indexOf(Math.max(...moved)), rows = inputs / columns, path = kept.map((each) => [each.epoch, each.weights.w[0][neuron * inputs + weight]]), value = now.w[0][neuron * inputs + weight];
    const mark = el("i.mark", { style: `left:${(100 * ((weight % columns) + 0.5)) / columns}%;top:${(100 * (Math.floor(weight / columns) + 0.5)) / rows}%` });
    const box = el("div.large", { tabindex: 0, role: "application", "aria-label": t("One weight of neuron {neuron}; arrow keys choose another", { neuron }) }, picture, mark);
    const take = (k) => { this.weight = Math.max(0, Math.min(inputs - 1, k)); this.drawFormed(); };
    box.addEventListener("click", (event) => { const place = picture.getBoundingClientRect(); take(Math.min(rows - 1, Math.floor(((event.clientY - place.top) / place.height) * rows)) * columns + Math.min(columns - 1, Math.floor(((event.clientX - place.left) / place.width) * columns))); });
    box.addEventListener("keydown", (event) => {
      const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
      if (by) { event.preventDefault(); take(weight + by); }
    });
    const where = t("from the pixel in row {row}, column {column}", { row: Math.floor(weight / columns), column: weight % columns });
    const held = this.follow.contains(document.activeElement);
    this.follow.replaceChildren(el("h2", {}, t("Neuron {neuron}, and one of its weights", { neuron })), el("div.followed", {}, box, el("div", {}, el("p", {}, el("b.cr-w", {}, `w = ${num(value)}`), ` ${where}`), this.curve(path))));
    if (held) box.focus({ preventScroll: true });
  }

  /** A weight over the epochs. */
  curve(path) {
    const width = 300, height = 120, values = path.map(([, v]) => v), low = Math.min(0, ...values), high = Math.max(0, ...values), last = Math.max(1, this.run.epochs), now = this.frame.epoch;
    const X = (epoch) => 44 + (epoch / last) * (width - 54), Y = (v) => 10 + ((high - v) / (high - low || 1)) * (height - 30), here = path.findLast(([epoch]) => epoch <= now) ?? path[0];
    return el("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": t("This weight over the epochs") },
      el("path.grid", { d: `M44 ${Y(0)}H${width}` }), ...[...new Set([low, 0, high])].filter((v) => !v || Math.abs(v) > 0.15 * (high - low)).map((v) => el("text.minor", { x: 38, y: Y(v) + 4, "text-anchor": "end" }, num(v, v ? (high - low < 1 ? 2 : 1) : 0))), el("path.one", { d: path.map(([epoch, v], i) => `${i ? "L" : "M"}${X(epoch).toFixed(1)} ${Y(v).toFixed(1)}`).join("") }), el("circle.dot", { cx: X(here[0]), cy: Y(here[1]), r: 5 }), el("text.minor", { x: X(0), y: height - 2 }, "0"), el("text.minor", { x: X(last), y: height - 2, "text-anchor": "end" }, `${last}`));
  }

  /** The gradients of ten examples at the neuron's weights, and their mean. */
  async drawTen(frame, row, columns) {
    const { digits } = this.host, { neuron } = this, key = `${neuron} ${frame.epoch} ${state.theme} ${state.language}`;
    if (this.run.ten === key || this.learns || this.film.running) return;
    this.run.ten = key;
    const shown = this.all().slice(0, TEN);
    const found = await Promise.all(shown.map(async (i) => row((await this.host.gradients(digits.image(i), digits.label(i), frame.at)).w[0], neuron).slice()));
    if (this.run?.ten !== key) return;
    const mean = found[0].map((_, k) => found.reduce((sum, each) => sum + each[k], 0) / found.length), size = (g) => Math.hypot(...g), shades = (g) => Math.max(1e-12, scale(g.filter(Boolean), 0.98));
    const figure = (values, under, kind = "") => el(`figure${kind}`, {}, heat(el("canvas.cr-heat", { "aria-hidden": "true" }), values, columns, { top: shades(values), diverging: true }), el("figcaption", {}, under));
    const sizes = found.map(size), average = sizes.reduce((sum, each) => sum + each, 0) / sizes.length;
    this.ten.replaceChildren(el("div.grads", {}, ...found.map((g, i) => el("div", {}, heat(el("canvas.cr-heat", { "aria-hidden": "true" }), digits.image(shown[i]), columns), figure(g, num(sizes[i])))), figure(mean, `${t("mean")}: ${num(size(mean))}`, ".mean")),
      el("p.mute", {}, t("Each picture has its own shades; below it stands how long the gradient is.")),
      el("p.mute", {}, average > 0 ? t("At neuron {neuron} a gradient is {long} long on average, their mean {short}.", { neuron, long: num(average), short: num(size(mean)) }) + (size(mean) < 0.6 * average ? ` ${t("The rest cancels.")}` : "") : t("At neuron {neuron} none of these ten pulls at all: its slope is 0.", { neuron })));
  }
}

/** Some of many numbers, evenly, by which their scale is found in no time. */
const some = (values) => (values.length > MANY ? values.filter((_, i) => i % Math.ceil(values.length / MANY) === 0) : values);

/** Whether so little is read right after some epochs that nothing seems to be learned. */
const hardlyLearns = (frame) => frame?.epoch >= 2 && (frame.validation ?? frame.accuracy) < 0.3;

/** A learning rate as it is typed. */
const short = (value) => `${+value.toPrecision(2)}`;
