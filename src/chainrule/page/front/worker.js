// The Worker: the network's parameters, the carried examples, and the programs as WebAssembly that compute with them.
// The page asks by messages { id, method, given }, and is answered { id, result } or { id, error: [text, values] }.

import { message } from "./dom.js";
import { network as ofLayers } from "./layers.js";
import * as looking from "./program-look.js";
import * as reading from "./program-read.js";
import * as training from "./program-training.js";
import { drawn, random, shuffled } from "./random.js";

const MOST_KEPT = 2 ** 27; // bytes of what can be taken back
const LARGE = 0.001; // from here on a number is said to have moved
const SNAPSHOTS = 30; // epochs of a training whose parameters the page gets to keep
const BREATH = 12; // milliseconds of training after which other questions are answered
const MOST_KINDS = 6; // networks of other layers that can be looked into again
const [DEEPEST, WIDEST] = [8, 1024]; // hidden layers, and neurons of one

let first; // what the page tells of the network that came with it
let about; // and of the present one
let templates; // of networks of other layers
let ids = 0; // how many there have been
let parameters = {}; // by name
let examples; // { x, labels } of all that is carried: count numbers each, in the units that are shown
let tests = null; // the same of all test examples, where a server has given them
let changes = 0; // how often the parameters have become others
let look, read; // the programs, ready
const kinds = new Map(); // the networks that there have been, by id: { about, look, read }
let before = []; // parameters that can be taken back
let running = null; // the training that goes on

class Refused extends Error {
  constructor(text, values = {}) {
    super(text);
    this.values = values;
  }
}

// ---- parameters ----------------------------------------------------------------------------------------------------------

const copied = (arrays) => Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, array.slice()]));

/** Let the programs have the present parameters. */
function given() {
  changes++;
  for (const [name, array] of Object.entries(parameters)) {
    look.inputs[name]?.set(array);
    read.inputs[name].set(array);
  }
}

/** Keep the present network, to be taken back. */
function kept() {
  before.push({ about, look, read, parameters: copied(parameters) });
  const arrays = () => [...before.flatMap((each) => Object.values(each.parameters)), ...new Set(before.map((each) => each.look.memory.buffer))];
  while (before.length > 1 && arrays().reduce((sum, { byteLength }) => sum + byteLength, 0) > MOST_KEPT) before.shift();
}

/** Take the last one back. */
function back() {
  if (before.length) ({ about, look, read, parameters } = before.pop());
  given();
}

// ---- one example ---------------------------------------------------------------------------------------------------------

/** The activations of the first layer of numbers as they are shown: images that are scaled, columns in their own units. */
function activations(x) {
  const { shift, scale } = about.inputs, count = about.sizes[0], found = new Float64Array(count);
  if (x.length !== count) throw new Refused(message("An example has {count} numbers here, and was given {given}."), { count, given: x.length });
  const shifts = shift.length > 1, scales = scale.length > 1;
  for (let i = 0; i < count; i++) found[i] = (x[i] - shift[shifts ? i : 0]) / scale[scales ? i : 0];
  return found;
}

/** The desired outputs of a class, of labels, or of numbers. */
function desired(y) {
  const outputs = about.sizes.at(-1), found = new Float64Array(outputs);
  if (typeof y !== "number") found.set(y);
  else if (about.kind === "classes") found[y] = 1;
  else found[0] = y;
  return found;
}

/** Run the program of a look; what it gives, by name. */
function run(x, y) {
  const { a1, y: wanted } = look.inputs;
  a1.set(activations(x));
  wanted.set(y === null ? new Float64Array(wanted.length) : desired(y));
  const results = look.run();
  return Object.fromEntries(about.looked.map((name, k) => [name, results[k]]));
}

/** Note the present network, so that it can be looked into after it has become another. */
function noted() {
  kinds.delete(about.id);
  kinds.set(about.id, { about, look, read });
  if (kinds.size > MOST_KINDS) kinds.delete(kinds.keys().next().value);
}

/** Compute as the network of an epoch did: `at` has its id and all its parameters. */
function as(at, compute) {
  if (!at) return compute();
  const now = { about, look, read }, give = (arrays) => { for (const [name, array] of Object.entries(arrays)) look.inputs[name]?.set(array); };
  ({ about, look, read } = kinds.get(at.id));
  give(at.all);
  try { return compute(); } finally {
    ({ about, look, read } = now);
    give(parameters);
  }
}

function looked(x, y) {
  const found = run(x, y), layers = about.sizes.slice(1).map((_, k) => k + 2);
  const each = (letter) => layers.map((layer) => found[letter + layer]?.slice() ?? null);
  const a = each("a"), z = each("z").map((array, k) => array ?? a[k]);
  return {
    z: [null, ...z],
    a: [activations(x), ...a.map((array, k) => array ?? z[k])],
    slope: [null, ...each("slope")],
    delta: [null, ...(y === null ? layers.map(() => null) : each("δ"))],
    cost: y === null ? null : found.cost[0],
  };
}

const gradients = (x, y) => {
  const found = run(x, y);
  return Object.fromEntries(about.learned.map((name) => [name, found[`gradient of ${name}`].slice()]));
};

/** w2, w3, … and b2, b3, … of layers that have them; else the place is empty. */
function byLayer(arrays) {
  const of = (letter) => about.sizes.slice(1).map((_, k) => arrays[`${letter}${k + 2}`] ?? null);
  return { w: of("w"), b: of("b"), all: arrays };
}

/** One step against the gradient of one example: w − η ∂C/∂w, for every parameter that is learned. */
function teach(x, y, eta) {
  free();
  const first = looked(x, y), gradient = gradients(x, y);
  kept();
  const moved = { all: 0, still: 0, large: 0, least: LARGE };
  for (const [name, slope] of Object.entries(gradient)) {
    const array = parameters[name];
    for (let k = 0; k < array.length; k++) {
      const old = array[k];
      array[k] = old - eta * slope[k];
      const by = Math.abs(array[k] - old);
      moved.all++;
      if (!by) moved.still++;
      if (by >= LARGE) moved.large++;
    }
  }
  given();
  const after = looked(x, y);
  if (![...after.a.at(-1), after.cost].every(Number.isFinite)) {
    undo();
    throw new Refused(message("The numbers have overflowed: a step was too long (η = {eta}). It was taken back."), { eta });
  }
  return { before: first, after, moved, ...state() };
}

function undo() {
  free();
  back();
  return state();
}

/** Be the network of an epoch; undo goes back. */
function adopt({ id, all }) {
  free();
  kept();
  ({ about, look, read } = kinds.get(id));
  parameters = copied(all);
  given();
  return state();
}

// ---- all examples --------------------------------------------------------------------------------------------------------

/** The numbers of an example as they are shown. */
function rowOf(i, found = new Float64Array(about.sizes[0]), { x, bytes } = examples) {
  const count = found.length;
  for (let k = 0; k < count; k++) found[k] = bytes ? x[i * count + k] / 255 : x[i * count + k];
  return found;
}

/** The output activations of the examples from one to another, row by row. In the program examples are columns, but images. */
function answers(from, to, set = examples) {
  const { m, columns: [down, up] } = about.read, outputs = about.sizes.at(-1), inputs = about.sizes[0];
  const found = new Float32Array((to - from) * outputs), row = new Float64Array(inputs);
  for (let begin = from; begin < to; begin += m) {
    const here = Math.min(m, to - begin), { a1 } = read.inputs;
    for (let k = 0; k < here; k++) {
      const a = activations(rowOf(begin + k, row, set));
      if (down) for (let i = 0; i < inputs; i++) a1[i * m + k] = a[i];
      else a1.set(a, k * inputs);
    }
    const given = read.run();
    for (let k = 0; k < here; k++) for (let j = 0; j < outputs; j++) found[(begin - from + k) * outputs + j] = given[up ? j * m + k : k * outputs + j];
  }
  return found;
}

/** The classes that activations say, row by row. */
function classes(a) {
  const outputs = about.sizes.at(-1), found = new Uint8Array(a.length / outputs);
  for (let i = 0; i < found.length; i++) {
    let best = 0;
    for (let j = 1; j < outputs; j++) if (a[i * outputs + j] > a[i * outputs + best]) best = j;
    found[i] = outputs > 1 ? best : Number(a[i] > about.threshold);
  }
  return found;
}

/** How the shown examples are read now; `correct` counts those that were chosen whatever the network says of them. */
function readAll() {
  const { shown, fair } = about.carried, a = answers(0, shown), found = classes(a);
  let correct = 0;
  for (let i = 0; i < fair; i++) if (found[i] === examples.labels[i]) correct++;
  return { classes: found, activations: a, correct, count: fair };
}

/** Examples out of the bytes of their rows and then of their labels. */
function unpacked(block, count) {
  const { bytes } = examples, size = count * about.sizes[0], Rows = bytes ? Uint8Array : Float32Array, Labels = examples.labels.constructor;
  const labels = block.slice(size * Rows.BYTES_PER_ELEMENT); // where they begin may be odd
  return { x: new Rows(block, 0, size), bytes, labels: new Labels(labels) };
}

/** Keep all test examples. */
function keepTests(block, count) {
  tests = unpacked(block, count);
  return tests;
}

/** How they are read now. */
function readTests() {
  if (tests.changes !== changes) {
    const count = tests.x.length / about.sizes[0], a = answers(0, count, tests);
    Object.assign(tests, { changes, read: { classes: classes(a), activations: a } });
  }
  return tests.read;
}

/** Keep the examples to learn from, rows and then their labels, behind those that are shown; a text is deflated and in base64. */
async function keepLearned(given) {
  const block = typeof given === "string" ? await inflated(bytesOf(given)) : given;
  const { shown, learned, validated } = about.carried, { x, bytes, labels } = examples;
  const end = (Math.max(learned[1], validated[1]) - shown) * about.sizes[0] * x.BYTES_PER_ELEMENT;
  const behind = (one, added) => { const Kind = one.constructor, other = new Kind(added), all = new Kind(one.length + other.length); all.set(one); all.set(other, one.length); return all; };
  examples = { bytes, x: behind(x, block.slice(0, end)), labels: behind(labels, block.slice(end)) };
}

/** What the page knows of the present network. */
const state = () => ({ read: readAll(), weights: byLayer(copied(parameters)), canUndo: before.length > 0, network: about });

// ---- training ------------------------------------------------------------------------------------------------------------

/** Refuse what would change parameters that are being trained. */
function free() {
  if (running) throw new Refused(message("The network is training; stop it first."));
}

/** What the page tells of a network like this one, with these hidden layers, their activations, and cost with that of the outputs. */
function reshaped({ layers, activation, cost, output }) {
  const hidden = layers ?? about.sizes.slice(1, -1), sizes = [about.sizes[0], ...hidden, about.sizes.at(-1)];
  const wrong = hidden.find((n) => !Number.isInteger(n) || n < 1 || n > WIDEST);
  if (wrong !== undefined) throw new Refused(message("A layer has {given} neurons; it takes a whole number from 1 to {most}."), { given: wrong, most: WIDEST });
  if (hidden.length > DEEPEST) throw new Refused(message("There are {given} hidden layers; the page takes {most} at most."), { given: hidden.length, most: DEEPEST });
  const inner = hidden.map((_, k) => (Array.isArray(activation) ? activation[k] : activation) ?? about.activations[k] ?? about.activations[0]);
  const how = cost ?? about.cost, outer = output ?? (how === about.cost ? about.activations.at(-1) : templates.outputs[how]?.[0]);
  const odd = inner.find((each) => !templates.hidden.includes(each));
  if (odd !== undefined) throw new Refused(message("There is no activation {given} here; there are {known}."), { given: odd, known: templates.hidden.join(", ") });
  if (!templates.outputs[how]?.includes(outer)) throw new Refused(message("The page has no {cost} cost of {output} outputs."), { cost: how, output: outer });
  const activations = [...inner, outer], learned = sizes.slice(1).flatMap((_, k) => [`w${k + 2}`, `b${k + 2}`]);
  const arrays = sizes.slice(1).flatMap((n, k) => {
    const [weights, biases] = templates.drawn[activations[k]], before = sizes[k];
    const of = (name, role, shape, deviation) => ({ name: name + (k + 2), layer: k + 2, role, shape, count: shape[0] * shape[1], drawn: [0, deviation] });
    return [of("w", "weight", [n, before], weights / Math.sqrt(before)), of("b", "bias", [n, 1], biases)];
  });
  const titles = Object.fromEntries(Object.keys(about.titles).map((code) => [code, sizes.map(String)]));
  return {
    ...about, id: ++ids, dtype: "float32", sizes, shapes: [about.shapes[0], ...sizes.slice(1).map((n) => [n])], titles, activations, cost: how, arrays, learned,
    parameters: arrays.reduce((sum, { count }) => sum + count, 0), accuracy: null, read: { m: 1, columns: [false, false] },
  };
}

const alike = (one, other) => ["sizes", "activations", "cost"].every((each) => String(one[each]) === String(other[each]));

/** What trains: `set`, `train` and `get`, as `Network.webassembly` says. Where settings ask for other layers, it is their network from now on. */
async function trainer({ batch, momentum = false, ...shape }) {
  const asked = ["layers", "activation", "cost", "output"].some((each) => shape[each] !== undefined);
  const able = templates && (asked || about !== first || first.plain), next = able ? reshaped(shape) : about;
  const came = about === first && alike(next, first);
  if (came && batch === first.batch && !momentum && (able || !asked)) return training.instantiate();
  if (!able || (came && !first.plain)) throw new Refused(message("This page trains the network that it came with in batches of {batch} only."), { batch: first.batch });
  const [from, to] = about.carried.learned, { sizes, activations, cost } = next;
  if (!(Number.isInteger(batch) && batch >= 1 && batch <= to - from)) throw new Refused(message("A batch has {given} examples; it takes a whole number from 1 to {most}."), { given: batch, most: to - from });
  const made = await ofLayers({ sizes, activations, cost, batch, examples: to - from, bytes: about.pixels, momentum }, templates);
  become(next, made);
  return made.training;
}

/** Be a network of other layers, without parameters yet. */
function become(next, made) {
  if (alike(next, about)) return;
  about = { ...next, looked: made.looked };
  [look, read] = [made.look, made.reading];
  parameters = Object.fromEntries(about.arrays.map(({ name, count }) => [name, new Float32Array(count)]));
  noted();
}

/** The examples from one to another as what trains takes them. */
function images(from, to) {
  const count = about.sizes[0];
  if (about.pixels) return examples.x.subarray(from * count, to * count);
  const found = new Float64Array((to - from) * count);
  for (let i = from; i < to; i++) found.set(activations(rowOf(i)), (i - from) * count);
  return found;
}

/** The labels of the examples from one to another: a class each, or the numbers that are asked of the outputs. */
const labelsOf = (from, to) => {
  const each = about.kind === "numbers" ? about.sizes.at(-1) : 1;
  return examples.labels.subarray(from * each, to * each);
};

/** How many of the examples from one to another are read right. */
function rightOf([from, to]) {
  const found = classes(answers(from, to));
  return found.reduce((sum, each, i) => sum + (each === examples.labels[from + i]), 0);
}

/** Train, and tell of each epoch; the network that is shown is the one that learns. Numbers that overflow end it, and it is taken back. */
async function train(settings) {
  free();
  const { eta, epochs, batch = about.batch, seed = Math.trunc(Math.random() * 2 ** 32), fresh = false } = settings;
  const { learned: [from, to], validated } = about.carried, steps = Math.floor((to - from) / batch);
  if (!steps) throw new Refused(message("This page carries {count} examples to learn from; a batch takes {batch}."), { count: to - from, batch });
  running = { stopped: false };
  kept();
  try {
    const was = about, net = await trainer({ ...settings, batch }), next = random(seed);
    if (fresh || about !== was) parameters = drawn(next, about.arrays, parameters);
    given();
    const held = validated[1] - validated[0], unseen = () => (held && about.kind !== "numbers" ? rightOf(validated) / held : null);
    postMessage({ event: "epoch", told: { epoch: 0, epochs, seed, seconds: 0, cost: null, accuracy: null, validation: unseen(), snapshot: true, state: state() } });
    net.set({ images: images(from, to), labels: labelsOf(from, to), ...parameters });
    const every = Math.ceil(epochs / SNAPSHOTS);
    for (let epoch = 1, chunk = 64; epoch <= epochs && !running.stopped; epoch++) {
      const order = shuffled(next, to - from);
      let cost = 0, correct = 0, seconds = 0, done = 0;
      while (done < steps && !running.stopped) {
        const now = Math.min(chunk, steps - done), begun = performance.now();
        const found = net.train(order.subarray(done * batch, (done + now) * batch), eta);
        const took = performance.now() - begun;
        if (found.wrong !== undefined) throw new Refused(message("The numbers overflowed in epoch {epoch}: the steps are too long (η = {eta})."), { epoch, eta });
        [cost, correct, seconds, done] = [cost + found.cost * now, correct + (found.correct ?? 0), seconds + took / 1000, done + now];
        if (took < BREATH / 2) chunk *= 2;
        if (took > BREATH) chunk = Math.max(1, chunk >> 1);
        await breath();
      }
      if (done < steps) break;
      for (const { name } of about.arrays) parameters[name] = net.get(name);
      given();
      const count = steps * batch;
      postMessage({ event: "epoch", told: {
        epoch, epochs, seed, seconds, cost: cost / steps,
        accuracy: about.kind === "numbers" ? null : correct / count,
        validation: unseen(),
        snapshot: epoch % every === 0 || epoch === epochs,
        state: state(),
      } });
    }
    return { stopped: running.stopped, seed };
  } catch (error) {
    back();
    throw error;
  } finally {
    running = null;
  }
}

/** Begin a run that a server does, as the network that it is of. */
async function begin(settings) {
  free();
  kept();
  running = { stopped: false };
  try {
    const next = templates && first.plain ? reshaped(settings) : about, { sizes, activations, cost } = next;
    if (!alike(next, about)) become(next, await ofLayers({ sizes, activations, cost, batch: 1, bytes: about.pixels }, templates));
  } catch (error) {
    end(false);
    throw error;
  }
}

/** Tell of an epoch of it, after which the parameters are these, if they were sent. */
function learned(block, report) {
  let at = 0;
  for (const { name, count } of block ? about.arrays : []) {
    parameters[name] = new parameters[name].constructor(block, at, count);
    at += parameters[name].byteLength;
  }
  if (block) given();
  postMessage({ event: "epoch", told: { ...report, state: state() } });
}

/** It has ended: the network stays what it has become, or is taken back. */
function end(stays) {
  if (!stays) back();
  running = null;
}

/** Let waiting messages in. */
const breath = () => new Promise((resolve) => {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => { port1.close(); resolve(); };
  port2.postMessage(null);
});

function stop() {
  if (running) running.stopped = true;
}

// ---- messages ------------------------------------------------------------------------------------------------------------

/** What travels as base64. */
function bytesOf(text) {
  const raw = atob(text), found = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) found[i] = raw.charCodeAt(i);
  return found;
}

async function inflated(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).arrayBuffer();
}

async function open({ network, weights, block, labels, templates: known }) {
  about = first = { ...network, id: 0 };
  templates = known;
  const Numbers = { float32: Float32Array, float64: Float64Array }[about.dtype];
  const size = Numbers.BYTES_PER_ELEMENT, all = weights.length / size, sorted = Uint8Array.from(weights, (_, k) => weights[(k % size) * all + Math.floor(k / size)]);
  let at = 0;
  for (const { name, count } of about.arrays) {
    parameters[name] = new Numbers(sorted.buffer, at, count);
    at += parameters[name].byteLength;
  }
  const [rows, theirs] = await Promise.all([block, labels].map(inflated)), bytes = about.carried.kind === "grays";
  examples = { x: bytes ? new Uint8Array(rows) : new Float32Array(rows), bytes, labels: about.kind === "numbers" ? new Float32Array(theirs) : new Int16Array(theirs) };
  [look, read] = await Promise.all([looking.instantiate(), reading.instantiate()]);
  noted();
  given();
  const { shown } = about.carried;
  return { x: examples.x.slice(0, shown * about.sizes[0]), labels: labelsOf(0, shown).slice(), ...state() };
}

const methods = { open, look: (x, y, at) => as(at, () => looked(x, y)), gradients: (x, y, at) => as(at, () => byLayer(gradients(x, y))), teach, undo, adopt, train, stop, state, keepTests, readTests, keepLearned, begin, learned, end };

addEventListener("message", async ({ data: { id, method, given: values } }) => {
  try {
    postMessage({ id, result: await methods[method](...values) });
  } catch (error) {
    postMessage({ id, error: [error.message, error.values ?? {}] });
  }
});
