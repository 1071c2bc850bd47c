// The drawing pad: pen, eraser, undo, clear, pictures from files and the clipboard. What is drawn is ink on nothing.

import { el, t, tell } from "./dom.js";
import { grays, pack } from "./packed.js";
import { post } from "./wire.js";

const SIDE = 280, SENT = 140, PEN = 21;

const tenths = (share) => Math.round(10 * SIDE * share) / 10; // of a pixel: what is kept is then what was drawn

/** A pad; `changed` is called whenever the drawing has changed, at each move of the pen. */
export class Pad {
  constructor(changed) {
    this.changed = changed;
    this.canvas = el("canvas.pad", { width: SIDE, height: SIDE, tabindex: 0, role: "img", label: "Drawing pad" });
    this.pen = this.canvas.getContext("2d", { willReadFrequently: true });
    this.small = new OffscreenCanvas(SENT, SENT).getContext("2d", { willReadFrequently: true });
    this.erasing = false;
    this.picture = null; // a 28 × 28 image that lies below the strokes
    this.strokes = [];
    this.canvas.addEventListener("pointerdown", (event) => this.begin(event));
    this.canvas.addEventListener("pointermove", (event) => this.go(event));
    for (const kind of ["scroll", "resize"]) addEventListener(kind, () => { this.box = null; });
    for (const end of ["pointerup", "pointercancel"]) this.canvas.addEventListener(end, () => { if (this.stroke) { this.stroke = null; this.changed(); } });
  }

  begin(event) {
    if (event.button) return;
    event.preventDefault();
    this.canvas.setPointerCapture(event.pointerId);
    this.stroke = { erase: this.erasing, points: [] };
    this.strokes.push(this.stroke);
    this.box = null;
    this.go(event);
  }

  go(event) {
    if (!this.stroke) return;
    const box = (this.box ??= this.canvas.getBoundingClientRect()); // asked at each move, it would lay out the page at each
    for (const each of event.getCoalescedEvents?.().length ? event.getCoalescedEvents() : [event])
      this.stroke.points.push([(each.clientX - box.left) / box.width, (each.clientY - box.top) / box.height].map(tenths));
    this.paint();
    this.changed();
  }

  paint() {
    const pen = this.pen, ink = getComputedStyle(document.body).getPropertyValue("--pad-ink");
    pen.globalCompositeOperation = "source-over";
    pen.clearRect(0, 0, SIDE, SIDE);
    if (this.picture) {
      const image = new ImageData(28, 28), [r, g, b] = [1, 3, 5].map((at) => parseInt(ink.trim().slice(at, at + 2), 16));
      this.picture.forEach((gray, i) => image.data.set([r, g, b, gray], 4 * i));
      const sheet = new OffscreenCanvas(28, 28);
      sheet.getContext("2d").putImageData(image, 0, 0);
      pen.imageSmoothingEnabled = true;
      pen.drawImage(sheet, 0, 0, SIDE, SIDE);
    }
    pen.lineCap = pen.lineJoin = "round";
    pen.strokeStyle = ink;
    for (const { erase, points } of this.strokes) {
      pen.globalCompositeOperation = erase ? "destination-out" : "source-over";
      pen.lineWidth = erase ? 2 * PEN : PEN;
      pen.beginPath();
      pen.moveTo(...points[0]);
      for (const point of points) pen.lineTo(point[0], point[1] + 0.01);
      pen.stroke();
    }
  }

  /** What a page has to keep to show the drawing again; and showing it again. */
  kept() {
    return { strokes: this.strokes, picture: this.picture && pack(this.picture) };
  }

  restore({ strokes, picture }) {
    this.strokes = strokes;
    this.picture = picture && grays(picture);
    this.paint();
  }

  /** The drawing as 140 × 140 grays in base64; null where there is no ink. */
  drawing() {
    this.small.clearRect(0, 0, SENT, SENT);
    this.small.drawImage(this.canvas, 0, 0, SENT, SENT);
    const { data } = this.small.getImageData(0, 0, SENT, SENT), ink = new Uint8Array(SENT * SENT);
    let any = 0;
    for (let i = 0; i < ink.length; i++) any |= ink[i] = data[4 * i + 3];
    return any ? { drawing: pack(ink), side: SENT } : null;
  }

  /** Show an image of 28 × 28 grays, without telling of it. */
  show(pixels) {
    this.picture = pixels;
    this.strokes = [];
    this.paint();
  }

  undo() {
    if (!this.strokes.pop()) this.picture = null; // below the strokes lies the picture
    this.paint();
    this.changed();
  }

  clear() {
    this.picture = null;
    this.strokes = [];
    this.paint();
    this.changed();
  }
}

/** The digit in an image file or a pasted picture, framed by the server; null where it cannot be read. */
export async function digitOf(file) {
  tell(t("Looking for the digit in the picture…"), { lasting: true });
  try {
    const bytes = new Uint8Array(await file.arrayBuffer()), { pixels } = await post("frame", { image: pack(bytes) });
    tell("");
    return grays(pixels);
  } catch (error) {
    tell(error.message);
    return null;
  }
}
