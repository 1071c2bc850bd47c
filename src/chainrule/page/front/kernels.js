// The steps of layers of images: a window, its kernel and their products; the error that pooling gives to the winner and that goes
// back through the turned kernel; the gradient of a kernel. What they give is as in `Steps`, whose scene they are given.

import { el, num, sym, t } from "./dom.js";
import { curve } from "./curve.js";
import { heat, scale, shade } from "./paint.js";
import { applied, factor, fixed, gradientOf, shapeText, slopeOf, turned } from "./symbols.js";
import { kindOf, sliding } from "./windows.js";

const NUMBERED = 7; // kernels of so many columns have their numbers written in their cells
const FEW = 5; // so many products are told one by one

/** A number in a cell: .42, −.07, 0. */
const inCell = (value) => (Math.abs(value) < 0.005 ? "0" : `${value < 0 ? "−" : ""}${Math.abs(value).toFixed(2).replace(/^0/, "")}`);

const sum = (values) => values.reduce((total, each) => total + each, 0);

/** Numbers as cells with a caption below; one of them may be framed. */
function cells(values, columns, how, caption, framed = -1) {
  const row = (from) => el("tr", {}, ...Array.from(values.slice(from, from + columns), (value, k) => el("td", { style: shade(value, how), class: from + k === framed ? "framed" : "" }, columns <= NUMBERED ? inCell(value) : "")));
  return el("figure.cells", {}, el("table", { class: columns <= NUMBERED ? "" : "bare" }, el("tbody", {}, ...Array.from({ length: values.length / columns }, (_, at) => row(at * columns)))), el("figcaption", {}, ...caption));
}

/** Where there is little room: of each pair its two numbers, and below them their product. */
function pairs(first, second, products, columns, how, caption) {
  const cell = (k) => el("td", { style: shade(products[k], how) }, el("span", {}, `${inCell(first[k])}×${inCell(second[k])}`), el("b", {}, inCell(products[k])));
  return el("figure.cells.pairs", {}, el("table", {}, el("tbody", {}, ...Array.from({ length: products.length / columns }, (_, row) => el("tr", {}, ...Array.from({ length: columns }, (_, k) => cell(row * columns + k)))))), el("figcaption", {}, ...caption));
}

/** Numbers times numbers, place by place: three tables, or one of pairs. */
function multiplied(steps, [first, second, products], columns, captions) {
  const how = (values) => ({ diverging: true, top: scale(values, 1) || 1 }), tops = { diverging: true, top: scale(products, 1) || 1 };
  if (!steps.large && columns <= NUMBERED) return [pairs(first, second, products, columns, tops, [captions[0], " · ", captions[1], " = ", captions[2]])];
  const positive = first.every((each) => each >= 0);
  return [el("div.multiplied", {}, cells(first, columns, positive ? { top: Math.max(1, ...first) } : how(first), [captions[0]]), el("span.between", {}, "⊙"), cells(second, columns, how(second), [captions[1]]), el("span.between", {}, "="), cells(products, columns, tops, [captions[2]]))];
}

const chosen = (steps) => steps.maps;
const index = (place) => place.join(",");

/** What is said of a window of which one channel of several is shown. */
const channelNote = ({ channels, first, loudest }) => (channels > 1 ? [el("p.note", {}, t("Shown is map {map}, which says the most of {count}.", { map: first + loudest, count: channels }))] : []);

// ---- 2: a window ---------------------------------------------------------------------------------------------------------

export function weighing(steps) {
  const { reading } = steps, { layer, spot, map } = chosen(steps), { windows } = reading;
  if (chosen(steps).alone) return pooling(steps);
  const seen = windows.window(layer, spot), { size: [rows, columns], channels, loudest } = seen, area = rows * columns, part = (values) => values.slice(loudest * area, (loudest + 1) * area);
  const z = windows.value("z", layer, spot), a = windows.value("a", layer, spot), bias = reading.bias(layer, map), kind = reading.activation(layer), products = part(seen.products);
  const say = layer === 2 ? t("**Kernel {map} slides over the image.** At every place it weighs the window under it and adds its bias: that makes a map.", { map })
    : t("**Kernel {map} slides over the maps of layer {before}.** At every place it weighs the windows under it and adds its bias: that makes a map.", { map, before: layer - 1 });
  const tables = multiplied(steps, [part(seen.values), part(seen.weights), products], columns, [t("the window"), t("kernel {kernel}", { kernel: map }), t("their {count} {count:product|products}", { count: area })]);
  const others = channels > 1 ? [el("div.sums", {}, el("span.note", {}, t("the sum of these products")), " ", fixed(sum(products)), el("span.note", {}, ` ${t("and of {count} more", { count: (channels - 1) * area })} `), fixed(seen.sum - sum(products), 3, true))] : [];
  const drawn = steps.kind === "l" ? curve(kind, z, 220, 84, fixed(a)) : null;
  const worked = el("div.worked", {}, ...others, el("div", {}, sym("z", layer, index(spot)), " = ", el("span.under", {}, fixed(seen.sum), el("span.note", {}, t("the sum"))), " + ", el("span.under.cr-b", {}, factor(bias), el("span.note", {}, t("its bias"))), " = ", el("b.cr-z", {}, fixed(z))),
    el("div", {}, sym("a", layer, index(spot)), " = ", applied(kind, fixed(z)), " = ", el("b.cr-a", {}, fixed(a))), ...(drawn ? [drawn] : []));
  return {
    say, figure: [el("div.beside.wraps", {}, el("div", {}, ...tables, ...channelNote(seen)), el("div", {}, worked, ...goesOn(steps, a)))], folds: steps.layers(),
    all: [t("At all places"), [sym("z", layer), shapeText(windows.shape(layer))], "=", [sym("w", layer), `${shapeText([windows.shape(layer)[0], channels])}×${rows}×${columns}`], "⋆", [sym("a", layer - 1), shapeText(windows.shape(layer - 1))], "+", [sym("b", layer), `${windows.shape(layer)[0]}×1×1`]],
  };
}

/** Whether the pooling behind it keeps a place. */
function goesOn(steps, a) {
  const { reading } = steps, { pool, averaged, spot } = chosen(steps);
  if (!pool) return [];
  const [over] = reading.windows.pooled(pool, spot), said = (words) => [el("p.note.pooled", {}, words)];
  if (!over) return said(t("It lies at an edge that layer {layer} cuts off.", { layer: pool }));
  const { winner, values } = reading.windows.window(pool, over), value = fixed(reading.windows.value("a", pool, over));
  if (averaged) return said(t("Then layer {layer} takes the mean of its window of {count} {count:place|places}: {value}.", { layer: pool, count: values.length, value }));
  return said(winner[0] === spot[1] && winner[1] === spot[2] ? t("Then layer {layer} keeps the largest of each window of {count} {count:place|places}: this one goes on.", { layer: pool, count: values.length })
    : t("Then layer {layer} keeps the largest of each window of {count} {count:place|places}: here {value}. This one, {own}, ends here.", { layer: pool, count: values.length, value, own: fixed(a) }));
}

/** A pooling that follows no convolution. */
function pooling(steps) {
  const { reading } = steps, { layer, spot, averaged } = chosen(steps), { windows } = reading, { values, size: [, columns], winner, corner } = windows.window(layer, spot);
  const say = averaged ? t("Each window becomes one number: **the mean of its numbers**.") : t("Each window becomes one number: **the largest of its numbers**.");
  const framed = averaged ? -1 : (winner[0] - corner[0]) * columns + winner[1] - corner[1], top = Math.max(1, ...values.map(Math.abs));
  return {
    say, figure: [el("div.beside", {}, cells(values, columns, { top, diverging: values.some((each) => each < 0) }, [t("the window")], framed), el("div.worked", {}, sym("a", layer, index(spot)), " = ", el("b.cr-a", {}, fixed(windows.value("a", layer, spot)))))], folds: steps.layers(),
    all: [t("At all places"), [sym("a", layer), shapeText(windows.shape(layer))], "=", averaged ? t("the means of") : t("the largest of"), [sym("a", layer - 1), shapeText(windows.shape(layer - 1))]],
  };
}

// ---- 4: the error, backwards ---------------------------------------------------------------------------------------------

export const blaming = (steps) => ({ column: fromColumn, pool: throughPool, window: throughKernel })[chosen(steps).part](steps);

/** × σ′(z) = δ, of a place of a layer that has a slope. */
function ending(reading, layer, place, value) {
  const { windows } = reading, known = reading.delta(layer), delta = known ? windows.value("delta", layer, place) : value, symbol = known ? sym("d", layer, index(place)) : gradientOf("a", layer, index(place));
  const sloped = kindOf(reading.network, layer) === "convolution";
  if (!sloped) return [el("div", {}, symbol, " = ", el("b.cr-d", {}, num(delta, 3, true)))];
  return [el("div", {}, symbol, " = ", num(value, 3, true), " × ", el("span.under", {}, num(windows.value("slope", layer, place)), el("span.note", {}, slopeOf(reading.activation(layer), layer))), " = ", el("b.cr-d", {}, num(delta, 3, true)))];
}

const slopes = (reading, layer) => (layer > 1 && kindOf(reading.network, layer) === "convolution" ? ["⊙", [slopeOf(reading.activation(layer), layer), shapeText(reading.windows.shape(layer))]] : []);

/** From the neurons of the first fully connected layer into the last images. */
function fromColumn(steps) {
  const { reading } = steps, { of, spot } = chosen(steps), { dense, windows } = reading, products = windows.weighedBy(of, spot), delta = reading.delta(dense), at = windows.index(of, spot);
  const order = Array.from(products, (_, k) => k).sort((p, q) => Math.abs(products[q]) - Math.abs(products[p])), shown = order.slice(0, order.length > FEW + 1 ? FEW : FEW + 1), rest = order.slice(shown.length);
  const name = (k) => (dense === reading.last ? reading.output(k) : t("neuron {j}", { j: k }));
  const rows = shown.map((k) => el("tr", {}, el("th", { scope: "row" }, name(k)), el("td.cr-w", {}, fixed(reading.weight(dense, k, at), 3)), el("td", {}, "×"), el("td.cr-d", {}, factor(delta[k])), el("td", {}, "="), el("td", {}, el("b", {}, num(products[k], 3, true)))));
  const others = rest.length ? [el("tr", {}, el("th", { scope: "row", colspan: 5 }, t("{count} more", { count: rest.length })), el("td", {}, num(sum(rest.map((k) => products[k])), 3, true)))] : [];
  const table = el("table.numbers", {}, ...rows, ...others), total = sum(products);
  return {
    say: t("The error of a place comes from **all that weighed it**: each error, times the weight that lay on the place."), folds: steps.further(),
    figure: [el("div.beside", {}, table, el("div.worked", {}, ...ending(reading, of, spot, total)))],
    all: [t("At all places"), [sym("d", of), shapeText(windows.shape(of))], "=", [turned("w", dense), `${reading.size(dense - 1)}×**${reading.size(dense)}**`], [sym("d", dense), `**${reading.size(dense)}**×1`], ...slopes(reading, of)],
  };
}

/** From a pooling to the places of its window. */
function throughPool(steps) {
  const { reading } = steps, { layer, pool, spot, averaged, alone } = chosen(steps), { windows } = reading, from = alone ? layer : pool, to = from - 1;
  const { values, size: [rows, columns], winner, corner } = windows.window(from, spot), error = windows.value("delta", from, spot), framed = averaged ? -1 : (winner[0] - corner[0]) * columns + winner[1] - corner[1];
  const places = Array.from(values, (_, k) => [spot[0], corner[0] + Math.floor(k / columns), corner[1] + (k % columns)]), shares = places.map((place) => sum(windows.shares(from, place).map(({ share, error: each }) => share * each)));
  const [, height, width] = windows.shape(to), inside = ([, row, column]) => row < height && column < width, told = averaged ? places.find(inside) : [spot[0], ...winner], all = windows.shares(from, told), value = sum(all.map(({ share, error: each }) => share * each));
  const say = averaged ? t("The mean took the same of all: **each place of the window gets an equal part of the error**.") : t("The error goes to **the place that won its window**, and to no other.");
  const largest = Math.max(1e-9, ...values.map(Math.abs)), most = Math.max(1e-9, ...shares.map(Math.abs));
  const before = cells(values, columns, { top: largest, diverging: values.some((each) => each < 0) }, [t("the window"), " ", sym("a", to)], framed);
  const after = cells(shares, columns, { top: most * 1.3, diverging: true }, [t("what each gets")], framed);
  const several = all.filter(({ share }) => share).length > 1 ? [el("p.note", {}, t("It lies in several windows: their parts add up."))] : [];
  const part = averaged ? [` : ${rows * columns}`] : [];
  return {
    say, folds: steps.further(),
    figure: [el("div.beside", {}, el("div.multiplied", {}, before, el("span.between", {}, "→"), after), el("div.worked", {}, el("div", {}, sym("d", from, index(spot)), " = ", el("b.cr-d", {}, num(error, 3, true)), ...part), ...ending(reading, to, told, value), ...several))],
    all: [t("At all places"), [sym("d", to), shapeText(windows.shape(to))], "=", averaged ? t("equal parts of") : t("for the winners"), [sym("d", from), shapeText(windows.shape(from))], ...slopes(reading, to)],
  };
}

/** From the places of a convolution that saw a place, through the turned kernel. */
function throughKernel(steps) {
  const { reading } = steps, { layer, spot, map, of } = chosen(steps), { windows } = reading, all = windows.seenBy(layer, spot), own = all.filter((each) => each.map === map).sort((p, q) => p.y - q.y || p.x - q.x);
  const total = sum(all.map(({ product }) => product)), here = sum(own.map(({ product }) => product)), columns = new Set(own.map(({ x }) => x)).size || 1, maps = new Set(all.map((each) => each.map)).size;
  const tables = own.length ? multiplied(steps, [own.map(({ error }) => error), own.map(({ w }) => w), own.map(({ product }) => product)], columns, [t("errors of the places that saw it"), t("kernel {kernel}, turned", { kernel: map }), t("what comes back")]) : [];
  const say = t("The error goes back **through the same kernel, turned half round**: each place that saw this one sends its error through the weight that lay on it.");
  const lines = [el("div.sums", {}, el("span.note", {}, t("map {map}", { map })), " ", num(here, 3, true), ...(maps > 1 ? [el("span.note", {}, ` ${t("{count} more {count:map|maps}", { count: maps - 1 })} `), num(total - here, 3, true)] : []))];
  const kernel = windows.kernel(layer, map), { size } = sliding(reading.network, layer);
  return {
    say, folds: steps.further(), figure: [el("div.beside.wraps", {}, el("div", {}, ...tables), el("div.worked", {}, ...lines, ...ending(reading, of, spot, total)))],
    note: of === 1 ? t("The pixels do not learn; but so the cost would change with each of them.") : undefined,
    all: [t("At all places"), [reading.delta(of) ? sym("d", of) : gradientOf("a", of), shapeText(windows.shape(of))], "=", [sym("w", layer), `${shapeText([windows.shape(layer)[0], kernel.channels])}×${shapeText(size)}`], "∗", [sym("d", layer), shapeText(windows.shape(layer))], ...slopes(reading, of)],
  };
}

// ---- 5: the gradient of a kernel -----------------------------------------------------------------------------------------

export function gradients(steps) {
  const { reading } = steps, { layer, map, channel, alone } = chosen(steps), { windows } = reading;
  if (alone) return { say: t("A pooling has no weights: there is nothing to learn here."), figure: [], folds: steps.layers(), all: [t("At all places"), [sym("a", layer), shapeText(windows.shape(layer))]] };
  const { size: [rows, columns] } = sliding(reading.network, layer), { channels, first } = windows.kernel(layer, map), area = rows * columns, all = windows.gradient(layer, map), own = all.slice((channel - first) * area, (channel - first + 1) * area);
  const delta = windows.map("delta", layer, map), before = windows.map("a", layer - 1, channel), [, , across] = windows.shape(layer), [, , wide] = windows.shape(layer - 1), size = steps.pictureSize;
  const at = own.reduce((best, each, k) => (Math.abs(each) > Math.abs(own[best]) ? k : best), 0), where = [map, channel - first, Math.floor(at / columns), at % columns], places = delta.filter(Boolean).length;
  const drawn = (values, wide_, how, head) => el("figure.cells", {}, heat(el("canvas.px", { "aria-hidden": "true", style: `width:${size}px;height:${(size * values.length) / wide_ / wide_}px` }), values, wide_, how), el("figcaption", {}, head));
  const errors = drawn(delta, across, { diverging: true, top: scale(delta.filter(Boolean)) }, t("its errors")), seen = drawn(before, wide, { diverging: before.some((each) => each < 0), top: Math.max(layer === 2 ? 1 : 1e-9, scale(before)) }, layer === 2 ? t("the image") : t("map {map} of layer {layer}", { map: channel, layer: layer - 1 }));
  return {
    say: t("A weight of a kernel works at every place. **Its gradient is the error there, times what lay under it, added up over all places.**"), folds: steps.layers(),
    figure: [el("div.beside.wraps", {}, el("div.multiplied", {}, errors, el("span.between", {}, "⋆"), seen, el("span.between", {}, "="), cells(own, columns, { diverging: true, top: scale(own, 1) * 1.3 || 1 }, [t("gradient of kernel {kernel}", { kernel: map })], at)),
      el("div.worked", {}, el("div", {}, gradientOf("w", layer, index(where)), " = ", el("b.cr-g", {}, num(own[at], 3, true))), el("p.note", {}, t("the sum of {count} {count:product|products}, where the error is not 0", { count: places })), el("div", {}, gradientOf("b", layer, map), " = ", el("b.cr-g", {}, num(sum(delta), 3, true)), el("span.note", {}, ` ${t("the sum of its errors")}`))))],
    all: [t("All kernels at once"), [gradientOf("w", layer), `${shapeText([windows.shape(layer)[0], channels])}×${rows}×${columns}`], "=", [sym("d", layer), shapeText(windows.shape(layer))], "⋆", [sym("a", layer - 1), shapeText(windows.shape(layer - 1))]],
  };
}
