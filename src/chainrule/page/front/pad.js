// The digit: pixels while it is read, ink while a pen draws on it. Both are one picture in one place.

import { el } from "./dom.js";
import { framed } from "./frame.js";
import { heat, paintImage } from "./paint.js";

const SIDE = 280, SENT = 140, PEN = 21;
const SETTLES = 250; // ms after the pen has lifted until its ink becomes pixels; another stroke comes before

const share = (value) => Math.round(10 * SIDE * value) / 10; // what is kept is then what was drawn

export class Pad {
  /** `began` is called as a stroke begins, `drawn` with 28 × 28 numbers, or null for none, whenever a pen has lifted. */
  constructor({ began, drawn }) {
    this.began = began;
    this.drawn = drawn;
    this.strokes = [];
    this.canvas = el("canvas.pad", { width: SIDE, height: SIDE, role: "img", label: "The digit" });
    this.pen = this.canvas.getContext("2d", { willReadFrequently: true });
    this.small = new OffscreenCanvas(SENT, SENT).getContext("2d", { willReadFrequently: true });
    this.canvas.addEventListener("pointerdown", (event) => this.begin(event));
    this.canvas.addEventListener("pointermove", (event) => this.go(event));
    // A finger that is lifted while it moves would throw the page, and browsers take the next tap for its stop.
    this.canvas.addEventListener("touchstart", (event) => { if (this.isOpen) event.preventDefault(); }, { passive: false });
    for (const end of ["pointerup", "pointercancel"]) this.canvas.addEventListener(end, () => this.lift());
  }

  /** Whether it takes strokes. */
  set open(open) {
    this.canvas.classList.toggle("open", open);
    this.isOpen = open;
  }

  /** Show numbers as pixels, in rows of so many; a digit that was not drawn here forgets the strokes. */
  show(values, columns, { kept = false, diverging = false, top = 1 } = {}) {
    if (!kept) this.strokes = [];
    this.repaint = () => this.show(values, columns, { kept: true, diverging, top });
    this.lay(heat(el("canvas"), values, columns, { diverging, top }));
  }

  /** Show an image that was not drawn here, in its colors. */
  showImage(values, shape) {
    this.strokes = [];
    this.repaint = () => this.lay(paintImage(el("canvas"), values, shape));
    this.repaint();
  }

  /** Lay a painted canvas over the whole pad. */
  lay(sheet) {
    clearTimeout(this.settling);
    this.pen.globalCompositeOperation = "copy";
    this.pen.imageSmoothingEnabled = false;
    this.pen.drawImage(sheet, 0, 0, SIDE, SIDE);
  }

  /** The same once more, in the colors of another theme. */
  again() {
    this.repaint();
  }

  begin(event) {
    if (!this.isOpen || event.button) return;
    event.preventDefault();
    clearTimeout(this.settling);
    this.canvas.setPointerCapture(event.pointerId);
    this.box = this.canvas.getBoundingClientRect(); // asked at each move, it would lay out the page at each
    this.stroke = [];
    this.strokes.push(this.stroke);
    this.began();
    this.go(event);
  }

  go(event) {
    if (!this.stroke) return;
    const { left, top, width, height } = this.box, all = event.getCoalescedEvents?.() ?? [];
    for (const each of all.length ? all : [event]) this.stroke.push([(each.clientX - left) / width, (each.clientY - top) / height].map(share));
    this.paint();
  }

  lift() {
    if (!this.stroke) return;
    this.stroke = null;
    this.tell();
  }

  paint() {
    const pen = this.pen;
    pen.globalCompositeOperation = "source-over";
    pen.clearRect(0, 0, SIDE, SIDE);
    pen.lineCap = pen.lineJoin = "round";
    pen.lineWidth = PEN;
    pen.strokeStyle = getComputedStyle(this.canvas).color;
    for (const points of this.strokes) {
      pen.beginPath();
      pen.moveTo(...points[0]);
      for (const [x, y] of points) pen.lineTo(x, y + 0.01);
      pen.stroke();
    }
  }

  /** Tell what is drawn, and let its ink become pixels once the pen rests. */
  tell() {
    clearTimeout(this.settling);
    this.paint();
    this.small.clearRect(0, 0, SENT, SENT);
    this.small.drawImage(this.canvas, 0, 0, SENT, SENT);
    const { data } = this.small.getImageData(0, 0, SENT, SENT);
    const values = framed(Float64Array.from({ length: SENT * SENT }, (_, i) => data[4 * i + 3]), SENT);
    if (values) this.settling = setTimeout(() => this.show(values, 28, { kept: true }), SETTLES);
    this.drawn(values);
  }

  undo() {
    this.strokes.pop();
    this.tell();
  }

  clear() {
    this.strokes = [];
    this.tell();
  }
}
