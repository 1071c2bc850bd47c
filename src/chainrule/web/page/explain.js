// A section of an explanation on the page: its sentences, tables and pictures, set from its data with live numbers. What is
// said, in which order and under which condition stands in the data; here is only how it looks.

import { el, sym } from "./dom.js";
import { Evaluator } from "./evaluate.js";
import { columnsOf, heat, scale } from "./paint.js";
import { slope } from "./teach.js";

/** Values that traveled: numbers as they are, arrays as base64 of float64 with their shape. */
export function values(packed) {
  const array = ({ shape, data }) => {
    const numbers = new Float64Array(Uint8Array.from(atob(data), (c) => c.charCodeAt(0)).buffer);
    return shape.length === 2 ? { shape, data: numbers } : Array.from(numbers);
  };
  return Object.fromEntries(Object.entries(packed).map(([name, each]) => [name, typeof each === "number" ? each : array(each)]));
}

export class Explanation {
  /** `weights` draws the weights of a first neuron; `packed` are the values by name. */
  constructor(packed, weights) {
    this.evaluator = new Evaluator(values(packed));
    this.weights = weights;
  }

  /** A section as elements: its title and first sentence, `lines` in their place, and what follows. */
  section(section, lines) {
    const { number, title, items: [sentence, ...rest] } = this.evaluator.given(section)[0];
    return el("section.cr-step", {}, el("h2", {}, el("i", {}, `${number}`), ...inline(title)), el("p.cr-say", {}, ...inline(sentence)), ...lines, ...this.items(rest));
  }

  /** Sentences, tables and pictures, those that follow one another side by side, and the answers to questions. */
  items(items) {
    const written = [];
    let block = null;
    for (const item of items) {
      const beside = ["Table", "Picture"].includes(item.is);
      if (beside && !block) written.push((block = el("div.cr-block")));
      if (beside) block.append(item.is === "Table" ? this.table(item) : this.picture(item));
      else {
        block = null;
        written.push(...(item.is === "Section" ? [el("h3", {}, ...inline(item.title)), ...this.items(item.items)] : [el("p.cr-text", {}, ...inline(item))]));
      }
    }
    return written;
  }

  table({ rows, align }) {
    const right = (at) => (align[at] === ">" ? ".cr-value" : "");
    const written = rows.map(({ cells, role }) => el(role ? `tr.cr-${role}` : "tr", {}, ...cells.map((cell, at) => (
      role === "head" && cell ? el(`th${right(at)}`, { scope: "col" }, ...heading(cell)) : this.cell(cell, right(at))))));
    const top = rows[0].role === "head" ? [el("thead", {}, written.shift())] : [];
    return el("div.cr-wide", { tabindex: 0, role: "group" }, el("table.cr-answer", {}, ...top, el("tbody", {}, ...written)));
  }

  /** A cell: numbers in their colors, beside a bar where they have one. */
  cell(cell, right) {
    const parts = cell.is === "Inline" ? cell.parts : [cell], colored = parts.find((part) => part.is === "Slot" && part.kind);
    const drawn = parts.flatMap((part) => (part.is === "Picture" ? [el("span.cr-thumb", {}, this.weights(part.index[0]))] : inline(part)));
    const kind = colored ? `.cr-${colored.kind}` : "", bar = parts[0].is === "Bar";
    return el(`td${right}${kind}`, {}, ...(bar ? [el("span.cr-pushed", {}, ...drawn)] : drawn));
  }

  picture({ name, symbol: of, caption = [] }) {
    if (name === "change") return this.change(of);
    const evidence = this.evaluator.value(of);
    const drawn = heat(el("canvas.cr-heat", { "aria-hidden": "true" }), evidence, columnsOf(evidence.length), { top: scale(evidence), diverging: true });
    return el("div.cr-evidence", {}, drawn, ...caption.map((each) => el("p.cr-note", {}, ...inline(each))));
  }

  /** The truth and the answer before and after a step, as lines. */
  change(a) {
    const [label, answer] = ["label", "answer"].map((name) => this.evaluator.value(name));
    const output = (name, digit) => this.evaluator.value(["at", name, digit, "example"]);
    return slope([...new Set([label, answer])].map((digit) => ({ name: digit, before: output(a, digit), after: output(`after ${a}`, digit), truth: digit === label })));
  }
}

/** A part of a line, evaluated, as nodes and text: its words, numbers, symbols and bars. */
function inline(part) {
  if (typeof part === "string") return [part];
  const { is } = part;
  if (is === "Sentence") return part.text.split(/(\{\w+\})/).flatMap((piece) => (/^\{\w+\}$/.test(piece) ? inline(part.slots[piece.slice(1, -1)]) : [piece]));
  if (is === "Inline") return part.parts.flatMap(inline);
  if (is === "Slot") return [part.strong ? el("b.cr-nowrap", {}, part.value) : part.value];
  if (is === "Name") return [symbol(part)];
  return is === "Bar" ? [bar(part)] : [];
}

/** The heading of a column; a symbol is read as text, since screen readers leave out a formula there. */
function heading(cell) {
  if (cell.is !== "Name") return inline(cell);
  const { letter, layer } = named(cell.symbol);
  const spoken = letter + [...layer].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]).join("");
  return [el("span", { "aria-hidden": "true" }, symbol(cell)), el("span.cr-spoken", {}, spoken)];
}

const named = (name) => /^(?<letter>.+?)(?<layer>\d*)$/.exec(name).groups;

function symbol({ symbol: name, index }) {
  const { letter, layer } = named(name);
  return sym({ δ: "d" }[letter] ?? letter, layer || undefined, index?.length ? index.join(",") : undefined);
}

/** A bar in a color; without one from the middle to the right where it is positive, hatched to the left where not. */
function bar({ value, kind }) {
  const width = Math.min(Math.abs(value), 1);
  if (kind) return el("span.cr-track", {}, el("i", { style: `width:${100 * width}%;background:var(--${kind})` }));
  return el("span.cr-push", {}, el(value > 0 ? "i.cr-plus" : "i.cr-minus", { style: `width:${50 * width}%;left:${value > 0 ? 50 : 50 - 50 * width}%` }));
}
