// The curve of an activation with a neuron on it: where it stands, how steep it is there, and where it is flat.

import { el } from "./dom.js";

const CURVES = {
  sigmoid: { f: (z) => 1 / (1 + Math.exp(-z)), slope: (a) => a * (1 - a), reach: 8, flat: 4.6 },
  tanh: { f: Math.tanh, slope: (a) => 1 - a * a, reach: 4.5, flat: 3 },
  relu: { f: (z) => Math.max(0, z), slope: (a) => +(a > 0), flat: 0 },
};

/** The curve as a figure; null for an activation that has none, as softmax. */
export function curve(activation, z, width, height, words) {
  const known = CURVES[activation];
  if (!known) return null;
  const { f, slope, flat } = known, reach = known.reach ?? Math.max(1, 1.4 * Math.abs(z)), margin = Math.min(14, height / 4);
  const low = f(-reach), high = f(reach), x = (each) => ((each / reach + 1) * width) / 2, y = (a) => height - margin - ((a - low) / (high - low)) * (height - 2 * margin);
  const places = Array.from({ length: 81 }, (_, i) => (i / 40 - 1) * reach), at = Math.max(-0.95 * reach, Math.min(0.95 * reach, z)), a = f(at), steep = slope(a), half = 0.11 * width;
  const line = places.map((each, i) => `${i ? "L" : "M"}${x(each).toFixed(1)} ${y(f(each)).toFixed(1)}`).join("");
  const rise = ((steep * half * 2 * reach) / width / (high - low)) * (height - 2 * margin); // of the tangent over half its length
  const shrink = Math.min(1, (0.4 * height) / Math.max(Math.abs(rise), 1e-9));
  const marks = [el("path.touching", { d: `M${x(at) - half * shrink} ${y(a) + rise * shrink}L${x(at) + half * shrink} ${y(a) - rise * shrink}` }), el("circle.here", { cx: x(at), cy: y(a), r: Math.min(7, height / 9) })];
  const shade = (from, to) => el("rect.flat", { x: from, y: 0, width: to - from, height });
  const shaded = flat ? [shade(0, x(-flat)), shade(x(flat), width)] : [shade(0, x(0))];
  const named = words ? [el("text", { x: x(at) + (at > 0.5 * reach ? -14 : 16), y: y(a) + (at > 0.5 * reach ? 22 : 6), "text-anchor": at > 0.5 * reach ? "end" : "start" }, words)] : [];
  return el("svg.curve", { width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" }, ...shaded, el("path.line", { d: line }), ...marks, ...named);
}

/** Answers before (left) and after (right) a step, between two ends; where those after it are not known yet, `unknown` says so. */
export function change(answers, width, height, [before, after, unknown], [low, high]) {
  const left = 100, right = width - 100, share = (a) => Math.max(0, Math.min(1, (a - low) / (high - low || 1))), y = (a) => height - 30 - share(a) * (height - 48), parts = [];
  const spread = (values) => { // labels that do not lie over each other
    const order = values.map((value, at) => [y(value), at]).sort((p, q) => p[0] - q[0]), found = [];
    let lowest = -Infinity;
    for (const [place, at] of order) found[at] = lowest = Math.max(place, lowest + 20);
    const over = Math.max(0, lowest - (height - 36));
    return found.map((each) => each - over);
  };
  const known = answers.filter(({ now }) => now !== undefined), lefts = spread(answers.map(({ was }) => was)), rights = spread(known.map(({ now }) => now));
  for (const [at, { name, was, now, truth }] of answers.entries()) {
    const kind = truth ? "truth" : "other";
    if (now !== undefined) {
      parts.push(el(`path.${kind}`, { d: `M${left} ${y(was)}L${right} ${y(now)}` }), el("circle.now", { cx: right, cy: y(now), r: 6 }), el("text", { x: right + 14, y: rights[at] + 6 }, now.toFixed(3), el("tspan.name", { dx: 8 }, name)));
    }
    parts.push(el("circle.was", { cx: left, cy: y(was), r: 6 }), el("text", { x: left - 14, y: lefts[at] + 6, "text-anchor": "end" }, el("tspan.name", {}, name), el("tspan", { dx: 8 }, was.toFixed(3))));
  }
  const axis = (x, words) => el("text.axis", { x, y: height - 4, "text-anchor": "middle" }, words);
  return el("svg.change", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", label: "Answers before and after the step" }, ...parts, ...(known.length ? [] : [el("text.unknown", { x: right, y: height / 2, "text-anchor": "middle" }, unknown)]), axis(left, before), axis(right, after));
}
