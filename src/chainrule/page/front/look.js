// Look inside: the stage that stays, and the steps that play on it.

import { el, t, tell } from "./dom.js";
import { Pad } from "./pad.js";
import { isColor, mosaic } from "./paint.js";
import { Reading } from "./reading.js";
import { kindOf, pools } from "./windows.js";
import { geometry, PHONE } from "./places.js";
import { renewed, Stage } from "./stage.js";
import { Steps } from "./steps.js";
import { fixed } from "./symbols.js";
import { track } from "./track.js";
import { accuracyWords } from "./updating.js";

const STEPS = [0, 1, 2, 3, 4, 5, 6];
const MOTIONS = { 1: "flow", 2: "flow", 4: "back" }; // how a step begins
const THUMBS = 4;
const AWAY = -9; // a place to which nothing is scrolled

class Look {
  constructor(root, { host, route }) {
    const { inputs } = host.network;
    Object.assign(this, { root, host, route, network: host.network, asked: 0, sought: AWAY, step: 0, index: null, x: null, label: null, empty: false });
    this.begin();
    this.table = inputs.kind === "columns";
    this.columns = this.table ? 0 : inputs.shape.at(-1);
    this.pad = new Pad({ began: () => this.began(), drawn: (x) => this.drew(x) });
    this.pad.canvas.hidden = this.table;
    this.digits = host.readsDigits;
    this.stage = new Stage(this.pad, { digits: this.digits, choose: (j) => this.choose(this.scenery().scene, j), all: () => this.all(), spot: (layer, place) => { this.spots[layer] = place; this.turn({}); } });
    this.steps = new Steps(this.stage, this.acts());
    this.trackBox = el("div");
    this.thread = el("svg.thread", { "aria-hidden": "true" });
    this.within = el("div.within", {}, this.stage.root, this.trackBox, this.thread);
    this.stick = el("div.stick", {}, this.within);
    this.sections = STEPS.map((step) => el("section.step", { "data-step": step }));
    root.classList.add("look");
    root.append(this.stick, ...this.sections);
    this.listen();
  }

  /** Nothing is told yet of the network that there is now. */
  begin() {
    this.last = this.network.sizes.length;
    Object.assign(this, { reading: null, taken: [], eta: null });
    this.afresh();
  }

  /** No neuron, layer or place is chosen: each is the one that matters most. */
  afresh() {
    Object.assign(this, { focused: {}, spots: {}, lit: null, layer: null, back: null });
  }

  listen() {
    addEventListener("resize", () => this.draw());
    addEventListener("scroll", () => this.scrolled(), { passive: true });
    addEventListener("pointerdown", ({ target }) => { if (target !== this.pad.canvas) this.stage.rest(); });
    addEventListener("keydown", (event) => { if (!this.root.hidden) this.key(event); });
    this.host.on("network", () => this.begin());
    this.host.on("change", () => {
      if (this.learning) return;
      this.taken = [];
      Object.assign(this, { focused: {}, spots: {}, lit: null });
      if (this.root.hidden) this.stale = true;
      else this.again(null, null); // with other numbers others matter
    });
  }

  /** What the steps can bring about. */
  acts() {
    const { host, route } = this;
    return {
      drawing: this.digits, image: this.columns, canUndo: () => host.canUndo, number: (index) => host.digits.number(index),
      go: (step) => this.go(step), draw: () => this.sheet(), says: (k) => this.says(k), pick: (index) => this.pick(index), next: () => this.pick(((this.index ?? -1) + 1) % host.digits.count),
      mistakes: () => this.mistakes(), layer: (layer) => this.begun({ layer }), back: (back) => this.begun({ back }), light: (lit) => this.turn({ lit }),
      eta: (eta) => { this.eta = eta; if (!this.taken.length) this.tellStep(6); }, teach: () => this.teach(), undo: () => this.undo(), train: () => route.go("train"), share: route.framed ? null : () => document.getElementById("share").firstElementChild.click(), // the bar is out of sight
      tested: host.server?.tested, shown: () => (this.index === null ? "" : host.digits.number(this.index)), seek: (number) => this.seek(number), photo: host.server && this.digits ? (file) => this.photo(file) : null,
    };
  }

  // ---- what is looked at -------------------------------------------------------------------------------------------------

  /** Take one of the examples. */
  async pick(index, motion = "forward") {
    Object.assign(this, { index, x: this.host.digits.image(index), label: this.host.digits.label(index), empty: false });
    this.showOnPad(this.x);
    await this.fresh(motion);
    if (motion === "forward") this.go(0);
  }

  /** Show an example as a picture; channels stand beside each other. */
  showOnPad(x) {
    if (this.table) return;
    const { shape } = this.network.inputs;
    if (isColor(shape)) return this.pad.showImage(x, shape);
    const { values, columns } = mosaic(x, shape);
    this.pad.show(values, columns);
  }

  /** Take a test example by its number; those that the page does not carry, the server has. */
  async seek(number) {
    try {
      const place = await this.host.place(number);
      if (place !== null) await this.pick(place);
    } catch (error) {
      tell(error.message, { lasting: true });
    }
  }

  /** Take a photo or a drawing out of a file, in which the server finds the digit. */
  async photo(file) {
    try {
      const x = await this.host.server.frame(file);
      Object.assign(this, { index: null, x, label: null, empty: false });
      this.pad.show(x, this.columns);
      await this.fresh("forward");
      this.go(0);
    } catch (error) {
      tell(error.message, { lasting: true });
    }
  }

  /** A pen has begun to draw, on an empty sheet or on what it drew. */
  began() {
    this.stage.rest();
    this.stage.root.classList.add("thinking");
    if (this.index !== null || this.empty) this.label = null;
    this.index = null;
  }

  /** A pen has lifted: read what is drawn; its place on the page does not change. */
  async drew(drawn) {
    const x = drawn && this.route.ink(this.route.inked(drawn), drawn.length); // to the digit what a link has
    Object.assign(this, { index: null, x, empty: x === null });
    if (x === null) {
      Object.assign(this, { reading: null, label: null, taken: [] });
      this.draw();
      return;
    }
    await this.fresh("forward");
    this.sheetSays?.();
  }

  /** Say what a drawing really is. */
  async says(k) {
    this.label = k;
    await this.fresh("flow");
  }

  /** Look at an example for the first time: its cast is chosen anew. */
  async fresh(motion) {
    this.taken = [];
    this.afresh();
    await this.again(motion, null);
  }

  /** Look once more, since parameters have changed. */
  async again(motion = null, earlier = this.reading) {
    if (this.x === null) return;
    const asked = ++this.asked, [weights, look] = await Promise.all([this.host.weights(), this.host.look(this.x, this.label)]);
    this.stale = false;
    if (asked !== this.asked) return; // another one is looked at by now
    this.stage.forget();
    this.tells = Reading.tells(this.network, weights);
    this.reading = new Reading(this.network, weights, look, this.label, earlier);
    if (this.eta === null && this.label !== null) this.eta = suited(this.reading);
    this.draw(motion);
    this.note();
  }

  mistakes() {
    const { digits } = this.host, found = [];
    if (this.network.kind === "numbers") return found;
    for (let index = 0; index < digits.count && found.length < THUMBS; index++) {
      const [label, read] = [digits.label(index), digits.read(index)];
      if (label !== null && label !== read && index !== this.index) found.push({ index, x: digits.image(index), label: this.network.classes[label] ?? label, read: this.network.classes[read] ?? read });
    }
    return found;
  }

  // ---- learning ----------------------------------------------------------------------------------------------------------

  async teach() {
    const { reading, eta, host } = this;
    try {
      this.learning = true;
      const read = await host.read(), { after, moved } = await host.teach(this.x, this.label, eta), [weights, now] = await Promise.all([host.weights(), host.read()]);
      this.taken.push({ reading, moved, eta, read });
      this.stage.forget();
      this.reading = new Reading(this.network, weights, after, this.label, reading);
      this.accuracy = reading.numeric ? "" : accuracyWords(this.taken[0].read, now);
      this.draw("step");
    } catch (error) {
      tell(error.message, { lasting: true });
    } finally {
      this.learning = false;
    }
  }

  async undo() {
    try {
      this.learning = true;
      await this.host.undo();
      this.taken.pop();
      this.accuracy = this.taken.length && !this.reading.numeric ? accuracyWords(this.taken[0].read, await this.host.read()) : "";
    } finally {
      this.learning = false;
    }
    await this.again("step");
  }

  // ---- what is told of it ------------------------------------------------------------------------------------------------

  /** What the stage shows at a step: which layers, who plays, who is told of. */
  scenery(step = this.step) {
    const { reading, x, empty, eta, accuracy } = this, taken = this.taken.at(-1);
    const plain = { reading, x, step, empty, eta, accuracy, drawn: this.index === null, overflow: reading && !reading.finite, layer: 2, scene: 2, maps: null, steps: this.taken.length };
    if (!reading || !reading.finite) return { ...plain, reading: null };
    if (!this.tells) return { ...plain, bare: true, layer: this.last, scene: this.last, behind: this.last, cast: [], targets: [], source: null, before: step === 6 ? this.taken[0]?.reading : undefined };
    const told = this.layer ?? reading.tellable[0], telling = step === 2 || step === 5, back = this.back ?? reading.backs[0], front = Math.max(reading.dense, this.last - 1); // the scene that ends with the answers
    if (telling && reading.isImage(told)) return { ...plain, ...this.mapped(told, null) };
    if (step === 4 && back?.part && reading.told) return { ...plain, ...this.mapped(back.layer, back.part) };
    const scene = !reading.hidden ? this.last : telling ? Math.min(told, this.last - 1) : step === 4 && !back.part ? back.layer : front;
    const first = this.taken[0]?.reading ?? reading; // steps on one example do not change who is told of
    const layer = telling ? told : scene, cast = reading.cast(scene), targets = reading.hidden ? first.targets(scene) : [], focus = this.focus(scene);
    const lit = !reading.hidden ? null : this.lit !== null && targets.includes(this.lit) ? this.lit : first.loudest(scene, focus, targets);
    return {
      ...plain, layer, scene, behind: reading.hidden ? scene + 1 : scene, cast, targets, focus, lit, told: this.focus(layer), back, ...this.behind(scene),
      before: step === 6 ? this.taken[0]?.reading : undefined, previous: taken?.reading, taughtEta: taken?.eta, moved: taken?.moved,
    };
  }

  /** The layer before a scene, where that is not the digit: six of its neurons or, `mapsBefore`, of its maps. */
  behind(scene) {
    const { reading } = this, layer = scene - 1;
    if (scene > reading.dense) return { source: reading.cast(layer) };
    return reading.images.length ? { source: reading.cast(reading.images.at(-1).layer), mapsBefore: reading.lastImage } : { source: null };
  }

  /** The scene of a layer of images, forwards or of a `part` of the way back: its map, and the place `spot` of the layer `of`. */
  mapped(layer, part) {
    const { reading, network } = this, { windows } = reading, { pool } = reading.images.find((each) => each.layer === layer), alone = pools(network, layer), map = this.focus(layer);
    const of = part === "window" ? layer - 1 : part ? pool ?? layer : layer, blamed = part === "window" && !reading.delta(of) ? (reading.blamed ??= windows.blame(layer)) : null; // before it nothing learns
    const under = part === "window" && reading.images.find((each) => (each.pool ?? each.layer) === of), own = part !== "window" ? map : under ? this.focus(under.layer) : windows.kernel(layer, map).first;
    const spot = [own, ...(this.spots[of] ?? (part || alone ? windows.strongest(of, own, blamed ?? undefined) : windows.loudest(of, own)))];
    const seen = part === "window" ? null : windows.window(layer, part && pool ? [map, ...windows.strongest(layer, map)] : spot), channel = part === "window" ? own : seen.first + (seen.loudest ?? 0);
    const maps = { layer, part, pool, alone, averaged: kindOf(network, pool ?? layer) === "averaged", map, channel, of, spot, blamed };
    return { maps, back: { layer, part }, layer, scene: layer, behind: this.last, cast: reading.cast(layer), targets: [], focus: map, lit: null, told: map, source: null };
  }

  /** Which neuron of a layer is told of: the one that was chosen, else the one most to blame or, among answers, what was said. */
  focus(layer) {
    const { reading } = this;
    if (this.focused[layer] !== undefined) return this.focused[layer];
    if (layer === this.last) return reading.dispute.at(-1);
    return reading.told ? reading.cast(layer).at(-1) : reading.cast(layer)[0];
  }

  choose(layer, j) {
    this.reading.enter(layer, j);
    this.focused[layer] = j;
    this.turn({ lit: null });
    if (![2, 4, 5].includes(this.step)) this.go(2);
  }

  /** Tell of another layer, scene or weight. */
  turn(values) {
    Object.assign(this, values);
    this.draw();
    this.note();
  }

  /** Tell of another layer or scene from the beginning, however long what is told of it. */
  begun(values) {
    this.turn(values);
    this.go(this.step);
  }

  // ---- drawn -------------------------------------------------------------------------------------------------------------

  draw(motion = null) {
    if (this.root.hidden) return;
    this.pad.open = this.steps.act.drawing && innerWidth >= PHONE;
    this.show(motion);
    const room = innerHeight / this.zoom - this.stick.offsetHeight; // each step fills the window below the stage, so that it can be scrolled to
    this.root.style.setProperty("--room", `${room}px`);
    this.root.style.setProperty("--first-room", `${room - this.root.offsetTop}px`);
    this.tellStep(this.step);
    this.follow();
    this.untold = new Set(STEPS.filter((step) => step !== this.step)); // they are out of sight, and can wait until the stage is drawn
    setTimeout(() => this.tellAll());
  }

  /** How much larger all is shown than it is laid out. */
  get zoom() {
    return this.within.getBoundingClientRect().width / this.within.offsetWidth || 1;
  }

  tellAll() {
    for (const step of this.untold ?? []) this.tellStep(step);
    this.untold = null;
  }

  /** The stage and the track, as the present step has them. */
  show(motion = null) {
    const place = geometry(this.within.clientWidth), { step, table } = this;
    this.stage.draw(this.scenery(), place, motion);
    this.stage.tools.replaceChildren(...this.tools(place));
    renewed(this.trackBox, [track({ step, place, table, go: (to) => this.go(to) })]);
  }

  tellStep(step) {
    const place = geometry(this.within.clientWidth), children = this.steps.section(step, this.scenery(step), place);
    renewed(this.sections[step], children);
    this.sections[step].setAttribute("aria-label", this.sections[step].querySelector("h2, h3").textContent);
  }

  /** Below the pad: that one can draw on it, or what can be taken back. */
  tools({ kind, digit }) {
    if (kind === "s" || kind === "c") return [];
    const scene = this.scenery(), at = `left:${digit.x}px;top:${digit.y + digit.size + 4}px;width:${digit.size}px`;
    if (scene.maps && this.step === 2) return [el("div", { style: at }, el("span.hint", {}, t("Drag the window, or use the arrow keys.")))];
    if (scene.source || scene.maps) return [];
    if (!this.steps.act.drawing) return [];
    if (this.empty) return [el("p.draw-here", { style: `left:${digit.x}px;top:${digit.y + digit.size / 2 - 16}px;width:${digit.size}px` }, t("Draw here, large."))];
    const own = this.index === null && this.pad.strokes.length;
    const tool = (key, words, run) => el("button.link", { "data-key": key, onclick: run }, words);
    return [el("div", { style: at }, ...(own ? [tool("pad-undo", t("Undo"), () => this.pad.undo()), tool("pad-clear", t("Clear"), () => this.pad.clear())] : [el("span.hint", {}, t("Draw on it. The network reads it when you lift the pen."))]))];
  }

  /** The thread from the lit weight to its term, and from its product to the sum. */
  follow() {
    const term = this.sections[4].querySelector(".term.lit"), box = this.within.getBoundingClientRect(), stick = this.stick.getBoundingClientRect();
    const from = this.step === 4 ? this.stage.lit : undefined, cell = term?.querySelector(".cell").getBoundingClientRect();
    if (!from || !cell?.width || cell.top < stick.bottom + 6 || cell.bottom > innerHeight) return void this.thread.replaceChildren();
    const { zoom } = this, place = (x, y) => [(x - box.left) / zoom, (y - box.top) / zoom];
    const [x, y] = place(from.left + from.width / 2, from.bottom), [end, low] = place(cell.left + cell.width / 2, cell.top), way = Math.sign(end - x), bend = low - 20, near = Math.abs(end - x) < cell.width / zoom / 2;
    const drop = near ? `M${x} ${y}V${low - 4}` : `M${x} ${y}V${bend - 8}Q${x} ${bend} ${x + 8 * way} ${bend}H${end - 8 * way}Q${end} ${bend} ${end} ${bend + 8}V${low - 4}`;
    const product = term.querySelector(".product").getBoundingClientRect(), sum = this.sections[4].querySelector(".total .product").getBoundingClientRect();
    const [right, middle] = place(product.right + 6, product.top + product.height / 2), [, bottom] = place(0, sum.top + sum.height / 2);
    this.thread.replaceChildren(el("path.casing", { d: drop }), el("path", { d: drop }), el("circle", { cx: near ? x : end, cy: low - 4, r: 4.5 }), el("path", { d: `M${right} ${middle}h6V${bottom}h-6` }), el("circle", { cx: right, cy: bottom, r: 3.5 }));
  }

  // ---- going through the steps -------------------------------------------------------------------------------------------

  /** The page was scrolled: the step that lies below the stage is told of there. */
  scrolled() {
    if (this.root.hidden || !this.reading) return;
    if (Math.abs(scrollY - this.sought) > 2) {
      const { bottom } = this.stick.getBoundingClientRect(), line = bottom + 0.4 * (innerHeight - bottom);
      this.enter(scrollY < 8 ? 0 : Math.max(0, this.sections.findLastIndex((section) => section.getBoundingClientRect().top <= line)));
      if (this.stage.opening) this.stage.rest();
      this.sought = AWAY; // from here on the page is scrolled by hand
    }
    this.follow();
  }

  enter(step) {
    if (step === this.step) return;
    this.tellAll();
    this.step = step;
    this.show(MOTIONS[step] ?? null);
    this.follow();
    this.note();
  }

  go(step) {
    if (!this.reading) return;
    this.tellAll();
    const section = this.sections[step], top = section.getBoundingClientRect().top + scrollY - this.stick.getBoundingClientRect().height;
    scrollTo({ top: step ? top + 1 : 0, behavior: "instant" });
    this.sought = scrollY;
    this.enter(step);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.("input, select, textarea, dialog")) return;
    this.stage.rest();
    const step = /^[0-6]$/.test(event.key) ? +event.key : { ArrowRight: Math.min(6, this.step + 1), ArrowLeft: Math.max(0, this.step - 1) }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const held = this.trackBox.contains(document.activeElement);
    this.go(step);
    if (held) this.trackBox.querySelector("[aria-current]")?.focus();
  }

  // ---- what opens over the page ------------------------------------------------------------------------------------------

  /** A dialog that is gone once it is closed. */
  open(kind, title, ...children) {
    const dialog = el(`dialog.${kind}`, { "aria-label": title, onclose: () => dialog.remove() }, el("header", {}, el("h2", {}, title), el("button.btn", { onclick: () => dialog.close() }, t("Done"))), ...children);
    this.root.append(dialog);
    dialog.showModal();
    return dialog;
  }

  /** Draw: on the stage where there is room, else on a sheet as wide as the window, so that the page does not move. */
  sheet() {
    if (innerWidth >= PHONE) {
      scrollTo({ top: 0, behavior: "instant" });
      this.pad.strokes = [];
      this.pad.tell();
      return;
    }
    const says = el("output.says", { "aria-live": "polite" }, t("Draw here, large."));
    const pad = new Pad({ began: () => this.began(), drawn: (x) => { if (x) this.pad.show(x, this.columns); this.drew(x); } }), tool = (words, run) => el("button.btn", { onclick: run }, words);
    pad.open = true;
    this.sheetSays = () => { says.textContent = t("It reads {a}.", { a: `${this.reading.name(this.reading.answer)} (${fixed(Math.max(...this.reading.a(this.last)))})` }); };
    const dialog = this.open("sheet", t("Draw here, large."), pad.canvas, el("div.tools", {}, says, tool(t("Undo"), () => pad.undo()), tool(t("Clear"), () => pad.clear())));
    dialog.addEventListener("close", () => { this.sheetSays = null; if (this.x === null) this.pick(this.network.carried.opening ?? 0); else this.go(0); });
  }

  /** All neurons of a layer, each to be taken onto the stage. */
  all() {
    const { reading, scene, maps } = this.scenery(), errors = reading.told && (this.step === 4 || this.step === 5), values = errors ? reading.delta(scene) : reading.a(scene);
    const neuron = (value, j) => el("button", { "aria-label": errors ? t("neuron {j}: error {value}", { j, value: fixed(value, 3, true) }) : t("neuron {j}: activation {value}", { j, value: fixed(value) }), onclick: () => { dialog.close(); this.choose(scene, j); } },
      this.stage.picture(reading, scene, j), el("span.m", {}, `${j}`), el(errors ? "b.cr-d" : "b.cr-a", {}, fixed(value, 3, errors)));
    const box = el("div.everyone", {}), dialog = this.open("all-neurons", maps ? t("All {count} {count:map|maps} of layer {layer}", { count: reading.shape(scene)[0], layer: scene }) : t("All {count} {count:neuron|neurons} of layer {layer}", { count: values.length, layer: scene }), box);
    if (maps) return void box.append(...this.stage.everyMap(reading, scene, (map) => { dialog.close(); this.choose(scene, map); }));
    const add = (from) => {
      if (!dialog.isConnected) return;
      box.append(...Array.from(values.subarray(from, from + 100), (value, k) => neuron(value, from + k)));
      if (from + 100 < values.length) requestAnimationFrame(() => add(from + 100));
    };
    add(0);
  }

  // ---- the address -------------------------------------------------------------------------------------------------------

  note() {
    if (this.x === null || !this.reading?.finite) return;
    this.route.note(this.linked().values);
  }

  /** What an address has: the example, the step, and what was chosen by hand. */
  linked() {
    const { route, index, step, x, label, reading, layer, back, eta } = this;
    if (x === null || !reading?.finite) return { values: {} };
    const { scene, lit, focus, maps } = this.scenery(4), weight = !maps && (this.lit !== null || this.focused[scene] !== undefined) ? [scene + 1, lit, focus].join(",") : null;
    const isOwn = index === null;
    const example = {
      digit: isOwn ? null : this.host.digits.number(index),
      ink: isOwn && this.steps.act.drawing ? route.inked(x) : null,
      is: isOwn ? label : null,
    };
    const chosen = {
      weight,
      layer,
      back: back && `${back.layer}.${back.part ?? ""}`,
      cast: dotted([...reading.entered].map((of) => [of, reading.cast(of).at(-1)])),
      focus: dotted(Object.entries(this.focused)),
      spot: dotted(Object.entries(this.spots).map(([of, place]) => [of, ...place])),
      eta: reading.told && eta !== suited(reading) ? eta : null,
    };
    return { values: { ...example, step: step || null, ...chosen } };
  }

  /** Choose what an address has chosen, where this network has such a thing. */
  restore({ weight, layer, back, cast, focus, spot, eta }) {
    const { reading, network, last } = this;
    const has = ([of, j]) => of > 1 && of <= last && isAmong(reading.isImage(of) ? reading.shape(of)[0] : reading.size(of), j);
    if (+eta >= LEAST_ETA && +eta <= MOST_ETA) this.eta = +eta;
    if (!this.tells || !reading) return;
    for (const [of, j] of undotted(cast).filter(has)) reading.enter(of, j);
    const [to, k, j] = (weight ?? "").split(",").map(Number);
    if (to > reading.dense && to <= last && isAmong(network.sizes[to - 2], j) && isAmong(network.sizes[to - 1], k)) {
      this.back = { layer: to - 1 };
      this.focused[to - 1] = j;
      this.reading.enter(to - 1, j);
      this.lit = k;
    }
    const [of, part = ""] = (back ?? "").split(".");
    this.back = reading.backs.find((scene) => `${scene.layer}` === of && (scene.part ?? "") === part) ?? this.back;
    if (reading.tellable.includes(+layer)) this.layer = +layer;
    Object.assign(this.focused, Object.fromEntries(undotted(focus).filter(has)));
    for (const [image, row, column] of undotted(spot)) {
      const [, rows, columns] = reading.isImage(image) ? reading.shape(image) : [0, 0, 0];
      if (isAmong(rows, row) && isAmong(columns, column)) this.spots[image] = [row, column];
    }
  }

  async shown({ digit, ink, is, step, ...chosen }) {
    const { host, route, network } = this, given = [digit, ink, is].join();
    const place = digit === undefined ? undefined : (await host.place(+digit).catch((error) => tell(error.message, { lasting: true }))) ?? undefined;
    if (this.x === null || place !== undefined ? place !== this.index : ink) {
      const drawn = ink && this.steps.act.drawing ? route.ink(ink, network.sizes[0]) : null;
      if (drawn) {
        Object.assign(this, { index: null, x: drawn, label: route.placeAmong(network.classes?.length, is), empty: false });
        this.showOnPad(drawn);
        await this.fresh(null);
      } else await this.pick(place ?? network.carried.opening ?? 0, step || given !== ",," ? null : "open");
    } else if (this.stale) await this.again(null, null);
    else this.draw();
    if (Object.values(chosen).length) {
      this.restore(chosen);
      this.draw();
    }
    if (step) this.go(Math.max(0, Math.min(6, +step || 0)));
  }

  dressed() {
    if (this.x === null) return;
    this.stage.forget();
    if (!this.table) this.pad.again();
    this.draw();
  }
}

const [LEAST_ETA, MOST_ETA] = [0.001, 10]; // as the slider has them

const isAmong = (count, number) => Number.isInteger(number) && number >= 0 && number < count;

/** Lists of numbers in an address, 2.17,3.4, and back. */
const dotted = (lists) => lists.map((list) => list.join(".")).join();
const undotted = (text) => (text ?? "").split(",").filter(Boolean).map((list) => list.split(".").map(Number));

/** A learning rate to begin with, 1, 2 or 5 times a power of ten: one that would bring the cost to 0, if its slope held. */
function suited({ look, steepness }) {
  const fitting = Math.log10(Math.min(1, Math.max(0.001, look.cost / (steepness || 1)))), whole = Math.floor(fitting);
  const lead = [1, 2, 5, 10].reduce((best, each) => (Math.abs(Math.log10(each) - (fitting - whole)) < Math.abs(Math.log10(best) - (fitting - whole)) ? each : best));
  return +(lead * 10 ** whole).toPrecision(1);
}

/** The view, as main.js asks for it. */
export function mount(element, given) {
  const look = new Look(element, given);
  return { shown: (values) => look.shown(values), linked: () => look.linked(), hidden: () => look.stage.rest(), spoken: () => look.draw(), dressed: () => look.dressed() };
}
