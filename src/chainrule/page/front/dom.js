// Elements, words and numbers: how everything on the page is made, and said again when the language changes.

let languages = {};
export const state = { language: "en", theme: "light" };

/** Take the languages that there are, English first: each by its code, with its name, its tag and its texts. */
export function useLanguages(table) {
  languages = table;
}

export const spoken = () => Object.entries(languages).map(([code, { name, tag }]) => ({ code, name, tag }));

const APART = "\u0004"; // between context and text, as gettext has it

/** An English text; a context tells it from an equal one that other languages say in another way. */
export const message = (english, context) => (context ? context + APART + english : english);

const SPACED = /(?<=\p{Script=Han}) (?=\p{Script=Han})/gu; // as a place has it for numbers and Latin letters

/** A text in the page's language, its {places} filled in; English is its own. What {n:neuron|neurons} says hangs on the number n. */
export function t(text, values = {}) {
  const words = languages[state.language]?.texts[text] ?? text.split(APART).at(-1);
  return words.replace(/\{(\w+)(?::([^{}|]*)(?:\|([^{}]*))?)?\}/g, (_, name, singular, plural) => {
    if (plural === undefined) return values[name] ?? "";
    return `${values[name]}` === "1" ? singular : plural;
  }).replace(SPACED, "");
}

/** Let an element say a text, now and after each change of language. */
export function say(node, text, values = {}) {
  node.dataset.t = text;
  node.dataset.values = JSON.stringify(values);
  node.textContent = t(text, values);
  return node;
}

/** Say every text on the page again. */
export function sayAll(root = document) {
  for (const node of root.querySelectorAll("[data-t]")) node.textContent = t(node.dataset.t, JSON.parse(node.dataset.values ?? "{}"));
  for (const node of root.querySelectorAll("[data-label]")) node.setAttribute("aria-label", t(node.dataset.label));
}

/** An element: `el("button.btn.main", { say: "Undo", onclick }, child, …)`. What a click begins is not begun again before it has ended. */
export function el(what, options = {}, ...children) {
  const [tag, ...classes] = what.split(".");
  const node = SVG.has(tag) ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  if (classes.length) node.setAttribute("class", classes.join(" "));
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "say") Array.isArray(value) ? say(node, ...value) : say(node, value);
    else if (name === "label") { node.dataset.label = value; node.setAttribute("aria-label", t(value)); }
    else if (name === "onclick") node.addEventListener("click", () => once(node, value));
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** Run what a button does; until it has ended, the button says that it is busy, keeps the focus, and takes no other click. */
async function once(button, run) {
  if (["aria-busy", "aria-disabled"].some((name) => button.getAttribute(name) === "true")) return;
  const running = run();
  if (!(running instanceof Promise)) return;
  button.setAttribute("aria-busy", "true");
  try { await running; } finally { button.removeAttribute("aria-busy"); }
}

/** Put new children in place of the old; where one of those had the focus, the one that stands there now has it. */
export function renew(parent, ...children) {
  const controls = () => [...parent.querySelectorAll("button, input, select")];
  const at = controls().indexOf(document.activeElement);
  parent.replaceChildren(...children);
  if (at < 0) return;
  const open = (control) => control && !control.disabled, now = controls();
  [now[at], now[at - 1], ...now].find(open)?.focus();
}

const SVG = new Set(["svg", "path", "rect", "circle", "line", "g", "text", "tspan"]);

/** A symbol of the book as MathML, in its color: sym("w", 2) is w². */
export function sym(kind, layer, index) {
  const letter = { d: "δ" }[kind] ?? kind;
  const space = "http://www.w3.org/1998/Math/MathML";
  const make = (tag, ...children) => { const node = document.createElementNS(space, tag); node.append(...children); return node; };
  const base = make("mi", letter);
  const above = layer === undefined ? null : make(/^\d+$/.test(`${layer}`) ? "mn" : "mi", `${layer}`);
  const below = index === undefined ? null : make("mn", `${index}`);
  const body = above && below ? make("msubsup", base, below, above) : above ? make("msup", base, above) : base;
  const row = make("mrow", body);
  row.setAttribute("class", `cr-${kind}`);
  return make("math", row);
}

/** A number as LOOK sets it: fixed decimals, a true minus, powers of ten below half the last digit. */
export function num(value, digits = 3, plus = false) {
  const sign = value < 0 ? "−" : plus && value > 0 ? "+" : "";
  const size = Math.abs(value);
  if (size && size < 0.5 * 10 ** -digits) {
    const [mantissa, exponent] = size.toExponential(0).split("e");
    return `${sign}${mantissa}·10${raised(exponent.replace("+", ""))}`;
  }
  return `${sign}${size.toFixed(digits)}`;
}
const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const raised = (text) => [...text].map((c) => (c === "-" ? "⁻" : RAISED[+c])).join("");

export const count = (value) => value.toLocaleString("en-US");
export const percent = (share, digits = 1) => `${(100 * share).toFixed(digits)}\u00a0%`;

const SHORTEST = 5000; // ms that a message stays
const PER_LETTER = 70;
let fading = 0;
/** A message for eyes and screen readers: it passes, a long one later, or, where it lasts, stays until the next; an empty one takes it away. */
export function tell(text, { lasting = false } = {}) {
  const node = document.getElementById("said");
  node.textContent = text;
  node.classList.toggle("on", text !== "");
  clearTimeout(fading);
  if (!lasting) fading = setTimeout(() => { node.classList.remove("on"); }, Math.max(SHORTEST, PER_LETTER * text.length));
}
