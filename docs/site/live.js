// A program of the gallery, alive on its page: the part of the Derive view that moves. `made.py` joins this with the modules that it
// imports; they are those of the package's page/front.

import { state, useLanguages } from "./dom.js";
import { Live } from "./live.js";
import { repaint } from "./paint.js";

useLanguages(globalThis.words);
state.language = document.documentElement.lang.startsWith("zh") ? "zh" : "en";
for (const place of document.querySelectorAll(".alive")) {
  const live = new Live();
  place.append(live.drawn);
  live.show(JSON.parse(place.querySelector("script").textContent));
  new ResizeObserver(() => live.draw()).observe(place);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { repaint(); live.draw(); });
}
