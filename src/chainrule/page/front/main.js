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
import { sentences } from "./wording.js";

// A view is a module with mount(element, { host, route }), which gives what it does about each of these, all of which it may
// leave out: shown(values), when it is gone to or the address changes; hidden(); spoken(), for another language; dressed(), for
// another theme; linked(), { values, lacks }: what a link to what is seen has, and a message of what it cannot have, if anything. Of
// other parameters a view hears by host.on("change", …).
const VIEWS = {
  inside: [message("Look inside"), look],
  train: [message("Train"), train],
  mistakes: [message("Mistakes"), mistakes],
  derive: [message("Derive"), derive],
  practice: [message("Practice"), practice],
};

const at = (id) => document.getElementById(id);
/** A text with its middle left out where it is long, as that of a drawing is. */
const abridged = (text) => (text.length > 60 ? `${text.slice(0, 40)}…${text.slice(-12)}` : text);
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
  if (route.place().values.lang) route.note({ lang: language }); // the language of a link is not asked for again
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
    event.preventDefault(); // the frame would go to the address of the notebook itself
    hash.slice(1) in VIEWS ? route.follow(hash) : at(hash.slice(1))?.scrollIntoView();
  });
}

// ---- the network ---------------------------------------------------------------------------------------------------------

/** Say which network it is, and how it reads. */
function named({ read, progress }) {
  at("layers").textContent = at("layers").title = network.titles[state.language].join(" → ");
  at("reads").hidden = network.kind === "numbers" || !read.count;
  say(at("reads"), ...accuracyOf(read, progress));
}

/** How much it reads right, and of which examples: of all test examples as it came, of unseen ones after a training, and after
 * single steps of those in this page, beside how it was before. */
function accuracyOf({ correct, count: shown }, progress) {
  const { accuracy, total, carried } = network;
  if (progress?.before) {
    const values = { share: percent(correct / shown), was: percent(progress.before.correct / shown), of: count(shown) };
    return [message("reads {share} of {of} {of:example|examples} in this page, before {was}"), values];
  }
  const unseen = progress?.unseen ?? null;
  const held = carried.validated[1] - carried.validated[0];
  if (unseen !== null) return [message("reads {share} of {of} unseen {of:example|examples}"), { share: percent(unseen), of: count(held) }];
  if (progress || accuracy === null) return [message("reads {share} of {of} {of:example|examples} in this page"), { share: percent(correct / shown), of: count(shown) }];
  return [message("reads {share} of {of} test {of:example|examples}"), { share: percent(accuracy), of: count(total) }];
}

const [share, embed] = at("share").children;
embed.hidden = !location.protocol.startsWith("http"); // a file on a disk stands in no page of others

/** A link to what is seen now, and in a sentence what it does not have of it. */
function linked() {
  const { values = {}, lacks = null } = views[current].linked?.() ?? {};
  const learned = message("It opens the network that came with this page: what this one has learned since is in no link.");
  const missing = lacks ?? (host.progress ? learned : null);
  return { link: route.link({ ...values, lang: state.language }), missing: missing ? t(missing) : "" };
}

/** Copy what is to be sent to others, and say what it opens. */
share.addEventListener("click", async () => {
  const { link, missing } = linked();
  const place = link.slice(link.indexOf("#"));
  const isFile = location.protocol === "file:";
  const isHere = ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
  const opens = missing || t("It opens what you see now.");
  try {
    await navigator.clipboard.writeText(isFile ? place : link);
    const copied = isFile ? message("This page is a file, which others cannot open by a link. Send them the file; “{place}”, which is copied, goes behind its name in the address.")
      : isHere ? message("The link is copied. It works on this computer alone.") : message("The link is copied.");
    tell(sentences(t(copied, { place: abridged(place) }), opens));
  } catch {
    history.replaceState(history.state, "", place);
    const above = isFile ? message("This page is a file, which others cannot open by a link. Send them the file, and what stands behind its name in the address above.") : message("The address above is now a link.");
    tell(sentences(t(above), opens));
  }
});
embed.addEventListener("click", async () => {
  const { link, missing } = linked();
  const line = `<iframe src="${link.replaceAll("&", "&amp;")}" title="chainrule" style="width:100%;height:860px;border:0"></iframe>`;
  try {
    await navigator.clipboard.writeText(line);
    tell(sentences(t("Copied: a line of HTML that shows this in another page."), missing));
  } catch {
    tell(line, { lasting: true });
  }
});

dress(state.theme);
speak(state.language);
try {
  host = await Host.of(network, data, worker);
  named({ read: await host.read(), progress: host.progress });
  host.on("change", named);
  offer(host);
  views = Object.fromEntries(Object.entries(VIEWS).map(([name, [, view]]) => [name, view.mount(sections[name], { host, route: { ...route, note: route.noteOf(name) } })]));
  go();
  globalThis.chainrule = { host, route }; // for the console, and for tests
  document.documentElement.dataset.ready = "yes";
} catch (error) {
  tell(error.message, { lasting: true });
  throw error;
}
