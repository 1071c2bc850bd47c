// Both ends of a Worker: the page asks by messages { id, method, given }, and is answered { id, result } or { id, error: [text, values] }.
// What the Worker tells by itself has no id.

import { t } from "./dom.js";

/** The page's end. */
export class Asking {
  #worker;
  #waiting = new Map();
  #asked = 0;

  /** The Worker whose script is at an address; `told` hears what it tells by itself. */
  constructor(address, told) {
    this.#worker = new Worker(address);
    this.#worker.onmessage = ({ data }) => (data.id === undefined ? told(data) : this.#answered(data));
    this.#worker.onerror = (event) => this.#failed(event);
  }

  ask(method, ...given) {
    const id = ++this.#asked;
    this.#worker.postMessage({ id, method, given }, given.filter((each) => each instanceof ArrayBuffer));
    return new Promise((resolve, reject) => { this.#waiting.set(id, { resolve, reject }); });
  }

  #answered({ id, result, error }) {
    const { resolve, reject } = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error) reject(Object.assign(new Error(t(...error)), { values: error[1] }));
    else resolve(result);
  }

  #failed(event) {
    for (const { reject } of this.#waiting.values()) reject(new Error(event.message));
    this.#waiting.clear();
  }
}

/** The Worker's end: answer by these functions. */
export function answering(methods) {
  addEventListener("message", async ({ data: { id, method, given } }) => {
    try {
      postMessage({ id, result: await methods[method](...given) });
    } catch (error) {
      postMessage({ id, error: [error.message, error.values ?? {}] });
    }
  });
}

/** What cannot be done, as a text of `message` and its values. */
export class Refused extends Error {
  constructor(text, values = {}) {
    super(text);
    this.values = values;
  }
}

/** Let waiting messages in. */
export const breath = () => new Promise((resolve) => {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => { port1.close(); resolve(); };
  port2.postMessage(null);
});
