"""The training of a network as a WebAssembly module and the JavaScript that contains it, for browsers and Node.

The memory holds constants, the thread's data, parameters and state, sums, the data of the next steps, and examples.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..core.nouns import Array
from ..core.simplification import simplify
from ..core.tracing import Spec, trace
from ..network.architecture import Architecture
from ..network.costs import smoothed
from ..network.equations import called
from ..run.aligned import LINE
from ..run.loops import system
from ..run.loops.language import Function
from ..run.loops.tiling import cut
from ..run.loops.webassembly import LONGEST, module
from ..run.lowering.binding import constants_of, memory_of, seen
from ..run.lowering.nests import ITEM, Total, View
from ..run.lowering.program import Lowered, lowered
from ..run.lowering.refusal import Unsupported
from ..run.lowering.step import ARRAYS, SCRATCH
from ..run.lowering.webassembly import PAGE, REGISTER, TYPED, WebAssembly, refused
from ..run.lowering.workspace import Workspace
from .chunk import Chunk
from .native import task_of
from .optimizers import Optimizer
from .settings import Settings

_STEPS = 64  # per call: an engine does not optimize a call that is running
_MOST = 2**20  # bytes of data for them
_TOLD = 24  # bytes that the chunk reports


def training_module(
    architecture: Architecture,
    parameters: Sequence[Array],
    settings: Settings,
    examples: int,
    *,
    numeric: bool,
    pixels: bool,
    smoothing: float,
) -> WebAssembly:
    """Write the training of a network, as `Network.webassembly` says.

    Args:
        architecture: The layers and the cost.
        parameters: The initial parameters.
        settings: The batch size and the update rule.
        examples: The number of examples.
        numeric: Whether desired outputs are numbers rather than classes.
        pixels: Whether inputs are bytes.
        smoothing: The fraction of each desired output that is spread over all classes.

    Returns:
        The module and the JavaScript that contains it.

    Raises:
        ChainruleError: The training uses an operation that only NumPy computes; the message names the equation.
    """
    dtype, batch, rule, alone = parameters[0].dtype, settings.batch_size, settings.rule, architecture.sizes[-1] == 1
    try:
        task = task_of(
            architecture, batch, dtype.name, rule,
            weighted=False, distributions=not numeric and not alone, labeled=not numeric, alone=not numeric and alone,
            pixels=pixels, sparse=pixels,
        )  # fmt: skip
        chunk = Chunk(task, REGISTER, fused=False)
    except Unsupported as unsupported:
        raise refused("step", unsupported.reason) from None
    if task.cost is None:
        raise refused("step", "cost(a, y)")
    numbers, of_step = _numbers_of(rule.optimizer)
    inputs, outputs, item = architecture.sizes[0], architecture.sizes[-1], dtype.itemsize
    drawn = sum(map(chunk.count, dict(task.masks))) * batch
    most = max(1, min(_STEPS, _MOST // (8 * batch + item * (drawn + len(task.numbers)))))
    head = {
        "constants": constants_of(chunk.constants),
        "thread": np.array([0, 1, 0, 0, *[0] * (SCRATCH // 8 - 4), chunk.scratch(0)], np.int64),
        "ranges": np.array(chunk.ranges_of(1)[0], np.int64),
        "memory": _begun(chunk, parameters),
    }
    width, rows = chunk.width, chunk.rows["y"]
    sizes = {name: array.nbytes for name, array in head.items()} | {
        "memory": chunk.scratch(1) + chunk.beyond, "told": _TOLD + item * len(parameters), "order": 8 * batch * most,
        "numbers": item * len(task.numbers) * most, "draws": item * (drawn * most + 16),
        "labels": 8 * examples, "targets": item * rows * examples, "steps": of_step.size if of_step else 0,
        "inputs": (1 if pixels else item) * width * examples,
    }  # fmt: skip
    places, size = {}, 0
    for name, bytes_ in sizes.items():
        places[name], size = size, size + -(-bytes_ // LINE) * LINE
    data = np.zeros(places["memory"] + head["memory"].nbytes, np.uint8)
    for name, array in head.items():
        data[places[name] : places[name] + array.nbytes] = array.view(np.uint8)
    written = [*system.FUNCTIONS, *chunk.parts, chunk.function, _sums_of(chunk, len(parameters)), *numbers]
    pages = -(-size // PAGE)
    functions = [part for each in written for part in cut(each, LONGEST)]
    written_from = data.tobytes().rstrip(b"\0")  # memory is 0 where nothing is written
    code = module(functions, pages=pages, given=True, data=written_from)

    typed, views = TYPED[chunk.number], {name: chunk.views[name] for name in task.over.values()}
    arrays = {name: _line(typed, places["memory"], view) for name, view in views.items()}
    arrays["images"] = ["Uint8Array" if pixels else typed, places["inputs"], examples, inputs, width, 1]
    targets: list[str | int] = [typed, places["targets"], examples, outputs, rows, 1]
    arrays["labels"] = targets if numeric else ["Int32Array", places["labels"], examples, 1, 2, 1]
    kinds = max(outputs, 2)  # one output tells two classes apart
    desired = np.eye(kinds, dtype=dtype)[:, -outputs:]
    desired = smoothed(desired, smoothing, kinds) if smoothing else desired

    def double(each: View | Array | float) -> list[str | int] | float:
        return ["Float64Array", places["steps"] + each.offset, 1] if isinstance(each, View) else float(each)

    known = {
        "size": size, "pages": pages, "batch": batch, "most": most, "drawn": drawn,
        "arrays": arrays,
        "changed": ["Uint8Array", places["memory"], max(view.offset + view.extent for view in views.values())],
        "classes": None if numeric else {
            "targets": targets, "count": kinds, "yes": float(desired[-1, -1]), "no": float(desired[0, -1]),
        },
        "told": ["Float64Array", places["told"], 3], "sums": [typed, places["told"] + _TOLD, len(parameters)],
        "places": ["Int32Array", places["order"], 2 * batch * most],
        "numbers": [typed, places["numbers"], len(task.numbers) * most], "count": len(task.numbers),
        "draws": [typed, places["draws"], drawn * most],
        "steps": places["steps"], "t": [double(each) for each in of_step.inputs if each is not None] if of_step else [],
        "made": [double(each) for each in of_step.outputs] if of_step else [],
        "given": [places.get(name, 0) for name in ARRAYS],
    }  # fmt: skip
    lines = "".join(f"\n  {name}: {json.dumps(value)}," for name, value in known.items())
    text = _JAVASCRIPT.replace("{code}", base64.b64encode(code).decode()).replace("{known}", f"{{{lines}\n}}")
    return WebAssembly(code, text)


def _begun(chunk: Chunk, parameters: Sequence[Array]) -> Array:
    """The beginning of the chunk's memory, which holds the parameters."""
    views = [chunk.views[name] for name in [*chunk.task.over.values()][: len(parameters)]]
    memory = memory_of(max(view.offset + view.extent for view in views))
    memory[...] = 0
    for view, array in zip(views, parameters, strict=True):
        seen(memory, view)[...] = array
    return memory


def _sums_of(chunk: Chunk, parameters: int) -> Function:
    """A function that sums each parameter array; a sum is not finite if any element is not."""
    space = Workspace(REGISTER, fused=False)
    for k, name in enumerate([*chunk.task.over.values()][:parameters]):
        view, total = chunk.views[name], Total(chunk.number, lambda one, other: one + other, 0)
        target = View("told", chunk.number, (), (), _TOLD + k * ITEM[chunk.number])
        space.nests.reduce(
            view.shape, range(len(view.shape)), [view], [], lambda values, lanes: values, [total], [target]
        )
    return Function("sums", ARRAYS, (), space.block.body)


def _numbers_of(optimizer: Optimizer) -> tuple[list[Function], Lowered | None]:
    """A function that computes the optimizer's numbers from the step number, if the optimizer has any."""
    if not optimizer.numbers(1):
        return [], None
    program = simplify(
        trace(called(optimizer.numbers, "numbers", ["t"]), [Spec((), np.dtype(float))], loops=False), "fast"
    )
    try:
        loops = lowered(program, REGISTER)
    except Unsupported as unsupported:
        raise refused("numbers", unsupported.reason) from None
    if len(loops.functions) != 1 or loops.constants:
        raise refused("step", "numbers(t)")
    return [replace(loops.functions[0], name="numbers")], loops


def _line(typed: str, place: int, view: View) -> list[str | int]:
    """An array as a matrix: its type, where it begins, its numbers of rows and columns, and their strides in elements."""
    shape = (1, 1, *view.shape)
    down, across = (stride // ITEM[view.number] for stride in (0, 0, *view.strides)[-2:])
    return [typed, place + view.offset, math.prod(shape[:-1]), shape[-1], down, across]


_JAVASCRIPT = """// const net = await instantiate(); net.set({ images, labels }); net.train(order, rate); net.get("w2");
const code = Uint8Array.from(atob("{code}"), (c) => c.charCodeAt(0));
const known = {known};
const { arrays, batch, classes, count, drawn, most } = known;
export const size = known.size; // bytes of memory
const fail = (text) => {
  throw new Error(text);
};
const within = (name, numbers, end) => {
  for (const k of numbers)
    if (!(Number.isInteger(k) && k >= 0 && k < end)) fail(`${name} has ${k}; it takes whole numbers from 0 to ${end - 1}.`);
};
const counted = (name, numbers, wanted) => {
  if (numbers.length !== wanted) fail(`${name} takes ${wanted} numbers, row by row, and was given ${numbers.length}.`);
};
export async function instantiate(memory = new WebAssembly.Memory({ initial: known.pages }), at = 0) {
  const { exports } = (await WebAssembly.instantiate(code, { env: { memory }, Math })).instance;
  const array = ([Numbers, place, length]) => new globalThis[Numbers](memory.buffer, at + place, length);
  const named = (name) => arrays[name] ?? fail(`There is no array ${name}; there are ${Object.keys(arrays).join(", ")}.`);
  const whole = ([Numbers, place, rows, columns, down, across]) =>
    array([Numbers, place, (rows - 1) * down + (columns - 1) * across + 1]);
  const given = known.given.map((place) => at + place);
  const before = new Uint8Array(known.changed[2]);
  array(["Uint8Array", 0, size]).fill(0);
  exports.begin(at);
  const net = {
    memory,
    steps: 0, // done so far
    get(name) {
      const [, , rows, columns, down, across] = named(name);
      const own = whole(arrays[name]);
      const found = new own.constructor(rows * columns);
      for (let r = 0, k = 0; r < rows; r++) for (let c = 0; c < columns; c++) found[k++] = own[r * down + c * across];
      return found;
    },
    set(wanted) {
      for (const [name, numbers] of Object.entries(wanted)) {
        const [, , rows, columns, down, across] = named(name);
        counted(name, numbers, rows * columns);
        if (name === "labels" && classes) {
          const [, , , outputs, down] = classes.targets;
          within(name, numbers, classes.count);
          const targets = whole(classes.targets);
          numbers.forEach((label, k) => {
            targets.fill(classes.no, k * down, k * down + outputs);
            if (outputs > 1 || label) targets[k * down + (outputs > 1 ? label : 0)] = classes.yes;
          });
        }
        const own = whole(arrays[name]);
        for (let r = 0, k = 0; r < rows; r++) for (let c = 0; c < columns; c++) own[r * down + c * across] = numbers[k++];
      }
    },
    train(order, rates, draws) {
      const steps = order.length / batch;
      if (!Number.isInteger(steps)) fail(`order has ${order.length} examples; it takes ${batch} for each step.`);
      within("order", order, arrays.images[2]);
      if (typeof rates !== "number") counted("rates", rates, steps);
      if (draws) counted("draws", draws, steps * drawn);
      const [changed, told, places, numbers, drawing] = ["changed", "told", "places", "numbers", "draws"].map((each) =>
        array(known[each]),
      );
      before.set(changed);
      told.set([0, 0, -1]);
      let wrong;
      for (let done = 0; done < steps && wrong === undefined; done += most) {
        const now = Math.min(most, steps - done);
        for (let k = 0; k < now * batch; k++) places[2 * k] = order[done * batch + k];
        for (let k = 0; k < now; k++) {
          numbers[k * count] = typeof rates === "number" ? rates : rates[done + k];
          if (count === 1) continue;
          for (const t of known.t) array(t)[0] = net.steps + done + k + 1;
          exports.numbers(at + known.steps, at);
          known.made.forEach((each, i) => (numbers[k * count + 1 + i] = Array.isArray(each) ? array(each)[0] : each));
        }
        for (let k = 0; k < now * drawn; k++) drawing[k] = draws ? draws[done * drawn + k] : Math.random();
        exports.main(...given, now);
        if (told[2] >= 0) wrong = done + told[2];
      }
      exports.sums(...given);
      if (!array(known.sums).every(Number.isFinite)) wrong ??= steps - 1;
      if (wrong === undefined) net.steps += steps;
      else changed.set(before);
      return { cost: told[0] / order.length, ...(classes && { correct: told[1] }), wrong };
    },
  };
  return net;
}
"""
