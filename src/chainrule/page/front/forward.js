// Steps 1 and 2: the input, and how a neuron weighs it. Each function gives what a section of the page is made of; see steps.js.

import { curve } from "./curve.js";
import { el, message, num, sym, t } from "./dom.js";
import { heat, isColor, scale } from "./paint.js";
import { applied, equals, factor, fixed, product, shapeText, total } from "./symbols.js";

export const FEW = 16; // so many numbers are told one by one
const SQUEEZED = {
  sigmoid: message("σ turns the sum z into an activation between 0 and 1."),
  tanh: message("tanh turns the sum z into an activation between −1 and 1."),
  relu: message("relu leaves a sum z above 0 as it is, and makes any other 0."),
  softmax: message("softmax turns the sums z into shares that add up to 1."),
};

// ---- 1: the input --------------------------------------------------------------------------------------------------------

export function ink(steps) {
  const { reading, x } = steps, a = reading.a(1), { inputs } = reading.network, images = reading.images.length > 0, all = images ? [t("The image as it is"), [sym("a", 1), shapeText(reading.shape(1)), t("activations")]] : [steps.table ? t("All columns in one") : t("All rows in one column"), [sym("a", 1), steps.shape(a.length), t("activations")]];
  const note = images ? t("The raised 1 counts the layer: it is not a power.") : t("{count}×1 is {count} {count:row|rows} and 1 column. The raised 1 counts the layer: it is not a power.", { count: a.length });
  if (steps.table) {
    const order = Array.from(a, (_, i) => i).sort((p, q) => Math.abs(a[q]) - Math.abs(a[p])).slice(0, 6);
    const rows = order.map((i) => el("tr", {}, el("th", { scope: "row" }, steps.named(1, i)), el("td", {}, fixed(x[i], 2)), el("td", {}, "→"), el("td.cr-a", {}, el("b", {}, fixed(a[i])))));
    return { say: t("Each of the columns, {count} in all, becomes one activation, on a scale that they share.", { count: a.length }), figure: [el("table.numbers", {}, ...rows)], all, note };
  }
  const columns = inputs.shape.at(-1), lines = a.length / columns;
  const inked = Array.from({ length: lines }, (_, row) => a.subarray(row * columns, (row + 1) * columns).reduce((total, each) => total + each, 0));
  const row = inked.indexOf(Math.max(...inked)), values = Array.from(a.subarray(row * columns, (row + 1) * columns)), room = steps.large ? columns : 14;
  const middle = values.reduce((total, each, i) => total + i * each, 0) / (inked[row] || 1), from = Math.max(0, Math.min(columns - room, Math.round(middle - room / 2)));
  const cells = values.slice(from, from + room).map((value) => el("span", {}, heat(el("canvas", { "aria-hidden": "true" }), [value], 1, {}), el("span", { class: value ? "cr-a" : "mute" }, value ? value.toFixed(2).replace("0.", ".") : "0")));
  return { say: tellPixels(inputs.shape, a), figure: [el("span.note", {}, placeOfRow(row, lines, inputs.shape)), el("div.pixels", {}, ...cells)], all, note };
}

/** Which row of a picture it is, of all channels below each other. */
function placeOfRow(row, lines, shape) {
  if (!isColor(shape)) return t("row {row} of {count}", { row: row + 1, count: lines });
  const count = lines / shape[0];
  return t("channel {channel}, row {row} of {count}", { channel: Math.floor(row / count), row: (row % count) + 1, count });
}

/** What becomes of the pixels, in words. */
function tellPixels(shape, a) {
  if (isColor(shape)) {
    return t("Each of the pixels, {count} in all, is three numbers: how red, green and blue it is. They become the activations of the first layer.", { count: a.length / shape[0] });
  }
  return a.every((value) => value >= 0 && value <= 1)
    ? t("Each of the pixels, {count} in all, becomes one activation between 0 (paper) and 1 (ink).", { count: a.length })
    : t("Each of the pixels, {count} in all, becomes one activation.", { count: a.length });
}

// ---- 2: feedforward ------------------------------------------------------------------------------------------------------

export function weighing(steps) {
  const { reading, layer, told } = steps, kind = reading.activation(layer), z = reading.z(layer)[told], a = reading.a(layer)[told];
  const found = reading.brought(layer, told), dot = found.for + found.against, before = reading.size(layer - 1), name = layer === reading.last ? reading.output(told) : told;
  const firm = { sigmoid: [0.3, 0.7], softmax: [0.3, 0.7], tanh: [-0.5, 0.5] }[kind] ?? [0, 0];
  const does = kind === "linear" ? t("**that is all**") : a > firm[1] ? t("**fires**") : kind === "relu" || a < firm[0] ? t("**stays silent**") : t("**cannot decide**");
  const who = layer === reading.last ? (!name ? t("The answer") : t("Answer {name}", { name })) : t("Neuron {j}", { j: told });
  const behind = layer === reading.dense && reading.lastImage, say = layer > 2 ? t("{who} weighs what comes from layer {before}, adds it all up, and {does}.", { who, before: behind || layer - 1, does })
    : steps.table ? t("{who} weighs the columns, adds it all up, and {does}.", { who, does }) : t("{who} lays its picture over the ink, adds it all up, and {does}.", { who, does });
  const list = before <= FEW || (steps.table && layer === 2);
  const shown = list ? products(steps, layer, told, found) : overlay(steps, layer, told, found);
  const drawn = steps.kind === "l" ? curve(kind, z, 300, 104, fixed(a)) : null;
  const numbers = el("div.worked", {}, el("div", {}, sym("z", layer, told), " = ", el("span.under", {}, fixed(dot), el("span.note", {}, t("the sum"))), " + ", el("span.under.cr-b", {}, factor(reading.bias(layer, told)), el("span.note", {}, t("its bias"))), ` ${equals(fixed(z), total, fixed(dot), num(reading.bias(layer, told)))} `, el("b.cr-z", {}, fixed(z))),
    el("div", {}, sym("a", layer, told), " = ", applied(kind, fixed(z)), " = ", el("b.cr-a", {}, fixed(a))), ...(drawn ? [drawn] : []));
  const rows = reading.size(layer);
  return {
    say, note: SQUEEZED[kind] && t(SQUEEZED[kind]), figure: [el("div.beside", {}, shown, numbers)], folds: steps.layers(),
    all: [steps.many(rows), [sym("z", layer), steps.shape(rows), t("weighted sums")], "=", [sym("w", layer), `${rows}×**${before}**`, t("weights")], [sym("a", layer - 1), `**${before}**×1`, t("activations")], "+", [sym("b", layer), steps.shape(rows), t("biases")]],
  };
}

function overlay(steps, layer, k, { products, ...sums }) {
  const { reading } = steps, size = steps.pictureSize, weights = reading.row(layer, k), n = weights.length, top = scale(weights, 0.98), a = reading.a(layer - 1);
  const column = (head, picture, ...below) => el("span.column", {}, el("span.head", {}, head), picture, ...below);
  return el("div.pictures", { style: `--size:${size}px` },
    column(sym("w", layer, k), steps.picture(weights, layer - 1, size, { diverging: true, top }), el("span.dim", {}, "1×", el("b", {}, `${n}`))), el("span.between", {}, "·"),
    column(sym("a", layer - 1), steps.picture(a, layer - 1, size, { top: Math.max(1, ...a) }), el("span.dim", {}, el("b", {}, `${n}`), "×1")), el("span.between", {}, "="),
    column(el("span.words", {}, layer === 2 && !steps.table ? t("pixel by pixel") : t("one by one")), steps.picture(products, layer - 1, size, { diverging: true, top: scale(products.filter(Boolean), 0.98) }),
      el("span.note.nowrap", {}, steps.kind === "l" ? `${t("for")} ` : "", el("b.pos", {}, fixed(sums.for, 2, true)), " ", steps.kind === "l" ? `${t("against")} ` : "", el("b.neg", {}, fixed(sums.against, 2)))));
}

/** The same number by number, the largest first. */
function products(steps, layer, k, { products }) {
  const { reading } = steps, a = reading.a(layer - 1), order = Array.from(products, (_, i) => i).sort((p, q) => Math.abs(products[q]) - Math.abs(products[p])), shown = order.slice(0, order.length > 6 ? 5 : 6), rest = order.slice(shown.length);
  const rows = shown.map((i) => el("tr", {}, el("th", { scope: "row" }, steps.named(layer - 1, i)), el("td.cr-w", {}, fixed(reading.weight(layer, k, i))), el("td", {}, "×"), el("td.cr-a", {}, factor(a[i])), el("td", {}, equals(fixed(products[i]), product, fixed(reading.weight(layer, k, i)), num(a[i]))), el("td", {}, el("b", { class: products[i] < 0 ? "neg" : "pos" }, fixed(products[i], 3, true)))));
  const others = rest.length ? [el("tr", {}, el("th", { scope: "row", colspan: 5 }, t("{count} more", { count: rest.length })), el("td", {}, fixed(rest.reduce((total, i) => total + products[i], 0), 3, true)))] : [];
  return el("table.numbers", {}, ...rows, ...others);
}
