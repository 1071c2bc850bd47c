// The stage: the digit, six neurons of a layer, the answers and the verdict; what a step shows on it, and how it moves.

import { Actors } from "./actors.js";
import { el, t } from "./dom.js";
import { Lines } from "./lines.js";
import { Maps } from "./maps.js";
import { copied, heat, mosaic, scale } from "./paint.js";
import { Slide } from "./slide.js";
import { px } from "./wires.js";

export class Stage {
  /** `pad` is the picture of the example, of `digits` or of other things; `choose(neuron)`, `all()` and `spot(layer, [row, column])` are called as visitors press what stands on it. */
  constructor(pad, { digits, choose, all, spot }) {
    Object.assign(this, { pad, digits, choose, all, spot, slide: new Slide() });
    this.wires = el("svg.wires", { "aria-hidden": "true" });
    this.actors = el("div.actors");
    this.tools = el("div.pad-tools");
    this.root = el("div.stage", {}, pad.canvas, this.tools, this.slide.root, this.actors, this.wires);
    this.pictures = new Map();
  }

  /** Forget the pictures of weights, since weights or colors have changed. */
  forget() {
    this.pictures.clear();
  }

  /** A neuron's weights as a picture; `columns` are those of the layer before it. */
  picture(reading, layer, k) {
    const key = `${layer} ${k}`;
    if (!this.pictures.has(key)) {
      const weights = reading.row(layer, k), { values, columns } = this.laid(reading, layer - 1, weights);
      this.pictures.set(key, heat(el("canvas.px", { "aria-hidden": "true" }), values, columns, { diverging: true, top: scale(weights, 0.98) }));
    }
    return copied(this.pictures.get(key));
  }

  /** All maps of a layer as buttons. */
  everyMap(reading, layer, choose) {
    const [maps, , columns] = reading.shape(layer), top = Math.max(1e-9, scale(reading.a(layer)));
    return Array.from({ length: maps }, (_, map) => {
      const values = reading.windows.map("a", layer, map);
      return el("button", { "aria-label": t("map {map}", { map }), onclick: () => choose(map) }, heat(el("canvas.px", { "aria-hidden": "true" }), values, columns, { top, diverging: values.some((each) => each < 0) }), el("span.m", {}, `${map}`));
    });
  }

  /** Numbers of a layer as they are drawn, { values, columns }: images as they are, a few numbers beside each other, others nearly in a square. */
  laid(reading, layer, values) {
    const shape = reading.shape(layer), size = reading.size(layer);
    return shape ? mosaic(values, shape) : { values, columns: size <= 16 ? size : Math.ceil(Math.sqrt(size)) };
  }

  /** Draw a scene; see `scenery` in look.js for what it holds. `motion` is "open", "forward", "flow", "back", "step" or nothing. */
  draw(scene, place, motion = null) {
    this.place = place;
    const { kind, width, height, zoom = 1 } = place;
    this.root.className = `stage kind-${kind}${scene.source ? " behind-others" : ""}`;
    this.root.style.cssText = px({ width, height }) + `;zoom:${zoom}`;
    Object.assign(this.wires.style, { width: `${width}px`, height: `${height}px` });
    this.root.dataset.motion = motion ?? "";
    const neurons = new Actors(this, scene, place), maps = scene.maps && kind !== "c" ? new Maps(this, scene, place, neurons.verdict()) : null, actors = maps ?? neurons;
    if (!maps) this.slide.hide();
    this.wires.replaceChildren(...(maps ?? new Lines(this, scene, place)).lines());
    renewed(this.actors, actors.actors());
    if (motion) this.moved(motion, actors);
  }

  /** Let the bars come from where they were, the verdict last; then all is at rest. */
  moved(motion, actors) {
    clearTimeout(this.moving);
    this.opening = motion === "open";
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return this.rest();
    if (motion === "flow") actors.play?.();
    const length = { open: 1600, forward: 400, step: 600 }[motion];
    if (length) for (const [bar, was] of actors.grown(motion)) bar.animate([{ width: `${was}%` }, { width: bar.style.width }], { duration: length, easing: "ease-out" });
    this.root.classList.toggle("thinking", motion === "open" || motion === "forward");
    this.moving = setTimeout(() => this.rest(), { open: 3600, forward: 420, flow: 2600, back: 2200, step: 620 }[motion]);
    if (length) this.landing = setTimeout(() => this.root.classList.remove("thinking"), 0.85 * length);
  }

  /** Nothing moves any longer: what a stroke, a key or a scroll brings about at once. */
  rest() {
    clearTimeout(this.moving);
    clearTimeout(this.landing);
    this.opening = false;
    this.slide.stop();
    this.root.dataset.motion = "";
    this.root.classList.remove("thinking");
    for (const animation of this.actors.getAnimations({ subtree: true })) animation.finish();
  }

  /** Where in the window the lit weight is drawn, if it is. */
  get lit() {
    return this.wires.querySelector(".lit-weight > circle")?.getBoundingClientRect();
  }
}

/** Put new children in; what had the focus has it again, found by its name. */
export function renewed(parent, children) {
  const held = parent.contains(document.activeElement) && document.activeElement.dataset.key;
  parent.replaceChildren(...children);
  if (held) parent.querySelector(`[data-key="${held}"]`)?.focus();
}
