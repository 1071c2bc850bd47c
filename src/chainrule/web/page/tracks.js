// The lines between hidden neurons and answers: they run in the gaps between rows like a tram map, the leftmost lowest, so
// that none crosses another. Thickness is how much a neuron argues; a negative one is dashed.

import { el } from "./dom.js";
import { FAINT, errorScale } from "./paint.js";

const MOST = 6;

/** Paths from the cells that argue most to the answer that was given, or back from the two that were most wrong. */
export function tracks(view) {
  const box = view.flow.getBoundingClientRect(), zoom = box.width / view.flow.clientWidth || 1;
  const at = (node) => {
    const r = node.getBoundingClientRect();
    return { left: (r.left - box.left) / zoom, right: (r.right - box.left) / zoom, top: (r.top - box.top) / zoom, bottom: (r.bottom - box.top) / zoom };
  };
  const cells = new Map([...view.cells.children].map((cell) => [+cell.dataset.k, at(cell)]));
  const row = (digit) => { const r = at(view.rows[digit]); return (r.top + r.bottom) / 2; };
  const end = at(view.list).left - 8, edge = Math.max(...[...cells.values()].map((cell) => cell.right)) + 4;
  return view.backward ? backward(view, cells, row, end, edge) : forward(view, cells, row, end, edge);
}

/** Cells in the order in which their lines leave: row after row from above, in a row the leftmost lowest. */
function inOrder(chosen, cells) {
  return chosen.filter((k) => cells.has(k)).sort((i, j) => cells.get(i).bottom - cells.get(j).bottom || cells.get(j).left - cells.get(i).left);
}

function forward(view, cells, row, end, edge) {
  const chosen = inOrder(view.order.slice(0, MOST), cells), y = row(view.look.digit);
  const widest = Math.max(...chosen.map((k) => Math.abs(view.argued[k]))) || 1;
  const lanes = new Map();
  return chosen.map((k, i) => {
    const cell = cells.get(k), lane = (lanes.get(cell.bottom) ?? 0) + 1;
    lanes.set(cell.bottom, lane);
    const gap = cell.bottom + 2 + 3 * lane, x = (cell.left + cell.right) / 2, goal = y + 4 * (i - (chosen.length - 1) / 2);
    const bend = edge + (end - edge) * 0.45;
    const d = `M${x} ${cell.bottom}V${gap - 2}Q${x} ${gap} ${x + 3} ${gap}H${edge}C${bend} ${gap} ${bend} ${goal} ${end} ${goal}`;
    return line(d, view.argued[k], Math.abs(view.argued[k]) / widest);
  });
}

function backward(view, cells, row, end, edge) {
  const last = view.net.sizes.length, out = view.look.delta[last - 2], delta = view.look.delta[view.layer - 2];
  const n = view.net.sizes[last - 2], w = view.weights.w[last - 2];
  const wrong = [...out.keys()].sort((i, j) => Math.abs(out[j]) - Math.abs(out[i])).slice(0, 2).filter((j) => Math.abs(out[j]) > FAINT);
  if (!wrong.length) return []; // no line comes out of nothing
  const chosen = inOrder(view.order.slice(0, MOST), cells);
  const widest = errorScale(delta), lanes = new Map();
  return chosen.flatMap((k) => {
    const cell = cells.get(k), lane = (lanes.get(cell.bottom) ?? 0) + 1;
    lanes.set(cell.bottom, lane);
    const gap = cell.bottom + 2 + 3 * lane, x = (cell.left + cell.right) / 2, bend = edge + (end - edge) * 0.55;
    const parts = wrong.map((j) => [j, w[j * n + k] * out[j]]), most = Math.max(...parts.map(([, part]) => Math.abs(part))) || 1;
    const share = Math.abs(delta[k]) / widest;
    return [
      line(`M${edge} ${gap}H${x + 3}Q${x} ${gap} ${x} ${gap - 2}V${cell.bottom}`, delta[k], share),
      ...parts.map(([j, part]) => line(`M${end} ${row(j)}C${bend} ${row(j)} ${bend} ${gap} ${edge} ${gap}`, part, (share * Math.abs(part)) / most)),
    ];
  });
}

const line = (d, value, share) => el(`path.${value < 0 ? "n" : "p"}`, { d, "stroke-width": (0.8 + 3.2 * share).toFixed(2) });
