// The address: which view, and what in it, after the `#`, so that a link opens what its sender saw: #inside?digit=3&step=4.
// Known names: digit (the number of a test digit), ink (a drawn one), step, weight, lang, the settings of training, and what each view
// gives as `linked`.

/** A frame in a notebook has no address of its own, so its place is kept here. */
export const framed = location.protocol === "about:";
let own = "";

/** The present place: { view, values }. */
export function place() {
  const [view, rest = ""] = (framed ? own : location.hash).slice(1).split("?");
  return { view, values: Object.fromEntries(new URLSearchParams(rest)) };
}

const address = (view, values) => {
  const given = Object.entries(values).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return `#${view}${given.length ? `?${new URLSearchParams(given)}` : ""}`;
};

/** Go to a view; what is shown hears of it. */
export const go = (view, values = {}) => follow(address(view, values));

/** Go where a link leads to. */
export function follow(hash) {
  if (!framed) return void (location.hash = hash);
  own = hash;
  dispatchEvent(new Event("hashchange"));
}

const here = (more) => {
  const { view, values } = place();
  const others = Object.entries(values).filter(([name]) => !(name in more));
  return address(view || "inside", { ...Object.fromEntries(others), ...more }); // in the order in which the view gives them
};

let last = {};

/** The example that Look inside showed last, as it stands in an address: { digit } or { ink, is }. */
export const example = () => last;

/** Note what is shown now, without a new entry in the history and without telling anyone. */
export function note(values) {
  const hash = here(values), { view, values: before } = place();
  if ((view || "inside") === "inside") {
    const { digit, ink, is } = { ...before, ...values };
    last = ink ? { ink, is: is ?? "" } : { digit };
  }
  if (framed) own = hash;
  else history.replaceState(history.state, "", hash);
}

/** `note` of a view: it notes nothing in the address of another, to which somebody has gone meanwhile. */
export const noteOf = (view) => (values) => { if ((place().view || "inside") === view) note(values); };

/** A link to what is shown now. */
export const link = (values) => location.href.split("#")[0] + here(values);

/** Which of so many things a text of an address names by its number; null if none. */
export const placeAmong = (count, text) => (/^\d+$/.test(text) && +text < count ? +text : null);

/** A drawn image as text, a byte for a pixel, and back; older addresses have half a byte. */
export function inked(x) {
  const bytes = Uint8Array.from(x, (ink) => Math.round(255 * Math.max(0, Math.min(1, ink))));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
export function ink(text, count) {
  let letters;
  try {
    letters = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return null; // no such text, as where an address was cut
  }
  const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
  if (bytes.length >= count) return Float64Array.from(bytes.subarray(0, count), (gray) => gray / 255);
  return bytes.length < count / 2 ? null : Float64Array.from({ length: count }, (_, i) => ((bytes[i >> 1] >> (i % 2 ? 0 : 4)) & 15) / 15);
}
