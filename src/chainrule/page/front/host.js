// The host: all that the page asks of a network. The Worker behind it computes, also where a server serves the page.
//
// host.network    what it is: { sizes, activations, cost, kind, inputs, classes, parameters, accuracy, … }
// host.fetches    { bytes, examples(signal) }, if the examples to learn from are still to be fetched, by the first training; else null
// host.gallery    the programs of the Derive view, as `gallery.py` has them
// host.server     what a server offers beyond this, as `server.js` says; null in a file
// host.practice   the exercises of the Practice view, as `exercises.py` has them; null for layers that have none
// host.choices    what hidden layers and costs may be, { activations, costs }, if this network's own can be changed
// host.digits     the examples that are shown: count, image(i), label(i), read(i), confidence(i), number(i)
// host.look(x, y) { z, a, slope, delta, cost }: entry l − 1 is layer l, so that z[0], slope[0] and delta[0] are null
// host.weights()  { w, b }: w[0] is w², row by row; all has every parameter by its name
// host.look(x, y, at), host.gradients(x, y, at): the same as it was after an epoch; host.adopt(at) is that network from now on
// host.teach(x, y, eta), host.undo(), host.canUndo, host.read(), host.gradients(x, y), host.on("change", run)
//
// host.train({ eta, batch, epochs, seed, fresh }, onEpoch)   trains on what the file carries, until it ends or host.stop();
//                 onEpoch({ epoch, cost, accuracy, validation, seconds, weights, at }), and first of epoch 0, before any step;
//                 weights and `at`, by which to come back to it, of 30 epochs at most, else null
//                 Other layers: layers [30, 20], the hidden ones, activation "tanh" or one for each, cost, output, momentum true.
//                 Then host.network tells of the new network, and host.on("network", run) hears of it before "change".
//
// An example is in the units that are shown: ink from 0 to 1, or columns in their own. Numbers are Float64Arrays, parameters
// Float32Arrays. Every answer is a promise; where something cannot be done, it fails with a sentence.

import { t } from "./dom.js";
import { Server } from "./server.js";

/** What travels as base64. */
function bytes(text) {
  const raw = atob(text), found = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) found[i] = raw.charCodeAt(i);
  return found;
}

export class Host {
  #worker;
  #waiting = new Map();
  #asked = 0;
  #heard = { change: [], network: [] };
  #onEpoch = null;
  #now; // what the Worker said of the network last
  #x; // the examples that are shown
  #fetching = null; // what ends the fetching of those to learn from

  /** The host of what came with the page, whose Worker is a script of this address. */
  static async of(network, data, address) {
    const host = new Host();
    host.network = network;
    host.fetches = data.more;
    host.gallery = data.gallery;
    host.server = Server.of(data.served);
    host.practice = data.practice;
    const alike = new Set(network.activations.slice(0, -1)).size < 2; // hidden layers of one activation, if any
    if (network.plain && alike && data.templates) host.choices = { activations: data.templates.hidden, costs: Object.keys(data.templates.outputs) };
    host.#worker = new Worker(address);
    host.#worker.onmessage = ({ data: answer }) => host.#answered(answer);
    host.#worker.onerror = (event) => host.#failed(event);
    const weights = bytes(data.weights), block = bytes(data.examples), labels = bytes(data.labels);
    const { x, labels: known, ...now } = await host.#ask("open", { network, weights, block, labels, templates: data.templates });
    URL.revokeObjectURL(address); // if it is one that only this page has
    host.#x = x;
    host.digits = host.#examples(x, known);
    const { network: known_, ...rest } = now;
    Object.assign(network, known_);
    host.#now = rest;
    return host;
  }

  #ask(method, ...given) {
    const id = ++this.#asked;
    this.#worker.postMessage({ id, method, given });
    return new Promise((resolve, reject) => { this.#waiting.set(id, { resolve, reject }); });
  }

  #answered({ id, result, error, event, told }) {
    if (event === "epoch") {
      const { state, snapshot, ...report } = told;
      this.#changed(state);
      const { weights, network } = state;
      this.#onEpoch?.({ ...report, weights: snapshot ? weights : null, at: snapshot ? { id: network.id, all: weights.all } : null });
      return;
    }
    const { resolve, reject } = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error) reject(Object.assign(new Error(t(...error)), { values: error[1] }));
    else resolve(result);
  }

  #failed(event) {
    for (const { reject } of this.#waiting.values()) reject(new Error(event.message));
    this.#waiting.clear();
  }

  #examples(x, labels) {
    const size = this.network.sizes[0], outputs = this.network.sizes.at(-1), grays = x instanceof Uint8Array, numbers = this.network.kind === "numbers";
    return {
      count: this.network.carried.shown,
      image: (i) => Float64Array.from(x.subarray(i * size, (i + 1) * size), (each) => (grays ? each / 255 : each)),
      label: (i) => { // null if it is unknown
        const of = labels.subarray(...(numbers ? [i * outputs, (i + 1) * outputs] : [i, i + 1]));
        return (numbers ? Number.isNaN(of[0]) : of[0] < 0) ? null : numbers ? of.slice() : of[0];
      },
      number: (i) => this.network.carried.numbers[i], // its place among all test examples
      read: (i) => this.#now.read.classes[i],
      confidence: (i) => Math.max(...this.#now.read.activations.subarray(i * outputs, (i + 1) * outputs)),
    };
  }

  /** Let a function hear of "change", with the present state. */
  on(event, run) {
    this.#heard[event].push(run);
  }

  #changed(found) {
    const { read, weights, canUndo, network, ...rest } = found;
    this.#now = { read, weights, canUndo };
    if (network.id !== this.network.id) {
      Object.assign(this.network, network); // the same object, which views keep
      for (const run of this.#heard.network) run();
    }
    for (const run of this.#heard.change) run({ ...this.#now, changed: canUndo });
    return rest;
  }

  look(x, y = null, at = null) {
    return this.#ask("look", x, y, at);
  }

  gradients(x, y, at = null) {
    return this.#ask("gradients", x, y, at);
  }

  /** Be the network that it was after an epoch; `undo` goes back. */
  async adopt(at) {
    return this.#changed(await this.#ask("adopt", at));
  }

  async weights() {
    return this.#now.weights;
  }

  async read() {
    return this.#now.read;
  }

  get canUndo() {
    return this.#now.canUndo;
  }

  async teach(x, y, eta) {
    return this.#changed(await this.#ask("teach", x, y, eta));
  }

  async undo() {
    return this.#changed(await this.#ask("undo"));
  }

  async train(settings, onEpoch) {
    this.#onEpoch = onEpoch;
    try {
      if (this.fetches && !(await this.#fetched())) return { stopped: true };
      return await this.#ask("train", settings);
    } finally {
      this.#onEpoch = null;
      this.#changed(await this.#ask("state"));
    }
  }

  /** Fetch the examples to learn from; false if that was stopped. */
  async #fetched() {
    this.#fetching = new AbortController();
    const { signal } = this.#fetching;
    let block;
    try {
      block = await this.fetches.examples(signal);
    } catch (error) {
      if (signal.aborted) return false;
      throw new Error(t("The examples to learn from could not be fetched ({why}); try again.", { why: error.message }));
    } finally {
      this.#fetching = null;
    }
    await this.#ask("keepLearned", block);
    this.fetches = null;
    return true;
  }

  stop() {
    this.#fetching?.abort();
    return this.#ask("stop");
  }
}
