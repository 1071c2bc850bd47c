// Lines on the stage: curves between what stands there, what runs along them, which way an error goes, and what they mean.

import { el, t } from "./dom.js";

/** A curve between two places that begins and ends level. */
export function wire(x0, y0, x1, y1) {
  const m = (x0 + x1) / 2;
  const at = (share) => {
    const rest = 1 - share, [p, q, r, s] = [rest ** 3, 3 * rest * rest * share, 3 * rest * share * share, share ** 3];
    return [p * x0 + (q + r) * m + s * x1, (p + q) * y0 + (r + s) * y1];
  };
  return { d: `M${x0} ${y0}C${m} ${y0} ${m} ${y1} ${x1} ${y1}`, at };
}

export const signed = (value) => (value < 0 ? "var(--neg)" : "var(--pos)");
export const px = (styles) => Object.entries(styles).map(([name, value]) => `${name}:${typeof value === "number" ? `${value}px` : value}`).join(";");

export const path = ({ d }, options) => el("path.wire", { d, ...options });
export const pulse = ({ d }, when, options) => el(`path.pulse`, { d, pathLength: 100, class: `pulse ${when}`, ...options });

/** Which way the error runs, where nothing moves: an arrow at a share of the line. */
export function chevron(line, share, width, large) {
  const [x, y] = line.at(share), [bx, by] = line.at(share - 0.03), turn = (Math.atan2(by - y, bx - x) * 180) / Math.PI, size = (large ? 1 : 0.62) * (4.5 + 0.75 * width);
  return el("path.chevron", { d: `M${1.2 * size} 0L${-0.7 * size} ${-size}L${-0.7 * size} ${size}Z`, fill: "var(--d)", transform: `translate(${x} ${y}) rotate(${turn})` });
}

/** What the wires mean, in words. */
export const legend = () => el("p.legend", {}, el("span", {}, el("i.above"), t("weight above 0")), el("span", {}, el("i.below"), t("below 0")), el("span", {}, el("i.wide"), t("wider: more runs through")));
