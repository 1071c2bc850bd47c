"""The module names of the book's own code, so that its snippets run with only the import lines changed.

`network` is chapter 1's network, `network2` chapter 3's, `mnist_loader` the reader of the digits:

>>> from chainrule.compat import mnist_loader, network
"""
