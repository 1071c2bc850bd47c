// The host: all that the page asks of a network. The Worker behind it computes, also where a server serves the page.
//
// host.network    what it is: { sizes, activations, cost, kind, inputs, classes, parameters, accuracy, … }
// host.fetches    { bytes, examples(signal) }, if the examples to learn from are still to be fetched, by the first training, or to be
//                 unpacked, without bytes; else null
// host.gallery    the programs of the Derive view, as `gallery.py` has them
// host.server     what a server offers beyond this, as `server.js` says; null in a file
// host.practice   the exercises of the Practice view, as `exercises.py` has them; null for layers that have none
// host.choices    what hidden layers and costs may be, { activations, costs }, if this network's own can be changed
// host.digits     the examples that are shown: count, image(i), label(i), read(i), activations(i), confidence(i), number(i)
// host.all()      the same of all test examples, which a server has; in a file they are host.digits
// host.place(number)   the place among host.digits of a test example; one that only the server has gets one behind them
// host.look(x, y) { z, a, slope, delta, cost }: entry l − 1 is layer l, so that z[0], slope[0] and delta[0] are null
// host.weights()  { w, b }: w[0] is w², row by row; all has every parameter by its name
// host.look(x, y, at), host.gradients(x, y, at): the same as it was after an epoch; host.adopt(at) is that network from now on
// host.teach(x, y, eta), host.undo(), host.canUndo, host.progress, host.read(), host.gradients(x, y), host.on("change", run)
//
// host.train({ eta, batch, epochs, seed, fresh }, onEpoch)   trains on what the file carries, until it ends or host.stop();
//                 onEpoch({ epoch, cost, accuracy, validation, seconds, weights, at }), and first of epoch 0, before any step;
//                 weights and `at`, by which to come back to it, of 30 epochs at most, else null
//                 Other layers: layers [30, 20], the hidden ones, activation "tanh" or one for each, cost, output, momentum true.
//                 Then host.network tells of the new network, and host.on("network", run) hears of it before "change".
//                 there true: a server trains, natively; onWord hears { waiting } and { findings }, the last also after the run
// host.asked()    the present network as a server takes it
//
// An example is in the units that are shown: ink from 0 to 1, or columns in their own. Numbers are Float64Arrays, parameters
// Float32Arrays. Every answer is a promise; where something cannot be done, it fails with a sentence.

import { Asking } from "./asking.js";
import { t } from "./dom.js";
import { bytes } from "./packed.js";
import { Server } from "./server.js";

export class Host {
  #worker;
  #heard = { change: [], network: [] };
  #onEpoch = null;
  #now; // what the Worker said of the network last
  #fetching = null; // what ends the fetching of those to learn from
  #tests = null; // all test examples, once they have been asked for
  #run = null; // what ends a run on the server
  #prepares = false; // whether a training waits for them

  /** The host of what came with the page, whose Worker is a script of this address. */
  static async of(network, data, address) {
    const host = new Host();
    host.network = network;
    host.gallery = data.gallery;
    host.practice = data.practice;
    const server = (host.server = Server.of(data.served));
    host.fetches = data.more ?? (server && { examples: (signal) => server.examples("learn", signal) });
    const alike = new Set(network.activations.slice(0, -1)).size < 2; // hidden layers of one activation, if any
    if (network.plain && alike && data.templates) host.choices = { activations: data.templates.hidden, costs: Object.keys(data.templates.outputs) };
    host.#worker = new Asking(address, (event) => host.#heardOf(event));
    const weights = bytes(data.weights), block = bytes(data.examples), labels = bytes(data.labels);
    const { x, labels: known, ...now } = await host.#ask("open", { network, weights, block, labels, templates: data.templates });
    URL.revokeObjectURL(address); // if it is one that only this page has
    host.digits = host.#examples(x, known, network.carried.numbers, () => host.#now.read);
    const { network: known_, ...rest } = now;
    Object.assign(network, known_);
    host.#now = rest;
    return host;
  }

  #ask(method, ...given) {
    return this.#worker.ask(method, ...given);
  }

  /** An epoch has ended. */
  #heardOf({ told: { state, snapshot, ...report } }) {
    this.#changed(state);
    const { weights, network } = state;
    const at = snapshot ? { id: network.id, all: weights.all, unseen: report.validation } : null;
    this.#onEpoch?.({ ...report, weights: snapshot ? weights : null, at });
  }

  #examples(x, labels, numbers, read) {
    const size = this.network.sizes[0], grays = x instanceof Uint8Array, numeric = this.network.kind === "numbers";
    const own = labels.length / (numeric ? this.network.sizes.at(-1) : 1), more = []; // test examples beyond these
    const outputs = () => this.network.sizes.at(-1);
    return {
      count: own,
      more,
      image: (i) => more[i - own]?.image ?? Float64Array.from(x.subarray(i * size, (i + 1) * size), (each) => (grays ? each / 255 : each)),
      label: (i) => { // null if it is unknown
        if (i >= own) return more[i - own].label;
        const of = labels.subarray(...(numeric ? [i * outputs(), (i + 1) * outputs()] : [i, i + 1]));
        return (numeric ? Number.isNaN(of[0]) : of[0] < 0) ? null : numeric ? of.slice() : of[0];
      },
      number: (i) => more[i - own]?.number ?? numbers?.[i] ?? i, // its place among all test examples
      read: (i) => read().classes[i],
      activations: (i) => read().activations.subarray(i * outputs(), (i + 1) * outputs()),
      confidence: (i) => Math.max(...read().activations.subarray(i * outputs(), (i + 1) * outputs())),
    };
  }

  /** All test examples, and how the present network reads them. */
  async all() {
    if (!this.server) return this.digits;
    this.#tests ??= this.#tested();
    const { x, labels } = await this.#tests.catch((error) => { this.#tests = null; throw error; }), read = await this.#ask("readTests");
    return this.#examples(x, labels, null, () => read);
  }

  async #tested() {
    const block = await this.server.examples("test");
    return this.#ask("keepTests", block, this.server.tested);
  }

  async place(number) {
    const { digits } = this, known = Array.from({ length: digits.count + digits.more.length }, (_, i) => i).find((i) => digits.number(i) === number);
    if (known !== undefined || !this.server || !(Number.isInteger(number) && number >= 0 && number < this.server.tested)) return known ?? null;
    const all = await this.all();
    return digits.count + digits.more.push({ image: all.image(number), label: all.label(number), number }) - 1;
  }

  /** Let a function hear of "change", with the present state. */
  on(event, run) {
    this.#heard[event].push(run);
  }

  #changed(found) {
    const { read, weights, canUndo, progress, network, ...rest } = found;
    this.#now = { read, weights, canUndo, progress };
    if (network.id !== this.network.id) {
      Object.assign(this.network, network); // the same object, which views keep
      for (const run of this.#heard.network) run();
    }
    for (const run of this.#heard.change) run(this.#now);
    return rest;
  }

  look(x, y = null, at = null) {
    return this.#ask("look", x, y, at);
  }

  gradients(x, y, at = null) {
    return this.#ask("gradients", x, y, at);
  }

  /** Be the network that it was after an epoch; `undo` goes back. */
  adopt(at) {
    return this.#change("adopt", at);
  }

  async #change(method, ...given) {
    if (this.#prepares) throw new Error(t("The network is training; stop it first."));
    return this.#changed(await this.#ask(method, ...given));
  }

  async weights() {
    return this.#now.weights;
  }

  async read() {
    return this.#now.read;
  }

  /** Whether examples are digits, which can be drawn. */
  get readsDigits() {
    return this.network.inputs.kind === "image" && this.network.sizes[0] === 784;
  }

  get canUndo() {
    return this.#now.canUndo;
  }

  /** How far the network has come from the one that came with the page, as the Worker's `state` says. */
  get progress() {
    return this.#now.progress;
  }

  teach(x, y, eta) {
    return this.#change("teach", x, y, eta);
  }

  undo() {
    return this.#change("undo");
  }

  async train({ there = false, ...settings }, onEpoch, onWord) {
    this.#onEpoch = onEpoch;
    this.#run?.abort();
    try {
      if (there) return await this.#trainThere(settings, onWord);
      this.#prepares = Boolean(this.fetches);
      if (this.fetches && !(await this.#fetched())) return { stopped: true };
      this.#prepares = false; // from here on the Worker refuses what would change the network
      return await this.#ask("train", settings);
    } finally {
      this.#prepares = false;
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

  /** Train on the server. Its findings may come after the run has ended. */
  async #trainThere(settings, onWord) {
    const run = (this.#run = new AbortController()), seed = settings.seed ?? Math.trunc(Math.random() * 2 ** 31), { eta, epochs, batch } = settings;
    await this.#ask("begin", settings);
    const ended = new Promise((resolve, reject) => {
      const asked = { ...this.#shape(), eta, epochs, batch: batch ?? this.network.batch, seed };
      const told = async (line) => {
        if (line.error) reject(new Error(line.error));
        else if (line.done) resolve({ stopped: false, seed });
        else if (line.epoch === undefined) onWord?.(line);
        else {
          const { weights, ...report } = line;
          await this.#ask("learned", weights && bytes(weights).buffer, { ...report, epochs, seed, snapshot: Boolean(weights) });
        }
      };
      const weights = settings.fresh ? null : this.network.arrays.map(({ name }) => this.#now.weights.all[name]);
      this.server.train({ ...asked, weights }, told, run.signal).then(() => reject(new Error(t("The server has ended the run."))), (error) => (run.signal.aborted ? resolve({ stopped: true, seed }) : reject(error)));
    });
    try {
      const found = await ended;
      await this.#ask("end", true);
      return found;
    } catch (error) {
      await this.#ask("end", false);
      throw error;
    }
  }

  /** The layers of the present network as a server takes them; none where they are those that it has itself. */
  #shape() {
    const { id, sizes, activations, cost } = this.network;
    return id ? { layers: sizes.slice(1, -1), activations, cost } : {};
  }

  asked() {
    return { ...this.#shape(), weights: this.network.arrays.map(({ name }) => this.#now.weights.all[name]) };
  }

  stop() {
    this.#fetching?.abort();
    if (this.#run && !this.#run.signal.aborted) return void this.#run.abort();
    return this.#ask("stop");
  }
}
