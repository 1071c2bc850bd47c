// The small GPT, alive: it learns before one's eyes, writes what it has learned so far, and shows how it reads a line with the
// weights that it has at that moment. All is computed in a Worker, `teacher.js`.

import { Asking } from "./asking.js";
import { count, el, message, num, say, t } from "./dom.js";
import { bytes } from "./packed.js";
import { shade } from "./paint.js";

const COUNTS = [1000, 10_000, 100_000], PACES = [50, 500, 5000], FULL = 1e6; // steps, and how many a second
const WRITTEN = 12, MOST_LISTED = 30; // lines that it writes; tokens of which each has a bar
const FEW = 10; // places whose numbers have room for decimals
const END = "·";
const still = matchMedia("(prefers-reduced-motion: reduce)");
const shown = (letter) => (letter === " " ? "␣" : letter);

export class SmallGPT {
  /** `carried` is what chainrule.gpt.page has made. */
  constructor(root, carried) {
    const raw = bytes(carried.weights).buffer;
    this.going = null; // the run that goes on
    this.names = { known: carried.known.split("\n"), unseen: carried.unseen.split("\n"), weights: new Float32Array(raw) };
    this.address = URL.createObjectURL(new Blob([carried.worker], { type: "text/javascript" }));
    const option = (value, words) => el("option", typeof words === "string" ? { value, say: words } : { value }, typeof words === "string" ? "" : count(value));
    this.counts = el("select", { id: "gpt-steps", onchange: () => this.begin() }, ...COUNTS.map((each) => option(each)));
    this.paces = el("select", { id: "gpt-pace", onchange: () => this.worker.ask("pace", +this.paces.value) }, ...PACES.map((each) => option(each)), option(FULL, message("as many as it can")));
    [this.counts.value, this.paces.value] = [10_000, 500];
    this.button = el("button.btn.main", { say: "Train", onclick: () => { this.going ? this.worker.ask("pause") : this.train(); } });
    this.again = el("button.btn", { say: "Start over", onclick: () => this.begin() });
    this.told = el("p.told", { role: "status" });
    this.step = el("p.step");
    this.wrong = el("p.wrong", { role: "alert" });
    this.chart = el("div.chart");
    this.key = el("ul.key");
    this.lines = el("ul.lines");
    this.warmth = el("input", { id: "gpt-temperature", type: "range", min: 0.1, max: 1.5, step: 0.1, value: 0.5, oninput: () => { this.warmed.textContent = num(+this.warmth.value, 1); this.write(); } });
    this.warmed = el("output", { for: "gpt-temperature" }, "0.5");
    this.typed = el("input", { id: "gpt-line", value: "emma", autocomplete: "off", autocapitalize: "off", spellcheck: "false", maxlength: 60, oninput: () => { this.place = null; this.read(); } });
    this.unread = el("p.wrong", { role: "alert" });
    this.places = el("div.places");
    this.next = el("div.next");
    this.gridNote = el("p.note");
    this.grids = el("div.grids", { tabindex: 0, role: "group", label: "Attention" });
    this.text = el("textarea", { id: "gpt-text", rows: 6, spellcheck: "false" });
    this.refused = el("p.wrong", { role: "alert" });
    const field = (words, input, ...more) => el("div.field", {}, el("label", { for: input.id, say: words }), input, ...more);
    root.append(
      el("div.tools", {}, this.button, this.again, field(message("Steps"), this.counts), field(message("Steps a second"), this.paces)),
      this.told, this.wrong,
      el("div.halves", {},
        el("section", {}, el("h2", { say: "Its loss, −ln p of each next letter" }), this.chart, this.key, this.step),
        el("section", {}, el("h2", { say: "What it writes now" }), this.lines, (this.copies = el("p.note")), field(message("Temperature"), this.warmth, this.warmed), el("p.note", { say: "Low, it writes what is most probable; high, also what is improbable." }))),
      el("section", {}, el("h2", { say: "How it reads a line now" }), field(message("Type a line"), this.typed), this.unread, this.places, this.next,
        el("h3", { say: "How much does each place take from each?" }), this.gridNote, this.grids),
      el("details", {}, el("summary", { say: "Let it learn from lines of your own" }), el("label", { for: this.text.id, say: "Put one name or sentence on each line; a few dozen will do. They stay on this page." }), this.text,
        el("div.tools", {}, el("button.btn", { say: "Begin with these lines", onclick: () => this.begin({ text: this.text.value }) }), el("button.btn", { say: "Back to the names", onclick: () => this.begin(this.names) })), this.refused));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.look && this.drawReading());
    new ResizeObserver(() => this.drawChart()).observe(this.chart);
    this.begin(this.names);
  }

  // ---- learning ----------------------------------------------------------------------------------------------------------

  /** Begin anew: with the lines of now, or with others. */
  begin(lines = this.learned) {
    this.opening = this.open(lines);
    return this.opening;
  }

  async open(lines) {
    this.worker ??= new Asking(this.address, (state) => this.heard(state));
    this.refused.textContent = this.wrong.textContent = "";
    try {
      const state = await this.worker.ask("open", { ...lines, count: +this.counts.value });
      if (lines !== this.learned) {
        this.learned = lines;
        this.copied = new Set(lines.text?.split(/\r?\n/).map((line) => line.trim()) ?? lines.known);
        this.typed.value = lines.text ? [...this.copied].find(Boolean) : "emma";
        this.place = null;
      }
      await this.worker.ask("pace", +this.paces.value);
      this.state = state;
      this.going = null;
      say(this.told, message("Its weights, {count} in all, are still random. Press Train, and watch what it writes."), { count: count(state.parameters) });
      this.say();
      await this.renew();
    } catch (error) {
      this.refused.textContent = error.message;
    }
  }

  async train() {
    await this.opening;
    if (this.state.done === this.state.count) await this.begin();
    const run = (this.going = {});
    say(this.told, message("Training…"));
    this.say();
    try {
      const state = await this.worker.ask("train");
      if (run !== this.going) return; // begun anew
      this.state = state;
      if (state.done < state.count) say(this.told, message("Paused after {done} {done:step|steps}."), { done: count(state.done) });
      else say(this.told, message("{done} {done:step|steps} done, {rate} a second."), { done: count(state.done), rate: count(Math.round(state.rate)) });
    } catch (error) {
      this.wrong.textContent = error.message;
    }
    this.going = null;
    this.say();
    await this.renew();
  }

  say() {
    const { done, count: all } = this.state;
    say(this.button, this.going ? message("Pause") : done === all ? message("Train again") : done ? message("Go on") : message("Train"));
  }

  /** The Worker tells how far it has come. */
  heard(state) {
    if (!this.going) return;
    this.state = state;
    const now = performance.now(), slow = still.matches ? 4 : 1, late = (what, most) => now - (this[what] ?? 0) > most * slow && (this[what] = now);
    if (late("charted", 50)) this.drawChart();
    if (late("writing", 1000)) this.write();
    if (late("reading", 250)) this.read();
  }

  async renew() {
    this.drawChart();
    await Promise.all([this.write(), this.read()]);
  }

  // ---- what is seen ------------------------------------------------------------------------------------------------------

  drawChart() {
    const width = this.chart.clientWidth, height = 210, { state } = this;
    if (!state || !width) return;
    const { count: all, done, curve, measured, tokens, rate } = state, even = Math.log(tokens), left = 26, foot = 22;
    const top = Math.ceil(Math.max(even * 1.08, ...measured.map(([, loss]) => loss), ...curve.map(([, loss]) => loss)) * 2) / 2;
    const x = (step) => left + (step / all) * (width - left - 4), y = (loss) => 4 + (1 - loss / top) * (height - foot - 4);
    const path = (points) => points.map(([step, loss], k) => `${k ? "L" : "M"}${x(step).toFixed(1)} ${y(loss).toFixed(1)}`).join("");
    const ticks = Array.from({ length: Math.floor(top) + 1 }, (_, k) => k).filter((k) => top < 5 || k % 2 === 0);
    const dot = ([step, loss]) => el("circle.unseen", { cx: x(step), cy: y(loss), r: 3 });
    this.chart.replaceChildren(el("svg", { width, height, role: "img", label: "The loss over the steps" },
      ...ticks.flatMap((k) => [el("path.grid", { d: `M${left} ${y(k)}H${width - 4}` }), el("text.minor", { x: left - 7, y: y(k) + 5, "text-anchor": "end" }, `${k}`)]),
      el("path.even", { d: `M${left} ${y(even)}H${width - 4}` }),
      el("path.curve", { d: path(curve) }), ...measured.map(dot), el("path.now", { d: `M${x(done)} 4V${height - foot}` }),
      el("text.minor", { x: left, y: height - 4 }, "0"), el("text.minor", { x: width - 4, y: height - 4, "text-anchor": "end" }, t("{count} {count:step|steps}", { count: count(all) }))));
    const row = (kind, words, loss) => el("li", {}, el(`i.${kind}`), el("span", {}, words), el("b", {}, loss === undefined ? "–" : num(loss, 3)));
    this.key.replaceChildren(row("curve", t("of the lines it learns from, on average"), curve.at(-1)?.[1]), row("unseen", t("of lines it has never seen"), measured.at(-1)?.[1]), row("even", t("of guessing evenly among {letters} {letters:letter|letters} and the end: ln {tokens}", { letters: tokens - 1, tokens }), even));
    this.step.textContent = done && this.going ? t("Step {done} of {count}: {rate} {rate:step|steps} a second", { done: count(done), count: count(all), rate: count(Math.round(rate)) }) : t("Step {done} of {count}", { done: count(done), count: count(all) });
  }

  async write() {
    const lines = await this.worker.ask("write", WRITTEN, +this.warmth.value);
    this.lines.replaceChildren(...lines.map((line) => el(this.copied.has(line) ? "li.copied" : "li", {}, line || "–")));
    this.copies.textContent = this.copied ? t("In gray: {count} that stand in what it learns from. The others it made up.", { count: lines.filter((line) => this.copied.has(line)).length }) : "";
  }

  async read() {
    try {
      this.look = await this.worker.ask("read", this.typed.value);
      this.unread.textContent = "";
    } catch (error) {
      this.unread.textContent = error.message;
      return;
    }
    this.drawReading();
  }

  drawReading() {
    const letters = [...this.look.letters, END].map(shown), seen = this.look.seen.map((token) => letters[token]), chosen = this.place ?? seen.length - 1;
    this.drawPlaces(letters, seen, chosen);
    this.drawNext(letters, seen, chosen);
    this.drawHeads(seen, chosen);
  }

  /** At each place: the letter, what comes next and how probable that was, what was the most probable, and the loss. Its buttons stay, so
   * that they can be pressed while it learns. */
  drawPlaces(letters, seen, chosen) {
    const { p, following, losses } = this.look, key = JSON.stringify([seen, following]), top = Math.max(...losses);
    if (this.rows?.key !== key) {
      const head = (words) => el("th", { scope: "col", say: words }), mean = el("b"), rows = seen.map((letter, place) => {
        const button = el("button", { "aria-label": t("place {place}: {letter}", { place, letter }), onclick: () => { this.place = place; this.drawReading(); } }, letter);
        return { button, right: el("td.cr-a"), best: el("td"), loss: el("td.loss") };
      });
      this.rows = { key, rows, mean };
      this.places.replaceChildren(el("table", {}, el("thead", {}, el("tr", {}, head(message("letter")), head(message("next")), head(message("p of it")), head(message("most probable")), head(message("loss −ln p")))),
        el("tbody", {}, ...rows.map(({ button, right, best, loss }, place) => el("tr", {}, el("th", { scope: "row" }, button), el("td", {}, letters[following[place]]), right, best, loss)),
          el("tr.sum", {}, el("th", { scope: "row", say: "mean" }), el("td"), el("td"), el("td"), el("td", {}, mean)))));
    }
    this.rows.rows.forEach(({ button, right, best, loss }, place) => {
      const own = p[place], most = own.indexOf(Math.max(...own));
      button.setAttribute("aria-pressed", `${place === chosen}`);
      right.textContent = own[following[place]].toFixed(3);
      best.replaceChildren(letters[most], " ", el("span.cr-a", {}, own[most].toFixed(3)), most === following[place] ? " ✓" : "");
      loss.textContent = losses[place].toFixed(3);
      loss.style.setProperty("--share", losses[place] / top);
    });
    this.rows.mean.textContent = mean(losses).toFixed(3);
  }

  /** How probable each token is at the chosen place. */
  drawNext(letters, seen, place) {
    const { p, following } = this.look, own = p[place], right = following[place], few = letters.length <= MOST_LISTED;
    const order = Array.from(own.keys()), listed = few ? order : order.sort((one, other) => own[other] - own[one]).slice(0, MOST_LISTED);
    if (!listed.includes(right)) listed.push(right);
    const top = Math.max(...own), beginning = seen.slice(1, place + 1).join("");
    this.next.replaceChildren(
      el("h3", {}, beginning ? t("What comes after “{beginning}”?", { beginning }) : t("How does the text begin?")),
      el("ul.bars", {}, ...listed.map((token) => el(token === right ? "li.right" : "li", {}, el("b", {}, letters[token]), el("i", { style: `--share:${own[token] / top}` }), el("span", {}, own[token].toFixed(3))))),
      el("p.note", {}, t("In bold: what does come next, “{letter}”. {sign} begins and ends a line.", { letter: letters[right], sign: END })));
  }

  /** The attention of each head, a row for each place that reads. */
  drawHeads(seen, chosen) {
    const few = seen.length <= FEW, cell = (share, place, other) => (other > place ? el("td") : el("td", { style: shade(share) }, few ? share.toFixed(2) : `${Math.round(100 * share)}`));
    const row = (shares, place) => el(place === chosen ? "tr.chosen" : "tr", {}, el("th", { scope: "row" }, seen[place]), ...Array.from(shares, (share, other) => cell(share, place, other)));
    const grid = (rows, head) => el("table", {}, el("caption", {}, t("head {head}", { head })), el("thead", {}, el("tr", {}, el("td"), ...seen.map((letter) => el("th", { scope: "col" }, letter)))), el("tbody", {}, ...rows.map(row)));
    this.gridNote.textContent = [t("A row is a place that reads, and a column a place that it takes from. A row adds up to 1. Where there is no cell, the place comes later, and is not seen."), few ? "" : t("The numbers are hundredths of 1.")].join(" ").trim();
    this.grids.classList.toggle("few", few);
    this.grids.replaceChildren(...this.look.attention.map(grid));
  }
}

const mean = (values) => values.reduce((sum, each) => sum + each, 0) / values.length;
