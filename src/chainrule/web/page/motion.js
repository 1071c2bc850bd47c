// Motion: 200 ms, only what changed, and none for who would rather have none.

const still = matchMedia("(prefers-reduced-motion: reduce)");
const EASE = { duration: 200, easing: "ease-out" };

/** Let a bar come from a share of its new length to all of it, along x or y. */
export function grow(node, before, now, axis = "X") {
  if (still.matches || !(now > 0) || before === undefined || Math.abs(before - now) < 0.004) return;
  node.animate([{ transform: `scale${axis}(${before / now})` }, { transform: "none" }], EASE);
}

/** Draw from left to right, or from right to left. */
export function sweep(node, { leftward = false, duration = 400 } = {}) {
  if (still.matches) return;
  const hidden = leftward ? "inset(-20px -80px -20px 100%)" : "inset(-20px 100% -20px -20px)";
  node.animate([{ clipPath: hidden }, { clipPath: "inset(-20px -80px -20px -20px)" }], { ...EASE, duration });
}
