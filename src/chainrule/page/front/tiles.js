// Factors and signs that are put in order: by drag, by tap, by keys. What they make is computed with the network's numbers, and
// compared with what its program gives; where it is wrong, it is told which mistake gives the same.

import { el, t } from "./dom.js";
import { dimensions, evaluate, fingerprint, mathOf, Misfit, misfitted, same, SIGNS, sized, textOf, tokensOf } from "./expression.js";
import { heat, scale } from "./paint.js";
import { shapeText } from "./symbols.js";
import { difference, words } from "./told.js";

const FAR = 6; // px: from here on a press is a drag

export class Tiles {
  constructor(task, world, check, given) {
    Object.assign(this, { task, world, given: given ?? [] }); // given: the places of tiles, in order
    this.line = el("div.line", { role: "group", label: "Your line" });
    this.pool = el("div.pool", { role: "group", label: "Factors and signs" });
    const target = el("span.sized", {}, mathOf(task.target, world.network), el("span.cr-dim", {}, shapeText(dimensions(task.target, world.network))));
    this.element = el("div.ask", {}, el("p.how", { say: "Put the right ones in order: tap or drag them. With keys, Enter takes one or puts it back, and the arrows move it." }),
      el("div.equation", {}, target, el("span.sign", {}, task.target.startsWith("w") ? "←" : "="), this.line), this.pool);
    this.draw();
  }

  get tokens() { return this.given.map((i) => this.task.tiles[i]); }

  tile(i, within) {
    const text = this.task.tiles[i], { network } = this.world, used = !within && this.given.includes(i);
    const name = SIGNS[text] ?? this.named(text), sign = text in SIGNS;
    const tile = el(`button.tile${sign ? ".of-sign" : ""}${used ? ".used" : ""}`, { "aria-label": name, "aria-disabled": used ? "true" : null, "data-tile": i },
      mathOf(text, network), sign || text === "η" ? null : el("span.cr-dim", {}, this.size(text)));
    tile.addEventListener("pointerdown", (event) => this.drag(event, i, tile));
    tile.addEventListener("click", (event) => { if (event.detail === 0 || !this.dragged) this.tap(i, within); this.dragged = false; });
    if (within) tile.addEventListener("keydown", (event) => this.key(event, i));
    return tile;
  }

  /** A factor in words: as a screen reader says it. */
  named(text) {
    const { network } = this.world, between = /^([^-]+)-([^-]+)$/.exec(text);
    if (between) return `${textOf(between[1])} − ${textOf(between[2])}`;
    return textOf(text, {}, network);
  }

  size(text) {
    return shapeText(dimensions(text.split("-")[0] === "y" ? text.split("-")[1] : text.split("-")[0], this.world.network));
  }

  draw(focus) {
    const blank = el("span.blank", { "aria-hidden": "true" });
    this.line.replaceChildren(...(this.given.length ? this.given.map((i) => this.tile(i, true)) : [blank]));
    this.pool.replaceChildren(...this.task.tiles.map((_, i) => this.tile(i, false)));
    if (focus) (focus.within ? this.line : this.pool).querySelector(`[data-tile="${focus.tile}"]`)?.focus({ preventScroll: true });
  }

  tap(i, within) {
    if (within) this.given = this.given.filter((each) => each !== i);
    else if (!this.given.includes(i)) this.given.push(i);
    this.draw({ tile: i, within: false });
  }

  key(event, i) {
    const at = this.given.indexOf(i), to = at + ({ ArrowLeft: -1, ArrowRight: 1 }[event.key] ?? NaN);
    if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      this.tap(i, true);
    } else if (to >= 0 && to < this.given.length) {
      event.preventDefault();
      this.put(i, to);
      this.draw({ tile: i, within: true });
    }
  }

  put(i, at) {
    this.given = this.given.filter((each) => each !== i);
    this.given.splice(at, 0, i);
  }

  // ---- by drag -----------------------------------------------------------------------------------------------------------

  drag(event, i, tile) {
    this.dragged = false;
    if (event.button || tile.classList.contains("used")) return;
    const { clientX: x, clientY: y, pointerId } = event;
    const move = (now) => {
      if (now.pointerId !== pointerId) return;
      if (!this.dragged && Math.hypot(now.clientX - x, now.clientY - y) < FAR) return;
      if (!this.dragged) {
        this.dragged = true;
        tile.classList.add("held");
      }
      const zoom = tile.getBoundingClientRect().width / tile.offsetWidth || 1;
      tile.style.transform = `translate(${(now.clientX - x) / zoom}px, ${(now.clientY - y) / zoom}px)`;
    };
    const end = (now) => {
      if (now.pointerId !== pointerId) return;
      for (const [name, run] of Object.entries({ pointermove: move, pointerup: end, pointercancel: end })) removeEventListener(name, run);
      if (!this.dragged) return;
      tile.classList.remove("held");
      tile.style.transform = "";
      if (now.type === "pointerup") this.drop(i, now.clientX, now.clientY);
      this.draw();
      setTimeout(() => { this.dragged = false; });
    };
    for (const [name, run] of Object.entries({ pointermove: move, pointerup: end, pointercancel: end })) addEventListener(name, run);
  }

  /** Put a tile where it is let go: into the line before what is right of it, or back. */
  drop(i, x, y) {
    const box = this.line.getBoundingClientRect(), near = 24;
    const inside = x > box.left - near && x < box.right + near && y > box.top - near && y < box.bottom + near;
    if (!inside) return void (this.given = this.given.filter((each) => each !== i));
    const others = [...this.line.querySelectorAll(".tile")].filter((tile) => +tile.dataset.tile !== i).map((tile) => tile.getBoundingClientRect());
    const before = others.filter(({ left, width, top, bottom }) => bottom < y || (top <= y && left + width / 2 < x)).length;
    this.put(i, before);
  }

  // ---- what it makes -----------------------------------------------------------------------------------------------------

  /** What the network's program gives. */
  get right() {
    const { task, world } = this;
    return evaluate(tokensOf(task.target === "w2" ? task.solution : task.target), world.value);
  }

  check() {
    const { task, tokens, world } = this;
    if (!tokens.length) return { ok: false, blank: true, said: [t("Nothing is put in order yet.")] };
    const mine = fingerprint(tokens), named = mine && task.mistakes.find(([line]) => { const other = fingerprint(tokensOf(line)); return other && same(mine, other, 1e-9); });
    const name = named && words(named[1]);
    let found;
    try {
      found = evaluate(tokens, world.value);
    } catch (error) {
      if (!(error instanceof Misfit)) throw error;
      const said = misfitted(error);
      return { ok: false, said: name ? [name, said] : [said], figure: error.pair ? this.pair(error.pair) : [] };
    }
    const right = this.right;
    if (found.rows !== right.rows || found.columns !== right.columns) {
      const said = t("Your line is {found}, and {symbol} is {wanted}.", { found: sized(found), symbol: textOf(task.target), wanted: sized(right) });
      return { ok: false, said: name ? [name, said] : [said] };
    }
    if (same(found, right) && same(mine, fingerprint(tokensOf(task.solution)), 1e-9)) return { ok: true, said: [t("Right.")], code: [t("In Python:"), task.python] };
    return { ok: false, said: [name ?? t("The dimensions fit, but these are the numbers of no mistake known here."), difference(task.target, found, right)] };
  }

  /** Two matrices that do not fit, side by side. */
  pair(pair) {
    const picture = (one) => {
      const column = one.columns === 1, cell = Math.max(1, Math.min(12, Math.floor(300 / Math.max(one.rows, one.columns))));
      const drawn = heat(el("canvas.cr-heat", { "aria-hidden": "true", style: `width:${Math.min(300, (column ? 1.6 : 1) * one.columns * cell)}px;height:${one.rows * cell}px` }), one.values, one.columns, { diverging: true, top: scale(one.values) });
      return el("span.column", {}, one.text ? mathOf(one.text, this.world.network) : null, drawn, el("span.cr-dim", {}, sized(one)));
    };
    return [el("div.pair", {}, picture(pair[0]), el("span.sign", {}, "·"), picture(pair[1]))];
  }

  solve() {
    const left = this.task.tiles.map((_, i) => i);
    this.given = tokensOf(this.task.solution).map((text) => left.splice(left.findIndex((i) => this.task.tiles[i] === text), 1)[0]);
    this.draw();
  }
}
