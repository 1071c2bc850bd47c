"""Methods of other libraries' classes that answer for traced arrays while a function that may call them is traced.

A distribution may be a name, a part of a module, an item of a list or an attribute, and it may be frozen; all of them call the
methods of a few classes. So these methods are rebound, not the names of the objects, as `interception.py` does with functions.
Without a traced argument they do what they did.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..core.location import refuse
from ..core.primitive import DISPATCHERS
from ..core.traced import LIBRARIES, Traced
from .inplace.memory import holds_traced, mapped

DENSITIES = ("pdf", "logpdf", "pmf", "logpmf", "cdf", "logcdf", "sf", "logsf")
"""The methods of distributions that have versions for traced arrays."""

VERSIONS: dict[Any, Callable[..., Any]] = {}
"""SciPy's method → ours, of the same signature."""


def distributions(stats: Any) -> Iterator[tuple[type, str, Any, Any]]:
    """Of each class of distributions the methods to rebind: the class, the name, its own method and ours."""
    frozen = (stats.norm(), stats.poisson(1.0), stats.multivariate_normal(), stats.dirichlet([1.0, 1.0]))
    kinds = {
        base
        for each in (stats.norm, stats.poisson, stats.multivariate_normal, stats.dirichlet, *frozen)
        for base in type(each).__mro__
    }
    for kind in kinds:
        for name in (*DENSITIES, "freeze", "__call__"):
            if (own := vars(kind).get(name)) is not None:
                yield kind, name, own, _asking(own, "scipy.stats")


def frames(pandas: Any) -> Iterator[tuple[type, str, Any, Any]]:
    """The same of pandas: the products of a data frame or a series, which make plain arrays of what they are given."""
    for kind in (pandas.DataFrame, pandas.Series):
        for name in ("dot", "__matmul__"):
            own = vars(kind)[name]
            VERSIONS[own] = lambda self, other: np.dot(self.to_numpy(), other)
            yield kind, name, own, _asking(own)
        yield kind, "__init__", vars(kind)["__init__"], _of_plain_numbers(vars(kind)["__init__"])


def _of_plain_numbers(own: Callable[..., Any]) -> Callable[..., Any]:
    """How a data frame or a series is made, which refuses traced arrays."""

    @functools.wraps(own)
    def made(self: Any, *args: Any, **keywords: Any) -> None:
        data = (*args[:1], keywords.get("data"))
        if any(holds_traced(list(each.values()) if type(each) is dict else each) for each in data):
            refuse("a data frame cannot hold traced values", "work on the arrays, and make a frame of the result")
        own(self, *mapped(args, np.asarray), **mapped(keywords, np.asarray))  # compiled code takes no plain stand-ins

    return made


def sparse_products(sparse: Any) -> Iterator[tuple[type, str, Any, Any]]:
    """The same of sparse arrays: their products with dense ones, under whatever operator or method."""
    for kind in sorted({base for each in (sparse.csr_array, sparse.coo_array) for base in each.__mro__}, key=str):
        for name in ("_matmul_dispatch", "dot"):
            if (own := vars(kind).get(name)) is not None:
                VERSIONS[own] = _sparse_product
                yield kind, name, own, _asking(own)


def _sparse_product(self: Any, other: Any) -> Any:
    """The sum, in each row, of what stands there times the rows of a dense array that it meets."""
    triplets = self.tocoo()
    weights = np.reshape(triplets.data, (-1,) + (1,) * (np.ndim(other) - 1))
    if self.shape[1] != np.shape(other)[0]:
        raise ValueError(f"dimension mismatch: {self.shape} and {np.shape(other)}")
    terms = weights * np.take(other, triplets.col, axis=0)
    return DISPATCHERS["put"](terms, 0, triplets.row.astype(np.intp), (self.shape[0], *np.shape(other)[1:]))


def interpolants(interpolate: Any) -> Iterator[tuple[type, str, Any, Any]]:
    """The same of interpolants: how they are made and called. What they are made of may be traced."""
    for made, name, data in (
        (interpolate.PPoly, "__call__", "_c"), (interpolate.BSpline, "__call__", ""), (interpolate.interp1d, "__call__", "y"),
        (interpolate.interp1d, "__init__", ""), (interpolate.CubicSpline, "__init__", ""),
    ):  # fmt: skip
        kind = next(base for base in made.__mro__ if name in vars(base))
        yield kind, name, vars(kind)[name], _asking(vars(kind)[name], "scipy.interpolate", data)


def _asking(own: Callable[..., Any], library: str = "", data: str = "") -> Callable[..., Any]:
    """A method that calls its version in `VERSIONS` for traced arguments, or data of that name, and is itself for others."""

    @functools.wraps(own)
    def method(self: Any, *args: Any, **keywords: Any) -> Any:
        asked = any(map(holds_traced, args)) or any(map(holds_traced, keywords.values()))
        if not asked and type(getattr(self, data, None) if data else None) is not Traced:
            return own(self, *args, **keywords)
        if library:
            LIBRARIES[library]()
        return VERSIONS.get(own, own)(self, *args, **keywords)

    return method
