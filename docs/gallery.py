"""Writes docs/gallery.md: twelve programs as people write them (examples/twelve.py), each with its derivative.

python docs/gallery.py
python docs/gallery.py --check    # only says whether the page is as it should be
"""

from __future__ import annotations

import importlib.util
import inspect
import sys
from pathlib import Path
from types import ModuleType

import chainrule as cr

PAGE = Path(__file__).with_name("gallery.md")
SOURCE = Path(__file__).parent.parent / "examples" / "twelve.py"
HEAD = """# Twelve derivatives

Programs as people write them, each with what `cr.derive(function, arguments)` prints for it; `cr` is chainrule. The printed
program takes the same arguments and returns the derivatives of the function's result, which is called C here, with respect to
all of them. How to read it:

- It computes the function's values first and keeps those that are needed again; then it goes backward. It does not return C.
- `δ_x` is ∂C/∂x, the error of a value x, and `dC_dx` that of an argument. In a loop that goes backward, `dC_dx` or `δ_x` is that
  of the value carried on so far; it is the argument's once the loop has ended.
- A name that the source binds several times is numbered, `x1`, `x2`; in a loop, `x` stays the value that is carried on, and where
  all its values are kept for the way back, they are the rows of `x`, or of `xs` if `x` is the argument. `δ_x1`, `δ_x2` beside a
  `δ_x` are parts of it, as calls give them.
- `v1`, `v2`, … are values without a name in the source; `c1`, `c2`, … are arrays of numbers alone. The text makes those itself:
  by the call that NumPy makes them with, or number by number up to a thousand; a larger one is an argument that
  the program holds.
- A comment gives the dimensions of what its line computes, `n×m` of a matrix, `(n,)` of a vector and `()` of a number. One letter
  stands for all sizes that an operation needs to be equal, and a number for a size that the program fixes. Where a line needs a
  size, it says whose it is, as in `n = x.shape[0]`; `derivative.dimensions` says of all sizes why they are equal.
- A text begins with what it was made for: it refuses arguments with other numbers of axes, sizes, lengths or keys, of which it
  would not be the derivative.
- A function of several lines that is called more than once, or a line that is called in several places, is a function here, too;
  its `…_adjoint` computes the errors of its arguments from `δ_out`, the error of its result.

`python docs/gallery.py` writes this page, from [examples/twelve.py](../examples/twelve.py).
"""
TITLES = {
    "pendulum": "A pendulum by the Runge–Kutta method", "planets": "Planets", "kalman": "Kalman filter",
    "hidden_markov": "Hidden Markov model", "gaussian_process": "Gaussian process", "light": "Light (FDTD)",
    "bundle": "Bundle adjustment", "spline": "Cubic spline", "garch": "GARCH", "softmax_regression": "Softmax regression",
    "attention": "Attention", "harmonics": "Smoothing in the frequency domain",
}  # fmt: skip
SCREEN = 55
"""The most lines that a derivative may have here, without the helpers above it."""


def twelve() -> ModuleType:
    """The module of the programs."""
    spec = importlib.util.spec_from_file_location("twelve", SOURCE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["twelve"] = module
    spec.loader.exec_module(module)
    return module


def page() -> str:
    """The page."""
    parts = [HEAD]
    for name, (function, arguments) in twelve().TWELVE.items():
        title = TITLES[name]
        derivative = str(cr.derive(function, arguments)).strip()
        parts.append(
            f"## {title}\n\n```python\n{inspect.getsource(function).strip()}\n```\n\n```python\n{derivative}\n```\n"
        )
    return "\n".join(parts)


def main() -> None:
    """Write the page, or compare it."""
    made = page()
    if "--check" in sys.argv[1:]:
        if PAGE.read_text(encoding="utf-8") != made:
            sys.exit("docs/gallery.md is not what docs/gallery.py writes; run it.")
        return
    PAGE.write_text(made, encoding="utf-8")


if __name__ == "__main__":
    main()
