// Curves over epochs or over x: our own small drawings, which can be kept as SVG.

import { el } from "./dom.js";

/** Draw lines `{ name, y: [numbers or null], dashed, color }` over `x`; each is named at its end. */
export function curves(x, lines, { width = 420, height = 200, low = null, high = null, format = (v) => v.toPrecision(3), axis = format, label, bare = false } = {}) {
  const values = lines.flatMap((line) => line.y).filter((v) => v !== null && Number.isFinite(v));
  const bottom = low ?? Math.min(...values, 0), top = high ?? (Math.max(...values, bottom + 1e-9));
  const left = bare ? 4 : 46, right = bare ? 50 : 84, head = 12, foot = 24, first = x[0] ?? 0, span = x.at(-1) - first || 1, rise = top - bottom || 1;
  const X = (v) => left + ((v - first) / span) * (width - left - right), Y = (v) => head + ((top - v) / rise) * (height - head - foot);
  const written = (text) => text.replace("-", "−"), floor = bottom < 0 && top > 0 ? 0 : bottom; // the line of zero, where it is in sight
  const parts = [el("path.ax", { d: `M${left} ${Y(floor)}H${width - right}` })];
  for (const at of bare ? [] : new Set([bottom, floor, top])) parts.push(el("text.minor", { x: left - 6, y: Y(at) + 4, "text-anchor": "end" }, written(axis(at))));
  for (const [at, anchor] of [[first, "start"], [x.at(-1) ?? 0, "end"]].slice(x.length < 2 ? 1 : 0)) parts.push(el("text.minor", { x: X(at), y: height - 6, "text-anchor": anchor }, written(`${+at.toPrecision(4)}`)));
  let used = [];
  for (const line of lines) {
    let d = "", pen = "M";
    line.y.forEach((v, i) => {
      if (v === null || !Number.isFinite(v) || Y(v) < head - 8 || Y(v) > height - foot + 8) { pen = "M"; return; } // out of sight
      d += `${pen}${X(x[i]).toFixed(1)} ${Y(v).toFixed(1)}`;
      pen = "L";
    });
    parts.push(el(`path.line${line.dashed ? ".dashed" : ""}`, { d, style: line.color ? `stroke:var(--${line.color})` : null }));
    if (x.length === 1 && d) parts.push(el("circle.dot", { cx: X(x[0]), cy: Y(line.y[0]), r: 3 })); // one point makes no line
    const end = line.y.findLast((v) => v !== null && Number.isFinite(v));
    if (end === undefined) continue;
    let y = Math.max(head, Math.min(height - foot, Y(end)));
    while (used.some((other) => Math.abs(other - y) < 15)) y += 15 * (used.every((other) => other <= y) ? 1 : -1);
    used.push(y);
    parts.push(el("text", { x: width - right + 6, y: y + 4, style: line.color ? `fill:var(--${line.color})` : null }, written(bare ? format(end) : `${line.name} ${format(end)}`)));
  }
  return el("svg.curve", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", ...(label ? { label } : {}) }, ...parts);
}

/** A drawing as a file of its own: its styles written into it, on its own paper. */
export function standalone(svg) {
  const copy = svg.cloneNode(true), from = [svg, ...svg.querySelectorAll("*")], to = [copy, ...copy.querySelectorAll("*")];
  from.forEach((node, i) => {
    const style = getComputedStyle(node);
    to[i].setAttribute("style", ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linejoin", "paint-order", "font-size", "font-family", "font-weight"].map((name) => `${name}:${style.getPropertyValue(name)}`).join(";"));
  });
  copy.prepend(el("rect", { width: "100%", height: "100%", fill: getComputedStyle(document.body).backgroundColor }));
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  return new XMLSerializer().serializeToString(copy);
}
