// Layers of images: which of them can be told, what a place of a map sees, which pooling keeps it, and how its error is made, as
// src/chainrule/explain/windows.py says it. Numbers only. A place is [map, row, column].

const POOLS = ["largest", "averaged"];

/** What a layer does: "convolution", "largest", "averaged", "flattened", "none" where it is fully connected, … */
export const kindOf = ({ layers }, layer) => (layer < 2 ? "" : layers[layer - 2]?.kind ?? "none");
export const pools = (network, layer) => POOLS.includes(kindOf(network, layer));
export const given = ({ layers }, layer) => layers[layer - 2].given;

/**
 * The layers of a network as they are told: `images`, each { layer, pool }, a convolution with the pooling that follows it, or a
 * pooling by itself; and `dense`, the first that is fully connected. Null where there are others between them.
 */
export function parts(network) {
  const last = network.sizes.length, images = [];
  let layer = 2;
  while (layer <= last && (kindOf(network, layer) === "convolution" || pools(network, layer))) {
    const own = !pools(network, layer), pool = own && layer < last && pools(network, layer + 1) ? layer + 1 : null;
    images.push({ layer, pool });
    layer = (pool ?? layer) + 1;
  }
  const flat = layer <= last && kindOf(network, layer) === "flattened";
  if (images.length && !flat) return null;
  const dense = flat ? layer + 1 : layer;
  for (let each = dense; each <= last; each++) if (kindOf(network, each) !== "none" || (network.layers[each - 2]?.normalization ?? "none") !== "none") return null;
  return dense > last ? null : { images, dense };
}

/** The way back through the images, from the last to the first, in parts: "column" into the last of them, "pool", "window". */
export const backwards = (network, images) => [...images].reverse().flatMap(({ layer, pool }, at) => {
  const alone = pools(network, layer), found = at ? [] : ["column"];
  if (pool || (alone && layer > 2)) found.push("pool");
  if (!alone) found.push("window");
  return found.map((part) => ({ layer, part }));
});

export const shapeOf = (network, layer) => network.shapes[layer - 1];
const at = ([, rows, columns], [map, row, column]) => (map * rows + row) * columns + column;

/** The place of the largest of numbers; of equal ones the first. */
export function largestAt(values) {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}

/** The windows of a layer: how large they are, how far they move, and how far they reach over the edge. */
export function sliding(network, layer) {
  const { kernel, size, stride, padding = [0, 0], groups = 1 } = given(network, layer);
  return { size: kernel ?? size, stride, padding, groups };
}

export class Windows {
  /** Of a look at one example: `reading` has its numbers. */
  constructor(reading) {
    this.reading = reading;
    this.network = reading.network;
  }

  shape(layer) { return shapeOf(this.network, layer); }
  value(letter, layer, place) { return this.reading[letter](layer)[at(this.shape(layer), place)]; }

  /** One map of a layer: its activations, z or δ. */
  map(letter, layer, map) {
    const [, rows, columns] = this.shape(layer);
    return this.reading[letter](layer).subarray(map * rows * columns, (map + 1) * rows * columns);
  }

  /** The place of a number of a layer. */
  place(layer, index) {
    const [, rows, columns] = this.shape(layer), within = index % (rows * columns);
    return [Math.floor(index / (rows * columns)), Math.floor(within / columns), within % columns];
  }

  index(layer, place) { return at(this.shape(layer), place); }

  /** The weights of a map's kernel, channel after channel; `channels` of them, of maps from `first` on. */
  kernel(layer, map) {
    const { size: [rows, columns], groups } = sliding(this.network, layer), channels = this.shape(layer - 1)[0] / groups, count = channels * rows * columns;
    const first = Math.floor(map / (this.shape(layer)[0] / groups)) * channels;
    return { weights: this.reading.weights.w[layer - 2].subarray(map * count, (map + 1) * count), channels, first };
  }

  /** Row and column of the number of a map that matters most: with the largest error or, where there is none, activation. */
  strongest(layer, map, errors = this.reading.delta(layer)) {
    const [, rows, columns] = this.shape(layer), of = (values) => Array.from(values.subarray(map * rows * columns, (map + 1) * rows * columns), Math.abs);
    const sizes = errors ? of(errors) : [], best = largestAt(sizes.some(Boolean) ? sizes : of(this.reading.a(layer)));
    return [Math.floor(best / columns), best % columns];
  }

  /** Row and column of the place of a convolution's map that its window says the most to, of those that fire if there are any. */
  loudest(layer, map) {
    const z = this.map("z", layer, map), a = this.map("a", layer, map), bias = this.reading.bias(layer, map), [, , columns] = this.shape(layer), fires = a.some(Boolean);
    const best = largestAt(Array.from(z, (each, k) => (fires && !a[k] ? 0 : Math.abs(each - bias))));
    return [Math.floor(best / columns), best % columns];
  }

  /**
   * What a place sees: where the window begins, above 0 or in the margin of zeros; the `values` in it, channel after channel. Of a
   * convolution also the `weights` on them, their `products`, `sum` and the channel that says the most; of a pooling the `winner`.
   */
  window(layer, [map, row, column]) {
    const { size, stride, padding } = sliding(this.network, layer), [rows, columns] = size, pooling = pools(this.network, layer);
    const corner = [row * stride[0] - padding[0], column * stride[1] - padding[1]], [, height, width] = this.shape(layer - 1);
    const { weights, channels, first } = pooling ? { channels: 1, first: map } : this.kernel(layer, map);
    const before = this.reading.a(layer - 1), area = rows * columns, values = new Float64Array(channels * area);
    for (let c = 0, k = 0; c < channels; c++) for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++, k++) {
      const [y, x] = [corner[0] + i, corner[1] + j];
      if (y >= 0 && y < height && x >= 0 && x < width) values[k] = before[((first + c) * height + y) * width + x];
    }
    const seen = { layer, map, corner, size, first, channels, values };
    if (pooling) {
      const best = largestAt(values);
      return { ...seen, winner: [corner[0] + Math.floor(best / columns), corner[1] + (best % columns)] };
    }
    const products = values.map((each, k) => each * weights[k]), sums = Array.from({ length: channels }, (_, c) => total(products.subarray(c * area, (c + 1) * area)));
    return { ...seen, weights, products, sum: total(products), loudest: largestAt(sums.map(Math.abs)) };
  }

  /** The places of a pooling in whose windows a place of the layer before it lies. */
  pooled(pool, [map, row, column]) {
    const { size, stride } = sliding(this.network, pool), [, rows, columns] = this.shape(pool), found = [];
    const range = (place, axis, most) => {
      const from = Math.max(0, Math.floor((place - size[axis]) / stride[axis]) + 1), to = Math.min(most - 1, Math.floor(place / stride[axis]));
      return Array.from({ length: Math.max(0, to - from + 1) }, (_, k) => from + k);
    };
    for (const y of range(row, 0, rows)) for (const x of range(column, 1, columns)) found.push([map, y, x]);
    return found;
  }

  /** What a place gets of the errors of the pooling behind it: of each window in which it lies its error and the place's share. */
  shares(pool, place) {
    const { ties = "first" } = given(this.network, pool), averaged = kindOf(this.network, pool) === "averaged";
    return this.pooled(pool, place).map((of) => {
      const { values, winner, corner, size } = this.window(pool, of), own = values[(place[1] - corner[0]) * size[1] + place[2] - corner[1]], most = Math.max(...values);
      const share = averaged ? 1 / values.length : ties === "share" ? (own === most ? 1 / values.filter((each) => each === most).length : 0) : +(winner[0] === place[1] && winner[1] === place[2]);
      return { place: of, share, error: this.value("delta", pool, of), winner };
    });
  }

  /** The errors of the places of a convolution that saw a place of the layer before it, each with the weight that lay on it: { map, y, x, i, j, w, error, product }. */
  seenBy(layer, [channel, row, column]) {
    const { size, stride, padding, groups } = sliding(this.network, layer), [maps, rows, columns] = this.shape(layer), found = [];
    const channels = this.shape(layer - 1)[0] / groups, own = maps / groups, first = Math.floor(channel / channels) * own;
    const w = this.reading.weights.w[layer - 2], delta = this.reading.delta(layer);
    for (let i = 0; i < size[0]; i++) for (let j = 0; j < size[1]; j++) {
      const y = (row + padding[0] - i) / stride[0], x = (column + padding[1] - j) / stride[1];
      if (!Number.isInteger(y) || !Number.isInteger(x) || y < 0 || y >= rows || x < 0 || x >= columns) continue;
      for (let map = first; map < first + own; map++) {
        const weight = w[((map * channels + (channel % channels)) * size[0] + i) * size[1] + j], error = delta[(map * rows + y) * columns + x];
        found.push({ map, y, x, i, j, w: weight, error, product: weight * error });
      }
    }
    return found;
  }

  /** What comes back to a number of the last images from the neurons that weigh it: w times δ. */
  weighedBy(layer, place) {
    const { dense } = this.reading, inputs = this.reading.size(dense - 1), own = this.index(layer, place), w = this.reading.weights.w[dense - 2];
    return Float64Array.from(this.reading.delta(dense), (error, k) => w[k * inputs + own] * error);
  }

  /** ∂C/∂w of a map's kernel, channel after channel: at each weight the sum of the errors of all places times what lay under it. */
  gradient(layer, map) {
    const { size: [rows, columns], stride, padding } = sliding(this.network, layer), { channels, first } = this.kernel(layer, map), [, height, width] = this.shape(layer - 1);
    const [, down, across] = this.shape(layer), before = this.reading.a(layer - 1), delta = this.map("delta", layer, map), found = new Float64Array(channels * rows * columns);
    for (let c = 0, k = 0; c < channels; c++) for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++, k++) {
      for (let y = 0; y < down; y++) for (let x = 0; x < across; x++) {
        const error = delta[y * across + x], [top, left] = [y * stride[0] + i - padding[0], x * stride[1] + j - padding[1]];
        if (error && top >= 0 && top < height && left >= 0 && left < width) found[k] += error * before[((first + c) * height + top) * width + left];
      }
    }
    return found;
  }

  /** How the cost changes with each number of the layer before a convolution: all that comes back to it. */
  blame(layer) {
    const { size, stride, padding, groups } = sliding(this.network, layer), [maps, rows, columns] = this.shape(layer), [all, height, width] = this.shape(layer - 1);
    const channels = all / groups, w = this.reading.weights.w[layer - 2], delta = this.reading.delta(layer), found = new Float64Array(all * height * width);
    for (let map = 0, k = 0; map < maps; map++) for (let y = 0; y < rows; y++) for (let x = 0; x < columns; x++, k++) {
      if (!delta[k]) continue;
      const first = Math.floor(map / (maps / groups)) * channels;
      for (let c = 0, at = map * channels * size[0] * size[1]; c < channels; c++) for (let i = 0; i < size[0]; i++) for (let j = 0; j < size[1]; j++, at++) {
        const [row, column] = [y * stride[0] + i - padding[0], x * stride[1] + j - padding[1]];
        if (row >= 0 && row < height && column >= 0 && column < width) found[((first + c) * height + row) * width + column] += delta[k] * w[at];
      }
    }
    return found;
  }
}

const total = (values) => values.reduce((sum, each) => sum + each, 0);
