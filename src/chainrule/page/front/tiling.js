// Loops in other forms: `read` gives those that templates describe sizes and layers, `tiled` runs some turns side by side, as
// src/chainrule/run/loops/tiling.py does, statement for statement.

const WITH_KIND = new Set(["get", "const", "load", "load_bytes", "splat", "lane", "shuffle", "join", "bits", "floats", "convert", "any"]);
const WITH_DETAIL = new Set(["get", "const", "load", "load_bytes", "lane", "shuffle", "shl", "shr"]);
const COMPARISONS = new Set(["lt", "le", "eq"]);
const FLOATS = { inf: Infinity, "-inf": -Infinity, nan: NaN };

/** A size such as "16·v + 4", of the numbers of its names. */
export const count = (size, sizes) =>
  typeof size === "number" ? size
    : size.split(" + ").reduce((sum, term) => sum + term.split("·").reduce((all, each) => all * (sizes[each] ?? +each), 1), 0);

/** Statements out of JSON, with these sizes, and with arrays as `named` calls them. */
export function read(body, sizes = {}, named = (array) => array, indices = []) {
  const kinds = Object.fromEntries(indices.map((name) => [name, "index"]));
  const size = (given) => count(given, sizes);
  const address = ([array, offset, ...rest]) => {
    const strides = [];
    for (let k = 0; k < rest.length; k += 2) strides.push([rest[k], size(rest[k + 1])]);
    return { array: named(array), offset: size(offset), strides: strides.filter(([, stride]) => stride !== 0) };
  };
  const number_of = (given) => (typeof given === "string" ? FLOATS[given] ?? size(given) : given);
  const value = (e, kind) => {
    if (typeof e === "string") return { op: "get", kind: kinds[e], args: [], detail: e };
    if (typeof e === "number") return { op: "const", kind, args: [], detail: e };
    let [op, ...rest] = e;
    if (WITH_KIND.has(op)) kind = rest.shift();
    let detail = WITH_DETAIL.has(op) ? rest.shift() : null;
    if (op === "load" || op === "load_bytes") detail = address(detail);
    else if (op === "const") detail = Array.isArray(detail) ? detail.map(number_of) : number_of(detail);
    if (WITH_KIND.has(op)) return { op, kind, args: rest.map((each) => value(each)), detail };
    const found = rest.map((each) => (typeof each === "number" ? each : value(each)));
    const known = found.slice(op === "select" ? 1 : 0).find((each) => each.op).kind;
    const args = found.map((each) => (each.op ? each : value(each, known)));
    return { op, kind: COMPARISONS.has(op) ? (known.endsWith("x4") ? "b32x4" : "b32") : known, args, detail };
  };
  const bound = (given) => (Array.isArray(given) ? value(given) : size(given));
  const statement = ([what, ...parts]) => {
    if (what === "set") {
      const made = { name: parts[0], value: value(parts[1]) };
      kinds[made.name] = made.value.kind;
      return made;
    }
    if (what === "store") return { address: address(parts[0]), value: value(parts[1]), narrow: !!parts[2] };
    if (what === "if") return { test: value(parts[0]), body: parts[1].map(statement), otherwise: (parts[2] ?? []).map(statement) };
    if (what === "call") return { call: parts[0], arrays: parts[1], indices: parts[2].map((each) => value(each)) };
    const [start, stop] = [bound(parts[1]), bound(parts[2])];
    kinds[parts[0]] = "index";
    return { index: parts[0], start, stop, step: parts[3], body: parts[4].map(statement) };
  };
  return body.map(statement);
}

// ---- what statements read and set: variables are "name kind" ---------------------------------------------------------------

const meet = (one, other) => { for (const each of one) if (other.has(each)) return true; return false; };
const NOTHING = new Set();
const empty = () => ({ read: new Set(), surely: new Set(), perhaps: new Set() });
const addressed = (address) => address.strides.map(([name]) => `${name} index`);

/** Add to a flow what follows. If that is done `maybe`, it sets nothing surely; its `own` index is nothing to others. */
function follow(flow, { read, surely, perhaps }, maybe = false, own = null) {
  for (const each of read) if (each !== own && !flow.surely.has(each)) flow.read.add(each);
  if (!maybe) for (const each of surely) if (each !== own) flow.surely.add(each);
  for (const each of perhaps) flow.perhaps.add(each);
  return flow;
}

function reads(values, addresses = []) {
  const found = new Set(addresses.flatMap(addressed));
  const look = (e) => {
    if (e.op === "get") found.add(`${e.detail} ${e.kind}`);
    else if (e.detail?.strides) for (const each of addressed(e.detail)) found.add(each);
    e.args.forEach(look);
  };
  values.forEach(look);
  return { read: found, surely: NOTHING, perhaps: NOTHING };
}

const bounds = (each) => reads([each.start, each.stop].filter((bound) => bound.op));
const flows = new WeakMap();

function flowOf(each) {
  if (!flows.has(each)) flows.set(each, flowIn(each));
  return flows.get(each);
}

function flowIn(each) {
  if (each.call) return reads(each.indices);
  if (each.index) {
    const own = `${each.index} index`, runs = !each.start.op && !each.stop.op && each.start < each.stop;
    const all = follow(follow(empty(), bounds(each)), flow(each.body), !runs, own);
    all.perhaps.add(own);
    return all;
  }
  if (each.test) {
    const [one, other] = [flow(each.body), flow(each.otherwise)];
    const surely = new Set([...one.surely].filter((name) => other.surely.has(name)));
    const read = new Set([...one.read, ...other.read]), perhaps = new Set([...one.perhaps, ...other.perhaps]);
    return follow(follow(empty(), reads([each.test])), { read, surely, perhaps });
  }
  if (each.address) return reads([each.value], [each.address]);
  const made = new Set([`${each.name} ${each.value.kind}`]);
  return { read: reads([each.value]).read, surely: made, perhaps: made };
}

const flow = (body) => body.reduce((all, each) => follow(all, flowOf(each)), empty());

// ---- turns side by side ----------------------------------------------------------------------------------------------------

/** Statements with so many turns of a loop at once, by its index; the rest of them follow. */
export function tiled(body, turns) {
  return body.flatMap((each) => {
    if (each.test) return [{ ...each, body: tiled(each.body, turns), otherwise: tiled(each.otherwise, turns) }];
    if (!each.index) return [each];
    const { index, start, stop, step } = each;
    const inner = tiled(each.body, turns);
    if (!(index in turns)) return [{ ...each, body: inner }];
    const [all, many] = [Math.max(0, Math.ceil((stop - start) / step)), turns[index]];
    const [whole, rest, once] = [Math.floor(all / many), all % many, many * step];
    const jam = jammed(inner, `${index} index`, index);
    const places = (first, length) => Array.from({ length }, (_, k) => first + k * step);
    const found = [];
    if (whole > 1) found.push({ index, start, stop: start + whole * once, step: once, body: jam(places(0, many), true) });
    else if (whole) found.push(...jam(places(start, many), false));
    if (rest) found.push(...jam(places(start + whole * once, rest), false));
    return found;
  });
}

/** What gives the turns of a loop at some places, side by side; places are relative to its index if a `loop` remains. */
function jammed(source, variable, index) {
  const around = flow(source);
  const passedOn = meet(around.read, around.perhaps);
  const own = new Set();
  const differs = ({ read }) => read.has(variable) || meet(read, own);
  const differing = (body, surely) => {
    for (const each of body) {
      if (each.index) {
        const differ = surely || differs(bounds(each));
        if (differ) own.add(`${each.index} index`);
        differing(each.body, differ);
      } else if (each.test) differing([...each.body, ...each.otherwise], surely || differs(reads([each.test])));
      else if (each.name && (surely || differs(reads([each.value])))) own.add(`${each.name} ${each.value.kind}`);
    }
  };
  for (let size = -1; size !== own.size && !passedOn; ) {
    size = own.size;
    differing(source, false);
  }
  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
  const heldIn = (body) => {
    const loaded = {};
    for (const { name, value } of body)
      if (name && value.op === "load" && !differs(reads([], [value.detail]))) loaded[`${name} ${value.kind}`] = value.detail;
    return body.flatMap((each) => {
      if (each.index || each.test) return [...heldIn(each.body), ...heldIn(each.otherwise ?? [])];
      const name = each.address && each.value.op === "get" && `${each.value.detail} ${each.value.kind}`;
      return name && loaded[name] && same(loaded[name], each.address) ? [name] : [];
    });
  };
  const held = new Set(heldIn(source));
  held.forEach((name) => own.delete(name));

  const copy = (place, loop, ending) => {
    const named = (name, kind) => (own.has(`${name} ${kind}`) ? name + ending : name);
    const address = ({ array, offset, strides }) => ({
      array, offset: offset + (strides.find(([name]) => name === index)?.[1] ?? 0) * place,
      strides: strides.filter(([name]) => loop || name !== index).map(([name, stride]) => [named(name, "index"), stride]),
    });
    const value = (e) => {
      if (e.op === "get") {
        if (`${e.detail} ${e.kind}` !== variable) return { ...e, detail: named(e.detail, e.kind) };
        const by = { op: "const", kind: "index", args: [], detail: place };
        return !loop ? by : place ? { op: "add", kind: "index", args: [e, by], detail: null } : e;
      }
      if (e.detail?.strides) return { ...e, detail: address(e.detail) };
      return e.args.length ? { ...e, args: e.args.map(value) } : e;
    };
    const bound = (each) => (each.op ? value(each) : each);
    const statement = (each) => {
      if (each.call) return { ...each, indices: each.indices.map(value) };
      if (each.index)
        return { ...each, index: named(each.index, "index"), start: bound(each.start), stop: bound(each.stop), body: each.body.map(statement) };
      if (each.test) return { test: value(each.test), body: each.body.map(statement), otherwise: each.otherwise.map(statement) };
      if (each.address) return { ...each, address: address(each.address), value: value(each.value) };
      return { name: named(each.name, each.value.kind), value: value(each.value) };
    };
    return statement;
  };

  const together = (body, copies) => {
    const found = [];
    let run = [];
    const end = () => { for (const each of copies) found.push(...run.map(each)); run = []; };
    for (const each of body) {
      const now = flowOf(each);
      if (each.index && !differs(bounds(each))) {
        end();
        found.push({ ...each, body: together(each.body, copies) });
      } else if (each.test && !differs(reads([each.test]))) {
        end();
        found.push({ ...each, body: together(each.body, copies), otherwise: together(each.otherwise, copies) });
      } else if (differs(now) || meet(now.perhaps, own)) {
        if (run.length && !run.at(-1).address !== !each.address) end();
        run.push(each);
      } else {
        end();
        found.push(each);
      }
    }
    end();
    return found;
  };

  return (places, loop) => {
    const copies = places.map((place, k) => copy(place, loop, k < places.length - 1 ? `.${index}${k}` : ""));
    return passedOn ? copies.flatMap((each) => source.map(each)) : together(source, copies);
  };
}
