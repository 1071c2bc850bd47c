"""The methods of traced arrays, each NumPy's function of the same name."""

import numpy as np

from ...core.binding import bind
from ...core.location import refuse
from ...core.primitive import PRIMITIVES
from ...core.traced import FUNCTIONS, Traced
from ..refusing import call
from . import compositions, ordering, reductions, scanning, shapes, stepwise  # noqa: F401  # they register the functions used below


def _astype(self, dtype):
    dtype = np.dtype(dtype)
    return (
        shapes.copy_of(self) if dtype == self.dtype else bind(PRIMITIVES["astype"], (self,), (("dtype", dtype.name),))
    )


FUNCTIONS[np.astype] = lambda x, dtype, /, *, copy=True: _astype(x, dtype)


def _as_method(name, ours):
    """A method of traced arrays that refuses unsupported arguments."""

    def method(self, *args, **keywords):
        return call(method, ours, (self, *args), keywords)

    method.__name__, method.__module__ = f".{name}", ""
    return method


def _refused(name, instead):
    """A method that would write to the array, and is refused."""

    def method(self, *args, **keywords):
        refuse(".{name}() would overwrite an array", instead, name=name)

    return method


for _name, _method in {
    "reshape": lambda self, *shape: FUNCTIONS[np.reshape](self, shape[0] if len(shape) == 1 else shape),
    "transpose": lambda self, *axes: FUNCTIONS[np.transpose](self, (axes[0] if len(axes) == 1 else axes) or None),
    "dot": lambda self, other: FUNCTIONS[np.dot](self, other),
    "sum": lambda self, axis=None, *, keepdims=False: FUNCTIONS[np.sum](self, axis, keepdims=keepdims),
    "mean": lambda self, axis=None, *, keepdims=False: FUNCTIONS[np.mean](self, axis, keepdims=keepdims),
    "var": lambda self, axis=None, *, ddof=0, keepdims=False: FUNCTIONS[np.var](
        self, axis, ddof=ddof, keepdims=keepdims
    ),
    "std": lambda self, axis=None, *, ddof=0, keepdims=False: FUNCTIONS[np.std](
        self, axis, ddof=ddof, keepdims=keepdims
    ),
    "prod": lambda self, axis=None, *, keepdims=False: FUNCTIONS[np.prod](self, axis, keepdims=keepdims),
    "any": lambda self, axis=None, *, keepdims=False: FUNCTIONS[np.any](self, axis, keepdims=keepdims),
    "all": lambda self, axis=None, *, keepdims=False: FUNCTIONS[np.all](self, axis, keepdims=keepdims),
    "max": lambda self, axis=None, *, keepdims=False: FUNCTIONS[np.max](self, axis, keepdims=keepdims),
    "min": lambda self, axis=None, *, keepdims=False: FUNCTIONS[np.min](self, axis, keepdims=keepdims),
    "squeeze": lambda self, axis=None: FUNCTIONS[np.squeeze](self, axis),
    "clip": lambda self, min=None, max=None: FUNCTIONS[np.clip](self, min, max),
    "copy": shapes.copy_of,
    "conjugate": lambda self: self,
    "astype": _astype,
    "repeat": lambda self, repeats, axis=None: FUNCTIONS[np.repeat](self, repeats, axis),
    "take": lambda self, indices, axis=None: FUNCTIONS[np.take](self, indices, axis),
    "compress": lambda self, condition, axis=None: FUNCTIONS[np.compress](condition, self, axis),
    "searchsorted": lambda self, v, side="left": FUNCTIONS[np.searchsorted](self, v, side),
    "diagonal": lambda self, offset=0, axis1=0, axis2=1: FUNCTIONS[np.diagonal](self, offset, axis1, axis2),
    "trace": lambda self, offset=0, axis1=0, axis2=1: FUNCTIONS[np.trace](self, offset, axis1, axis2),
    "ravel": lambda self: FUNCTIONS[np.reshape](self, -1),
    "flatten": lambda self: shapes.copy_of(FUNCTIONS[np.reshape](self, -1)),
}.items():
    setattr(Traced, _name, _as_method(_name, _method))

for _name in ("argmax", "argmin", "argsort", "cumsum", "cumprod", "swapaxes", "round", "argpartition"):
    setattr(Traced, _name, _as_method(_name, FUNCTIONS[getattr(np, _name)]))

for _name, _instead in {
    "sort": "write np.sort(x), which makes a new one",
    "partition": "write np.partition(x, kth), which makes a new one",
    "fill": "write np.full_like(x, value), which makes a new one",
    "put": "write np.where(mask, new, old), which makes a new one",
    "resize": "write np.resize(x, shape), which makes a new one",
}.items():
    setattr(Traced, _name, _refused(_name, _instead))

setattr(Traced, "mT", property(lambda self: np.swapaxes(self, -1, -2)))  # noqa: B010  # beside .T
setattr(Traced, "real", property(lambda self: self))  # noqa: B010
setattr(Traced, "imag", property(lambda self: np.zeros_like(self)))  # noqa: B010
