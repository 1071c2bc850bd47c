"""What code for autograd imports beside `grad`: flattening, its optimizers, its way of declaring an operation, its transforms.

Of autograd's modules `misc`, `misc.optimizers`, `extend` and `differential_operators` those names that programs use, with
autograd's arguments:

>>> from chainrule.compat.autograd import adam, defvjp, flatten, primitive
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Container, Iterable
from typing import Any, TypeAlias

import numpy as np

from ..calculus.declaring import remember
from ..calculus.forward import jvp
from ..calculus.reverse import grad, value_and_grad, vjp
from ..core.binding import bind
from ..core.location import refuse
from ..core.primitive import DISPATCHERS, HELPERS, PRIMITIVES, Primitive
from ..core.primitive import primitive as declare
from ..core.traced import Traced
from ..program.inplace.memory import holds_traced

Function: TypeAlias = Callable[..., Any]

# ---- misc ------------------------------------------------------------------------------------------------------------


def flatten(value: Any) -> tuple[Any, Function]:
    """All numbers of a nest of tuples, lists and dicts, in one vector.

    Args:
        value: The nest, with arrays or numbers in it; dicts are taken in the order of their sorted keys.

    Returns:
        The vector, and a function that makes such a nest of such a vector.

    Examples:
        >>> import numpy as np
        >>> vector, unflatten = flatten({"w": np.ones((2, 2)), "b": 3.0})
        >>> vector
        array([3., 1., 1., 1., 1.])
        >>> unflatten(vector * 2)["b"]
        np.float64(6.0)
    """
    leaves: list[Any] = []
    shapes = _shapes(value, leaves)

    def unflatten(vector: Any) -> Any:
        place = itertools.count()
        ends = np.cumsum([0, *(np.size(leaf) for leaf in leaves)])

        def build(part: Any) -> Any:
            if isinstance(part, _Leaf):
                at = next(place)
                found = vector[int(ends[at]) : int(ends[at + 1])]
                return np.reshape(found, part.shape) if part.shape else found[0]
            if isinstance(part, dict):
                built = {key: build(part[key]) for key in sorted(part)}
                return {key: built[key] for key in part}
            made = [build(each) for each in part]
            return type(part)(*made) if hasattr(part, "_fields") else type(part)(made)

        return build(shapes)

    return np.concatenate([np.ravel(leaf) for leaf in leaves]) if leaves else np.zeros(0), unflatten


class _Leaf:
    def __init__(self, shape: tuple[int, ...]):
        self.shape = shape


def _shapes(value: Any, leaves: list[Any]) -> Any:
    """The same nest with the shapes of its leaves, which are put into a list."""
    if isinstance(value, dict):
        found = {key: _shapes(value[key], leaves) for key in sorted(value)}
        return {key: found[key] for key in value}
    if isinstance(value, (list, tuple)):
        parts = [_shapes(each, leaves) for each in value]
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
    leaves.append(value)
    return _Leaf(np.shape(value))


# ---- misc.optimizers -------------------------------------------------------------------------------------------------


def _on_nests(optimize: Function) -> Function:
    """An optimizer of vectors that takes nests of arrays as well."""

    @functools.wraps(optimize)
    def optimize_nest(grad: Function, x0: Any, callback: Function | None = None, *args: Any, **keywords: Any) -> Any:
        vector, unflatten = flatten(x0)

        def told(x: Any, i: int, g: Any) -> None:
            if callback is not None:
                callback(unflatten(x), i, unflatten(g))

        return unflatten(optimize(lambda x, i: flatten(grad(unflatten(x), i))[0], vector, told, *args, **keywords))

    return optimize_nest


@_on_nests
def sgd(
    grad: Function, x: Any, callback: Any = None, num_iters: int = 200, step_size: float = 0.1, mass: float = 0.9
) -> Any:
    """Descend with momentum.

    Args:
        grad: The gradient, called with the parameters and the number of the step.
        x: The parameters at first: an array, or a nest of arrays.
        callback: Called before each step with the parameters, the number of the step and the gradient.
        num_iters: The number of steps.
        step_size: The learning rate.
        mass: The share of the velocity that stays.

    Returns:
        The parameters at the end, nested as at first.

    Examples:
        >>> import numpy as np
        >>> bool(abs(sgd(lambda x, i: 2 * x, np.array([1.0]), num_iters=300)[0]) < 0.01)
        True
    """
    velocity = np.zeros(len(x))
    for i in range(num_iters):
        g = grad(x, i)
        callback(x, i, g)
        velocity = mass * velocity - (1.0 - mass) * g
        x = x + step_size * velocity
    return x


@_on_nests
def rmsprop(
    grad: Function, x: Any, callback: Any = None, num_iters: int = 100, step_size: float = 0.1, gamma: float = 0.9,
    eps: float = 1e-8,
) -> Any:  # fmt: skip
    """Descend with each step divided by the root of the mean square of its gradients.

    Args:
        grad: The gradient, called with the parameters and the number of the step.
        x: The parameters at first: an array, or a nest of arrays.
        callback: Called before each step with the parameters, the number of the step and the gradient.
        num_iters: The number of steps.
        step_size: The learning rate.
        gamma: The share of the mean square that stays.
        eps: Added to the root.

    Returns:
        The parameters at the end, nested as at first.

    Examples:
        >>> import numpy as np
        >>> bool(abs(rmsprop(lambda x, i: 2 * x, np.array([1.0]), num_iters=500)[0]) < 0.1)
        True
    """
    mean_square = np.ones(len(x))
    for i in range(num_iters):
        g = grad(x, i)
        callback(x, i, g)
        mean_square = mean_square * gamma + g**2 * (1 - gamma)
        x = x - step_size * g / (np.sqrt(mean_square) + eps)
    return x


@_on_nests
def adam(
    grad: Function, x: Any, callback: Any = None, num_iters: int = 100, step_size: float = 0.001, b1: float = 0.9,
    b2: float = 0.999, eps: float = 1e-8,
) -> Any:  # fmt: skip
    """Descend by Adam, as Kingma and Ba describe it.

    Args:
        grad: The gradient, called with the parameters and the number of the step.
        x: The parameters at first: an array, or a nest of arrays.
        callback: Called before each step with the parameters, the number of the step and the gradient.
        num_iters: The number of steps.
        step_size: The learning rate.
        b1: The share of the mean gradient that stays.
        b2: The share of the mean square that stays.
        eps: Added to the root.

    Returns:
        The parameters at the end, nested as at first.

    Examples:
        >>> import numpy as np
        >>> bool(abs(adam(lambda x, i: 2 * x, np.array([1.0]), num_iters=500, step_size=0.1)[0]) < 0.01)
        True
    """
    mean, mean_square = np.zeros(len(x)), np.zeros(len(x))
    for i in range(num_iters):
        g = grad(x, i)
        callback(x, i, g)
        mean = (1 - b1) * g + b1 * mean
        mean_square = (1 - b2) * g**2 + b2 * mean_square
        unbiased, root = mean / (1 - b1 ** (i + 1)), np.sqrt(mean_square / (1 - b2 ** (i + 1)))
        x = x - step_size * unbiased / (root + eps)
    return x


# ---- extend ----------------------------------------------------------------------------------------------------------


class _Extended:
    """A function that is an operation, whose derivative `defvjp` or `defjvp` gives later."""

    def __init__(self, fun: Function):
        functools.update_wrapper(self, fun)
        self.fun = fun
        self.rules: dict[int, Function] = {}  # by argument, of g, y, the arguments and the keywords
        self.declared: dict[tuple[Any, ...], Primitive] = {}  # by how it is called
        self.name = _unused(fun.__name__, HELPERS)  # in printed programs
        HELPERS[self.name] = fun
        DISPATCHERS[self.name] = self
        remember(self.name, HELPERS, DISPATCHERS)

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        if not any(map(holds_traced, (*args, *keywords.values()))):
            return self.fun(*args, **keywords)
        if any(map(holds_traced, keywords.values())):
            refuse("a traced value is given by its keyword", "give it by its position")
        places = [place for place, arg in enumerate(args) if isinstance(arg, (Traced, np.ndarray, np.generic, float))]
        fixed = tuple((f"at{place}", arg) for place, arg in enumerate(args) if place not in places)
        params = (*fixed, *keywords.items())
        operation = self._declared(len(args), tuple(places), tuple(keywords))
        return bind(
            operation, tuple(args[place] for place in places), tuple((key, _Fixed(value)) for key, value in params)
        )

    def _declared(self, count: int, places: tuple[int, ...], keywords: tuple[str, ...]) -> Primitive:
        known = self.declared.get((count, places, keywords))
        if known is not None:
            return known
        written = [f"{{{places.index(p)}}}" if p in places else f"{{at{p}}}" for p in range(count)]
        written += [f"{key}={{{key}}}" for key in keywords]

        def whole(inputs: Iterable[Any], params: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
            operands = iter(inputs)
            args = [next(operands) if p in places else params[f"at{p}"].value for p in range(count)]
            return args, {key: params[key].value for key in keywords}

        def slope(place: int) -> Function:
            def rule(g: Any, y: Any, *inputs: Any, **params: Any) -> Any:
                args, given = whole(inputs, params)
                if place not in self.rules:
                    raise NotImplementedError(f"VJP of {self.fun.__name__} wrt argnum {place} not defined")
                return self.rules[place](g, y, *args, **given)

            return rule

        def result(*shapes: Any, **params: Any) -> Any:
            args, given = whole((np.ones(shape) for shape in shapes), params)
            return np.asarray(self.fun(*args, **given))

        made = self.declared[count, places, keywords] = declare(
            _unused(self.fun.__name__, PRIMITIVES),
            shape=lambda *shapes, **params: result(*shapes, **params).shape,
            dtype=lambda *dtypes, **params: np.result_type(0.0, *(d for d in dtypes if not isinstance(d, type))),
            derivative=[slope(place) for place in places],
            python=f"{self.name}({', '.join(written)})",
            examples=lambda random: (),
        )
        remember(made.name, PRIMITIVES)
        object.__setattr__(made, "helper", self.name)  # which `declare` would enter under the function's own name
        return made


class _Fixed:
    """An argument that is no operand: it is written as Python writes it, and compared by that."""

    def __init__(self, value: Any):
        self.value = value

    def __repr__(self) -> str:
        return repr(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Fixed) and repr(self) == repr(other)

    def __hash__(self) -> int:
        return hash(repr(self))


def _unused(name: str, table: Container[str]) -> str:
    """The name, or with a number behind it, if another function has it."""
    return next(each for number in itertools.count() if (each := f"{name}{number or ''}") not in table)


def primitive(fun: Function) -> Any:
    """Make an operation of a function, whose derivative `defvjp` gives; used as a decorator.

    Args:
        fun: The function, of arrays and numbers; what it does within is not looked at.

    Returns:
        The operation, which is called as the function is.

    Examples:
        >>> import numpy as np
        >>> from chainrule import grad
        >>> @primitive
        ... def logsumexp(x):
        ...     return np.log(np.sum(np.exp(x)))
        >>> defvjp(logsumexp, lambda ans, x: lambda g: g * np.exp(x - ans))
        >>> grad(logsumexp)(np.zeros(2))
        array([0.5, 0.5])
    """
    return _Extended(fun)


def defvjp(fun: Any, *vjpmakers: Function | None, argnums: Iterable[int] | None = None) -> None:
    """Give the derivative of an operation: for each argument a function of the result and the arguments.

    Args:
        fun: An operation made by `primitive`.
        vjpmakers: For each argument `lambda ans, *args: lambda g: …`, which gives the error of the argument for that of the
            result; `None` where no error flows back.
        argnums: The arguments that they are for, if not the first ones.

    Examples:
        >>> @primitive
        ... def cube(x):
        ...     return x**3
        >>> defvjp(cube, lambda ans, x: lambda g: g * 3 * x**2)
        >>> grad(cube)(2.0)
        np.float64(12.0)
    """
    for place, maker in zip(itertools.count() if argnums is None else argnums, vjpmakers, strict=False):
        fun.rules[place] = _rule_of(maker, place)


def _rule_of(maker: Function | None, place: int) -> Function:
    if maker is None:
        return lambda g, y, *args, **keywords: np.zeros(np.shape(args[place]))
    return lambda g, y, *args, **keywords: maker(y, *args, **keywords)(g)


def defjvp(fun: Any, *jvpfuns: Function | str | None, argnums: Iterable[int] | None = None) -> None:
    """Give the derivative of an operation forwards: for each argument the result's tangent for that of the argument.

    Where `defvjp` has given an argument's derivative, that one is used, in all transforms; else the error of the argument is
    found from this function, which is linear in the tangent.

    Args:
        fun: An operation made by `primitive`.
        jvpfuns: For each argument `lambda g, ans, *args: …`; `"same"` where the operation is linear in it.
        argnums: The arguments that they are for, if not the first ones.

    Examples:
        >>> @primitive
        ... def double(x):
        ...     return 2 * x
        >>> defjvp(double, lambda g, ans, x: 2 * g)
        >>> grad(double)(3.0)
        np.float64(2.0)
    """
    for place, forward in zip(itertools.count() if argnums is None else argnums, jvpfuns, strict=False):
        fun.rules.setdefault(place, _transposed(fun, place, forward))


def _transposed(fun: Any, place: int, forward: Function | str | None) -> Function:
    def rule(g: Any, y: Any, *args: Any, **keywords: Any) -> Any:
        def pushed(tangent: Any) -> Any:
            if forward == "same":
                return fun.fun(*args[:place], tangent, *args[place + 1 :], **keywords)
            assert callable(forward)
            return forward(tangent, y, *args, **keywords)

        return vjp(pushed, np.zeros(np.shape(args[place])))[1](g)[0]

    return rule


# ---- transforms ------------------------------------------------------------------------------------------------------


def elementwise_grad(fun: Function, argnum: int = 0) -> Function:
    """The derivative of each element of the result with respect to the element at its place.

    Args:
        fun: A function whose elements depend only on those at the same places.
        argnum: The argument to take the derivative of.

    Returns:
        A function of the same arguments.

    Examples:
        >>> import numpy as np
        >>> elementwise_grad(np.tanh)(np.zeros(2))
        array([1., 1.])
    """
    return grad(lambda *args, **keywords: np.sum(fun(*args, **keywords)), argnum)


def make_vjp(fun: Function, argnum: int = 0) -> Function:
    """A function that gives `(pull, value)`: what pulls an error of the result back to the argument, and the result.

    Args:
        fun: The function.
        argnum: The argument.

    Returns:
        A function of the same arguments.

    Examples:
        >>> import numpy as np
        >>> pull, value = make_vjp(np.sin)(0.0)
        >>> float(value), float(pull(2.0))
        (0.0, 2.0)
    """

    def made(*args: Any, **keywords: Any) -> tuple[Function, Any]:
        value, pull = vjp(lambda x: fun(*args[:argnum], x, *args[argnum + 1 :], **keywords), args[argnum])
        return lambda g: pull(g)[0], value

    return made


def make_jvp(fun: Function, argnum: int = 0) -> Function:
    """A function that gives one which takes a tangent of the argument and gives `(value, tangent)`.

    Args:
        fun: The function.
        argnum: The argument.

    Returns:
        A function of the same arguments.

    Examples:
        >>> import numpy as np
        >>> value, tangent = make_jvp(np.sin)(0.0)(2.0)
        >>> float(tangent)
        2.0
    """

    def made(*args: Any, **keywords: Any) -> Function:
        def of_argument(x: Any) -> Any:
            return fun(*args[:argnum], x, *args[argnum + 1 :], **keywords)

        return lambda v: jvp(of_argument, (args[argnum],), (v,))

    return made


def hessian_vector_product(fun: Function, argnum: int = 0) -> Function:
    """A function of the arguments and of a vector: the Hessian times that vector.

    Args:
        fun: A function whose result is one number.
        argnum: The argument.

    Returns:
        A function of the same arguments, and behind them of the vector.

    Examples:
        >>> import numpy as np
        >>> hessian_vector_product(lambda x: np.sum(x**3))(np.ones(2), np.array([1.0, 2.0]))
        array([ 6., 12.])
    """

    def product(*args: Any, **keywords: Any) -> Any:
        *args, vector = args  # type: ignore[assignment]
        slope = grad(fun, argnum)
        of_argument = lambda x: np.sum(slope(*args[:argnum], x, *args[argnum + 1 :], **keywords) * vector)  # noqa: E731
        return grad(of_argument)(args[argnum])

    return product


def grad_and_aux(fun: Function, argnum: int = 0) -> Function:
    """The gradient of the first of two results, and the second as it is.

    Args:
        fun: A function that returns `(result, extra)`.
        argnum: The argument.

    Returns:
        A function of the same arguments, which returns `(gradient, extra)`.

    Examples:
        >>> gradient, extra = grad_and_aux(lambda x: (x**2, "told"))(3.0)
        >>> float(gradient), extra
        (6.0, 'told')
    """
    return grad(fun, argnum, has_aux=True)


__all__ = [
    "adam", "defjvp", "defvjp", "elementwise_grad", "flatten", "grad", "grad_and_aux", "hessian_vector_product", "make_jvp",
    "make_vjp", "primitive", "rmsprop", "sgd", "value_and_grad",
]  # fmt: skip
