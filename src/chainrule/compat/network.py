"""The book's `network.py` on Python 3: its names, re-exported from `chainrule.textbook`, where the code is.

>>> from chainrule.compat import network
>>> network.Network([784, 30, 10]).num_layers
3
"""

from ..textbook import Network, sigmoid, sigmoid_prime

__all__ = ["Network", "sigmoid", "sigmoid_prime"]
