// The lines of Python of each step, as `net.explain` prints them; a test compares them.

const CALLS = { sigmoid: (z) => `sigmoid(${z})`, tanh: (z) => `np.tanh(${z})`, relu: (z) => `relu(${z})`, softmax: (z) => `softmax(${z})` };
const COSTS = {
  quadratic: (a) => `C = 0.5 * np.sum((${a} - y) ** 2)`,
  "cross-entropy": (a) => `C = -np.sum(y * np.log(${a}) + (1 - y) * np.log(1 - ${a}))`,
  "log-likelihood": (a) => `C = -np.sum(y * np.log(${a}))`,
};
const slope = (activation, layer) => (activation === "tanh" ? `(1 - a${layer} ** 2)` : `${activation}_prime(z${layer})`);

/** The lines of a step of a network: those that came with it or, of fully connected layers, written here, since there can be others of
 * them; none where its activations or cost are of its users' own. */
export function pythonOf({ sizes, activations, cost, inputs, python }, step) {
  if (python) return python[step] ?? [];
  const last = sizes.length, layers = activations.map((_, at) => at + 2), kind = (layer) => activations[layer - 2];
  if (!activations.every((each) => CALLS[each]) || !COSTS[cost]) return [];
  const backwards = [...layers].reverse();
  return {
    1: inputs.kind === "image" ? [`a1 = np.reshape(x, (${sizes[0]}, 1)) / 255`] : [],
    2: layers.flatMap((l) => [`z${l} = w${l} @ a${l - 1} + b${l}`, `a${l} = ${CALLS[kind(l)](`z${l}`)}`]),
    3: [COSTS[cost](`a${last}`), ...(cost === "quadratic" ? [`nabla_a = a${last} - y`, `δ${last} = nabla_a * ${slope(kind(last), last)}`] : [`δ${last} = a${last} - y`])],
    4: backwards.slice(1).map((l) => `δ${l} = (w${l + 1}.T @ δ${l + 1}) * ${slope(kind(l), l)}`),
    5: backwards.flatMap((l) => [`dC_db${l} = δ${l}`, `dC_dw${l} = δ${l} @ a${l - 1}.T`]),
    6: layers.flatMap((l) => [`w${l} = w${l} - η * dC_dw${l}`, `b${l} = b${l} - η * dC_db${l}`]),
  }[step];
}
