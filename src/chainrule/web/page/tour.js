// A path of a minute and a half for a first visit: a few words beside each part, in order; it can be skipped at any time.

import { el, message, say } from "./dom.js";

const STOPS = [
  [message("Draw a digit here. If you do not, we take one that the network reads wrong."), (view) => view.pad.canvas],
  [message("It is shrunk to 28×28 pixels: 784 numbers from 0, paper, to 1, ink."), (view) => view.sees],
  [message("Each hidden neuron weighs all pixels: warm where ink speaks for it, cold where it speaks against. Click one."), (view) => view.cells],
  [message("Ten answers, each between 0 and 1; the longest bar is what it reads."), (view) => view.list],
  [message("Say what it really is: the error δ appears, and flows back."), (view) => view.keys[0].parentElement],
  [message("The five steps of backpropagation on this digit, with every dimension and its numbers."), (view) => view.steps.list],
  [message("Take one step of learning, and see what changes. Undo takes it back."), (view) => view.teach.take],
];

/** Offer the path once; it begins with a mistake of the network's, so that there is something to see. */
export function tour(view) {
  if (localStorage.toured) return;
  const words = el("p", { "aria-live": "polite" }), place = el("span.cap");
  let stop = -1;
  const go = async () => {
    if (++stop >= STOPS.length) return end();
    if (stop === 1 && !view.look) await view.mistake();
    const [text, part] = STOPS[stop], node = part(view);
    document.querySelector(".toured")?.classList.remove("toured");
    node.classList.add("toured");
    node.scrollIntoView({ block: "center", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
    say(words, text);
    place.textContent = `${stop + 1} / ${STOPS.length}`;
    say(next, stop === STOPS.length - 1 ? message("Done") : message("Next", "tour"));
  };
  const escape = (event) => { if (event.key === "Escape") end(); };
  const end = () => {
    localStorage.toured = "yes";
    document.removeEventListener("keydown", escape);
    if (box.contains(document.activeElement)) view.pad.canvas.focus({ preventScroll: true });
    box.remove();
    document.querySelector(".toured")?.classList.remove("toured");
  };
  const next = el("button.btn.main", { say: message("Next", "tour"), onclick: go, autofocus: true });
  const box = el("dialog.tour", { label: "A first look" }, words, el("div.tools", {}, place, el("button.btn", { say: "Skip", onclick: end }), next));
  say(words, message("This network learned from 50,000 handwritten digits to read yours. See how it works, in a minute and a half."));
  document.addEventListener("keydown", escape);
  document.querySelector(".skip").after(box); // first in the order of the keyboard
  box.show(); // beside the page, which stays open to be tried; the focus goes into it
}
