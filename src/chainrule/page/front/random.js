// Random numbers that a seed settles: the order of examples, and first weights. They are not those of NumPy.

/** A source of numbers from 0 to below 1: mulberry32. */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The numbers from 0 to below n in a random order. */
export function shuffled(next, n) {
  const order = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** A number of the normal distribution: Box and Muller. */
const normal = (next) => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());

/** First parameters, each from its own distribution, in arrays like these. */
export function drawn(next, arrays, like) {
  return Object.fromEntries(arrays.map(({ name, drawn: [mean, deviation] }) => [name, like[name].map(() => mean + deviation * normal(next))]));
}
