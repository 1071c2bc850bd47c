// Larger type, for a projector: as if the browser's own zoom were higher, so that the page takes the layout that then fits.
// The widths at which style sheets change the layout grow with what is shown.

const LARGER = 1.35;
let originals = null; // the style sheets as they came
let by = 1; // how much larger all is shown

/** The window, as the layout has it. */
export const room = { get width() { return innerWidth / by; }, get height() { return innerHeight / by; } };

/** Set all in larger type, or no longer. */
export function enlarge(large) {
  originals ??= [...document.head.querySelectorAll("style")].map((sheet) => [sheet, sheet.textContent]);
  const wide = innerWidth >= 1240 ? Math.max(0.85, Math.min(innerWidth / 1440, innerHeight / 900, 2.2)) : 1; // as look.css has it
  by = large ? LARGER * wide : 1;
  for (const [sheet, text] of originals) sheet.textContent = text.replace(/(min|max)-width: (\d+)px\)/g, (_, end, width) => `${end}-width: ${Math.round(width * by)}px)`);
  document.body.style.zoom = large ? `${by}` : "";
}
