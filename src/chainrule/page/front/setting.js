// One state of the stage as numbers: what is shown of a scene, where each part of it stands, and what a full bar stands for.

import { errorScale } from "./paint.js";

/** What the two kinds of drawings share: a scene, its places, its scales. */
export class Setting {
  constructor(stage, scene, place) {
    Object.assign(this, { stage, scene, place, large: place.kind !== "s" && place.kind !== "c" });
    const { reading, step, layer } = scene;
    this.back = step >= 3 && step <= 5 && reading?.told; // errors are shown in place of activations
    this.errors = (step === 4 || step === 5) && reading?.told; // those of the cast, too
    if (!reading) return;
    this.ends = layer > scene.scene; // whether a step tells of the neurons behind the cast
    this.rows = scene.behind === reading.last ? reading.shown : reading.cast(scene.behind).toSorted((p, q) => p - q);
    const { answers } = place, names = this.rows.map((k) => this.nameOf(k).length);
    const [least, before, letter, most] = place.kind === "s" ? [15, 6, 7.4, 62] : [26, 8, 11, 124];
    this.label = Math.min(Math.max(least, before + Math.max(...names) * letter), most);
    this.pitch = Math.min(answers.pitch * (10 / this.rows.length), 1.7 * answers.pitch);
    this.bar = answers.bar - (this.label - least);
  }

  nameOf(k) {
    const { reading, behind } = this.scene;
    return behind === reading.last ? reading.output(k) : `${k}`;
  }

  castY(at) {
    const { cast } = this.place;
    return cast.y + at * cast.pitch + cast.size / 2;
  }

  /** Where a neuron of the layer before stands: as the cast does, or where there is little room beside the digit. */
  sourceY(at) {
    const { digit } = this.place;
    return this.large ? this.castY(at) : digit.y + ((at + 0.5) * digit.size) / 6;
  }

  rowY(at) {
    return this.place.answers.y + (at + 0.5) * this.pitch;
  }

  /** Whether the answers are shares of 1, and should be 0 or 1. */
  get shares() {
    const { reading } = this.scene;
    return !reading.numeric && ["sigmoid", "softmax"].includes(reading.activation(reading.last));
  }

  get castEnd() {
    const { cast } = this.place;
    return cast.x + cast.size + (this.large ? cast.bar + 20 : 5);
  }

  /** What a full bar of a layer stands for. */
  top(layer) {
    const { reading } = this.scene;
    return ["sigmoid", "softmax", "tanh"].includes(reading.activation(layer)) ? 1 : Math.max(1e-9, ...Array.from(reading.a(layer), Math.abs));
  }

  get errorTop() {
    const { reading, cast, scene } = this.scene, delta = reading.delta(scene);
    return errorScale(cast.map((j) => delta[j]));
  }
}
