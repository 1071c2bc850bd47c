// A path of a minute and a half for a first visit: a few words beside each part, in order; it can be skipped at any time.

import { el, say } from "./dom.js";

const STOPS = [
  ["tour_draw", (view) => view.pad.canvas],
  ["tour_sees", (view) => view.sees],
  ["tour_hidden", (view) => view.cells],
  ["tour_answers", (view) => view.list],
  ["tour_truth", (view) => view.keys[0].parentElement],
  ["tour_steps", (view) => view.steps.list],
  ["tour_teach", (view) => view.teach.take],
];

/** Offer the path once; it begins with a mistake of the network's, so that there is something to see. */
export function tour(view) {
  if (localStorage.toured) return;
  const words = el("p"), place = el("span.cap"), next = el("button.btn.main", { say: "tour_next" });
  const end = () => { localStorage.toured = "yes"; box.remove(); document.querySelector(".toured")?.classList.remove("toured"); };
  const box = el("div.tour", { role: "dialog", label: "tour" }, words, el("div.tools", {}, place, el("button.btn", { say: "tour_skip", onclick: end }), next));
  let stop = -1;
  next.addEventListener("click", async () => {
    if (++stop >= STOPS.length) return end();
    if (stop === 1 && !view.look) await view.mistake();
    const [key, part] = STOPS[stop], node = part(view);
    document.querySelector(".toured")?.classList.remove("toured");
    node.classList.add("toured");
    node.scrollIntoView({ block: "center", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
    say(words, key);
    place.textContent = `${stop + 1} / ${STOPS.length}`;
    say(next, stop === STOPS.length - 1 ? "tour_end" : "tour_next");
  });
  say(words, "tour_welcome");
  document.body.append(box);
}
