// Who stands on the stage: titles, columns, neurons, answers, the verdict.

import { count as written, el, sym, t } from "./dom.js";
import { heat, scale } from "./paint.js";
import { Setting } from "./setting.js";
import { answered, fixed, shapeText, truth } from "./symbols.js";
import { legend, px } from "./wires.js";

/** The actors of one state of the stage, and the bars that grow. */
export class Actors extends Setting {
  bars = []; // [element, what it showed before a step, what a full one stands for]

  actors() {
    const { reading, scene, source } = this.scene;
    if (this.place.kind === "c") return reading ? [...this.titles(), this.list(), this.verdict()] : [this.verdict()];
    if (!reading) return [...this.titles(), this.verdict()];
    return [...this.titles(), ...(source ? [this.before()] : []), ...(reading.network.inputs.kind === "columns" ? [this.columns()] : []), ...(this.scene.bare ? [] : [this.cast(scene)]), this.list(), this.verdict(), ...(this.large && !this.scene.bare && scene < reading.last ? [this.legend()] : [])];
  }

  titles() {
    const { reading, step, scene, behind } = this.scene, { digit, cast, answers, kind, width } = this.place, large = this.large;
    if (kind === "c") return [];
    const title = (x, words, ...rest) => el("h2.title", { style: px({ left: x }) }, words, ...(large && step ? rest.flatMap((each) => [" ", each]) : []));
    const of = (words, symbol, shape) => [el("span.what", {}, words, " ", symbol), shape && el("span.dim", {}, shape)].filter(Boolean);
    const table = reading?.network.inputs.kind === "columns";
    const first = title(digit.x, table ? t("The example") : this.stage.digits ? t("The digit") : t("The image"), ...of(t("activation"), sym("a", 1), reading && (reading.images.length ? shapeText(reading.shape(1)) : `${reading.size(1)}×1`)));
    if (!reading) return [first];
    const size = reading.size(scene), count = written(size), six = this.scene.cast?.length;
    const words = scene === reading.last ? (large && six === size ? t("{count} {count:answer|answers} and their weights", { count }) : large ? t("{six} of {count} {count:answer|answers} and their weights", { six, count }) : t("weights"))
      : six === size ? (large ? t("The {count} {count:neuron|neurons} of layer {layer}", { count, layer: scene }) : t("layer {layer}", { layer: scene }))
      : kind === "l" && reading.hidden > 1 ? t("{six} of {count} {count:neuron|neurons} of layer {layer}", { six, count, layer: scene })
      : large ? t("{six} of {count} {count:neuron|neurons}", { six, count }) : t("{six}/{count} {count:neuron|neurons}", { six, count });
    const last = behind === reading.last, all = reading.size(behind);
    const told = !last ? t("Layer {layer}", { layer: behind }) : all === 1 ? t("The answer") : all === 10 ? t("Ten answers") : this.rows.length < all ? t("{six} of {count} {count:answer|answers}", { six: this.rows.length, count: all }) : t("{count} {count:answer|answers}", { count: all });
    const answer = !large && this.back && last ? t("Answers") : told, edge = large ? answers.x + this.label + this.bar + 64 : width;
    return [first, ...(this.scene.bare ? [] : kind === "s" && size > six ? [el("button.title.link", { "data-key": "all", "aria-label": t("show all {count}", { count }), style: px({ left: cast.x - 20 }), onclick: () => this.stage.all() }, words)] : [title(cast.x, words, ...of(this.errors ? t("error") : t("activation"), sym(this.errors ? "d" : "a", scene), `${size}×1`))]),
      title(answers.x, answer, ...of("", sym("a", behind), !this.back && `${all}×1`)), ...(this.back ? [el("span.title.heading", { style: px({ left: edge - 90, width: 90 }) }, t("error"), " ", sym("d", behind))] : [])];
  }

  /** The columns of a table in place of pixels: those with the largest activations, each with its own number and its bar. */
  columns() {
    const { reading, x, source } = this.scene, { digit } = this.place, { names } = reading.network.inputs;
    const most = source ? 4 : Math.min(10, Math.floor(digit.size / 25)), a = reading.a(1), order = Array.from(a, (_, i) => i).sort((p, q) => Math.abs(a[q]) - Math.abs(a[p])).slice(0, most).sort((p, q) => p - q);
    const top = Math.max(...Array.from(a, Math.abs), 1e-9);
    const rows = order.map((i) => el("li", {}, el("span.column", { title: names[i] }, shortened(names[i] ?? t("column {i}", { i }), this.large ? 22 : 7)), el("b", {}, plain(x[i])), el("span.track", {}, el("i", { class: a[i] < 0 ? "less" : "more", style: `width:${(50 * Math.abs(a[i])) / top}%;${a[i] < 0 ? "right" : "left"}:50%` }))));
    const rest = a.length - order.length;
    return el("ul.columns", { label: "The columns of the example", style: px({ left: digit.x, top: digit.y, width: source ? digit.size * 0.55 : digit.size, height: digit.size }) }, ...rows, ...(rest ? [el("li.rest", {}, t("and {count} more", { count: rest }))] : []));
  }

  /** The neurons of the layer before, or its maps, beside a smaller digit. */
  before() {
    const { reading, source, scene, mapsBefore: layer } = this.scene, { digit } = this.place;
    if (layer) {
      const [, , columns] = reading.shape(layer), most = Math.max(1e-9, scale(reading.a(layer)));
      return el("div.before", { role: "group", "aria-label": t("Maps of layer {layer}", { layer }), style: px({ left: digit.x + digit.size * 0.6, width: digit.size * 0.4 }) }, ...source.map((map, at) => {
        const values = reading.windows.map("a", layer, map), half = this.large ? this.place.cast.size / 2 : 8;
        return el("span.unit.map", { style: px({ top: this.sourceY(at) - half, height: 2 * half }) }, el("span.m", {}, `${map}`), heat(el("canvas.px", { "aria-hidden": "true", style: px({ width: 2 * half, height: 2 * half }) }), values, columns, { top: most, diverging: values.some((each) => each < 0) }));
      }));
    }
    const top = this.top(scene - 1);
    return el("div.before", { role: "group", "aria-label": t("Layer {layer}", { layer: scene - 1 }), style: px({ left: digit.x + digit.size * 0.6, width: digit.size * 0.4 }) }, ...source.map((i, at) => {
      const a = reading.a(scene - 1)[i];
      return el("span.unit", { style: px({ top: this.sourceY(at) - (this.large ? 14 : 9) }) }, el("span.m", {}, `${i}`), ...(this.large ? [el("b", {}, fixed(a))] : []), el("span.track", {}, el("i", { class: a < 0 ? "less" : "", style: `width:${(100 * Math.abs(a)) / top}%` })));
    }));
  }

  cast() {
    const { reading, cast, scene, focus, step, before } = this.scene, { cast: place, kind } = this.place, large = this.large, top = this.top(scene);
    const buttons = cast.map((j, at) => {
      const a = reading.a(scene)[j], delta = this.errors ? reading.delta(scene)[j] : null, flat = this.errors && reading.flat(scene, j);
      const told = j === focus && [2, 4, 5].includes(step) && !(this.ends && step !== 4 && scene !== reading.last), dim = flat && step !== 6 || (step === 2 && !told && !this.ends);
      const drawn = step === 5 && this.errors && !this.ends ? this.gradient(j) : this.stage.picture(reading, scene, j);
      const value = this.errors ? delta : a, words = this.errors ? t("neuron {j}: error {value}", { j, value: fixed(value, 3, true) }) : t("neuron {j}: activation {value}", { j, value: fixed(value) });
      const parts = [drawn];
      if (large) {
        const bar = el("i", { class: value < 0 && !this.errors ? "less" : "", style: `width:${(100 * Math.min(1, Math.abs(value) / (this.errors ? this.errorTop : top))).toFixed(2)}%` });
        if (!this.errors) this.bars.push([bar, before?.a(scene)[j], top]);
        const was = step === 6 && before && Math.abs(before.a(scene)[j] - a) > 0.02 * top ? [el("u", { style: `left:${(100 * Math.abs(before.a(scene)[j])) / top}%` })] : [];
        parts.push(el("span.said", {}, el("span.m", {}, scene === reading.last ? reading.output(j) : `${j}`), el(this.errors ? "b.cr-d" : "b.cr-a", {}, fixed(value, 3, this.errors))), el("span.track", {}, bar, ...was));
      }
      return el("button.neuron", { "data-key": `neuron ${j}`, "aria-label": words, "aria-pressed": `${told}`, class: `neuron${told ? " told" : ""}${dim ? " quiet" : ""}${this.errors ? " error" : ""}`, style: px({ left: place.x, top: place.y + at * place.pitch, width: large ? place.size + place.bar + 10 : place.size, height: place.size, "--size": place.size }), onclick: () => this.stage.choose(j) }, ...parts);
    });
    const more = reading.size(scene) > cast.length && kind !== "s" ? [el("button.link.more-neurons", { "data-key": "all", style: px({ left: place.x, top: place.y + 6 * place.pitch - 3 }), onclick: () => this.stage.all() }, t("show all {count}", { count: written(reading.size(scene)) })), ...(kind === "l" && reading.told && !reading.entered.has(scene) ? [el("span.more-neurons", { style: px({ left: place.x + 92, top: place.y + 6 * place.pitch - 3 }) }, t("the 3 with the most say, and the 3 most to blame"))] : [])] : [];
    return el("div.cast", { role: "group", label: "Neurons" }, ...buttons, ...more);
  }

  /** ∂C/∂w of a neuron as a picture. */
  gradient(j) {
    const { reading, scene } = this.scene, delta = reading.delta(scene)[j], { values, columns } = this.stage.laid(reading, scene - 1, Float64Array.from(reading.a(scene - 1), (a) => a * delta));
    return heat(el("canvas.px", { "aria-hidden": "true" }), values, columns, { diverging: true, top: this.errorTop });
  }

  list() {
    const { reading, behind, step, before, told } = this.scene, { answers, kind, width } = this.place, large = this.large;
    const last = behind === reading.last, a = reading.a(behind), delta = this.back ? reading.delta(behind) : null, top = this.top(behind);
    const rows = kind === "c" ? [...new Set(reading.dispute)] : this.rows;
    const { label, bar } = this, pitch = kind === "c" ? answers.pitch : this.pitch;
    return el("ol.answers", { "aria-label": last ? t("Answers") : t("Layer {layer}", { layer: behind }) }, ...rows.map((k, at) => {
      const name = last ? reading.output(k) : `${k}`;
      const hot = last ? reading.dispute.includes(k) : this.scene.targets.includes(k), aim = last && reading.told && this.shares && reading.wanted[k] === 1;
      const shown = this.back ? `${fixed(delta[k], 3, true)}` : fixed(a[k]);
      const fill = el("i", { class: a[k] < 0 ? "less" : "", style: `width:${(100 * Math.min(1, Math.abs(a[k]) / top)).toFixed(2)}%` });
      this.bars.push([fill, before?.a(behind)[k], top]);
      const was = step === 6 && before && hot ? [el("u", { style: `left:${(100 * Math.abs(before.a(behind)[k])) / top}%` })] : [];
      return el("li", { class: `${hot ? "hot" : ""}${this.back ? " error" : ""}${step === 2 && this.ends && told === k ? " told" : ""}`, style: px({ left: answers.x, top: (kind === "c" ? answers.y + at * pitch : this.rowY(at) - pitch / 2), width: kind === "s" ? width - answers.x : label + bar + 64, height: pitch }) },
        el("span.name", { style: px({ width: label - 4 }), title: name }, name), el("span.track", { style: px({ width: bar }) }, fill, ...was, ...(aim && step !== 1 ? [el("s", { class: reading.right && !this.back ? "met" : "" })] : [])), el("span.value", {}, shown));
    }));
  }

  verdict() {
    const { reading, step, before, empty, drawn, overflow } = this.scene, { verdict, kind, width } = this.place, large = this.large;
    const box = (...parts) => el("div.verdict", { class: `verdict${reading && answered(reading).length > 1 ? " long" : ""}`, role: "status", "aria-live": "polite", "aria-label": t("It reads"), style: px({ left: verdict.x, top: 0, width: kind === "s" ? 132 : width - verdict.x, "--size": verdict.size }) }, ...parts);
    if (empty || !reading) return box();
    if (overflow) return box(el("span.big", {}, "?"));
    const now = step === 6 && before, name = answered(reading), size = Math.min(verdict.size, large || name.length < 2 ? Infinity : 46, (1.55 * (large ? width - verdict.x : 120)) / Math.max(1, name.length));
    const title = reading.numeric ? t("It answers") : now ? t("Now it reads") : t("It reads"), big = el("span.big", { style: px({ "font-size": size }) }, name);
    const unsure = reading.sure ? "" : large ? t("but is unsure") : t("unsure");
    const mark = reading.right ? el("span.right-mark", {}, large ? t("right ✓") : "✓") : null;
    const cost = reading.look.cost === null || !step ? null : el("span.cost", {}, t("cost"), " ", el("i", {}, "C"), ...(now ? [" ", el("span.nowrap", {}, `${fixed(before.look.cost, 4)} → `, el("b", {}, fixed(reading.look.cost, 4)))] : [` = ${fixed(reading.look.cost)}`]));
    const really = reading.told && !reading.right ? el("span.really", {}, el("span.label", {}, large ? (reading.numeric ? t("It should be") : t("It really is")) : t("is")), el("span.truth", {}, truth(reading))) : null;
    const old = now && answered(before) !== name ? el("del", {}, answered(before)) : null;
    return box(el("span.label.reads", {}, title), big, el("span.notes", {}, old || mark ? el("span", {}, ...[old, mark].filter(Boolean)) : null, unsure ? el("span", {}, unsure) : null), really, large ? cost : null);
  }

  /** What wires mean, under the answers. */
  legend() {
    const made = legend(), { answers, cast, height, kind } = this.place;
    made.style.cssText = px({ left: kind === "l" ? answers.x : cast.x + 100, top: height - 24 });
    return made;
  }

  /** The bars that grow, and from which share of the whole: from nothing where it thinks, from where they were after a step. */
  *grown(motion) {
    for (const [bar, was, top] of this.bars) yield [bar, motion === "step" && was !== undefined ? (100 * Math.min(1, Math.abs(was))) / top : 0];
  }
}

/** A name in so many letters: of long ones the middle is left out, since those of a table often begin alike. */
const shortened = (name, most) => (name.length <= most ? name : `${name.slice(0, Math.ceil(most / 2) - 1)}…${name.slice(-Math.floor(most / 2))}`);
const plain = (value) => (Math.abs(value) >= 1000 || Number.isInteger(value) ? `${Math.round(value)}`.replace("-", "−") : fixed(value, Math.abs(value) < 10 ? 2 : 1));
