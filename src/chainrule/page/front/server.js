// The server behind a served page: what it offers beyond what the page carries. A file has none, and does without.
//
// server.network, server.networks   the name of the network that is shown, and of all that can be; server.open(name) goes to another
// server.tested   how many test examples there are; server.examples("test") fetches them, server.examples("learn") those to learn
//                 from, each as the bytes of all rows and then of their labels
// server.train(asked, told, signal)   train there; `told` gets each line of the answer, and `signal` ends the run
// server.derive(text, at, exact)   a program for the Derive view out of an expression that somebody typed, as `gallery.py` has them;
//                           `at` says where its variables stand and, unless it is `exact`, may name others
// server.frame(photo)   a photo of a digit as the network's input
// server.save(kind, asked)   a file of the present network, "network" or "page"; server.most are the parameters that it may have
//
// Every answer is a promise; where something cannot be done, it fails with a sentence in the page's language.

import { el, message, state, t, tell } from "./dom.js";
import { base64, bytes } from "./packed.js";

const AWAY = message("The server does not answer. Is chainrule app still running?");
const PHOTO = 8 * 2 ** 20; // bytes

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
      throw signal?.aborted ? error : new Error(t(AWAY));
    }
    if (answer.ok) return answer;
    const { detail, place } = await answer.json().catch(() => ({})); // place: from which character of the text to which it is about
    throw Object.assign(new Error(detail ?? t(AWAY)), { place });
  }

  open(name) {
    location.href = `?${new URLSearchParams({ network: name })}${location.hash}`;
  }

  async examples(part, signal) {
    return (await this.#ask(`api/examples?${new URLSearchParams({ network: this.network, part })}`, null, signal)).arrayBuffer();
  }

  async derive(text, at, exact = true) {
    return (await this.#ask("api/derive", { expression: text, ...(at && { at, exact }) })).json();
  }

  async frame(photo) {
    if (photo.size > PHOTO) throw new Error(t("The picture has more than {most} MB.", { most: PHOTO / 2 ** 20 }));
    const { pixels } = await (await this.#ask("api/frame", { image: base64(new Uint8Array(await photo.arrayBuffer())) })).json();
    return Float64Array.from(bytes(pixels), (gray) => gray / 255);
  }

  async save(kind, asked) {
    return (await this.#ask("api/save", { kind, ...this.#packed(asked) })).blob();
  }

  async train(asked, told, signal) {
    const answer = await this.#ask("api/train", this.#packed(asked), signal), reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let rest = ""; ;) {
      let part;
      try {
        part = await reader.read();
      } catch (error) {
        throw signal.aborted ? error : new Error(t(AWAY));
      }
      if (part.done) return;
      const lines = (rest + part.value).split("\n");
      rest = lines.pop();
      for (const line of lines) await told(JSON.parse(line));
    }
  }

  /** A network as the server takes it: its weights as bytes in base64. */
  #packed({ weights, ...asked }) {
    const each = weights ? weights.map((array) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength)) : [];
    return { network: this.network, ...asked, weights: base64(joined(each)) };
  }
}

function joined(parts) {
  const found = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  parts.reduce((at, part) => { found.set(part, at); return at + part.length; }, 0);
  return found;
}

const at = (id) => document.getElementById(id);

/** Offer in the bar what a server has beyond a file: other networks, and files of the present one. */
export function offer(host) {
  const { server } = host;
  if (!server) return;
  at("networks").append(...server.networks.map((name) => el("option", { value: name, selected: name === server.network }, name)));
  at("networks").hidden = server.networks.length < 2;
  at("networks").addEventListener("change", ({ target }) => server.open(target.value));
  at("save").hidden = false;
  at("share").children[1].hidden = true; // a server lets nobody put its page into another one
  at("save").addEventListener("click", () => saving(host));
}

/** Ask which file of the present network is wanted, and give it. */
function saving(host) {
  const kinds = [["network", message("The network, for chainrule"), ".safetensors"], ["page", message("This page with it, for any browser"), ".html"]];
  const give = async (kind, ending) => {
    try {
      const link = el("a", { href: URL.createObjectURL(await host.server.save(kind, host.asked())), download: `${host.server.network}${ending}` });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
      dialog.close();
    } catch (error) {
      dialog.close();
      tell(error.message, { lasting: true });
    }
  };
  const dialog = el("dialog.saving", { "aria-labelledby": "saving", onclose: () => dialog.remove() }, el("h2", { id: "saving", say: "Save" }),
    ...kinds.map(([kind, words, ending]) => el("button.btn", { onclick: () => give(kind, ending) }, `${t(words)} (${ending})`)), el("button.btn", { say: "Cancel", onclick: () => dialog.close() }));
  at("main").append(dialog);
  dialog.showModal();
}

/** What Look inside has from a server: any test example by its number, and what is found in a photo. */
export function elsewhere({ act: { drawing, tested, shown, seek, photo }, link }) {
  if (!tested) return [];
  const number = el("input", { type: "number", min: 0, max: tested - 1, value: shown(), "data-key": "number", onchange: ({ target }) => { if (target.value !== "") seek(+target.value); } });
  const file = photo && el("input", { type: "file", accept: "image/*", hidden: true, onchange: ({ target }) => { if (target.files[0]) photo(target.files[0]); target.value = ""; } });
  return [el("label.number", {}, drawing ? t("Test digit") : t("Test example"), " ", number), ...(file ? [link("photo", t("A photo of a digit"), () => file.click()), file] : [])];
}
