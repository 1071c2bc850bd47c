// The page begins here: words, language and theme, the four views, and what comes over the line.

import { count, el, message, percent, say, sayAll, spoken, state, t, tell, useLanguages } from "./dom.js";
import { Inside } from "./inside.js";
import { Keep } from "./keep.js";
import { Mistakes } from "./mistakes.js";
import { repaint } from "./paint.js";
import { tour } from "./tour.js";
import { Train } from "./train.js";
import { ask, on, open } from "./wire.js";

const at = (id) => document.getElementById(id);
const VIEWS = ["inside", "train", "mistakes"];
const NETWORKS = { book: message("the book's network"), wide: message("the wide network"), yours: message("your network") };

for (;;) { // without its words the page has none to say what is wrong
  const answer = await fetch("/api/texts").catch(() => null);
  if (answer?.ok) { useLanguages(await answer.json()); break; }
  await new Promise((resolve) => { setTimeout(resolve, 1000); });
}
const asked = new URLSearchParams(location.search);
const codes = spoken().map(({ code }) => code);
const wanted = [asked.get("lang"), localStorage.language, navigator.language.split("-")[0]];
state.language = wanted.find((code) => codes.includes(code)) ?? codes[0];
at("languages").append(...spoken().map(({ code, name, tag }) => el("button", { value: code, lang: tag }, name)));
state.theme = asked.get("theme") ?? localStorage.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");

const inside = new Inside(at("view-inside"));
const train = new Train(at("view-train"), inside);
inside.teach.root.append(train.mini);
const mistakes = new Mistakes(at("view-mistakes"), inside, (index) => { location.hash = "inside"; inside.pick(index); });
new Keep(at("keep"), at("keep-list"), inside, train);

// ---- language and theme ------------------------------------------------------------------------------------------------

function speak(language) {
  state.language = language;
  document.documentElement.lang = spoken().find(({ code }) => code === language).tag;
  for (const button of at("languages").children) button.setAttribute("aria-pressed", `${button.value === language}`);
  sayAll();
  if (inside.net) choose(inside.net);
  named();
  if (inside.look) inside.show();
  train.draw();
  if (current === "mistakes") mistakes.show();
  document.title = t("chainrule: look inside a neural network");
}

function dress(theme) {
  state.theme = theme;
  document.documentElement.dataset.theme = theme;
  for (const button of at("themes").children) button.setAttribute("aria-pressed", `${button.value === theme}`);
  repaint();
  inside.pad.paint();
  if (inside.look) inside.show();
  train.formed();
  if (current === "mistakes") mistakes.show();
}

at("languages").addEventListener("click", (event) => {
  const language = event.target.closest("button")?.value;
  if (!language) return;
  localStorage.language = language;
  speak(language);
  ask("speak", { language });
});
at("themes").addEventListener("click", (event) => {
  const theme = event.target.closest("button")?.value;
  if (theme) dress((localStorage.theme = theme));
});

// ---- views -------------------------------------------------------------------------------------------------------------

let current = "";
function go() {
  const [name, rest = ""] = location.hash.slice(1).split("/");
  current = VIEWS.includes(name) ? name : "inside";
  for (const view of VIEWS) at(`view-${view}`).hidden = view !== current;
  for (const link of document.querySelectorAll("nav a")) link.dataset.view === current ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current");
  if (current === "train") { if (rest) train.restore(rest); train.draw(); train.formed(); }
  if (current === "mistakes" && inside.net) mistakes.show();
  if (current === "inside" && inside.look) inside.show();
}
addEventListener("hashchange", go);

// ---- the network -------------------------------------------------------------------------------------------------------

/** Say which network it is, and how it reads. */
function named() {
  const { net } = inside;
  if (!net) return;
  say(at("reads"), message("reads {share} of {total} test digits"), { share: percent(net.correct / net.total), total: count(net.total) });
}

/** After a step, an epoch, or another network: all that the page shows of it. */
inside.learned = async (found) => {
  await inside.network(found.network ?? inside.net, found.w ? found : null);
  if (found.look) inside.take(found, false);
  else inside.show();
  inside.teach.can(found.undo);
  if (found.network) choose(found.network);
  named();
};

function choose(network) {
  sessionStorage.network = network.name;
  const select = at("networks"), names = [...new Set([...select.dataset.names.split(" "), network.name])].filter(Boolean);
  select.replaceChildren(...names.map((name) => el("option", { value: name, selected: name === network.name, ...(name !== network.name && { say: NETWORKS[name] }) }, name === network.name && network.titles[state.language].join(" → "))));
}
at("networks").addEventListener("change", async (event) => {
  say(at("reads"), message("Loading the network…"));
  const found = await ask("use", { network: event.target.value });
  if (!found) { choose(inside.net); return named(); } // it is still the network of before
  train.left();
  await inside.learned(found);
  if (current === "mistakes") mistakes.show();
});

on("hello", async (hello) => {
  const wanted = sessionStorage.network; // a server that began anew knows nothing of what was chosen
  if (!hello.look && !hello.training && wanted !== hello.network.name && hello.networks.includes(wanted)) hello = { ...hello, ...(await ask("use", { network: wanted })) };
  at("networks").dataset.names = hello.networks.join(" ");
  choose(hello.network);
  await inside.network(hello.network);
  inside.teach.can(hello.undo);
  await inside.recall(hello);
  train.back(hello);
  train.formed();
  named();
  if (current === "mistakes") mistakes.show();
  if (inside.samples.childElementCount) return;
  await inside.offer(hello.samples);
  if (current === "inside") tour(inside);
});
let lost = "";
on("line", ({ up, words = "" }) => {
  if (!up && words !== lost) tell(words, { lasting: true });
  if (up && lost) tell(t("The server answers again."));
  lost = words;
});

dress(state.theme);
speak(state.language);
go();
open();
