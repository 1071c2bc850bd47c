// The track: the six steps as a loop under the stage, forwards above, backwards below, each by its name in plain words and by the
// book's; numbers alone where there is little room.

import { el, message, t } from "./dom.js";

const PLAIN = [message("The ink"), message("The neurons weigh it"), message("How wrong?"), message("Who is to blame?"), message("Which weights?"), message("Change them")];
const OF_TABLES = { 0: message("The columns") };
const NAMES = [message("Input"), message("Feedforward"), message("Output error"), message("Error, backwards"), message("Gradients"), message("Update")];

/** The name of a step in the book. */
export const nameOf = (step) => t(NAMES[step - 1]);

/** The name of a step in plain words. */
export const plainOf = (step, table) => t((table && OF_TABLES[step - 1]) || PLAIN[step - 1]);

/** Both names of a step. */
export const bothOf = (step, table) => `${plainOf(step, table)} · ${nameOf(step)}`;

/** The buttons of the steps; `go` is called with a step's number. */
export function track({ step, place, table, go }) {
  const { kind, width, zoom = 1 } = place, large = kind === "l" || kind === "m";
  const button = (at, styles) => el("button", { "data-key": `step ${at + 1}`, "data-step": at + 1, "aria-current": step === at + 1 ? "step" : null, "aria-label": `${at + 1} ${bothOf(at + 1, table)}`, class: step > at + 1 ? "done" : "", style: styles, onclick: () => go(at + 1) }, el("i", {}, `${at + 1}`), ...(large ? [el("span", {}, plainOf(at + 1, table), el("small", {}, nameOf(at + 1)))] : []));
  const line = (d) => el("path", { d });
  if (!large) {
    const room = width * zoom, y = 22, at = (i) => 22 + (i * (room - 44)) / 5;
    const arrows = [0, 1, 2, 3, 4].map((i) => { const x = (at(i) + at(i + 1)) / 2, way = i < 2 ? 1 : -1; return line(`M${x - 3 * way} ${y - 4}l${5 * way} 4l${-5 * way} 4`); });
    return el("nav.track.short", { label: "The six steps", style: `width:${room}px` }, el("svg", { width: room, height: 44, "aria-hidden": "true" }, line(`M22 ${y}H${room - 22}`), ...arrows), ...NAMES.map((_, i) => button(i, `left:${at(i) - 22}px;top:0`)));
  }
  const { digit, cast, answers } = place, up = 18, down = 56, turn = answers.x + 40;
  const lefts = [digit.x, cast.x, answers.x + 44, cast.x, digit.x + digit.size - (kind === "l" ? 70 : 66), digit.x], tops = [up, up, (up + down) / 2, down, down, down];
  const arrow = (x, y, way) => line(`M${x} ${y - 5}l${8 * way} 5l${-8 * way} 5`);
  return el("nav.track", { label: "The six steps", style: `width:${width}px` },
    el("svg", { width, height: 74, "aria-hidden": "true" }, line(`M14 ${up}H${turn}a19 19 0 0 1 0 38H14`), arrow(cast.x - 34, up, 1), arrow(answers.x - 36, up, 1), arrow(answers.x - 28, down, -1)),
    ...NAMES.map((_, at) => button(at, `left:${lefts[at]}px;top:${tops[at] - 18}px`)));
}
