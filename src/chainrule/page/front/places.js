// Where everything on the stage stands, by the size of the window.

import { room as seen } from "./type.js";

export const PHONE = 700; // px: below this width there is no room to draw on the stage
const TABLET = 960, WIDE = 1240, LOW = 620;

/** Where everything stands: the four columns at a width, in px. `kind` is l(arge), m(iddle), s(mall) or c(ompact). */
export function geometry(width) {
  if (seen.height < LOW) {
    const bar = Math.max(60, Math.min(300, width - 330));
    return { kind: "c", width, height: 72,
      digit: { x: 0, y: 4, size: 60 },
      answers: { x: 84, y: 8, pitch: 28, bar },
      verdict: { x: Math.min(width - 124, Math.max(width - 230, bar + 194)), y: 0, size: 50 } };
  }
  if (seen.width >= TABLET && seen.width < WIDE) {
    return { kind: "m", width, height: 312,
      digit: { x: 0, y: 32, size: 214 },
      cast: { x: 300, y: 32, size: 38, pitch: 43, bar: 70 },
      answers: { x: 606, y: 32, pitch: 25.6, bar: width - 832 },
      verdict: { x: width - 120, y: 26, size: 104 } };
  }
  if (seen.width >= WIDE) {
    const wide = Math.min(width, 1376), more = wide - 1376;
    return { kind: "l", width: wide, height: 378,
      digit: { x: 0, y: 36, size: 262 },
      cast: { x: 404, y: 36, size: 48, pitch: 53, bar: 80 },
      answers: { x: 806, y: 36, pitch: 31.6, bar: 204 + more },
      verdict: { x: 1176 + more, y: 36, size: 168 } };
  }
  const zoom = seen.width < PHONE ? Math.min(1, width / 336) : Math.min(1.8, width / 368), room = width / zoom;
  return { kind: "s", zoom, width: room, height: 236,
    digit: { x: 0, y: 24, size: 104 },
    cast: { x: 150, y: 24, size: 28, pitch: 33, bar: 0 },
    answers: { x: 228, y: 24, pitch: 20.2, bar: room - 299 },
    verdict: { x: 0, y: 150, size: 74 } };
}
