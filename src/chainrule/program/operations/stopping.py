"""`stop_gradient`, which makes a value a constant of every derivative."""

from typing import Any

from ...core.binding import bind
from ...core.primitive import DISPATCHERS, elementwise, first_dtype, primitive
from ...core.traced import Traced
from ..examples import anywhere
from ..helpers import stop_gradient as stop_gradient_text

_stop_gradient = primitive(
    "stop_gradient", helper=stop_gradient_text, shape=elementwise, dtype=first_dtype, derivative=None,
    python="stop_gradient({0})", latex=r"\operatorname{stop}({0})",
    examples=anywhere,
)  # fmt: skip


def stop_gradient(x: Any) -> Any:
    """The value of `x`, which derivatives take as a constant.

    Args:
        x: An array or a number.

    Returns:
        The same value, through which no error flows back.

    Examples:
        >>> from chainrule import grad, stop_gradient
        >>> grad(lambda x: x * stop_gradient(x))(3.0)
        np.float64(3.0)
    """
    return bind(_stop_gradient, (x,)) if isinstance(x, Traced) else stop_gradient_text(x)


DISPATCHERS["stop_gradient"] = stop_gradient
