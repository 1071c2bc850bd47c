"""Operations that only give another view of an array; they take neither time nor memory."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from ...core.nouns import Equation
from .nests import View, diagonal, indexed

if TYPE_CHECKING:
    from .workspace import Workspace


def _same(workspace: Workspace, equation: Equation) -> View:
    return workspace.view(equation.inputs[0])


def _broadcast(workspace: Workspace, equation: Equation) -> View:
    return workspace.view(equation.inputs[0]).broadcast(tuple(map(int, equation.target.shape)))


def _turned(workspace: Workspace, equation: Equation) -> View:
    view = workspace.view(equation.inputs[0])
    return view.turned(range(len(view.shape))[::-1])


def _transposed(workspace: Workspace, equation: Equation) -> View:
    return workspace.view(equation.inputs[0]).turned(dict(equation.params)["axes"])


def _reshaped(workspace: Workspace, equation: Equation) -> View:
    view, shape = workspace.view(equation.inputs[0]), tuple(map(int, equation.target.shape))
    if (found := as_it_lies(view, shape)) is not None:
        return found
    view = workspace.contiguous(view)
    return replace(view, shape=shape, strides=View.rows("", view.number, shape).strides)


def as_it_lies(view: View, shape: tuple[int, ...]) -> View | None:
    """The view with another shape, if it has it as it lies."""
    if [n for n in shape if n != 1] == [n for n in view.shape if n != 1]:  # only axes of size 1 come or go
        strides = iter([stride for n, stride in zip(view.shape, view.strides, strict=True) if n != 1])
        return replace(view, shape=shape, strides=tuple(0 if n == 1 else next(strides) for n in shape))
    if (regrouped := _regrouped(view, shape)) is not None:
        return replace(view, shape=shape, strides=regrouped, held=0)
    if view.is_rows:
        return replace(view, shape=shape, strides=View.rows("", view.number, shape).strides)
    return None


def _regrouped(view: View, shape: tuple[int, ...]) -> tuple[int, ...] | None:
    """The strides with which a view has another shape, if it has it as it lies: axes are split, or merged without gaps."""
    old = [(n, stride) for n, stride in zip(view.shape, view.strides, strict=True) if n != 1]
    found: list[int] = []
    sizes = list(shape)
    while sizes:
        if sizes[0] == 1:
            found.append(0)
            sizes.pop(0)
            continue
        if not old:
            return None
        n, stride = old.pop(0)
        here = [sizes.pop(0)]
        while (size := math.prod(here)) != n:
            if size < n and sizes:
                here.append(sizes.pop(0))
            elif size > n and old and stride == old[0][0] * old[0][1]:
                n, stride = n * old[0][0], old.pop(0)[1]
            else:
                return None
        found += [stride * math.prod(here[k + 1 :]) if each != 1 else 0 for k, each in enumerate(here)]
    return tuple(found) if not old else None


def _part(workspace: Workspace, equation: Equation) -> View:
    return indexed(workspace.view(equation.inputs[0]), dict(equation.params)["index"].value())


def _windows(workspace: Workspace, equation: Equation) -> View:
    view, params = workspace.view(equation.inputs[0]), dict(equation.params)
    strides = (*view.strides, *(view.strides[axis] for axis in params["axis"]))
    return replace(view, shape=tuple(map(int, equation.target.shape)), strides=strides, held=0)


def _diagonal(workspace: Workspace, equation: Equation) -> View:
    params = dict(equation.params)
    return diagonal(workspace.view(equation.inputs[0]), int(params["offset"]), params["axis1"], params["axis2"])


VIEWS: dict[str, Callable[[Workspace, Equation], View]] = {
    "T": _turned, "transpose": _transposed, "reshape": _reshaped, "getitem": _part, "diagonal": _diagonal,
    "windows": _windows,
}  # fmt: skip
"""Operations that give a view of an array; if that is impossible, as for some reshapes, they copy it first."""
