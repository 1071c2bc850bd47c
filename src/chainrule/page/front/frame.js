// A drawing framed as MNIST's images are: scaled to fit 20 × 20 pixels, its center of mass in the middle of 28 × 28.
// It is the same as Python's data/images.py; a test compares them.

const SIDE = 28, BOX = 20;
const FAINT = 0.1; // ink fainter than this share of the darkest is not counted in finding where the digit begins and ends

/** The 28 × 28 numbers, 0 to 1 in steps of a gray, of a drawing of side × side grays; null where it is blank. */
export function framed(grays, side) {
  const most = grays.reduce((top, each) => Math.max(top, each), 0);
  if (!most) return null;
  const inside = (row, column) => grays[row * side + column] > FAINT * most;
  const places = Array.from({ length: side }, (_, i) => i);
  const spans = [places.filter((row) => places.some((column) => inside(row, column))), places.filter((column) => places.some((row) => inside(row, column)))]
    .map((found) => [found[0], found.at(-1) + 1]);
  const cell = Math.max(...spans.map(([from, to]) => to - from)) / BOX;
  const profiles = [new Float64Array(side), new Float64Array(side)];
  grays.forEach((gray, i) => { profiles[0][Math.floor(i / side)] += gray; profiles[1][i % side] += gray; });
  const [rows, columns] = spans.map((span, axis) => averages(profiles[axis], span, cell));
  const across = Array.from({ length: side }, (_, row) => columns.map((weights) => dot(weights, (i) => grays[row * side + i] / most)));
  const image = rows.flatMap((weights) => columns.map((_, column) => Math.min(1, dot(weights, (row) => across[row][column]))));
  const darkest = Math.max(...image);
  return Float64Array.from(image, (each) => toEven((each * 255) / darkest) / 255);
}

const dot = (weights, value) => weights.reduce((total, [at, weight]) => total + weight * value(at), 0);

/** For each of 28 cells along an axis its pixels with their weights, the middle cell at the center of mass. */
function averages(profile, [from, to], cell) {
  const total = profile.reduce((sum, each) => sum + each, 0), count = Math.ceil((to - from) / cell - 1e-9);
  const start = (from + to - count * cell) / 2;
  const center = (profile.reduce((sum, each, i) => sum + each * (i + 0.5), 0) / total - start) / cell;
  const first = Math.min(Math.max(SIDE / 2 - toEven(center - 0.5), 0), SIDE - count);
  return Array.from({ length: SIDE }, (_, k) => {
    const low = start + cell * (k - first), weights = [];
    for (let i = Math.max(0, Math.floor(low)); i < Math.min(profile.length, Math.ceil(low + cell)); i++) {
      const covered = Math.min(low + cell, i + 1) - Math.max(low, i);
      if (covered > 0) weights.push([i, covered / cell]);
    }
    return weights;
  });
}

/** Rounded, to even in the middle, as Python rounds. */
function toEven(value) {
  const low = Math.floor(value), over = value - low;
  return over === 0.5 ? low + (low % 2) : Math.round(value);
}
