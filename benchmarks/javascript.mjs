// What javascript.py measures, in one process of Node: ours and theirs in turns, by the time of the processor.
// It is given the folder with what is measured and how many rounds, and prints the microseconds of a step, round by round.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { join } from "node:path";

const [folder, rounds, seconds] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const load = (name) => import(pathToFileURL(join(folder, name)));
const given = JSON.parse(readFileSync(join(folder, "given.json"), "utf8"));
const { init, grad, jit, nn, numpy: np, blockUntilReady } = await load("node_modules/@jax-js/jax/dist/index.js");
await init("wasm");

const matrix = (rows) => np.array(new Float32Array(rows.flat())).reshape([rows.length, rows[0].length]);
const spent = () => Object.values(process.cpuUsage()).reduce((a, b) => a + b);

/** Throws where two ways do not come to the same numbers. */
function same(name, one, other, within) {
  if (one.length !== other.length) throw new Error(`${name}: ${one.length} numbers and ${other.length}`);
  const apart = one.reduce((most, each, i) => Math.max(most, Math.abs(each - other[i])), 0);
  if (!(apart <= within)) throw new Error(`${name}: ${apart} apart`);
}

// ---- training: a network of sigmoids, and one of rectifiers with softmax -------------------------------------------------

/** Both ways to train one of the networks in `given`, each a function that takes so many steps. */
async function training(name, { parameters, images, labels, classes, batch, rate, rectifiers }) {
  const ours = await (await load(`${name}.mjs`)).instantiate();
  ours.set({ images: new Float32Array(images.flat()), labels: new Int32Array(labels) });
  const order = Int32Array.from(labels, (_, i) => i);

  const cost = (p, x, y) => {
    const last = p.length / 2 - 1;
    let a = x;
    for (let i = 0; i <= last; i++) {
      const z = np.dot(a, np.transpose(p[2 * i])).add(np.transpose(p[2 * i + 1]));
      a = rectifiers ? (i < last ? nn.relu(z) : nn.logSoftmax(z)) : nn.sigmoid(z);
    }
    return rectifiers
      ? np.sum(a.mul(y)).mul(-1 / batch)
      : np.sum(np.square(a.sub(y))).mul(0.5 / batch);
  };
  const step = jit((p, x, y) => {
    const slopes = grad(cost)(p.map((each) => each.ref), x, y);
    return p.map((each, i) => each.sub(slopes[i].mul(rate)));
  });
  const batches = []; // as arrays of theirs, made before anything is timed
  for (let at = 0; at < labels.length; at += batch) {
    const wanted = labels.slice(at, at + batch).map((label) => Array.from({ length: classes }, (_, i) => +(i === label)));
    batches.push([matrix(images.slice(at, at + batch)), matrix(wanted)]);
  }
  let p = parameters.map(matrix);
  let taken = 0;
  const theirs = async (steps) => {
    for (let i = 0; i < steps; i++) {
      const [x, y] = batches[taken++ % batches.length];
      p = step(p, x.ref, y.ref);
    }
    await blockUntilReady(p);
  };
  let at = 0;
  const train = async (steps) => {
    while (steps > 0) {
      const now = Math.min(steps, batches.length - at);
      ours.train(order.subarray(at * batch, (at + now) * batch), rate);
      [at, steps] = [(at + now) % batches.length, steps - now];
    }
  };
  await theirs(batches.length);
  await train(batches.length);
  same(name, ours.get("w2"), await p[0].ref.data(), 1e-4);
  return { chainrule: train, "jax-js": theirs };
}

// ---- the gradient of a function of 1,000 numbers --------------------------------------------------------------------------

async function gradient({ x }) {
  const { inputs, run } = await (await load("gradient.mjs")).instantiate();
  inputs.x.set(x);
  const rosenbrock = (x) => {
    const [one, next] = [x.ref.slice([0, x.shape[0] - 1]), x.slice([1, x.shape[0]])];
    const apart = np.square(next.sub(np.square(one.ref))).mul(100);
    return np.sum(apart.add(np.square(np.array(1).sub(one))));
  };
  const derived = jit(grad(rosenbrock));
  const there = np.array(new Float32Array(x));
  same("gradient", run(), await derived(there.ref).data(), 1e-2);
  return {
    chainrule: async (steps) => { for (let i = 0; i < steps; i++) run(); },
    "jax-js": async (steps) => {
      let found = derived(there.ref);
      for (let i = 1; i < steps; i++) {
        found.dispose();
        found = derived(there.ref);
      }
      await blockUntilReady(found);
      found.dispose();
    },
  };
}

// ---- TensorFlow Playground's own network, of points of a plane ---------------------------------------------------------------

async function playground({ parameters, points, labels, batch, rate, layers }) {
  const theirs = await load("nn.mjs");
  const { TANH } = theirs.Activations;
  const net = theirs.buildNetwork(layers, TANH, TANH, null, ["x", "y"]);
  net.slice(1).forEach((layer, l) => layer.forEach((node, i) => {
    node.bias = parameters[2 * l + 1][i][0];
    node.inputLinks.forEach((link, j) => { link.weight = parameters[2 * l][i][j]; });
  }));
  const ours = await (await load("playground.mjs")).instantiate();
  ours.set({ images: new Float64Array(points.flat()), labels: new Float64Array(labels) });
  const order = Int32Array.from(labels, (_, i) => i);

  let at = 0;
  const learn = async (steps) => { // as its playground.ts does in `oneStep`
    for (let i = 0; i < steps * batch; i++) {
      theirs.forwardProp(net, points[at]);
      theirs.backProp(net, labels[at], theirs.Errors.SQUARE);
      if ((i + 1) % batch === 0) theirs.updateWeights(net, rate, 0);
      at = (at + 1) % points.length;
    }
  };
  const whole = points.length / batch;
  let next = 0;
  const train = async (steps) => {
    while (steps > 0) {
      const now = Math.min(steps, whole - next);
      ours.train(order.subarray(next * batch, (next + now) * batch), rate);
      [next, steps] = [(next + now) % whole, steps - now];
    }
  };
  await learn(whole);
  await train(whole);
  const weights = net[1].flatMap((node) => node.inputLinks.map((link) => link.weight));
  same("playground", ours.get("w2"), weights, 1e-12);
  return { chainrule: train, "TensorFlow Playground": learn };
}

// ---- in turns ------------------------------------------------------------------------------------------------------------------

const found = {};
for (const [name, about] of Object.entries(given)) {
  const ways = await (name === "gradient" ? gradient : name === "playground" ? playground : (it) => training(name, it))(about);
  const steps = {};
  for (const [way, take] of Object.entries(ways)) { // as many steps as take the given time, once the engine has compiled them
    for (let count = 10, least = 0; ; count *= 2) {
      const began = spent();
      await take(count);
      least = spent() - began;
      steps[way] = Math.max(10, Math.ceil((count * seconds * 1e6) / least));
      if (least > seconds * 1e6) break;
    }
  }
  found[name] = Object.fromEntries(Object.keys(ways).map((way) => [way, []]));
  for (let round = 0; round < rounds; round++) {
    const turns = Object.entries(ways);
    for (const [way, take] of round % 2 ? turns.reverse() : turns) {
      const began = spent();
      await take(steps[way]);
      found[name][way].push((spent() - began) / steps[way]);
    }
  }
}
console.log(JSON.stringify(found));
process.exit(0);
