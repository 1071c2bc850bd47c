"""The article's own code, put together from its fragments in `article.md`: what `textbook` is held against.

Imports nothing of chainrule, so that the two sides of the comparison share only NumPy. Tests get at it by the
fixture `article` (see `conftest.py`).
"""

import re
import textwrap
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

FRAGMENTS = Path(__file__).with_name("article.md")


class Article(NamedTuple):
    """The class assembled from the article's fragments, its source, and the feedforward fragment alone."""

    Network: type[Any]
    source: str
    feedforward: str  # at column 0: from `activation = x` to the end of the loop, reading self.biases, self.weights


def sigmoid(z):
    """The article's formula, σ(z) = 1/(1 + e^(−z)); it gives no code for it."""
    return 1.0 / (1.0 + np.exp(-z))


def sigmoid_prime(z):
    """σ'(z) = σ(z) (1 − σ(z)): named by the article, not written out there."""
    return sigmoid(z) * (1 - sigmoid(z))


def read(text: str) -> Article:
    """Assemble the article's class from the six fenced fragments of its Markdown text."""
    fragments = re.findall(r"^```python\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    init, feedforward, output_error, cost_derivative, backward, update_mini_batch = fragments
    # One fragment's first line stands at 5 columns and the rest of it at 12, so the first line is set anew.
    backprop = [" " * 8 + fragment.lstrip(" ") for fragment in (feedforward, output_error, backward)]
    source = "\n".join(
        [
            "class Network:",
            init,
            "    def backprop(self, x, y):",
            *backprop,
            cost_derivative,
            update_mini_batch,
        ]
    )
    namespace: dict[str, Any] = {"np": np, "sigmoid": sigmoid, "sigmoid_prime": sigmoid_prime}
    exec(compile(source, "article.md", "exec"), namespace)
    loop = textwrap.dedent(feedforward).partition("# feedforward\n")[2]
    return Article(namespace["Network"], source, loop)
