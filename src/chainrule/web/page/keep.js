// Keep: the network, the explanation as one HTML file, the run's curves as CSV, SVG and PNG.

import { el, message, state, t, tell } from "./dom.js";
import { ask } from "./wire.js";

export class Keep {
  constructor(menu, list, inside, train) {
    const item = (words, run) => el("button", { say: words, onclick: async () => { menu.open = false; await run(); } });
    list.append(
      item(message("The network", "button"), () => file("network", "network.safetensors", "application/octet-stream")),
      item(message("The explanation, one HTML file"), async () => (inside.look?.delta ? file("explanation", "explanation.html", "text/html") : tell(t("Say first what the digit really is.")))),
      item(message("The curves as CSV"), async () => (train.history.length ? saved("curves.csv", new Blob([train.csv()], { type: "text/csv" })) : tell(t("No epoch is done yet.")))),
      item(message("The curves as SVG"), () => this.drawings(train, false)),
      item(message("The curves as PNG"), () => this.drawings(train, true)));
    document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
    menu.addEventListener("keydown", (event) => { if (event.key === "Escape") { menu.open = false; menu.querySelector("summary").focus(); } });
  }

  async drawings(train, png) {
    const found = train.svgs();
    if (!found.length) return tell(t("No epoch is done yet."));
    for (const [i, text] of found.entries()) { // one after the other, whichever is drawn faster
      const name = ["cost", "accuracy"][i], blob = new Blob([text], { type: "image/svg+xml" });
      saved(`${name}.${png ? "png" : "svg"}`, png ? await pixels(blob) : blob);
    }
  }
}

async function file(what, name, type) {
  tell(t("Making the file…"), { lasting: true });
  const found = await ask("keep", { what, language: state.language });
  if (!found) return;
  tell("");
  saved(name, new Blob([Uint8Array.from(atob(found.data), (c) => c.charCodeAt(0))], { type }));
}

function saved(name, blob) {
  const link = el("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

async function pixels(blob) {
  const image = new Image();
  image.src = URL.createObjectURL(blob);
  await image.decode();
  const canvas = new OffscreenCanvas(2 * image.width, 2 * image.height), pen = canvas.getContext("2d");
  pen.fillStyle = getComputedStyle(document.body).backgroundColor;
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.convertToBlob({ type: "image/png" });
}
