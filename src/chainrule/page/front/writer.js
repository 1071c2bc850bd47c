// Loops to the bytes of a WebAssembly module: what src/chainrule/run/loops/webassembly.py does, byte for byte, for 32-bit numbers.
// An expression is { op, kind, args, detail }, a kind such as "f32x4" a number and its lanes, an address { array, offset, strides }.
// Statements: { name, value }, { address, value, narrow }, { index, start, stop, step, body }, { test, body, otherwise },
// { call, arrays, indices }. A function is { name, arrays, indices, body }.

// Instructions for f32x4 and i32x4, after 0xfd, and for f32 and i32.
const CODES = {
  add: [0xe4, 0xae, 0x92, 0x6a], sub: [0xe5, 0xb1, 0x93, 0x6b], mul: [0xe6, 0xb5, 0x94, 0x6c], div: [0xe7, 0, 0x95, 0x6d],
  min: [0xea], max: [0xeb], sqrt: [0xe3, 0, 0x91], abs: [0xe0, 0, 0x8b], neg: [0xe1, 0, 0x8c], nearest: [0x6a, 0, 0x90],
  floor: [0x68, 0, 0x8e], ceil: [0x67, 0, 0x8d], trunc: [0x69, 0, 0x8f], and: [0, 0x4e, 0, 0x71], or: [0, 0x50, 0, 0x72],
  xor: [0, 0x51, 0, 0x73], shl: [0, 0xab, 0, 0x74], shr: [0, 0xac, 0, 0x75], lt: [0x43, 0x39, 0x5d, 0x48],
  le: [0x45, 0x3d, 0x5f, 0x4c], eq: [0x41, 0x37, 0x5b, 0x46], splat: [0x13, 0x11], spread: [9, 9], lane: [0x1f, 0x1b],
  join: [0x20, 0x1c], load: [0, 0, 0x2a, 0x28], store: [11, 11, 0x38, 0x36], narrow: [0, 0x5a, 0, 0x3a], load_bytes: [0, 0x5c, 0, 0x2d],
};
const BITS = { i32: 0xbc, f32: 0xbe };
const [GET, SET, TEE, ADD, MUL, SELECT, LESS, BELOW, END] = [0x20, 0x21, 0x22, 0x6a, 0x6c, 0x1b, 0x48, 0x49, 0x0b];

const wide = (kind) => kind.endsWith("x4");
const floats = (kind) => kind[0] === "f";
const unsigned = (n) => (n > 127 ? [(n & 127) | 128, ...unsigned(n >>> 7)] : [n]);
const signed = (n) => (n < -64 || n > 63 ? [(n & 127) | 128, ...signed(n >> 7)] : [n & 127]);
const integer = (n) => [0x41, ...signed(n | 0)];
const vector = (code) => [0xfd, ...unsigned(code)];
const CONVERT = { f32: 0xb2, f32x4: vector(0xfa), i32: [0xfc, 0], i32x4: vector(0xf8) };
const sized = (content) => unsigned(content.length).concat(content);
const text = (name) => sized([...new TextEncoder().encode(name)]);
const listed = (items) => unsigned(items.length).concat(...items);
const refuse = (what) => { throw new Error(`WebAssembly has no ${what}.`); };

function constant(value, kind) {
  if (!wide(kind) && !floats(kind)) return integer(value);
  const view = new DataView(new ArrayBuffer(16));
  for (let k = 0; k < 4; k++) {
    const each = value[k] ?? value;
    if (floats(kind)) view.setFloat32(4 * k, each, true);
    else view.setInt32(4 * k, kind[0] === "b" ? -each : each, true);
  }
  const bytes = [...new Uint8Array(view.buffer)];
  return wide(kind) ? [...vector(0x0c), ...bytes] : [0x43, ...bytes.slice(0, 4)];
}

function code(op, kind) {
  const found = CODES[op]?.[(floats(kind) ? 0 : 1) + (wide(kind) ? 0 : 2)];
  return found === undefined ? refuse(`${op} of ${kind}`) : wide(kind) ? vector(found) : [found];
}

const TYPES = { f32: 0x7d, i32: 0x7f, b32: 0x7f, index: 0x7f, f32x4: 0x7b, i32x4: 0x7b, b32x4: 0x7b };
const type = (kind) => TYPES[kind] ?? refuse(`numbers ${kind}`);

class Writer {
  constructor(given, places, numbers, parameters) {
    Object.assign(this, { places, numbers, parameters, types: [], out: [], given: 0 });
    [this.locals, this.head, this.pointers, this.surveys] = [new Map(), new Map(), new Map(), new Map()];
    for (const name of given.arrays) if (!(name in places)) this.locals.set(`array ${name}`, unsigned(this.given++));
    for (const name of given.indices) this.locals.set(`${name} index`, unsigned(this.given++));
    this.survey(given.body);
    this.body(given.body);
  }

  survey(body) {
    const found = { families: new Map(), set: new Set(), read: new Set() };
    const family = (address) => { const own = this.family(address); found.families.set(own.key, own); };
    const look = (e) => {
      if (e.op === "load" || e.op === "load_bytes") family(e.detail);
      else if (e.op === "get" && e.kind === "index") found.read.add(e.detail);
      e.args.forEach(look);
    };
    const add = (other) => {
      for (const [key, own] of other.families) if (!found.families.has(key)) found.families.set(key, own);
      other.set.forEach((name) => found.set.add(name));
      other.read.forEach((name) => found.read.add(name));
    };
    for (const each of body) {
      if (each.call) each.indices.forEach(look);
      else if (each.index) {
        add(this.survey(each.body));
        found.set.add(each.index);
        [each.start, each.stop].filter((bound) => bound.op).forEach(look);
      } else if (each.test) {
        add(this.survey(each.body));
        add(this.survey(each.otherwise));
        look(each.test);
      } else {
        if (each.address) family(each.address);
        else if (each.value.kind === "index") found.set.add(each.name);
        look(each.value);
      }
    }
    this.surveys.set(body, found);
    return found;
  }

  code() {
    const groups = [];
    for (const each of this.types) {
      if (groups.at(-1)?.[1] === each) groups.at(-1)[0]++;
      else groups.push([1, each]);
    }
    const locals = listed(groups.map(([many, each]) => [...unsigned(many), each]));
    return sized(locals.concat(...this.head.values(), this.out, END));
  }

  put(...parts) {
    for (const part of parts)
      if (typeof part === "number") this.out.push(part);
      else for (const each of part) this.out.push(each);
  }

  local(key, kind) {
    if (!this.locals.has(key)) {
      this.locals.set(key, unsigned(this.given + this.types.length));
      this.types.push(type(kind));
    }
    return this.locals.get(key);
  }

  body(body) { body.forEach((each) => this.statement(each)); }

  statement(each) {
    if (each.call) {
      each.arrays.forEach((array, k) => {
        if (this.parameters[each.call][k] in this.places) return;
        this.pointer(array in this.places ? { array: "", strides: [], below: this.places[array] } : { array, strides: [], below: 0 });
      });
      each.indices.forEach((index) => this.value(index));
      this.put(0x10, unsigned(this.numbers[each.call]));
    } else if (each.index) this.loop(each);
    else if (each.test) {
      this.value(each.test);
      this.put(0x04, 0x40);
      this.body(each.body);
      if (each.otherwise.length) this.put(0x05), this.body(each.otherwise);
      this.put(END);
    } else if (each.address) {
      const [offset, { kind }] = [this.place(each.address), each.value];
      const bytes = each.narrow && wide(kind);
      this.value(each.value);
      if (bytes) this.put(GET, this.local("nothing", kind), vector(0x0d), 0, 4, 8, 12, Array(12).fill(16));
      this.put(code(each.narrow ? "narrow" : "store", kind), 0, offset, bytes ? 0 : []);
    } else {
      this.value(each.value);
      this.put(SET, this.local(`${each.name} ${each.value.kind}`, each.value.kind));
    }
  }

  loop({ index, start, stop, step, body }) {
    const fixed = !start.op && !stop.op;
    if (fixed && start >= stop) return;
    const [first, last] = [this.bound(start), this.bound(stop)];
    if (!fixed) this.put(first, last, LESS, 0x04, 0x40);
    const [moved, opened, survey] = [new Map(), [], this.surveys.get(body)];
    let end = null;
    for (const { array, strides, below } of survey.families.values()) {
      const held = strides.filter(([name]) => !survey.set.has(name));
      const [stride, own] = [held.find(([name]) => name === index)?.[1], keyed(array, held, below)];
      if (stride === undefined || this.pointers.has(own.key)) continue;
      this.pointer({ array, strides: held.filter(([name]) => name !== index), below });
      if (start !== 0) this.put(first, integer(stride), MUL, ADD);
      const local = this.local(`pointer ${own.key}`, "index");
      this.pointers.set(own.key, { ...own, local });
      this.put(SET, local);
      opened.push(own.key);
      moved.set(String(local), [local, stride]);
      if (fixed && !end && array === "" && held.length === 1 && below === 0 && stride > 0)
        end = [GET, ...local, ...integer(stop * stride), BELOW];
    }
    if (!end || survey.read.has(index)) {
      const local = this.local(`${index} index`, "index");
      this.put(first, SET, local);
      moved.set(String(local), [local, 1]);
      end = [GET, ...local, ...last, LESS];
    }
    this.put(0x03, 0x40);
    this.body(body);
    for (const [local, stride] of moved.values()) this.put(GET, local, integer(stride * step), ADD, SET, local);
    this.put(end, 0x0d, 0, END, fixed ? [] : END);
    opened.forEach((key) => this.pointers.delete(key));
  }

  bound(bound) {
    if (!bound.op) return integer(bound);
    this.value(bound);
    const local = this.local(this.types.length, "index");
    this.put(SET, local);
    return [GET, ...local];
  }

  constant({ array, offset }) { return (this.places[array] ?? 0) + offset; }

  family(address) {
    const constant = this.constant(address);
    const negative = constant < 0 || address.strides.some(([, stride]) => stride < 0);
    return keyed(address.array in this.places ? "" : address.array, address.strides, negative ? constant : 0);
  }

  place(address) {
    const family = this.family(address);
    this.pointer(family);
    return unsigned(family.below ? 0 : this.constant(address));
  }

  pointer({ array, strides, below }) {
    const has = (own, [name, stride]) => own.strides.some((each) => each[0] === name && each[1] === stride);
    let begun = null;
    for (const own of this.pointers.values()) {
      const inner = own.array === array && own.below === below && own.strides.every((each) => has({ strides }, each));
      if (inner && (!begun || own.strides.length > begun.strides.length)) begun = own;
    }
    if (begun) this.put(GET, begun.local);
    else if (array) this.put(GET, this.locals.get(`array ${array}`), below ? [...integer(below), ADD] : []);
    else this.put(integer(below));
    for (const each of strides) {
      if (begun && has(begun, each)) continue;
      this.put(GET, this.local(`${each[0]} index`, "index"), each[1] === 1 ? [] : [...integer(each[1]), MUL], ADD);
    }
  }

  value(e) {
    const { op, kind, args, detail } = e;
    const source = args[0]?.kind ?? kind;
    type(kind);
    if (op === "const" && wide(kind)) {
      const made = constant(detail, kind);
      const local = this.local(`constant ${made}`, kind);
      this.head.set(String(made), [...made, SET, ...local]);
      this.put(GET, local);
    } else if (op === "const") this.put(constant(detail, kind));
    else if (op === "get") this.put(GET, this.local(`${detail} ${kind}`, kind));
    else if (op === "load" || op === "load_bytes") {
      const offset = this.place(detail);
      this.put(code(op, kind), 0, offset);
      if (op === "load_bytes" && wide(kind)) this.put(vector(0x89), vector(0xa9));
    } else if (op === "splat" && args[0].op === "load") {
      const offset = this.place(args[0].detail);
      this.put(code("spread", kind), 0, offset);
    } else if (op === "select") {
      [args[1], args[2], args[0]].forEach((each) => this.value(each));
      this.put(wide(kind) ? vector(0x52) : SELECT);
    } else if ((op === "min" || op === "max") && !wide(kind)) {
      const [a, b] = [0, 1].map(() => this.local(this.types.length, kind));
      this.value(args[1]);
      this.put(TEE, b);
      this.value(args[0]);
      this.put(TEE, a, (op === "min" ? [b, a] : [a, b]).flatMap((each) => [GET, ...each]), code("lt", kind), SELECT);
    } else if (op === "join") {
      this.value(args[0]);
      this.put(code("splat", kind));
      args.slice(1).forEach((each, k) => { this.value(each); this.put(code("join", kind), k + 1); });
    } else {
      args.forEach((each) => this.value(each));
      this.operation(e, source);
    }
  }

  operation({ op, kind, detail }, source) {
    if (op === "lane") this.put(wide(source) ? [...code("lane", source), detail] : []);
    else if (op === "shuffle") this.put(vector(0x0d), detail.flatMap((lane) => [0, 1, 2, 3].map((k) => 4 * lane + k)));
    else if (op === "bits" || op === "floats") this.put(wide(kind) ? [] : BITS[kind]);
    else if (op === "convert") this.put(floats(kind) === floats(source) ? [] : CONVERT[kind === "index" ? "i32" : kind]);
    else if (op === "any") this.put(wide(source) ? vector(0x53) : []);
    else if (op === "not") this.put(wide(kind) ? vector(0x4d) : 0x45);
    else if (op === "shl" || op === "shr") this.put(constant(detail, "i32"), code(op, kind));
    else this.put(code(op, op === "lt" || op === "le" || op === "eq" ? source : kind));
  }
}

const keyed = (array, strides, below) => ({ array, strides, below, key: JSON.stringify([array, strides, below]) });

/** Functions, each after those that it calls, as a module that exports them and its memory; arrays in `places` lie there. */
export function module(functions, { places = {}, pages = 1 } = {}) {
  const numbers = Object.fromEntries(functions.map((each, k) => [each.name, k]));
  const parameters = Object.fromEntries(functions.map((each) => [each.name, each.arrays]));
  const writers = functions.map((each) => new Writer(each, places, numbers, parameters));
  const counts = [...new Set(writers.map((each) => each.given))].sort((one, other) => one - other);
  const sections = [
    [1, counts.map((many) => [0x60, ...listed(Array(many).fill(0x7f)), 0])], [3, writers.map((each) => [counts.indexOf(each.given)])],
    [5, [[0, ...unsigned(pages)]]],
    [7, [...functions.map((each, k) => [...text(each.name), 0, ...unsigned(k)]), [...text("memory"), 2, 0]]],
    [10, writers.map((each) => each.code())],
  ];
  const head = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  return Uint8Array.from(head.concat(...sections.map(([id, items]) => [id].concat(sized(listed(items))))));
}
