// A program as a graph: where its nodes stand, which way its edges go, and the drawing of it with the numbers. What computes stands
// behind what it reads; an edge that passes columns has a place of its own in each of them, so that it meets no node.

import { el, renew } from "./dom.js";
import { heat, scale } from "./paint.js";
import { number, shapeText } from "./symbols.js";

/** Places of a graph, in columns and rows: `reads[k]` are the nodes that node k reads, each of a smaller number.
 *
 * Gives `columns`; for each node `at: [column, row]`, with rows around 0; for each edge `{ from, to, via: [[column, row], …] }`, in the
 * order in which the nodes read. */
export function layout(reads) {
  const column = reads.map(() => 0);
  reads.forEach((from, k) => { if (from.length) column[k] = 1 + Math.max(...from.map((each) => column[each])); });
  reads.forEach((from, k) => { // a variable stands right before what first reads it
    const readers = reads.flatMap((each, reader) => (each.includes(k) ? [column[reader]] : []));
    if (!from.length && readers.length) column[k] = Math.max(0, Math.min(...readers) - 1);
  });
  const columns = 1 + Math.max(...column), items = Array.from({ length: columns }, () => []);
  const nodes = reads.map((_, k) => { const item = { before: [], row: 0 }; items[column[k]].push(item); return item; });
  const edges = reads.flatMap((from, to) => from.map((each) => {
    const via = [];
    let last = nodes[each];
    for (let c = column[each] + 1; c < column[to]; c++) { const item = { before: [last], row: 0 }; items[c].push(item); via.push(item); last = item; }
    nodes[to].before.push(last);
    return { from: each, to, via };
  }));
  const outward = (item, row) => (nodes.includes(item) ? 0 : row < 0 ? -1 : 1); // what only passes keeps to the outside
  for (const list of items) { // each column in the order of what it reads, as near to it as there is room
    const wanted = (item) => (item.before.length ? item.before.reduce((sum, each) => sum + each.row, 0) / item.before.length : null);
    list.sort((p, q) => (wanted(p) ?? Infinity) - (wanted(q) ?? Infinity) || outward(p, wanted(p)) - outward(q, wanted(q)) || 0);
    const off = [];
    list.forEach((item, i) => {
      item.row = i ? Math.max(list[i - 1].row + 1, wanted(item) ?? -Infinity) : wanted(item) ?? 0;
      if (wanted(item) !== null) off.push(item.row - wanted(item));
    });
    const shift = off.length ? off.reduce((sum, each) => sum + each, 0) / off.length : (list.length - 1) / 2;
    for (const item of list) item.row -= shift;
  }
  const rows = items.flat().map((item) => item.row), first = Math.min(...rows), last = Math.max(...rows);
  for (const item of items.flat()) item.row -= (first + last) / 2;
  const place = (c, item) => [c, item.row];
  return { columns, rows: 1 + last - first, at: nodes.map((item, k) => place(column[k], item)), edges: edges.map((edge) => ({ ...edge, via: edge.via.map((item, i) => place(column[edge.from] + 1 + i, item)) })) };
}

/** The paths from a node to the last, each as the numbers of its edges; at most so many of them. */
export function paths(edges, from, last, most = Infinity) {
  if (from === last) return [[]];
  const found = [];
  for (const [e, edge] of edges.entries()) {
    if (edge.from !== from || found.length >= most) continue;
    for (const rest of paths(edges, edge.to, last, most - found.length)) found.push([e, ...rest]);
  }
  return found;
}

// ---- the drawing -----------------------------------------------------------------------------------------------------------

const FEW = 3; // numbers of an array that are written out in its box
export const isNumber = (shape) => shape.length === 0;
const listed = (values, digits) => Array.from(values, (each) => number(each, digits)).join(", ");

/** Whether the numbers of all arrays are written out, since they are few. */
export const areFew = (shapes) => shapes.every((shape) => count(shape) <= FEW);

/** How wide a column is at least, in px. */
export const widthOf = (shapes) => (areFew(shapes) && !shapes.every(isNumber) ? 200 : 158);
export const count = (shape) => shape.reduce((product, each) => product * each, 1);

/** Draw the nodes as small boxes over the edges; where it is narrow, the columns are rows, and values run down.
 *
 * `least` is how wide a column is at least; `entry` is a program of the gallery, `places` its layout, `now` has the `values` of all nodes, the `slopes` of the edges between
 * numbers and the `errors` of all nodes; `lit` are the edges of a path, `chosen` is a variable, which `choose` changes. */
export function drawGraph(root, { entry, places, now, lit, chosen, choose, down, least }) {
  const { variables, nodes, result } = entry, all = [...variables, ...nodes], several = variables.length > 1, few = areFew(all.map((each) => each.shape)), wide = least > 158;
  const width = down ? root.clientWidth : Math.max(root.clientWidth, least * places.columns);
  const step = down ? 150 : width / places.columns, apart = down ? Math.min(wide ? 190 : 150, (width - (places.rows > 2 ? 50 : 0)) / places.rows) : places.rows > 2 ? 116 : 168;
  const box = down ? [Math.min(wide ? 150 : 96, apart - 6), 58] : [Math.min(wide ? 150 : 112, step - 46), 66], tight = down && apart < 140; // for names
  const height = down ? places.columns * step - 62 : places.rows * apart + (places.rows > 1 ? 10 : -8);
  const at = ([c, r]) => (down ? [width / 2 + r * apart, 32 + c * step] : [(c + 0.5) * step, height / 2 - 10 + r * apart]);
  const dim = (e) => (lit && !lit.includes(e) ? ".dim" : "");
  const labels = [], row = ({ from, to, via }) => mean([places.at[from], ...via, places.at[to]].map((place) => place[1]));
  const { edges } = places, taken = [...places.at, ...edges.flatMap((edge) => edge.via)];
  const free = ([c, r]) => Math.min(4, ...taken.filter(([column, other]) => column === c && other !== r).map(([, other]) => Math.abs(other - r)));
  const drawn = edges.map((edge, e) => {
    const points = [places.at[edge.from], ...edge.via, places.at[edge.to]].map(at), bent = points.length > 2, slope = now.slopes[e], known = slope !== null;
    points[0] = rim(points[0], points[1], box, down);
    points.push(rim(points.pop(), points.at(-1), box, false));
    const [d, middle, angle] = way(points, down, edge.via.map(free)), thick = known && Number.isFinite(slope) ? Math.max(1.5, Math.min(9, 1.5 + 2.2 * Math.abs(slope))) : 2.5, head = 6 + 0.7 * thick;
    const beside = edges.filter((each) => each !== edge && (each.from === edge.from || each.to === edge.to)), lower = beside.length > 0 && row(edge) > mean(beside.map(row));
    const right = middle[0] < 80 || (middle[0] <= width - 66 && (lower || !beside.length)); // where there is room
    const side = down ? (right ? "right" : "left") : bent ? (lower ? "above" : "below") : lower ? "below" : "above";
    if (known || edge.math) {
      const label = made(`div.slope.${side}${dim(e)}`, `${known && NUMBER.test(edge.math) ? "" : `<span>${edge.math}</span> `}${known ? `<b>× ${number(slope)}</b>` : ""}`);
      Object.assign(label.style, { left: `${middle[0]}px`, top: `${middle[1]}px` });
      labels.push(label);
    }
    return el(`g.edge${dim(e)}`, {}, el("path", { d, "stroke-width": thick.toFixed(1), "stroke-dasharray": slope < 0 ? "8 5" : null }),
      el("path.head", { d: `M${head * 1.3} 0L${-head * 0.8} ${-head}L${-head * 0.8} ${head}Z`, transform: `translate(${middle}) rotate(${angle})` }));
  });
  const boxes = all.flatMap((node, k) => {
    const [x, y] = at(places.at[k]), variable = k < variables.length, last = k === all.length - 1, name = `${node.math} =`;
    const place = made(variable && several ? "button.node" : "div.node", `<span>${node.computes ?? node.math}</span>`);
    place.append(el("span.told.cr-a", {}, ...told(variable || tight ? "" : name, now.values[k], node.shape, few, tight)));
    if (variable && several) {
      place.setAttribute("aria-pressed", `${k === chosen}`);
      place.setAttribute("aria-label", node.name);
      place.addEventListener("click", () => choose(k));
    }
    const by = tight ? "" : `∂${result}/∂${last ? result : node.math} =`, error = el("div.error", {}, ...(last ? [made("small", by), " ", el("b", {}, "1")] : told(by, now.errors[k], node.shape, few, tight)));
    Object.assign(place.style, { left: `${x - box[0] / 2}px`, top: `${y - box[1] / 2}px`, width: `${box[0]}px`, height: `${box[1]}px` });
    Object.assign(error.style, { left: `${x}px`, top: `${y + box[1] / 2 + 1}px` });
    return [place, error];
  });
  const drawing = el("div.drawing", {}, el("svg", { width, height, "aria-hidden": "true" }, ...drawn), ...labels, ...boxes);
  Object.assign(drawing.style, { width: `${width}px`, height: `${height}px` });
  renew(root, drawing);
}

/** A value with its name: a number, the few numbers of an array, or its shape and its picture. */
function told(name, values, shape, few, tight) {
  const before = name ? [made("small", name), " "] : [];
  if (isNumber(shape)) return [...before, el("b", {}, number(values[0]))];
  if (few) return [...before, el("b.few", {}, listed(values, tight ? 1 : 2))];
  const columns = shape.at(-1) > 1 ? shape.at(-1) : values.length;
  return [...before, el("span.cr-dim", {}, shapeText(shape)), ...(values.length > 400 ? [] : [heat(el("canvas", { "aria-hidden": "true" }), values, columns, { top: scale(values, 1), diverging: true })])];
}

/** Markup that Python made. */
export function made(what, markup) {
  const node = el(what);
  node.innerHTML = markup;
  return node;
}

const NUMBER = /^<math><mrow>(<mo[^>]*>−<\/mo>)?<mn>[\d.]+<\/mn><\/mrow><\/math>$/; // a slope that is the same everywhere
const mean = (values) => values.reduce((sum, each) => sum + each, 0) / values.length;

/** Where an edge leaves a box towards another point; below a box stands its error. */
function rim([x, y], [toX, toY], [width, height], down) {
  const dx = toX - x, dy = toY - y, share = Math.min((width / 2 + 5) / Math.abs(dx || 1e-9), (height / 2 + (down ? 24 : 5)) / Math.abs(dy || 1e-9));
  return [x + dx * share, y + dy * share];
}

/** A line through points, a place on it for its slope, the freest that it passes or its middle, and which way is backward there, in
 * degrees. */
function way(points, down, room) {
  const [[x0, y0]] = points, [x1, y1] = points.at(-1);
  if (points.length === 2) return [`M${x0} ${y0}L${x1} ${y1}`, [(x0 + x1) / 2, (y0 + y1) / 2], (Math.atan2(y0 - y1, x0 - x1) * 180) / Math.PI];
  const d = points.slice(1).map(([x, y], i) => {
    const [fromX, fromY] = points[i];
    return down ? `C${fromX} ${(fromY + y) / 2} ${x} ${(fromY + y) / 2} ${x} ${y}` : `C${(fromX + x) / 2} ${fromY} ${(fromX + x) / 2} ${y} ${x} ${y}`;
  }).join("");
  return [`M${x0} ${y0}${d}`, points[1 + room.indexOf(Math.max(...room))], down ? -90 : 180];
}
