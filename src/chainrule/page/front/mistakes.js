// Mistakes: the digits that the network reads wrong, the surest first; a click looks inside one. Beside them, what the network sees
// differently in one of them and in a digit that it reads right: the neurons whose terms differ most.

import { count, el, message, num, percent, renew, say, t, tell } from "./dom.js";
import { heat, paintImage, scale } from "./paint.js";
import { called } from "./wording.js";

const SIX = 6, TWELVE = 12, MOSTLY = 0.8; // at least and at most so many neurons are listed, until they make up most of what differs
const MOST = 24;

export function mount(root, { host, route }) {
  return new Mistakes(root, host, route);
}

class Mistakes {
  constructor(root, host, route) {
    Object.assign(this, { root, host, route, network: host.network, chosen: null, other: "truth", most: MOST });
    this.image = this.network.inputs.kind === "image";
    this.head = el("p.say", { role: "status" });
    this.rest = el("p.mute");
    this.gallery = el("ul.wrongly");
    this.further = el("button.btn", { say: "More", hidden: true, onclick: () => { this.most += MOST; return this.draw(); } });
    this.beside = el("section.differs", { hidden: true, label: "What it sees differently" });
    root.classList.add("mistakes");
    root.append(this.head, this.rest, el("div.columns-2", {}, el("div", {}, this.gallery, this.further), this.beside));
  }

  /** It is gone to, perhaps with the number of the one that is compared, with which other, and how many are listed. */
  shown({ digit, beside, most }) {
    if (digit !== undefined) Object.assign(this, { wanted: +digit, other: beside ?? "truth", most: +most || MOST });
    return this.draw();
  }

  linked() {
    const { chosen, digits, other, most } = this;
    if (chosen === null) return { values: {} };
    const values = { digit: digits.number(chosen), beside: other === "truth" ? null : other, most: most === MOST ? null : most };
    return { values };
  }

  spoken() {
    return this.draw();
  }

  dressed() {
    return this.draw();
  }

  /** The places of those that are read wrong, the surest first. */
  wrong() {
    const { digits } = this;
    return Array.from({ length: digits.count }, (_, i) => i).filter((i) => digits.label(i) !== null && digits.read(i) !== digits.label(i)).sort((p, q) => digits.confidence(q) - digits.confidence(p));
  }

  /** One that is read right, of this class, the surest. */
  right(label, but) {
    const { digits } = this, found = Array.from({ length: digits.count }, (_, i) => i).filter((i) => i !== but && digits.label(i) === label && digits.read(i) === label);
    return found.length ? found.reduce((most, i) => (digits.confidence(i) > digits.confidence(most) ? i : most)) : null;
  }

  async draw() {
    if (this.root.hidden || this.network.kind === "numbers") {
      if (this.network.kind === "numbers") say(this.head, message("This network answers with numbers, which are neither right nor wrong."));
      return;
    }
    const asked = (this.asked = (this.asked ?? 0) + 1), digits = await this.host.all().catch((error) => { tell(error.message, { lasting: true }); return this.host.digits; });
    if (asked !== this.asked) return; // it was asked for again
    this.digits = digits;
    const { classes, accuracy, total, carried, sizes } = this.network, wrong = this.wrong();
    say(this.head, wrong.length ? this.host.readsDigits ? message("{n} misread {n:digit|digits}, most confident first") : message("{n} misread {n:example|examples}, most confident first") : message("All examples here are read right."), { n: count(wrong.length) });
    if (digits !== this.host.digits) say(this.rest, message("These are {share} of all {total} test {total:example|examples}."), { share: percent(wrong.length / digits.count), total: count(digits.count) });
    else if (this.host.progress) say(this.rest, carried.fair < carried.shown ? message("Of the {count} {count:example|examples} in this page. Some are here because the network that came with it misreads them.") : message("Of the {count} {count:example|examples} in this page."), { count: count(digits.count) });
    else if (accuracy !== null && wrong.length) say(this.rest, this.host.readsDigits ? message("The original network misreads {share} of {total} test {total:digit|digits}. Some are shown here.") : message("The original network misreads {share} of {total} test {total:example|examples}. Some are shown here."), { share: percent(1 - accuracy), total: count(total) });
    else this.rest.replaceChildren();
    if (this.wanted !== undefined) this.chosen = wrong.find((i) => digits.number(i) === this.wanted) ?? null;
    delete this.wanted;
    if (!wrong.includes(this.chosen)) this.chosen = wrong[0] ?? null;
    const answer = (i, k) => {
      const a = digits.activations(i)[k];
      const shown = Math.floor(1000 * a) / 1000; // never more than it is: 0.9997 is no 1
      return el("span.answer", { style: `--a1:${a}` }, el("b", {}, classes[k]), el("i"), el("span", {}, shown.toFixed(3)));
    };
    const answers = (i) => (classes.length === sizes.at(-1) ? [digits.read(i), digits.label(i)].map((k) => answer(i, k)) : []);
    renew(this.gallery, ...wrong.slice(0, this.most).map((i) => {
      const told = { read: classes[digits.read(i)], truth: classes[digits.label(i)] };
      const open = el("button.card", { onclick: () => this.inside(i) }, this.picture(i), el("span", { say: ["reads {read}, is {truth}", told] }), ...answers(i));
      open.setAttribute("aria-label", t("Look inside example {number}: it reads {read} and is {truth}", { number: digits.number(i), ...told }));
      return el("li", {}, open, el("button.compare", { say: "Compare", "aria-pressed": `${i === this.chosen}`, onclick: () => { this.chosen = i; return this.draw(); } }));
    }));
    this.further.hidden = wrong.length <= this.most;
    await this.compare();
  }

  inside(i) {
    this.route.go("inside", { digit: this.digits.number(i) });
  }

  picture(i) {
    const x = this.digits.image(i);
    if (this.image) return paintImage(el("canvas.cr-heat", { "aria-hidden": "true" }), x, this.network.inputs.shape);
    return el("span.mute", {}, this.network.inputs.names.slice(0, 3).map((name, k) => `${name} ${num(x[k], 2)}`).join(" · "));
  }

  /** What the last layer adds up for the answer and against the truth, in this example and in another. */
  async compare() {
    const { host, chosen, network, digits } = this, { w, b } = await host.weights(), last = w.at(-1), hidden = network.sizes.at(-2);
    const read = chosen === null ? null : digits.read(chosen), truth = chosen === null ? null : digits.label(chosen);
    const other = chosen === null ? null : this.right(this.other === "truth" ? truth : read, chosen) ?? this.right(truth, chosen) ?? this.right(read, chosen);
    this.beside.hidden = other === null || !last || network.sizes.length < 3 || network.classes.length < 2;
    if (this.beside.hidden) return;
    const looks = await Promise.all([chosen, other].map((i) => host.look(digits.image(i), digits.label(i))));
    if (chosen !== this.chosen) return;
    const weight = (k, j) => last[k * hidden + j], bias = b.at(-1) ? b.at(-1)[read] - b.at(-1)[truth] : 0;
    const terms = looks.map((look) => Float64Array.from(look.a.at(-2), (a, j) => (weight(read, j) - weight(truth, j)) * a)), a = looks.map((look) => look.a.at(-2));
    const difference = Float64Array.from(terms[0], (term, j) => Math.abs(term - terms[1][j]));
    const order = Array.from(difference, (_, j) => j).sort((p, q) => difference[q] - difference[p]);
    const shareOf = (places) => places.reduce((all, j) => all + difference[j], 0) / (difference.reduce((all, by) => all + by, 0) || 1);
    let listed = Math.min(SIX, order.length);
    while (listed < Math.min(TWELVE, order.length) && shareOf(order.slice(0, listed)) < MOSTLY) listed++;
    const telling = order.slice(0, listed), others = order.slice(listed);
    const sum = (values, places) => places.reduce((all, j) => all + values[j], 0), top = Math.max(...telling.flatMap((j) => terms.map((each) => Math.abs(each[j])))) || 1;
    const names = { read: network.classes[read], truth: network.classes[truth] }, first = w[0], inputs = network.sizes[0], seen = first?.length === inputs * hidden ? scale(first) : null;
    const bar = (value) => el("span.push", {}, el(`i${value < 0 ? ".neg" : ".pos"}`, { style: `--s:${Math.min(1, Math.abs(value) / top)}` }), el("span", {}, settled(value)));
    const row = (head, values, kind = "") => el(`tr${kind}`, {}, el("th", { scope: "row" }, ...head), ...values.flatMap(([activation, term]) => [el("td.cr-a", {}, activation === null ? "" : activation.toFixed(2)), el("td", {}, term)]));
    const neuron = (j) => [this.image && seen ? heat(el("canvas.cr-heat", { "aria-hidden": "true" }), first.subarray(j * inputs, (j + 1) * inputs), network.inputs.shape.at(-1), { top: seen, diverging: true }) : null, el("span", {}, `${j}`)].filter(Boolean);
    const totals = terms.map((each) => sum(each, order) + bias);
    const column = (i, words) => el("th", { scope: "colgroup", colspan: 2 }, this.picture(i), el("span", { say: [words, { read: network.classes[digits.read(i)], truth: network.classes[digits.label(i)] }] }));
    const choice = (value, words) => el("button", { "aria-pressed": `${this.other === value}`, say: [words, { read: called(names.read), truth: called(names.truth) }], onclick: () => { this.other = value; return this.compare(); } });
    renew(this.beside,
      el("h2", { say: ["Why did it read {read} instead of {truth}?", names] }),
      el("div.seg", { role: "group", label: "Compare with" }, choice("truth", message("{truth} that it gets right")), choice("read", message("{read} that it gets right"))),
      el("table", {}, el("thead", {}, el("tr", {}, el("th", { say: "neuron" }), column(chosen, message("read as {read}, is {truth}")), column(other, message("read as {read}"))),
        el("tr.mute", {}, el("td"), ...[0, 1].flatMap(() => [el("th", { scope: "col" }, el("i", {}, "a"), el("sup", {}, `${network.sizes.length - 1}`)), el("th", { scope: "col", say: ["for {read}, against {truth}", names] })]))),
      el("tbody", {}, ...telling.map((j) => row(neuron(j), terms.map((each, e) => [a[e][j], bar(each[j])]))),
        row([el("span", { say: [others.length ? message("{n} more {n:neuron|neurons}, and the biases") : message("the biases"), { n: others.length }] })], terms.map((each) => [null, bar(sum(each, others) + bias)])),
        row([el("b", { say: "together" })], totals.map((each) => [null, el("span.push", {}, el("b", {}, settled(each)))]), ".end"))),
      el("p.mute", { say: ["Neuron for neuron, these {n} make up {share} of what differs between the two.", { n: listed, share: percent(shareOf(telling), 0) }] }),
      el("p.mute", { say: ["A neuron's number is its activation a times the difference of its two weights. Their sum is z of {read} minus z of {truth}: above 0 the answer is {read}.", names] }),
      el("button.btn.main", { say: "Look inside", onclick: () => this.inside(chosen) }));
  }
}

/** A signed number with two decimals, where a small one is 0. */
const settled = (value) => num(Math.abs(value) < 0.005 ? 0 : value, 2, true);
