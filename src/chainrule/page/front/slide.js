// A picture on which one points at a place: with a mouse, a finger, or the arrow keys. A window can slide over it by itself.

import { el } from "./dom.js";
import { heat } from "./paint.js";

const KEYS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
const LASTS = 2600; // ms in which a window goes through all of its places

export class Slide {
  constructor() {
    this.canvas = el("canvas.px", { "aria-hidden": "true" });
    this.root = el("div.slide", { role: "application", tabindex: 0, hidden: true }, this.canvas);
    this.root.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      event.preventDefault();
      this.root.focus({ preventScroll: true });
      this.root.setPointerCapture(event.pointerId);
      this.held = true;
      this.point(event);
    });
    this.root.addEventListener("pointermove", (event) => { if (this.held) this.point(event); });
    for (const end of ["pointerup", "pointercancel"]) this.root.addEventListener(end, () => { this.held = false; });
    this.root.addEventListener("keydown", (event) => {
      const by = KEYS[event.key];
      if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation(); // here they do not go to the next step
      this.stop();
      this.given.step(...by);
    });
  }

  /**
   * Show a picture: { x, y, width, height, values, columns, how }, in words { label }. `point(row, column)` is told of the number that
   * is pointed at, `step(down, across)` of keys.
   */
  show(given) {
    this.given = given;
    const { x, y, width, height, values, columns, how, label } = given;
    this.root.hidden = false;
    Object.assign(this.root.style, { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` });
    this.root.setAttribute("aria-label", label);
    heat(this.canvas, values, columns, how);
  }

  hide() {
    this.stop();
    this.root.hidden = true;
  }

  point({ clientX, clientY }) {
    this.stop();
    const { left, top, width, height } = this.root.getBoundingClientRect(), { width: columns, height: rows } = this.canvas;
    this.given.point(Math.floor(((clientY - top) / height) * rows), Math.floor(((clientX - left) / width) * columns));
  }

  /** Let `at(number)` see one place after another, so many in all, and `ended()` the end, also where it comes early. */
  play(count, at, ended) {
    this.stop();
    const began = performance.now();
    const turn = (now) => {
      const place = Math.floor(((now - began) / LASTS) * count);
      if (place >= count) return this.stop();
      at(Math.max(0, place));
      this.frame = requestAnimationFrame(turn);
    };
    this.ended = ended;
    this.frame = requestAnimationFrame(turn);
  }

  stop() {
    cancelAnimationFrame(this.frame);
    this.ended?.();
    this.ended = null;
  }
}
