"""What must hold of every operation, as functions of a declaration and an example of it.

`test_primitives.py` demands them of the registry; `test_planted.py` plants faults and demands that these very functions
catch them. Each raises `AssertionError` where something is wrong.
"""

import numpy as np

from chainrule import grad
from chainrule.calculus.programs import chosen as inputs_chosen
from chainrule.core.binding import bind
from chainrule.core.derivative import differentiate
from chainrule.core.nouns import Constant, Symbol
from chainrule.core.simplification import simplify
from chainrule.core.tracing import trace

from .texts import equal, require, text

FLOATS = (np.float64, np.float32)
OTHERS = (np.int64, np.int32, np.uint8, np.bool_)


def examples(primitive):
    """The examples of a declaration, every param filled in, always the same."""
    return [
        (inputs, tuple({**primitive.params, **params}.items()))
        for inputs, params in primitive.examples(np.random.default_rng(7))
    ]


def on_every_example(check, primitive, *more, most=None):
    """Demand a check of every example of a declaration, or of so many; all that fail are raised together, each with its number."""
    found = []
    for number, (inputs, params) in enumerate(examples(primitive)[:most]):
        try:
            check(primitive, inputs, params, *more)
        except Exception as error:
            error.add_note(f"on example {number} of {primitive.name}: {inputs}, {dict(params)}")
            found.append(error)
    if found:
        raise ExceptionGroup(f"{primitive.name} fails on {len(found)} of its examples", found)


def is_float(value):
    return isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind == "f"


def cast(inputs, dtype):
    return tuple(each.astype(dtype) if is_float(each) else each for each in inputs)


def results(primitive, inputs, params):
    """What an operation gives, as a tuple of its results, nearly always of one."""
    found = primitive.function(params, len(inputs))(*inputs)
    return (found,) if primitive.results is None else tuple(found)


def recorded(primitive, inputs, params):
    """The same on the tape."""
    found = bind(primitive, inputs, params)
    return (found,) if primitive.results is None else tuple(found)


def operand(value):
    if isinstance(value, (np.ndarray, np.generic)):
        return Symbol("x", value.shape, value.dtype)
    return Constant(value)


# ---- values and declared types ---------------------------------------------------------------------------------------


def value(primitive, inputs, params, oracle):
    """The text computes what an independent function does."""
    expected = oracle(*inputs, **dict(params))
    for found, right in zip(
        results(primitive, inputs, params), (expected,) if primitive.results is None else expected, strict=True
    ):
        require(np.shape(found) == np.shape(right), np.shape(found), "is not", np.shape(right))
        np.testing.assert_allclose(found, right, rtol=1e-13, atol=1e-14 if primitive.results else 1e-15)


def declared_type(primitive, inputs, params):
    """The shape rule and the dtype rule say what comes out, for every number type and with Python numbers."""
    for dtype in (*FLOATS, *OTHERS):
        if primitive.name == "power" and dtype is np.bool_:
            continue  # NumPy's own ** and np.power differ there
        _declared(primitive, cast(inputs, dtype), params)
    for dtype in FLOATS:
        for position, each in enumerate(inputs):
            if primitive.elementwise and len(inputs) > 1 and is_float(each) and not each.shape:
                for number in (float(each), int(each)):
                    _declared(
                        primitive,
                        (*cast(inputs[:position], dtype), number, *cast(inputs[position + 1 :], dtype)),
                        params,
                    )


def _declared(primitive, inputs, params):
    with np.errstate(all="ignore"):
        try:
            given = results(primitive, inputs, params)
        except (TypeError, ValueError):  # NumPy refuses: −True, or an int to a negative power
            return
    kinds = [getattr(each, "dtype", type(each)) for each in inputs]
    declared = primitive.infer([operand(each) for each in inputs], params)
    for found, (shape, dtype) in zip(given, declared, strict=True):
        require(np.shape(found) == shape, primitive.name, kinds, "- the rule says", shape, "and it is", np.shape(found))
        require(found.dtype == dtype, primitive.name, kinds, "- the rule says", dtype, "and it is", found.dtype)


# ---- derivatives -----------------------------------------------------------------------------------------------------


def projected(primitive, inputs, params, positions, seed=0):
    """A number made of the operation: its result along a random direction, as a function of the chosen inputs."""
    random = np.random.default_rng(seed)
    along = [random.normal(size=np.shape(each)) for each in results(primitive, inputs, params)]

    def cost(*chosen):
        full = list(inputs)
        for position, each in zip(positions, chosen, strict=True):
            full[position] = each
        return sum(np.sum(d * y) for d, y in zip(along, recorded(primitive, tuple(full), params), strict=True))

    def plain(*chosen):
        full = list(inputs)
        for position, each in zip(positions, chosen, strict=True):
            full[position] = each
        return sum(np.sum(d * y) for d, y in zip(along, results(primitive, tuple(full), params), strict=True))

    return cost, plain


def differentiable(primitive, inputs):
    return [p for p, each in enumerate(inputs) if is_float(each) and primitive.rule(p) is not None]


def gradient(primitive, inputs, params):
    """The gradient, along random directions, is the slope by finite differences; without a rule, the slope is 0."""
    if primitive.name == "stop_gradient":
        return  # it has a slope, which its derivative is there to deny
    positions = [position for position, each in enumerate(inputs) if is_float(each)]
    if not positions:
        return
    cost, plain = projected(primitive, inputs, params, positions)
    if differentiable(primitive, inputs):
        gradients = grad(cost, range(len(positions)))(*(inputs[p] for p in positions))
    else:
        gradients = [np.zeros(inputs[p].shape) for p in positions]
    narrow = primitive.infer([operand(each) for each in inputs], params)[0][1] == np.float32
    _agree(plain, [inputs[p] for p in positions], gradients, *((2e-3, 1e-2) if narrow else (1e-6, 1e-6)))


def second_order(primitive, inputs, params):
    """The gradient of a random projection of the gradient is that one's slope."""
    positions = differentiable(primitive, inputs)
    if not positions:
        return
    cost, _ = projected(primitive, inputs, params, positions)
    chosen = [inputs[p] for p in positions]
    random = np.random.default_rng(1)
    weights = [random.normal(size=each.shape) for each in chosen]
    first = grad(cost, range(len(positions)))

    def moved(*at):
        return sum(np.sum(w * g) for w, g in zip(weights, first(*at), strict=True))

    _agree(moved, chosen, grad(moved, range(len(positions)))(*chosen), rtol=2e-6, step=1e-6)


def _agree(function, at, gradients, rtol, step):
    random = np.random.default_rng(2)
    for each, slope in zip(at, gradients, strict=True):
        require(np.shape(slope) == each.shape, "a gradient of", np.shape(slope), "for", each.shape)
        require(np.all(np.isfinite(slope)), "the gradient is", slope)
    for _ in range(3):
        directions = [random.normal(size=each.shape) for each in at]
        ahead, behind = (
            function(*(np.asarray(x + sign * step * v) for x, v in zip(at, directions, strict=True)))
            for sign in (1, -1)
        )
        found = sum(float(np.sum(g * v)) for g, v in zip(gradients, directions, strict=True))
        np.testing.assert_allclose(found, float(ahead - behind) / (2 * step), rtol=rtol, atol=1e-7)


def float32_stays(primitive, inputs, params):
    """In float32 gradients are float32, and near the float64 ones."""
    positions = differentiable(primitive, inputs)
    if not positions:
        return
    cost, _ = projected(primitive, inputs, params, positions)
    wide = grad(cost, range(len(positions)))(*(inputs[p] for p in positions))
    narrow_inputs = cast(inputs, np.float32)
    narrow_cost, _ = projected(primitive, narrow_inputs, params, positions)
    narrow = grad(narrow_cost, range(len(positions)))(*(narrow_inputs[p] for p in positions))
    for one, other in zip(narrow, wide, strict=True):
        require(one.dtype == np.float32, "a gradient of", one.dtype, "for float32")
        np.testing.assert_allclose(one, other, rtol=2e-4, atol=1e-5)


# ---- text ------------------------------------------------------------------------------------------------------------


def printed(primitive, inputs, params):
    """The text of the operation alone, and of its derivative in both forms."""
    positions = [position for position, each in enumerate(inputs) if is_float(each)]
    chosen = [inputs[p] for p in positions]

    def operate(*given):
        full = list(inputs)
        for position, each in zip(positions, given, strict=True):
            full[position] = each
        return recorded(primitive, tuple(full), params)

    def cost(*given):
        return sum(np.sum(0.5 * y * y) for y in operate(*given))

    forward = trace(operate, chosen)
    equal(forward(*chosen), results(primitive, inputs, params))
    text(forward, chosen)
    if differentiable(primitive, inputs):
        # As `derive` does, which would trace and differentiate twice.
        program = simplify(trace(cost, chosen), "textbook")
        derived = differentiate(program, *inputs_chosen(cost, program, None))
        textbook, fast = (simplify(derived, form) for form in ("textbook", "fast"))
        text(textbook, chosen)
        if fast == textbook:  # nothing was there to do otherwise
            return
        text(fast, chosen)
        for one, other in zip(_listed(textbook(*chosen)), _listed(fast(*chosen)), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-14)


def _listed(gradients):
    return gradients if isinstance(gradients, tuple) else (gradients,)
