"""The modules of the book's own code by name, so that its snippets run with only their import lines changed.

`network` has the network of chapter 1, `network2` that of chapter 3, `network3` those of chapter 6, and `mnist_loader` loads
the digits:

>>> from chainrule.compat import mnist_loader, network

`autograd` has what programs for autograd import beside `grad`.
"""
