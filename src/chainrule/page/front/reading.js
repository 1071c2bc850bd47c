// A network's look at one example, and who matters in it: the two answers in dispute, six neurons of a layer, the weight that
// is lit. Numbers only; nothing is drawn here.

import { backwards, kindOf, parts, shapeOf, Windows } from "./windows.js";

export const CAST = 6;
const FLAT = 0.01; // with a slope below it a neuron passes hardly any error
const SURE = 0.7, APART = 0.3; // an answer is sure above the one, and where the second lies further below it than the other
const MOST_ANSWERS = 10;

/** The places of the largest numbers, the largest first; of equal ones the first. */
function largest(count, values, without = []) {
  const places = Array.from(values, (_, place) => place).filter((place) => !without.includes(place));
  return places.sort((p, q) => values[q] - values[p] || p - q).slice(0, count);
}

/** The class that outputs answer with; of one output whether it lies above its threshold. */
export const answerOf = ({ kind, threshold }, a) => (kind === "binary" ? +(a[0] > threshold) : largest(1, a)[0]);

/** An output as the number that it stands for. */
export function numberOf({ outputs: { shift, scale } }, k, value) {
  return value * (scale[k] ?? scale[0]) + (shift[k] ?? shift[0]);
}

/** Whether an answer is clear. */
export const isSure = ({ threshold }, a) => {
  const [first, second] = largest(2, a).map((k) => a[k]);
  return second === undefined ? Math.abs(first - threshold) >= APART / 2 : first >= SURE && first - second >= APART;
};

const sizes = (values) => Array.from(values, Math.abs);
const sum = (values) => values.reduce((total, each) => total + each, 0);

/** Layers are counted from 1, the inputs, as in the book; neurons from 0. */
export class Reading {
  /**
   * `weights` and `look` as the host gives them; `label` is what the example is, or null: a class, or of a network that answers
   * with numbers what they should be. `earlier` is a reading of the same example before a step, whose cast plays on.
   */
  constructor(network, weights, look, label, earlier = null) {
    Object.assign(this, { network, weights, look, label, last: network.sizes.length });
    const a = this.a(this.last);
    this.finite = a.every(Number.isFinite) && (look.cost === null || Number.isFinite(look.cost));
    [this.first, this.second] = largest(2, a);
    this.dispute = earlier?.dispute ?? [...new Set(this.disputed())];
    this.casts = earlier?.casts ?? new Map();
    this.entered = earlier?.entered ?? new Set(); // layers in whose cast someone was taken by hand
    Object.assign(this, parts(network) ?? { images: [], dense: 2 }); // the layers that are images, and the first that is fully connected
    this.windows = new Windows(this);
  }

  /** Whether its layers can be told: fully connected ones without normalization, before which there may be convolutions and poolings. */
  static tells(network, { w }) {
    const { sizes } = network, found = parts(network);
    return found !== null && sizes.slice(found.dense - 1).every((size, at) => w[found.dense - 2 + at]?.length === size * sizes[found.dense - 2 + at]);
  }

  // ---- what is answered --------------------------------------------------------------------------------------------------

  get numeric() { return this.network.kind === "numbers"; }
  get told() { return this.label !== null; }

  /** The class that is answered; of a network with one output whether it lies above its threshold. */
  get answer() { return answerOf(this.network, this.a(this.last)); }
  get right() { return !this.numeric && this.answer === this.label; }

  /** Whether the answer is clear. */
  get sure() { return this.numeric || isSure(this.network, this.a(this.last)); }

  /** The outputs that are told of: the right answer, or what seems so, and what was said, or nearly said, in its place. */
  disputed() {
    const a = this.a(this.last);
    if (this.network.kind === "classes") return [this.label ?? this.first, this.told ? largest(1, a, [this.label])[0] : this.second];
    return this.numeric && this.told ? largest(2, a.map((each, k) => Math.abs(each - this.wanted[k]))) : [this.first, this.second ?? this.first];
  }

  /** The desired outputs. */
  get wanted() {
    if (this.network.kind !== "classes") return Float64Array.from(this.numeric ? this.label : [this.label]);
    return Float64Array.from(this.a(this.last), (_, k) => +(k === this.label));
  }

  /** The name of a class, and of an output. */
  name(k) { return `${this.network.classes[k] ?? k}`; }
  output(k) {
    const { kind, outputs } = this.network;
    return kind === "classes" ? this.name(k) : kind === "binary" ? this.name(1) : outputs.names[k] ?? (this.size(this.last) > 1 ? `${k}` : "");
  }

  /** An output as the number that it stands for. */
  number(k, value) { return numberOf(this.network, k, value); }

  /** How δ of the last layer is made: of a − y alone, times the slope, or of another cost's slope. */
  get missing() {
    const { cost } = this.network, kind = this.activation(this.last);
    if ((cost === "cross-entropy" && kind === "sigmoid") || (cost === "log-likelihood" && kind === "softmax")) return "plain";
    return this.slope(this.last) === null ? "other" : cost === "quadratic" ? "slope" : "other";
  }

  // ---- its layers --------------------------------------------------------------------------------------------------------

  size(layer) { return this.network.sizes[layer - 1]; }
  a(layer) { return this.look.a[layer - 1]; }
  z(layer) { return this.look.z[layer - 1]; }
  slope(layer) { return this.look.slope[layer - 1]; }
  delta(layer) { return this.look.delta[layer - 1]; }
  bias(layer, k) { return this.weights.b[layer - 2][k]; }
  row(layer, k) { return this.weights.w[layer - 2].subarray(k * this.size(layer - 1), (k + 1) * this.size(layer - 1)); }
  weight(layer, k, j) { return this.weights.w[layer - 2][k * this.size(layer - 1) + j]; }
  activation(layer) { return this.network.activations[layer - 2]; }
  get hidden() { return this.last - this.dense; }

  // ---- its layers of images ----------------------------------------------------------------------------------------------

  /** The last layer of images, before its numbers become one column; 0 if there is none. */
  get lastImage() { return this.images.length ? this.dense - 2 : 0; }

  /** The layers that can be told of: convolutions, poolings by themselves, and those that are fully connected. */
  get tellable() { return [...this.images.map(({ layer }) => layer), ...Array.from({ length: this.last - this.dense + 1 }, (_, at) => this.dense + at)]; }

  /** The scenes of the way back, the last hidden layer first; of images in parts. */
  get backs() { return [...Array.from({ length: this.hidden }, (_, at) => ({ layer: this.last - 1 - at, part: null })), ...backwards(this.network, this.images)]; }

  isImage(layer) { return this.images.some((each) => each.layer === layer || each.pool === layer); }

  /** Maps × rows × columns of a layer that is one of images, or their numbers in a column; else null. */
  shape(layer) {
    const { inputs } = this.network, flat = layer > 1 && kindOf(this.network, layer) === "flattened";
    if (layer - flat === 1 && inputs.kind === "image") return inputs.shape;
    const shape = shapeOf(this.network, layer - flat);
    return shape.length === 3 ? shape : null;
  }

  /** What the maps of the last images bring a neuron of the first fully connected layer, each by all of its places. */
  broughtByMaps(k) {
    const [maps, rows, columns] = this.shape(this.lastImage), { products } = this.brought(this.dense, k);
    return Float64Array.from({ length: maps }, (_, map) => sum(products.subarray(map * rows * columns, (map + 1) * rows * columns)));
  }

  /** Whether a neuron sits on a flat end of its curve. */
  flat(layer, j) {
    const slope = this.slope(layer);
    return slope !== null && Math.abs(slope[j]) < FLAT;
  }

  /** How loudly each neuron of a layer speaks in the dispute: its activation times what that moves one answer against the other. */
  voices(layer) {
    const [first, second] = this.dispute; // of one output alone what moves it
    let moved = Float64Array.from(this.a(this.last), (_, k) => (k === second) - (k === first));
    for (let above = this.last; above > layer; above--) {
      const slope = above < this.last && this.slope(above), before = new Float64Array(this.size(above - 1));
      for (let k = 0; k < moved.length; k++) {
        const by = slope ? moved[k] * slope[k] : moved[k];
        if (by) this.row(above, k).forEach((w, j) => { before[j] += w * by; });
      }
      moved = before;
    }
    return Float64Array.from(moved, (by, j) => Math.abs(by * this.a(layer)[j]));
  }

  /** The neurons of a layer that play: the three with the largest errors, and those that speak loudest beside them. */
  cast(layer) {
    if (!this.casts.has(layer)) this.casts.set(layer, this.chosen(layer));
    return this.casts.get(layer);
  }

  /** Let a neuron play that did not. */
  enter(layer, j) {
    const cast = this.cast(layer);
    if (cast.includes(j)) return;
    this.casts.set(layer, [...cast.slice(0, -1), j]);
    this.entered.add(layer);
  }

  chosen(layer) {
    if (layer === this.last) return this.shown.length > CAST ? this.foremost(CAST) : this.shown;
    if (this.isImage(layer)) return this.maps(layer);
    const delta = this.delta(layer), voices = this.voices(layer);
    if (this.size(layer) <= CAST) return Array.from(voices, (_, j) => j);
    const blamed = delta ? largest(CAST / 2, sizes(delta)) : [];
    return [...largest(CAST - blamed.length, voices, blamed), ...blamed.reverse()];
  }

  /** The maps that play: the three with the most error, and those that answer the loudest beside them. */
  maps(layer) {
    const [maps] = this.shape(layer), of = (letter) => Array.from({ length: maps }, (_, map) => sum(sizes(this.windows.map(letter, layer, map))));
    if (maps <= CAST) return Array.from({ length: maps }, (_, map) => map);
    const blamed = this.told ? largest(CAST / 2, of("delta")) : [];
    return [...largest(CAST - blamed.length, of("a"), blamed), ...blamed.reverse()];
  }

  /** The answers that there is room for, those in dispute among them. */
  get shown() {
    return this.size(this.last) <= MOST_ANSWERS ? Array.from(this.a(this.last), (_, k) => k) : this.foremost(MOST_ANSWERS);
  }

  foremost(count) {
    const two = [...new Set(this.dispute)];
    return [...two, ...largest(count - two.length, this.a(this.last), two)].sort((p, q) => p - q);
  }

  /** The two neurons behind a layer to which its wires are drawn: the answers in dispute or, of hidden ones, the most to blame. */
  targets(layer) {
    if (layer + 1 === this.last) return this.dispute;
    const above = this.cast(layer + 1), delta = this.delta(layer + 1), by = delta ? sizes(delta) : this.voices(layer + 1);
    return [...above].sort((p, q) => by[q] - by[p]).slice(0, 2);
  }

  /** What each neuron of the next layer sends back to this one: w times δ, and their sum. */
  blame(layer, j) {
    const terms = Float64Array.from(this.delta(layer + 1), (delta, k) => this.weight(layer + 1, k, j) * delta);
    return { terms, sum: sum(terms) };
  }

  /** What each number of the layer before brings a neuron: w times a. */
  brought(layer, k) {
    const before = this.a(layer - 1), products = Float64Array.from(this.row(layer, k), (w, j) => w * before[j]);
    return { products, for: sum(products.filter((each) => each > 0)), against: sum(products.filter((each) => each < 0)) };
  }

  /** The weight behind a neuron that does the most: where errors are known by them, else by what it brings. */
  loudest(layer, j, targets = this.targets(layer)) {
    const does = (k) => Math.abs(this.weight(layer + 1, k, j) * (this.told ? this.delta(layer + 1)[k] : this.a(layer)[j]));
    return targets.reduce((best, k) => (does(k) > does(best) ? k : best));
  }

  /** How many neurons of a layer pass hardly any error. */
  deaf(layer) {
    return this.slope(layer) === null ? 0 : this.slope(layer).reduce((count, _, j) => count + this.flat(layer, j), 0);
  }

  /** ‖∇C‖² over all weights and biases. */
  get steepness() {
    const squares = (values) => values.reduce((total, each) => total + each * each, 0);
    const dense = this.look.delta.reduce((total, delta, at) => (at + 1 >= this.dense ? total + squares(delta) * (1 + squares(this.look.a[at - 1])) : total), 0);
    const kernels = this.images.filter(({ layer }) => this.weights.w[layer - 2]).flatMap(({ layer }) => Array.from({ length: this.shape(layer)[0] }, (_, map) => squares(this.windows.gradient(layer, map)) + sum(this.windows.map("delta", layer, map)) ** 2));
    return dense + sum(kernels);
  }
}
