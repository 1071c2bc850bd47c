// The curve of a function over one of its numbers, with the tangent where it stands: the number is dragged, or moved by keys.

import { el, t } from "./dom.js";
import { number } from "./symbols.js";

const WORDS = 118, MARGIN = 14; // px that the words at the tangent take, and beside the curve

/** Draw it in `root`.
 *
 * `name` is the number's, `letters` how it is written, `place` where it stands in its array, `at` where it stands, between `low` and `high`; `value` and `slope` are the function's there; `f` gives its
 * value elsewhere; `points` is how often it is asked; `trail` is where earlier steps stood; `set` moves it. */
export function drawTangent(root, { name, letters, place: index, at, low, high, value, slope, f, points, trail, set }) {
  const width = root.clientWidth, height = width < 440 ? 240 : Math.min(400, Math.round(width * 0.72)), floor = height - 36;
  const x = Array.from({ length: points + 1 }, (_, i) => low + ((high - low) * i) / points), y = x.map(f);
  const [bottom, top] = limits([...y, value].filter(Number.isFinite));
  const X = (v) => MARGIN + ((v - low) / (high - low)) * (width - 2 * MARGIN), Y = (v) => 14 + ((top - v) / (top - bottom)) * (floor - 34);
  const lines = pieces(x, y, bottom, top).map((line) => line.map(([v, u]) => [X(v), Y(u)]));
  const decimals = digits(low, high), known = Number.isFinite(value) && Number.isFinite(slope), here = [X(at), known ? Y(value) : floor - 40];
  const rise = slope * (Y(1) - Y(0)), run = X(1) - X(0), length = Math.hypot(rise, run);
  const along = (sign) => { // the end of the tangent, within the plot
    const right = sign * run, down = sign * rise, wide = right > 0 ? width - 4 - here[0] : here[0] - 4, high = down > 0 ? floor - 16 - here[1] : here[1] - 4;
    const reach = Math.max(0, Math.min(120, width / 4, (wide * length) / Math.abs(right), (Math.max(0, high) * length) / (Math.abs(down) || 1e-9)));
    return [here[0] + (right * reach) / length, here[1] + (down * reach) / length];
  };
  const ends = known ? [along(-1), along(1)] : [here, here], [tail, tip] = ends;
  const words = known ? t("slope {value}", { value: number(slope) }) : t("no number here");
  const crossed = [...lines.flat(), ...between(tail, tip, 40), ...between(here, [here[0], floor], 12), ...between([0, Y(0)], [width, Y(0)], width / 6)];
  const place = best([...around(tip, 1), ...around(tail, -1), ...around(here, 1), ...around(here, -1), [MARGIN, 26], [width - WORDS - MARGIN, 26], [MARGIN, floor - 24], [width - WORDS - MARGIN, floor - 24]], crossed, width, floor - 14);
  const edges = [low, high].map((v) => number(v, Number.isInteger(v) ? 0 : decimals)), [left, right] = edges.map((text) => MARGIN + 8 + 8 * text.length);
  const [, below] = name.split(/_(.*)/), equals = ` = ${number(at, decimals)}`, half = 5.2 * (letters.length + (below?.length ?? 0) + index.length + equals.length);
  const handle = el("g.handle", { role: "slider", tabindex: 0, "aria-label": name + index, "aria-valuemin": low, "aria-valuemax": high, "aria-valuenow": at.toFixed(decimals) },
    el("circle", { cx: here[0], cy: floor, r: 22, fill: "transparent" }), el("circle.grip", { cx: here[0], cy: floor, r: 13 }),
    el("path.arrows", { d: `M${here[0] - 4} ${floor - 4}l-4 4l4 4M${here[0] + 4} ${floor - 4}l4 4l-4 4` }));
  const held = root.contains(document.activeElement), crossing = bottom < 0 && top > 0 ? `M0 ${Y(0)}H${width}` : "";
  const svg = el("svg", { width, height },
    el("path.axis", { d: `${crossing}${low < 0 && high > 0 ? `M${X(0)} 4V${floor - 16}` : ""}` || "M0 0" }), el("path.rail", { d: `M${MARGIN} ${floor}H${width - MARGIN}` }),
    el("text.minor", { x: MARGIN, y: height - 2 }, edges[0]), el("text.minor", { x: width - MARGIN, y: height - 2, "text-anchor": "end" }, edges[1]),
    ...lines.map((line) => el("path.curve", { d: line.map(([u, v], i) => `${i ? "L" : "M"}${u.toFixed(1)} ${v.toFixed(1)}`).join("") })),
    ...trail.map((each) => [each, f(each)]).filter(([, u]) => u >= bottom && u <= top).map(([v, u]) => el("circle.trail", { cx: X(v), cy: Y(u), r: 4 })),
    el("path.drop", { d: `M${here}V${floor - 13}` }), known && el("path.slope-line", { d: `M${tail}L${tip}` }), known && el("circle.point", { cx: here[0], cy: here[1], r: 7 }),
    el("text.slope-text", { x: place[0], y: place[1] }, words),
    handle,
    el("text.at", { x: Math.max(left + half, Math.min(width - right - half, here[0])), y: height - 2, "text-anchor": "middle" }, el("tspan.name", {}, letters), below && el("tspan.below", { dy: 5 }, below), (index || below) && el("tspan.below", { dy: below ? -5 : 0 }, index || "\u200b"), equals));
  const move = (event) => {
    const box = root.getBoundingClientRect();
    set(low + (((event.clientX - box.left) / box.width) * width - MARGIN) / (width - 2 * MARGIN) * (high - low));
  };
  svg.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    root.setPointerCapture(event.pointerId);
    root.onpointermove = move;
    move(event);
  });
  handle.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key], end = { Home: low, End: high }[event.key];
    if (by === undefined && end === undefined) return;
    event.preventDefault();
    set(end ?? at + (by * (high - low)) / 100);
  });
  root.replaceChildren(svg);
  if (held) handle.focus();
}

/** With how many decimals a number between two others is written. */
export function digits(low, high) {
  const size = Math.log10(high - low || 1);
  return size >= 0 && size < 2 ? 2 : Math.max(0, Math.min(6, 2 - Math.floor(size)));
}

/** Between which values a curve is drawn: those that most of its points have, so that a pole does not flatten all else; and 0. */
function limits(values) {
  if (!values.length) return [-1, 1];
  const sorted = Float64Array.from(values).sort(), at = (share) => sorted[Math.round(share * (sorted.length - 1))];
  let [bottom, top] = [at(0.03), at(0.97)];
  if (sorted.at(-1) - sorted[0] < 6 * (top - bottom) || top === bottom) [bottom, top] = [sorted[0], sorted.at(-1)];
  const far = 1.5 * (top - bottom);
  if (bottom > 0 && bottom <= far) bottom = 0;
  if (top < 0 && -top <= far) top = 0;
  const pad = 0.14 * (top - bottom) || Math.abs(top) || 1;
  return [bottom - pad, top + pad];
}

/** A curve in pieces, each within the limits: where it leaves them or is no number, it ends. */
function pieces(x, y, bottom, top) {
  const found = [[]], inside = (v) => v >= bottom && v <= top, end = () => { if (found.at(-1).length) found.push([]); };
  const rim = (i, j) => { // where it passes a limit between two points, of which i lies within
    const limit = y[j] > top ? top : bottom, share = (limit - y[i]) / (y[j] - y[i]);
    return [x[i] + share * (x[j] - x[i]), limit];
  };
  y.forEach((v, i) => {
    if (!inside(v)) return void end();
    if (i && !inside(y[i - 1]) && Number.isFinite(y[i - 1])) found.at(-1).push(rim(i, i - 1));
    found.at(-1).push([x[i], v]);
    if (i < y.length - 1 && !inside(y[i + 1]) && Number.isFinite(y[i + 1])) found.at(-1).push(rim(i, i + 1));
  });
  return found.filter((line) => line.length > 1);
}

const between = ([x0, y0], [x1, y1], count) => Array.from({ length: Math.ceil(count) + 1 }, (_, i) => [x0 + ((x1 - x0) * i) / Math.ceil(count), y0 + ((y1 - y0) * i) / Math.ceil(count)]);

/** Places for words beside a point, those on one side of it first. */
const around = ([x, y], side) => [6, -14, 26].flatMap((down) => (side > 0 ? [[x + 12, y + down], [x - 12 - WORDS, y + down]] : [[x - 12 - WORDS, y + down], [x + 12, y + down]]));

/** Of places for words, the one where they lie within and cover least of what is drawn. */
function best(places, drawn, width, height) {
  const cost = ([left, foot]) => drawn.filter(([x, y]) => x > left - 5 && x < left + WORDS + 5 && y > foot - 19 && y < foot + 8).length + (left < 0 || left + WORDS > width || foot < 18 || foot > height ? 1000 : 0);
  return places.reduce((found, each) => (cost(each) < cost(found) ? each : found));
}
