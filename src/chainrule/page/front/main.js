// The page begins here: words, language and theme, the views, and the host that they ask.

import { count, el, message, percent, say, sayAll, spoken, state, t, tell, useLanguages } from "./dom.js";
import { Host } from "./host.js";
import { repaint } from "./paint.js";
import * as look from "./look.js";
import * as train from "./train.js";
import * as mistakes from "./mistakes.js";
import * as derive from "./derive.js";
import * as practice from "./practice.js";
import * as route from "./route.js";
import { offer } from "./server.js";
import { enlarge } from "./type.js";

// A view is a module with mount(element, { host, route }), which gives what it does about each of these, all of which it may
// leave out: shown(values), when it is gone to or the address changes; hidden(); spoken(), for another language; dressed(), for
// another theme. Of other parameters it hears by host.on("change", …).
const VIEWS = {
  inside: [message("Look inside"), look],
  train: [message("Train"), train],
  mistakes: [message("Mistakes"), mistakes],
  derive: [message("Derive"), derive],
  practice: [message("Practice"), practice],
};

const at = (id) => document.getElementById(id);
const kept = { // where nothing can be kept, as in some frames, the page does without
  get(name) { try { return localStorage.getItem(name); } catch { return null; } },
  set(name, value) { try { localStorage.setItem(name, value); } catch { /* not kept */ } },
};

const { words, worker, data: { network, ...data } } = globalThis.carried;
useLanguages(words);
const codes = spoken().map(({ code }) => code);
const wanted = [route.place().values.lang, kept.get("language"), navigator.language.split("-")[0]];
state.language = wanted.find((code) => codes.includes(code)) ?? codes[0];
state.theme = kept.get("theme") ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
const short = (code, name) => (/^[a-z]/i.test(name) ? code.toUpperCase() : name[0]); // EN, 中
at("languages").append(...spoken().map(({ code, name, tag }) => el("button", { value: code, lang: tag, "aria-label": name }, short(code, name))));

const sections = Object.fromEntries(Object.keys(VIEWS).map((name) => [name, el("section", { id: `view-${name}`, hidden: true })]));
at("main").append(...Object.values(sections));
at("views").append(...Object.entries(VIEWS).map(([name, [words]]) => el("a", { href: `#${name}`, "data-view": name, say: words })));

let host = null, views = {}, current = "";

// ---- language and theme --------------------------------------------------------------------------------------------------

const pressed = (group, value) => {
  for (const button of at(group).children) button.setAttribute("aria-pressed", `${button.value === value}`);
};
const each = (method) => { for (const view of Object.values(views)) view[method]?.(); };

function speak(language) {
  state.language = language;
  document.documentElement.lang = spoken().find(({ code }) => code === language).tag;
  document.title = t("chainrule: look inside a neural network");
  if (route.place().values.lang) route.note({ lang: language }); // a link's language is not asked for again
  pressed("languages", language);
  sayAll();
  if (host) at("layers").textContent = network.titles[language].join(" → ");
  each("spoken");
}

function dress(theme) {
  state.theme = theme;
  document.documentElement.dataset.theme = theme;
  pressed("themes", theme);
  repaint();
  each("dressed");
}

const choosing = (group, run, name) => at(group).addEventListener("click", (event) => {
  const value = event.target.closest("button")?.value;
  if (!value) return;
  kept.set(name, value);
  run(value);
});
choosing("languages", speak, "language");
choosing("themes", dress, "theme");

/** Set the page in larger type, or no longer. */
function size(large, anew = false) {
  if (!anew && large === (at("type").getAttribute("aria-pressed") === "true")) return;
  at("type").setAttribute("aria-pressed", `${large}`);
  enlarge(large);
  dispatchEvent(new Event("resize")); // views lay themselves out anew
}
addEventListener("resize", ({ isTrusted }) => { if (isTrusted && at("type").getAttribute("aria-pressed") === "true") size(true, true); });
at("type").addEventListener("click", () => {
  const large = at("type").getAttribute("aria-pressed") === "false";
  route.note({ type: large ? "large" : null });
  size(large);
});

// ---- views ---------------------------------------------------------------------------------------------------------------

function go() {
  const { view, values } = route.place(), name = view in VIEWS ? view : "inside";
  if (view && view !== name && current) return; // a place on the page
  if (name !== current) views[current]?.hidden?.();
  current = name;
  for (const [each, section] of Object.entries(sections)) section.hidden = each !== name;
  for (const link of at("views").children) link.dataset.view === name ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current");
  if (values.type) size(values.type === "large"); // a link that says nothing of it leaves it as it is
  if (values.lang && values.lang !== state.language && codes.includes(values.lang)) speak(values.lang);
  views[name]?.shown?.(values);
}
addEventListener("hashchange", go);
if (route.framed) {
  at("share").hidden = true;
  addEventListener("click", (event) => {
    const hash = event.target.closest("a")?.getAttribute("href");
    if (!hash?.startsWith("#")) return;
    event.preventDefault(); // the frame would go to the notebook's own address
    hash.slice(1) in VIEWS ? route.follow(hash) : at(hash.slice(1))?.scrollIntoView();
  });
}

// ---- the network ---------------------------------------------------------------------------------------------------------

/** Say which network it is, and how it reads: all test examples as it came, those that are here once it has learned. */
function named({ read, changed }) {
  const { accuracy, total } = network, own = changed || accuracy === null;
  at("layers").textContent = at("layers").title = network.titles[state.language].join(" → ");
  at("reads").hidden = network.kind === "numbers" || !read.count;
  const share = percent(own ? read.correct / read.count : accuracy), of = count(own ? read.count : total);
  say(at("reads"), own ? message("reads {share} of the {of} examples included in this page") : message("reads {share} of {of} test examples"), { share, of });
}

const [share, embed] = at("share").children;
embed.hidden = !location.protocol.startsWith("http"); // a file on one's disk stands in nobody else's page

share.addEventListener("click", async () => {
  const link = route.link({ lang: state.language });
  try {
    await navigator.clipboard.writeText(link);
    tell(t("The link is copied: it opens what you see now."));
  } catch {
    history.replaceState(history.state, "", link.slice(link.indexOf("#")));
    tell(t("The address above is now a link to what you see."));
  }
});
embed.addEventListener("click", async () => {
  const line = `<iframe src="${route.link({ lang: state.language }).replaceAll("&", "&amp;")}" title="chainrule" style="width:100%;height:860px;border:0"></iframe>`;
  try {
    await navigator.clipboard.writeText(line);
    tell(t("Copied: a line of HTML that shows this in another page."));
  } catch {
    tell(line, { lasting: true });
  }
});

dress(state.theme);
speak(state.language);
try {
  host = await Host.of(network, data, worker);
  named({ read: await host.read(), changed: false });
  host.on("change", named);
  offer(host);
  views = Object.fromEntries(Object.entries(VIEWS).map(([name, [, view]]) => [name, view.mount(sections[name], { host, route })]));
  go();
  globalThis.chainrule = { host, route }; // for the console, and for tests
  document.documentElement.dataset.ready = "yes";
} catch (error) {
  tell(error.message, { lasting: true });
  throw error;
}
