// Matrices as heat maps on canvases, in the colors of the style sheet: zero is the color of the paper.

const ramps = new Map();

/** Forget the ramps, since the theme has changed; pictures are then painted again by whoever painted them. */
export function repaint() {
  ramps.clear();
}

/** 256 colors of a ramp, "seq" from 0 to 1 or "div" from −1 to 1, read off the style sheet. */
function ramp(name) {
  if (!ramps.has(name)) {
    const stops = getComputedStyle(document.body).getPropertyValue(`--${name}`).match(/#[0-9a-f]{6}/gi);
    const canvas = new OffscreenCanvas(256, 1), pen = canvas.getContext("2d");
    const gradient = pen.createLinearGradient(0, 0, 256, 0);
    stops.forEach((color, i) => gradient.addColorStop(i / (stops.length - 1), color));
    pen.fillStyle = gradient;
    pen.fillRect(0, 0, 256, 1);
    ramps.set(name, new Uint32Array(pen.getImageData(0, 0, 256, 1).data.buffer));
  }
  return ramps.get(name);
}

const CHANNELS = 3; // of an image in color: red, green and blue

/** Paint an image onto a canvas: in its colors where it has three channels, else as a heat map, several maps beside each other. */
export function paintImage(canvas, values, shape) {
  if (!isColor(shape)) {
    const { values: laid, columns } = mosaic(values, shape);
    return heat(canvas, laid, columns);
  }
  const [, rows, columns] = shape;
  const count = rows * columns;
  const image = new ImageData(columns, rows);
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < CHANNELS; k++) image.data[4 * i + k] = Math.round(255 * values[k * count + i]);
    image.data[4 * i + CHANNELS] = 255;
  }
  canvas.width = columns;
  canvas.height = rows;
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

/** Whether an image of this shape has colors. */
export const isColor = (shape) => shape.length === 3 && shape[0] === CHANNELS;

/** Paint rows × columns numbers onto a canvas, a pixel each, nothing where there is none; with a sign where `top` is given as negative to positive. */
export function heat(canvas, values, columns, { top = 1, diverging = false } = {}) {
  const rows = Math.ceil(values.length / columns);
  canvas.width = columns;
  canvas.height = rows;
  const colors = ramp(diverging ? "div" : "seq");
  const image = new ImageData(columns, rows), pixels = new Uint32Array(image.data.buffer);
  pixels.fill(colors[diverging ? 128 : 0]);
  for (let i = 0; i < values.length; i++) {
    const share = diverging ? (values[i] / top + 1) / 2 : values[i] / top;
    pixels[i] = colors[Math.max(0, Math.min(255, Math.round(255 * share)))];
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

/** The style of a cell with a number in it: its color, and black or white for the text, whichever is told better from it. */
export function shade(value, { top = 1, diverging = false } = {}) {
  const share = diverging ? (value / top + 1) / 2 : value / top, color = ramp(diverging ? "div" : "seq")[Math.max(0, Math.min(255, Math.round(255 * share)))];
  const parts = [color & 255, (color >> 8) & 255, (color >> 16) & 255], light = parts.reduce((sum, each, k) => sum + [0.2126, 0.7152, 0.0722][k] * (each / 255) ** 2.2, 0);
  return `background:rgb(${parts.join(" ")});color:${light > 0.179 ? "#000" : "#fff"}`;
}

/** Maps beside each other as one picture, nearly a square, with a line of nothing between them: { values, columns }. */
export function mosaic(values, [maps, rows, columns]) {
  if (maps === 1) return { values, columns };
  const across = Math.min(maps, Math.ceil(Math.sqrt((maps * rows) / columns))), width = across * (columns + 1) - 1, found = new Float64Array((Math.ceil(maps / across) * (rows + 1) - 1) * width).fill(NaN);
  for (let map = 0, k = 0; map < maps; map++) {
    const corner = Math.floor(map / across) * (rows + 1) * width + (map % across) * (columns + 1);
    for (let row = 0; row < rows; row++) for (let column = 0; column < columns; column++) found[corner + row * width + column] = values[k++];
  }
  return { values: found, columns: width };
}

/** A painted canvas once more, for another place. */
export function copied(canvas) {
  const copy = canvas.cloneNode();
  copy.getContext("2d").drawImage(canvas, 0, 0);
  return copy;
}

export const FAINT = 0.002; // an error of less is not drawn
const LEAST = 0.1; // errors below it are pale: the scale of errors ends here or, where one is larger, at the largest

/** Where the scale of errors ends, so that small ones look small. */
export const errorScale = (values) => values.reduce((most, value) => Math.max(most, Math.abs(value)), LEAST);

/** The size below which a share of the numbers lies: the end of a scale that single outliers do not stretch. */
export function scale(values, share = 0.995) {
  const sizes = Float32Array.from(values, Math.abs).sort();
  return sizes[Math.floor(share * (sizes.length - 1))] || sizes[sizes.length - 1] || 1;
}

/** Columns of a nearly square picture of n numbers: 784 is 28 × 28. */
export const columnsOf = (n) => (Number.isInteger(Math.sqrt(n)) ? Math.sqrt(n) : Math.ceil(Math.sqrt(n * 1.2)));
