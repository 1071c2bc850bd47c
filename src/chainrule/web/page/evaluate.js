// What an explanation's data give with these values: slots filled, choices decided, repetitions written out. It is the same as
// Python's explain/evaluation.py; both pass the cases of tests/explain/cases.json.

/** A value is a number, a vector (an array of numbers), or a matrix: { shape: [rows, columns], data }, row after row. */
const data = (value) => (typeof value === "number" || typeof value === "boolean" ? [+value] : value.data ?? value);
const isNumber = (value) => typeof value === "number" || typeof value === "boolean";
const shapeOf = (value) => (isNumber(value) ? [] : value.shape ?? [value.length]);
const shaped = (values, shape) => (shape.length === 2 ? { shape, data: values } : values);

/** A function of numbers on values, element by element. */
const elementwise = (f) => (...given) => {
  const whole = given.find((each) => !isNumber(each));
  if (whole === undefined) return f(...given);
  const parts = given.map((each) => (isNumber(each) ? null : data(each)));
  return shaped(Array.from(data(whole), (_, i) => f(...given.map((each, at) => (parts[at] ? parts[at][i] : each)))), shapeOf(whole));
};

const fold = (f) => (value) => Array.from(data(value)).reduce(f);
const sum = (value) => Array.from(data(value)).reduce((a, b) => a + +b, 0);
function largest(value, axis) {
  const at = Array.from(data(value), Math.abs).reduce((best, each, place, all) => (each > all[best] ? place : best), 0), shape = shapeOf(value);
  return shape.length === 2 ? [Math.floor(at / shape[1]), at % shape[1]][axis] : at;
}

/** The mean, and 0 where nothing is left of it but rounding. */
function mean(value) {
  const found = sum(value) / data(value).length;
  const largest = Math.max(...Array.from(data(value), Math.abs));
  return Number.isFinite(largest) && Math.abs(found) <= 4 * Number.EPSILON * largest ? 0 : found;
}

const row = (values, at) => (shapeOf(values).length < 2 ? values[at] : Array.from(values.data.slice(at * values.shape[1], (at + 1) * values.shape[1])));
function column(values, at) {
  if (shapeOf(values).length < 2) return values;
  const [rows, columns] = values.shape, k = Math.min(at, columns - 1);
  return Array.from({ length: rows }, (_, i) => values.data[i * columns + k]);
}
const element = (values, ...index) => (index.length === 2 ? values.data[index[0] * values.shape[1] + index[1]]
  : isNumber(index[0]) ? row(values, index[0]) : Array.from(index[0], (at) => values[at]));

/** How many decimals show a change with three digits. */
const decimalsOf = (change) => (change === 0 || !Number.isFinite(change) ? 3 : Math.min(Math.max(3, 2 - exponentOf(change)), 15));
const exponentOf = (value) => +Math.abs(value).toExponential(17).split("e")[1];

/** How many decimals tell two numbers apart. */
function apart(before, after) {
  let decimals = 3;
  if (before !== after) while (decimals < 15 && figure(before, decimals) === figure(after, decimals)) decimals++;
  return decimals;
}

const FUNCTIONS = {
  "+": elementwise((a, b) => a + b), "-": elementwise((a, b) => a - b), "*": elementwise((a, b) => a * b), "/": elementwise((a, b) => a / b),
  "<": elementwise((a, b) => a < b), "<=": elementwise((a, b) => a <= b), ">": elementwise((a, b) => a > b), ">=": elementwise((a, b) => a >= b),
  "==": elementwise((a, b) => a === b), "!=": elementwise((a, b) => a !== b), not: (a) => !a, abs: elementwise(Math.abs),
  "//": (a, b) => Math.floor(a / b), "%": (a, b) => a % b,
  min: fold((a, b) => Math.min(a, b)), max: (...each) => Math.max(...each.map(fold((a, b) => Math.max(a, b)))), sum, mean, norm: (...all) => Math.sqrt(sum(all.map((a) => sum(Array.from(data(a), (each) => each * each))))),
  size: (a) => data(a).length, count: (a) => data(a).reduce((n, each) => n + (each ? 1 : 0), 0), largest,
  at: element, row, column, decimals: decimalsOf, apart,
};

// ---- numbers as they are written ---------------------------------------------------------------------------------------

/** What a rounding to the nearest has rounded up, rounded to even where the number lies in the middle, as Python rounds. */
const toEven = (up, left) => ("13579".includes(up.at(-1)) && /^50*$/.test(left) ? up.slice(0, -1) + (up.at(-1) - 1) : up);

function fixed(size, decimals) {
  const exact = size.toFixed(Math.min(100, decimals + 60));
  return toEven(size.toFixed(decimals), exact.slice(exact.indexOf(".") + 1 + decimals));
}

const RAISED = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };
function power(size, decimals) {
  const [digits, exponent] = size.toExponential(decimals).split("e"), exact = size.toExponential(60).split("e")[0].replace(".", "");
  return `${digits === "1" ? digits : toEven(digits, exact.slice(decimals + 1))}·10${[...`${+exponent}`].map((each) => RAISED[each]).join("")}`;
}
const signOf = (value, sign) => (value < 0 ? "−" : sign ? "+" : "");
const thousands = (digits) => digits.replace(/\B(?=(\d{3})+$)/g, ",");

/** A number inside an equation: so many decimals, as many digits where it is small, a power of ten where those would be zeros. */
function figure(value, decimals, sign = false) {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (!Number.isFinite(size)) return signOf(value, sign) + (Number.isNaN(size) ? "nan" : "∞");
  const text = size < 10 ** -(decimals + 1) ? power(size, 1) : fixed(size, size < 0.1 ? decimals - 1 - exponentOf(size) : size < 1000 ? decimals : 1);
  return signOf(value, sign) + text;
}

function rounded(value, decimals, sign) {
  if (value === 0 || Number.isNaN(value)) return value === 0 ? "0" : "NaN";
  const size = Math.abs(value);
  if (size === Infinity) return `${signOf(value, sign)}∞`;
  return signOf(value, sign) + (0.5 * 10 ** -decimals <= size && size < 1e7 ? fixed(size, decimals) : power(size, 0));
}

/** As Python's `:g`. */
function plain(value) {
  const size = Math.abs(value), exponent = size ? +size.toExponential(5).split("e")[1] : 0;
  if (exponent >= -4 && exponent < 6) return signOf(value) + `${+size.toPrecision(6)}`;
  const [digits, power] = size.toExponential(5).split("e");
  return `${signOf(value)}${+digits}e${power[0]}${power.slice(1).padStart(2, "0")}`;
}

const WRITTEN = {
  figure, rounded, fixed: (value, decimals) => (Object.is(value, -0) || value < 0 ? "−" : "") + fixed(Math.abs(value), decimals),
  count: (value) => (value < 0 ? "−" : "") + thousands(fixed(Math.abs(value), 0)), share: (value) => `${fixed(100 * value, 0)} %`, plain,
};

// ---- items -------------------------------------------------------------------------------------------------------------

export class Evaluator {
  /** Values by name, and the names of classes, if they have any. */
  constructor(values, classes = []) {
    this.values = values;
    this.classes = classes;
  }

  /** What an expression comes to: a number, an array, or whether something holds. */
  value(expression) {
    if (typeof expression === "string") return this.values[expression];
    if (!Array.isArray(expression)) return expression;
    const [name, ...given] = expression;
    if (name === "and") return given.every((each) => this.value(each));
    if (name === "or") return given.some((each) => this.value(each));
    return FUNCTIONS[name](...given.map((each) => this.value(each)));
  }

  /** A slot as it is written. */
  text({ value, format = "figure", decimals = 3, sign = false }) {
    const found = this.value(value), name = this.classes[found];
    if (format === "class") return name && name !== `${found}` ? `${found} ${name}` : `${found}`;
    return WRITTEN[format](found, this.value(decimals), sign);
  }

  /** The items that these give, in their order, with nothing in them left to be decided. */
  give(items) {
    return items.flatMap((item) => this.given(item));
  }

  given(item) {
    if (Array.isArray(item)) return [this.give(item)];
    if (item === null || typeof item !== "object") return [item];
    return (GIVEN[item.is] ?? GIVEN.any)(this, item);
  }

  within(known) {
    return new Evaluator(Object.assign(Object.create(this.values), known), this.classes);
  }
}

/** With its index in numbers, and all else evaluated. */
const indexed = (own, { index, ...kept }) => [{ ...GIVEN.any(own, kept)[0], ...(index && { index: index.map((each) => +own.value(each)) }) }];

const GIVEN = {
  any: (own, item) => [Object.fromEntries(Object.entries(item).map(([key, each]) => [key, own.given(each)[0]]))],
  Choice(own, { cases }) {
    const found = cases.find(([condition]) => own.value(condition));
    return found ? own.give(found[1]) : [];
  },
  Each(own, { variable, by, most, items, rest = [] }) {
    const sizes = Array.from(data(own.value(by)), Math.abs), order = sizes.map((_, at) => at).sort((a, b) => sizes[b] - sizes[a] || a - b);
    const found = order.slice(0, most).flatMap((at) => own.within({ [variable]: at }).give(items));
    return order.length > most ? [...found, ...own.within({ others: order.slice(most) }).give(rest)] : found;
  },
  Slot: (own, { value, format, decimals, sign, ...kept }) => [{ ...kept, value: own.text({ value, format, decimals, sign }) }],
  Name: indexed, Picture: indexed, Worked: indexed,
  Bar(own, { value, top, ...kept }) {
    const longest = own.value(top);
    return [{ ...kept, value: longest ? own.value(value) / longest : 0, top: 1 }];
  },
  Shade: (own, { text, ...bar }) => [{ ...GIVEN.Bar(own, bar)[0], ...(text !== undefined && { text: own.given(text)[0] }) }],
};
