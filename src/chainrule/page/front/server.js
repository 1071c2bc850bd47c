// The server behind a served page: what it offers beyond what the page carries. A file has none, and does without.
//
// server.derive(text, at)   a program for the Derive view out of an expression that somebody typed, as `gallery.py` has them; `at` says
//                           where its variables stand
//
// Every answer is a promise; where something cannot be done, it fails with a sentence in the page's language.

import { state, t } from "./dom.js";

export class Server {
  /** The server that the page was told of; null in a file. */
  static of(served) {
    return served ? Object.assign(new Server(), served) : null;
  }

  async #ask(path, given, signal) {
    const headers = { "accept-language": state.language, ...(given && { "content-type": "application/json" }) };
    let answer;
    try {
      answer = await fetch(path, given ? { method: "POST", headers, body: JSON.stringify(given), signal } : { headers, signal });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new Error(t("The server does not answer. Is chainrule app still running?"));
    }
    if (answer.ok) return answer;
    const { detail, place } = await answer.json().catch(() => ({})); // place: from which character of the text to which it is about
    throw Object.assign(new Error(detail ?? t("The server does not answer. Is chainrule app still running?")), { place });
  }

  async derive(text, at) {
    return (await this.#ask("api/derive", { expression: text, ...(at && { at }) })).json();
  }
}
