// The film of a training: curves over the epochs, below them what the network answered to one example after each, and a playhead
// that is dragged, moved by keys, or runs by itself.

import { el, message, num, percent, t } from "./dom.js";
import { heat } from "./paint.js";

const FRAME = 130; // ms that an epoch lasts
const still = matchMedia("(prefers-reduced-motion: reduce)");

export class Film {
  /** `moved(frame)` is told where the playhead stands. */
  constructor(moved) {
    this.moved = moved;
    this.at = 0;
    this.kind = "accuracy";
    this.answers = el("canvas.answers", { "aria-hidden": "true" });
    this.over = el("div.over");
    this.play = el("button.play", { label: "Play", onclick: () => this.run() });
    this.root = el("div.film", {}, this.answers, this.over, this.play);
    const at = (event) => { // in pixels of the drawing, whatever the zoom of the page
      const box = this.over.getBoundingClientRect();
      return ((event.clientX - box.left) / box.width) * this.width;
    };
    const move = (event) => this.go(Math.round((at(event) - this.left) / this.step - 0.5));
    this.over.addEventListener("pointerdown", (event) => {
      if (!this.film || event.button) return;
      event.preventDefault();
      this.pause();
      this.over.setPointerCapture(event.pointerId);
      this.over.onpointermove = move;
      move(event);
    });
    this.over.addEventListener("lostpointercapture", () => { this.over.onpointermove = null; });
    this.over.addEventListener("keydown", (event) => {
      const to = { ArrowRight: this.at + 1, ArrowUp: this.at + 1, ArrowLeft: this.at - 1, ArrowDown: this.at - 1, PageUp: this.at + 10, PageDown: this.at - 10, Home: 0, End: Infinity }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      this.pause();
      this.go(to);
    });
  }

  /** Put the playhead on a frame. */
  go(frame) {
    const now = Math.max(0, Math.min(this.film.frames.length - 1, frame));
    if (now === this.at) return;
    this.at = now;
    this.draw();
    this.moved(now);
  }

  pause() {
    clearInterval(this.running);
    this.running = null;
    this.play.classList.remove("on");
  }

  run() {
    if (this.running) return this.pause();
    const last = this.film.frames.length - 1;
    if (this.at === last) this.go(0);
    if (still.matches) return this.go(last);
    this.play.classList.add("on");
    this.running = setInterval(() => { if (this.at >= this.film.frames.length - 1) this.pause(); else this.go(this.at + 1); }, FRAME);
    return undefined;
  }

  /** Show a film: `frames` of { epoch, accuracy, validation, cost }, `epochs` in all, `answers` by frame or null, the `truth` or null,
   * the names of the `classes`; `before`, the frames of the run before this one. */
  show(film) {
    this.film = film;
    this.at = Math.min(this.at, film.frames.length - 1);
    this.draw();
  }

  draw() {
    const { film, at } = this, width = (this.width = this.root.clientWidth);
    if (!film || !width) return;
    const { frames, epochs, answers, truth, classes, before } = film, narrow = width < 560;
    const letter = /\p{Script=Han}/u.test(classes) ? 16 : 9, left = (this.left = Math.min(Math.max(narrow ? 44 : 64, ...classes.map((name) => letter * name.length + 14)), 0.3 * width)), most = (left - 14) / letter, right = narrow ? 8 : 92, steps = Math.max(epochs, before?.at(-1)?.epoch ?? 0) + 1, step = (this.step = (width - left - right) / steps);
    const tall = narrow ? 120 : 186, top = 12, row = classes.length ? Math.max(9, Math.min(narrow ? 17 : 21, 210 / classes.length)) : 0, rows = top + tall + 52, end = classes.length ? rows + row * classes.length : top + tall + 4, foot = end + 26;
    const X = (frame) => left + (frame + 0.5) * step, now = frames[at];
    const lines = this.lines(frames), others = before ? this.lines(before) : [];
    const { low, high, ticks, written } = scaled([...lines, ...others], this.kind), Y = (v) => top + ((high - v) / (high - low)) * tall;
    const path = (line, until) => line.points.filter(([epoch]) => epoch <= until).map(([epoch, v], i) => `${i ? "L" : "M"}${X(epoch).toFixed(1)} ${Y(Math.min(high, Math.max(low, v))).toFixed(1)}`).join("");
    const parts = ticks.flatMap((v) => [el("path.grid", { d: `M${left} ${Y(v)}H${width - right}` }), el("text.minor", { x: left - 8, y: Y(v) + 4, "text-anchor": "end" }, written(v))]);
    const dashed = (line) => (line.dashed ? "6 4" : null);
    for (const line of others) parts.push(el("path.old", { d: path(line, Infinity), "stroke-dasharray": dashed(line) }));
    for (const line of lines) parts.push(el("path.all", { d: path(line, Infinity), "stroke-dasharray": dashed(line) }), el("path.done", { d: path(line, now.epoch), "stroke-dasharray": dashed(line) }));
    const below = lines.filter(({ points: [first] }) => first?.[1] < low); // they begin below the chart
    if (below.length) parts.push(el("text.minor", { x: X(below[0].points[0][0]) + 12, y: top + tall + 16 }, below.map(({ points: [first], name }) => `↓ ${written(first[1], true)} ${name}`).join("  ")));
    const taken = [];
    for (const line of lines) {
      const here = line.points.find(([epoch]) => epoch === now.epoch);
      if (!here) continue;
      const height = Y(Math.min(high, Math.max(low, here[1])));
      parts.push(el(`circle.here${line.dashed ? ".open" : ""}`, { cx: X(now.epoch), cy: height, r: 5 }));
      if (narrow) continue;
      let y = height + (line.dashed ? 14 : -2);
      if (taken.some((other) => Math.abs(other - y) < 34)) y = taken[0] + 36 * (line.dashed ? 1 : -1);
      taken.push(y);
      parts.push(el("text.bold", { x: width - right + 8, y }, written(here[1], true)), el("text.minor", { x: width - right + 8, y: y + 16 }, line.name));
    }
    if (classes.length) {
      const best = answers?.[at] ? answers[at].indexOf(Math.max(...answers[at])) : -1;
      classes.forEach((name, k) => parts.push(el(`text.class${k === truth || k === best ? ".hot" : ""}`, { x: left - 10, y: rows + k * row + row / 2 + 5, "text-anchor": "end" }, name.length > most ? `${name.slice(0, most - 1)}…` : name)));
      if (truth !== null && classes[truth] !== undefined) parts.push(el("rect.truth", { x: left - 1, y: rows + truth * row - 1, width: step * steps + 2, height: row + 2 }), !narrow && el("text.minor", { x: width - right + 8, y: rows + truth * row + row / 2 + 5 }, t("the truth")));
      parts.push(el("rect.now", { x: X(now.epoch) - step / 2, y: rows - 2, width: step, height: row * classes.length + 4 }), el("text.title", { x: 0, y: rows - 14 }, t("Its answer, epoch by epoch")));
    }
    const x = X(now.epoch), named = t("epoch {epoch}", { epoch: now.epoch });
    parts.push(el("path.head", { d: `M${x} ${top - 6}V${top + tall + 6}M${x} ${end + 3}V${foot - 8}` }), el("path.rail", { d: `M${left} ${foot}H${width - right}` }));
    for (const epoch of new Set([0, ...[1, 2, 3].map((k) => Math.round((k * (steps - 1)) / 3)), steps - 1])) if (Math.abs(X(epoch) - x) > 56) parts.push(el("text.minor", { x: X(epoch), y: foot + 28, "text-anchor": "middle" }, `${epoch}`));
    const knob = el("g.knob", { role: "slider", tabindex: 0, "aria-label": t("Epoch"), "aria-valuemin": 0, "aria-valuemax": frames.at(-1).epoch, "aria-valuenow": now.epoch, "aria-valuetext": named }, el("circle", { cx: x, cy: foot, r: 22, fill: "transparent" }), el("circle.grip", { cx: x, cy: foot, r: 11 }));
    parts.push(knob, el("text.bold", { x: Math.max(left + 20, Math.min(width - 36, x)), y: foot + 29, "text-anchor": "middle" }, named));
    const held = this.over.contains(document.activeElement);
    this.over.replaceChildren(el("svg", { width, height: foot + 40 }, ...parts.filter(Boolean)));
    if (held) this.over.querySelector(".knob").focus({ preventScroll: true });
    this.play.style.top = `${foot - 17}px`;
    this.play.hidden = frames.length < 2;
    this.answers.hidden = !answers;
    if (!answers) return;
    const values = new Float32Array(classes.length * steps);
    frames.forEach(({ epoch }, i) => answers[i]?.forEach((a, k) => { values[k * steps + epoch] = a; }));
    heat(this.answers, values, steps);
    Object.assign(this.answers.style, { left: `${left}px`, top: `${rows}px`, width: `${step * steps}px`, height: `${row * classes.length}px` });
  }

  /** The lines of the chosen kind. */
  lines(frames) {
    const line = (name, key, dashed) => ({ name: t(name), dashed, points: frames.filter((each) => each[key] !== null && each[key] !== undefined).map((each) => [each.epoch, each[key]]) });
    const found = this.kind === "cost" ? [line(message("cost"), "cost", false)] : [line(message("learned from"), "accuracy", false), line(message("unseen"), "validation", true)];
    return found.filter((each) => each.points.length);
  }
}

/** From where to where a chart goes, and what is written beside it. */
function scaled(lines, kind) {
  const values = lines.flatMap((line) => line.points.map(([, v]) => v)).filter(Number.isFinite);
  if (kind === "cost") {
    const high = Math.max(1e-9, ...values);
    return { low: 0, high, ticks: [0, high / 2, high], written: (v, exact) => num(v, exact || high < 1 ? 3 : 2) };
  }
  const learned = lines.flatMap((line) => line.points.filter(([epoch]) => epoch > 0).map(([, v]) => v)), worst = Math.min(1, ...learned); // what it read before it learned is left below
  const low = [0.9, 0.8, 0.7, 0.6, 0.4, 0.2].find((each) => learned.length && worst >= each) ?? 0;
  return { low, high: 1, ticks: [low, (1 + low) / 2, 1], written: (v, exact) => percent(v, exact ? 1 : 0) };
}
