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
  const words = el("p", { "aria-live": "polite" }), place = el("span.cap");
  let stop = -1;
  const go = async () => {
    if (++stop >= STOPS.length) return end();
    if (stop === 1 && !view.look) await view.mistake();
    const [key, part] = STOPS[stop], node = part(view);
    document.querySelector(".toured")?.classList.remove("toured");
    node.classList.add("toured");
    node.scrollIntoView({ block: "center", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
    say(words, key);
    place.textContent = `${stop + 1} / ${STOPS.length}`;
    say(next, stop === STOPS.length - 1 ? "tour_end" : "tour_next");
  };
  const escape = (event) => { if (event.key === "Escape") end(); };
  const end = () => {
    localStorage.toured = "yes";
    document.removeEventListener("keydown", escape);
    if (box.contains(document.activeElement)) view.pad.canvas.focus({ preventScroll: true });
    box.remove();
    document.querySelector(".toured")?.classList.remove("toured");
  };
  const next = el("button.btn.main", { say: "tour_next", onclick: go, autofocus: true });
  const box = el("dialog.tour", { label: "tour" }, words, el("div.tools", {}, place, el("button.btn", { say: "tour_skip", onclick: end }), next));
  say(words, "tour_welcome");
  document.addEventListener("keydown", escape);
  document.querySelector(".skip").after(box); // first in the order of the keyboard
  box.show(); // beside the page, which stays open to be tried; the focus goes into it
}
