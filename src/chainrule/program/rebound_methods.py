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

from ..core.traced import LIBRARIES, Traced

DENSITIES = ("pdf", "logpdf", "pmf", "logpmf", "cdf", "logcdf", "sf", "logsf")
"""The methods of distributions that have versions for traced arrays."""

VERSIONS: dict[Any, Callable[..., Any]] = {}
"""SciPy's method → ours, of the same signature."""


def holds_traced(value: Any) -> bool:
    """Whether a value is traced, or is a nest of lists and tuples with a traced value."""
    kind = type(value)
    return kind is Traced or (kind in (list, tuple) and any(map(holds_traced, value)))


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


def _asking(own: Callable[..., Any], library: str = "") -> Callable[..., Any]:
    """A method that calls its version in `VERSIONS` for traced arguments, and is itself for others."""

    @functools.wraps(own)
    def method(self: Any, *args: Any, **keywords: Any) -> Any:
        if not any(map(holds_traced, args)) and not any(map(holds_traced, keywords.values())):
            return own(self, *args, **keywords)
        if library:
            LIBRARIES[library]()
        return VERSIONS.get(own, own)(self, *args, **keywords)

    return method
