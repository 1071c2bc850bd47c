// Networks of any fully connected layers, out of the templates that Python made of the derived programs: `build` writes one as a
// WebAssembly module, and `network` makes it ready, to be used as the programs are that come with a page.

import { count, read, tiled } from "./tiling.js";
import { module } from "./writer.js";

const [LINE, PAGE, STEPS] = [64, 2 ** 16, 64]; // an engine does not optimize a call that is running
const [SUMS, ROWS] = [8, 4]; // what 16 registers hold besides operands
const up = (n, by) => Math.ceil(n / by) * by;

/** The module of a network, and where its arrays lie in its memory. */
export function build({ sizes, activations, cost, batch, examples = 1, bytes = false, momentum = false }, templates) {
  const last = sizes.length, output = activations.at(-1), functions = [], places = {}, index = (name) => ({ op: "get", kind: "index", args: [], detail: name });
  let end = LINE;

  /** The sizes of a layer and of those beside it, by their names in templates. */
  const known = (layer, m) => {
    const found = { m, examples, steps: STEPS };
    for (const [mark, by] of [["", 0], ["<", -1], [">", 1]]) {
      found[`n${mark}`] = sizes[layer - 1 + by];
      found[`v${mark}`] = Math.ceil(sizes[layer - 1 + by] / 4);
    }
    return found;
  };

  /** The name of an array of a layer, or of one beside it. Those for one example by itself have a prefix: weights of their own, too. */
  const named = (layer, m, prefix) => (array) => {
    const by = { "<": -1, ">": 1 }[array.at(-1)] ?? 0, base = by ? array.slice(0, -1) : array;
    const name = prefix + base + (templates.alone.includes(base) ? "" : layer + by);
    if (!(name in places)) {
      places[name] = end;
      end += up(count(templates.arrays[base], known(layer + by, m)), LINE);
    }
    return name;
  };

  /** Call loops of templates, written for a layer if they are not yet: once, or for all whole tiles and for the rest. */
  const add = (to, numbers, layer, m = batch, prefix = "") => {
    const rest = m % ROWS, whole = m - rest, sizes_ = known(layer, m);
    const tiles = [{ E: ROWS, G: whole / ROWS, g: 0, f: 0 }, { E: rest, G: 1, g: whole / ROWS, f: whole }];
    for (const number of numbers) {
      const template = templates.loops[number], text = JSON.stringify(template);
      const chosen = text.includes('"E"') ? tiles.filter(({ E, G }) => E && G) : [{ E: Math.min(ROWS, m) }];
      for (const tile of chosen) {
        const name = `${prefix}${number}.${layer}.${tile.g ?? ""}`, indices = text.includes('"step"') ? ["step"] : [];
        to.push({ call: name, arrays: [], indices: indices.map(index) });
        if (functions.some((each) => each.name === name)) continue;
        const loops = read(template, { ...sizes_, ...tile }, named(layer, m, prefix), indices);
        const turns = { p: Math.floor(SUMS / tile.E), r: tile.E, e: tile.E, o: SUMS / ROWS, q: ROWS };
        functions.push({ name, arrays: [], indices, body: tiled(loops, turns) });
      }
    }
  };

  const layers = sizes.slice(1).map((_, k) => k + 2), back = [...layers].reverse();
  const errors = (layer) => templates.error[layer < last ? activations[layer - 2] : `${cost} ${output}`];
  const listed = (numbers, layer) => numbers.map((each) => (bytes && layer === 2 ? templates.listed[each] ?? each : each));
  const [train, forward, look] = [[], [], []];
  add(train, bytes ? [...templates.images, ...templates.nonzero] : templates.inputs, 1);
  add(train, templates.targets, last);
  if (!momentum) add(train, templates.begin, 1);
  for (const layer of layers) add(train, listed(templates.forward[activations[layer - 2]], layer), layer);
  add(train, [...templates[cost], ...templates.told], last);
  for (const layer of back) add(train, errors(layer), layer);
  for (const layer of layers) add(train, momentum ? templates.momentum : listed(templates.update, layer), layer);
  for (const layer of layers) add(forward, templates.forward[activations[layer - 2]], layer, 1, "one:");
  look.push(...forward);
  for (const layer of layers) add(look, templates.slope[activations[layer - 2]] ?? [], layer, 1, "one:");
  for (const layer of back) add(look, errors(layer), layer, 1, "one:");
  for (const layer of layers) add(look, templates.gradient, layer, 1, "one:");
  add(look, templates[cost], last, 1, "one:");

  const steps = { index: "step", start: 0, stop: index("n"), step: 1, body: train };
  const all = { train: [["n"], [steps]], forward: [[], forward], look: [[], look] };
  for (const [name, [indices, body]] of Object.entries(all)) functions.push({ name, arrays: [], indices, body });
  return { bytes: module(functions, { places, pages: Math.ceil(end / PAGE) }), places };
}

/** A network that is ready: `look`, `reading` and `training` are used as a page's programs are, and `looked` names what a look gives. */
export async function network(settings, templates) {
  const { sizes, activations, batch, examples = 1, bytes = false, momentum = false } = settings;
  const { bytes: code, places } = build(settings, templates);
  const { exports } = (await WebAssembly.instantiate(code)).instance;
  const last = sizes.length, inputs = sizes[0], outputs = sizes.at(-1), layers = sizes.slice(1).map((_, k) => k + 2);
  const array = (Numbers, name, length) => new Numbers(exports.memory.buffer, places[name], length);
  const floats = (name, length) => array(Float32Array, name, length);
  const number = (name, value) => floats(name, 1).fill(value);

  /** A parameter or its gradient, as it lies: columns of neurons, padded to whole vectors. */
  const lying = (name) => {
    const [, of, digits] = /^(.*?)(\d+)$/.exec(name), layer = +digits;
    const rows = sizes[layer - 1], columns = of.endsWith("w") ? sizes[layer - 2] : 1, across = up(rows, 4);
    return { rows, columns, across, numbers: floats(name, across * columns) };
  };
  const get = (name, own = name) => {
    const { rows, columns, across, numbers } = lying(own), found = new Float32Array(rows * columns);
    for (let i = 0, k = 0; i < rows; i++) for (let j = 0; j < columns; j++) found[k++] = numbers[j * across + i];
    return found;
  };
  const set = (name, given) => {
    const { rows, columns, across, numbers } = lying(name);
    for (let i = 0, k = 0; i < rows; i++) for (let j = 0; j < columns; j++) numbers[j * across + i] = given[k++];
  };
  const learned = layers.flatMap((layer) => [`w${layer}`, `b${layer}`]);
  const given = Object.fromEntries(learned.map((name) => [name, { set: (numbers) => set(`one:${name}`, numbers) }]));
  const a1 = { length: inputs, set: (numbers) => floats("one:a1", inputs).set(numbers) };
  const y = { length: outputs, set: (numbers) => floats(`one:y${last}`, outputs).set(numbers) };
  number("one:number1", 1); // the error of one example by itself is not times η

  const sloped = layers.filter((layer) => activations[layer - 2] in templates.slope);
  const each = (letter) => layers.map((layer) => [letter + layer, sizes[layer - 1]]);
  const parts = [
    ...[...each("z"), ...each("a"), ...each("e")].map(([name, n]) => [name.replace("e", "δ"), () => floats(`one:${name}`, n)]),
    ...sloped.map((layer) => [`slope${layer}`, () => floats(`one:slope${layer}`, sizes[layer - 1])]),
    ...learned.map((name) => [`gradient of ${name}`, () => get(name, `one:dC_d${name}`)]),
    ["cost", () => floats("one:cost", 1)],
  ];
  const run = () => { exports.look(); return parts.map(([, part]) => part()); };
  const read = () => { exports.forward(); return floats(`one:a${last}`, outputs); };

  /** Rows of numbers, padded to whole vectors. */
  const rows = (Numbers, name, numbers, length) => {
    const across = up(length, 4), all = array(Numbers, name, across * examples);
    for (let k = 0; k < examples; k++) for (let i = 0; i < length; i++) all[k * across + i] = numbers[k * length + i];
  };
  const bring = ({ images, labels, ...parameters }) => {
    if (images) rows(bytes ? Uint8Array : Float32Array, "images", images, inputs);
    if (labels) {
      const classes = labels.length === examples && outputs > 1;
      const wanted = classes ? Float32Array.from({ length: examples * outputs }, (_, k) => +(labels[Math.floor(k / outputs)] === k % outputs)) : labels;
      rows(Float32Array, "targets", wanted, outputs);
      array(Int32Array, "labels", examples).set(classes ? labels : []);
    }
    for (const [name, numbers] of Object.entries(parameters)) set(name, numbers);
  };
  const sum = ({ rows, columns, across, numbers }) => {
    let all = 0;
    for (let j = 0; j < columns; j++) for (let i = 0; i < rows; i++) all += numbers[j * across + i];
    return all;
  };
  const state = learned.flatMap((name) => (momentum ? [name, `v_${name}`] : [name]));
  const train = (order, rates) => {
    const steps = order.length / batch, places_ = array(Int32Array, "order", STEPS * batch), costs = floats("costs", STEPS);
    const [right, before] = [array(Int32Array, "right", 1).fill(0), state.map((name) => lying(name).numbers.slice())];
    number("share", 1 / batch);
    if (momentum) number("number1", 1 / batch);
    let cost = 0, wrong;
    const most = typeof rates === "number" ? STEPS : 1;
    for (let done = 0; done < steps && wrong === undefined; done += most) {
      const now = Math.min(most, steps - done);
      places_.set(order.slice(done * batch, (done + now) * batch));
      number("rate", typeof rates === "number" ? rates : rates[done]);
      exports.train(now);
      const own = [...costs.subarray(0, now)], odd = own.findIndex((each) => !Number.isFinite(each));
      cost += own.reduce((sum, each) => sum + each, 0);
      if (odd >= 0) wrong = done + odd;
    }
    if (!learned.every((name) => Number.isFinite(sum(lying(name))))) wrong ??= steps - 1;
    if (wrong !== undefined) state.forEach((name, k) => lying(name).numbers.set(before[k]));
    else training.steps += steps;
    return { cost: cost / order.length, correct: right[0], wrong };
  };
  const training = { memory: exports.memory, steps: 0, get, set: bring, train };
  return {
    look: { memory: exports.memory, inputs: { ...given, a1, y }, run }, reading: { inputs: { ...given, a1 }, run: read }, training,
    looked: parts.map(([name]) => name),
  };
}
