"""Writes docs/coverage.md: every NumPy function, and what becomes of it on a traced array, beside autograd and JAX.

    python docs/coverage.py            # needs autograd, SciPy and JAX (the extras dev and peers)
    python docs/coverage.py --check    # only says whether the page is as it should be

Where JAX is not installed its column is taken from the page as it is.
"""

from __future__ import annotations

import importlib
import inspect
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import scipy.special
from numpy.testing.overrides import allows_array_function_override

import chainrule
from chainrule.core.primitive import PRIMITIVES, UFUNCS, Primitive
from chainrule.core.traced import FUNCTIONS
from chainrule.program.advice import ADVICE, GENERAL, LIBRARY, instead_of_plain
from chainrule.program.operations import scientific
from chainrule.program.stand_ins import load, stand_in

PAGE = Path(__file__).with_name("coverage.md")
load()
scientific.declare("scipy.special")
AUTOGRAD = Path(__file__).with_name("coverage-autograd.md")
TRICKS = "numpy.lib.stride_tricks"
MODULES = {
    "numpy": np, "numpy.linalg": np.linalg, "numpy.fft": np.fft, TRICKS: np.lib.stride_tricks, "scipy.special": scipy.special
}  # fmt: skip
OTHER_NAMES = {"amax": "max", "amin": "min", "sliding_window_view": "windows"}
SAYS = {
    "differentiated": "an operation with a derivative rule",
    "composed": "written with others, which have one",
    "constant": "takes traced arrays; its result has no slope",
    "refused": "refused with the line, and the way to write it instead",
    "plain": "makes or describes plain arrays; never meets a traced one",
}


def functions(module: Any) -> Iterator[tuple[list[str], Callable[..., Any]]]:
    """The public functions of a module, each with its names: first the one that it gives itself, if it is one of NumPy's."""
    known: dict[int, tuple[list[str], Callable[..., Any]]] = {}
    for name in sorted(getattr(module, "__all__", dir(module)), key=lambda n: (n.lower(), n)):
        made = getattr(module, name, None)
        is_function = isinstance(made, np.ufunc) or (callable(made) and not isinstance(made, type))
        if not name.startswith("_") and is_function and made is not None and name != "test":
            names, _ = known.setdefault(id(made), ([], made))
            names.insert(0 if name == made.__name__ and module.__name__.startswith("numpy") else len(names), name)
    yield from sorted(known.values(), key=lambda each: (each[0][0].lower(), each[0][0]))


def kind_of(name: str, function: Callable[..., Any], module: str) -> tuple[str, str]:
    """What becomes of a function, and the advice where it is refused."""
    declared = UFUNCS.get(function) if isinstance(function, np.ufunc) else None
    only_like = not isinstance(function, np.ufunc) and _asked_by_like(function) and stand_in(function) is function
    if declared is None and function in FUNCTIONS and not only_like:
        declared = PRIMITIVES.get(OTHER_NAMES.get(name, name))
        if declared is None:
            return "composed", ""
    if declared is not None:
        return _kind(declared), ""
    if module.startswith("scipy"):
        return "refused", LIBRARY.get(name, GENERAL)
    if isinstance(function, np.ufunc) or allows_array_function_override(function):
        if only_like:
            advice = instead_of_plain(f"np.{name}(x)", "")  # asked of plain arguments alone, but for `like=`
            return ("refused", advice) if advice else ("plain", "")
        return "refused", ADVICE.get(function, GENERAL)
    advice = instead_of_plain(f"{name}(x)", "")
    return ("refused", advice) if advice else ("plain", "")


def _asked_by_like(function: Callable[..., Any]) -> bool:
    """Whether NumPy asks a traced array only where it is given as `like=`, and makes a plain array of it elsewhere."""
    return "like=" in (function.__doc__ or "").partition("\n\n")[0] or "like" in _parameters(function)


def _parameters(function: Callable[..., Any]) -> Any:
    try:
        return inspect.signature(function).parameters
    except ValueError:
        return ()


def _kind(declared: Primitive) -> str:
    return "differentiated" if any(declared.derivative) else "constant"


def autograd_has(module: str, name: str) -> str:
    """Whether autograd has a derivative of it, takes it for constant, or has no word for it."""
    import autograd.core
    import autograd.tracer

    try:
        theirs = getattr(importlib.import_module(f"autograd.{module}"), name, None)
    except ModuleNotFoundError:
        return ""
    if theirs is None:
        return ""
    if theirs in autograd.core.primitive_vjps:
        return "yes"
    nograd = {each for group in autograd.tracer.notrace_primitives.values() for each in group}
    if theirs in nograd:
        return "constant"
    wrapped = hasattr(theirs, "fun") or not hasattr(theirs, "__code__")
    return "" if wrapped or "autograd" not in getattr(theirs.__code__, "co_filename", "") else "yes"


def jax_has(module: str, name: str, page: str) -> str:
    """Whether JAX has a function of this name; without JAX, what the page says."""
    try:
        theirs = importlib.import_module(module.replace("scipy", "jax.scipy").replace("numpy", "jax.numpy"))
    except ModuleNotFoundError:
        found = re.search(
            rf"^\| `{re.escape(module)}\.{re.escape(name)}`[^|]* \|(?:[^|]*\|){{2}} ([a-z]*) ?\|", page, re.M
        )
        return found[1] if found else ""
    return "yes" if hasattr(theirs, name) else ""


def page() -> str:
    """The whole page."""
    old = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    parts, counts = [], Counter[str]()
    for module_name, module in MODULES.items():
        rows = []
        for (name, *others), function in functions(module):
            kind, advice = kind_of(name, function, module_name)
            if module_name == "scipy.special" and kind == "refused" and name not in LIBRARY:
                continue  # its other few hundred functions
            if module_name != "scipy.special":
                counts[kind] += 1
            theirs, jax = autograd_has(module_name, name), jax_has(module_name, name, old)
            written = ", ".join([f"`{module_name}.{name}`", *(f"`{other}`" for other in others)])
            rows.append(f"| {written} | {kind} | {theirs} | {jax} | {advice} |")
        parts.append(
            f"## {module_name}\n\n| function | here | autograd | JAX | otherwise |\n|---|---|---|---|---|\n"
            + "\n".join(rows)
        )
    total = sum(counts.values())
    figures = "\n".join(f"| {kind} | {counts[kind]} | {SAYS[kind]} |" for kind in SAYS)
    major = ".".join(np.__version__.split(".")[:2])
    return (
        "# What is differentiated\n\n"
        f"Every function of NumPy {major} ({total} of them), and what becomes of it on a traced array. Written by "
        "`python docs/coverage.py`; a test holds the page against the code.\n\n"
        f"| here | functions | |\n|---|---|---|\n{figures}\n\n"
        "autograd: *yes* where it has a derivative, *constant* where it takes the result for one. JAX: *yes* where "
        "`jax.numpy` or `jax.scipy.special` has a function of that name. Of `scipy.special` those are listed that have a "
        "derivative, or a way round, here.\n\n"
        + AUTOGRAD.read_text(encoding="utf-8")
        + "\n"
        + "\n\n".join(parts)
        + "\n"
    )


def main() -> int:
    """Write the page, or check it."""
    made = page()
    if "--check" in sys.argv:
        right = PAGE.read_text(encoding="utf-8") == made
        print(
            f"docs/coverage.md is {'as it should be' if right else 'not as it should be: run python docs/coverage.py'}."
        )
        return 0 if right else 1
    PAGE.write_text(made, encoding="utf-8")
    print(f"wrote {PAGE.name} of chainrule {chainrule.__version__}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
