"""A pytest plugin under which autograd's own tests meet chainrule and plain NumPy instead of autograd.

`import autograd.numpy as np` then gives NumPy itself. `check_grads` compares with central differences along random
directions, in reverse and forward, to the order asked for; a complex result by its real and its imaginary part, a complex
argument along a complex direction.
"""

import builtins
import itertools
import sys
import types

import numpy as np
import pytest
import scipy
import scipy.integrate
import scipy.linalg
import scipy.signal
import scipy.special
import scipy.stats

import chainrule as cr
from chainrule.core.structure import flatten
from chainrule.core.traced import Traced

_seen = {"asked": 0, "checked": 0}  # of the running test
LEAVES = (np.ndarray, float, np.floating, complex, np.complexfloating, Traced)


def _parts(value):
    return flatten(value, LEAVES)


def _direction(like, random):
    real = random.normal(size=np.shape(like))
    return real + 1j * random.normal(size=np.shape(like)) if np.iscomplexobj(like) else real


def _along(gradient, direction):
    """The slope along a direction, of a gradient ∂C/∂Re z + i ∂C/∂Im z, too."""
    return float(np.sum(np.real(np.conj(gradient) * direction)))


def _check(f, args, modes, order, random):
    leaves, tree = _parts(args)

    def flat(*leaves):
        found = f(*tree.build(iter(leaves)))
        halves = [
            part
            for each in flatten(found, LEAVES)[0]
            for part in ((np.real(each), np.imag(each)) if np.iscomplexobj(each) else (each,))
        ]
        return [each for each in halves if getattr(each, "dtype", np.dtype(float)).kind == "f"]

    leaves = [np.asarray(each, float) if isinstance(each, float) else each for each in leaves]
    along = [random.normal(size=np.shape(each)) for each in flat(*leaves)]
    directions = [_direction(each, random) for each in leaves]

    def cost(*leaves):
        return sum((np.sum(d * y) for d, y in zip(along, flat(*leaves), strict=True)), 0.0)

    step = 1e-6
    ahead, behind = (
        cost(*(np.asarray(x + sign * step / 2 * d) for x, d in zip(leaves, directions, strict=True)))
        for sign in (1, -1)
    )
    slope = float(ahead - behind) / step
    if not leaves or not along:  # nothing that has a slope
        return
    _seen["checked"] += 1
    if "rev" in modes:
        gradients = cr.grad(cost, range(len(leaves)))(*leaves)
        _close(sum(_along(g, d) for g, d in zip(gradients, directions, strict=True)), slope)
    if "fwd" in modes:
        _close(float(cr.jvp(cost, tuple(leaves), tuple(directions))[1]), slope)
    if order > 1:
        first = cr.grad(cost, range(len(leaves)))
        _check(lambda *at: list(first(*at)), tuple(leaves), modes, order - 1, random)


def _close(a, b):
    assert abs(a - b) < 1e-6 or abs(a - b) / abs(a + b) < 1e-6, f"{a} is not {b}"


def check_grads(f, argnum=0, modes=("fwd", "rev"), order=2):
    """autograd's, of arguments by number."""
    numbers = (argnum,) if isinstance(argnum, int) else tuple(argnum)

    def check(*args, **keywords):
        _seen["asked"] += 1

        def chosen(*some):
            given = list(args)
            for number, each in zip(numbers, some, strict=True):
                given[number] = each
            return f(*given, **keywords)

        _check(chosen, tuple(args[number] for number in numbers), modes, order, np.random.default_rng(0))

    return check


def combo_check(f, *args, **keywords):
    """Every combination of arguments and keywords."""
    check = check_grads(f, *args, **keywords)

    def combine(*args, **keywords):
        pairs = [[(key, each) for each in values] for key, values in keywords.items()]
        for some in itertools.product(*args):
            for more in itertools.product(*pairs):
                check(*some, **dict(more))

    return combine


def scalar_close(a, b):
    """autograd's own measure."""
    return abs(a - b) < 1e-6 or abs(a - b) / abs(a + b) < 1e-6


def check_equivalent(x, y):
    """Equal in shape, and along a random direction."""
    for a, b in zip(_parts(x)[0], _parts(y)[0], strict=True):
        assert np.shape(a) == np.shape(b)
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6)


def elementwise_grad(f, argnum=0):
    """The gradient of the sum."""
    return cr.grad(lambda *args, **keywords: np.sum(f(*args, **keywords)), argnum)


def make_vjp(f, argnum=0):
    """The pull-back first, then the value."""

    def at(*args):
        def only(x):
            return f(*args[:argnum], x, *args[argnum + 1 :])

        value, pull = cr.vjp(only, args[argnum])
        return (lambda error: pull(error)[0]), value

    return at


def make_jvp(f, argnum=0):
    """Value and slope along a direction."""
    return lambda *args: lambda v: cr.jvp(lambda x: f(*args[:argnum], x, *args[argnum + 1 :]), (args[argnum],), (v,))


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem):
    """Skip a test that asked for checks and of which none was left: what checks nothing has not passed."""
    _seen.update({"asked": 0, "checked": 0})
    result = yield
    if _seen["asked"] and not _seen["checked"]:
        pytest.skip("nothing is checked, since nothing has a slope")
    return result


def _module(name, **members):
    made = types.ModuleType(name)
    vars(made).update(members)
    sys.modules[name] = made
    return made


_util = _module(
    "autograd.test_util", check_grads=check_grads, combo_check=combo_check, scalar_close=scalar_close,
    check_equivalent=check_equivalent, check_vjp=lambda f, x: check_grads(f, modes=["rev"], order=1)(x),
    check_jvp=lambda f, x: check_grads(f, modes=["fwd"], order=1)(x),
)  # fmt: skip
_builtins = _module("autograd.builtins", isinstance=builtins.isinstance, tuple=tuple, list=list, dict=dict, type=type)
_misc = _module("autograd.misc")
_scipy = _module(
    "autograd.scipy", **{n: getattr(scipy, n) for n in ("special", "stats", "signal", "linalg", "integrate")}
)
_root = _module(
    "autograd", grad=cr.grad, value_and_grad=cr.value_and_grad, jacobian=cr.jacobian, hessian=cr.hessian, deriv=cr.grad,
    elementwise_grad=elementwise_grad, make_vjp=make_vjp, make_jvp=make_jvp, numpy=np, scipy=_scipy, test_util=_util,
    builtins=_builtins, misc=_misc, isinstance=builtins.isinstance, tuple=tuple, list=list, dict=dict, make_hvp=None,
    hessian_vector_product=None, __path__=[],
)  # fmt: skip
sys.modules |= {
    "autograd.numpy": np, "autograd.numpy.random": np.random, "autograd.numpy.linalg": np.linalg, "autograd.numpy.fft": np.fft,
    "autograd.scipy.special": scipy.special, "autograd.scipy.stats": scipy.stats, "autograd.scipy.signal": scipy.signal,
    "autograd.scipy.linalg": scipy.linalg, "autograd.scipy.integrate": scipy.integrate,
}  # fmt: skip
