"""Sizes of arguments and int arguments as symbols in the text of a derivative, so that it fits others, too: `2 / n` for `0.2`.

While `sizes_kept()` a traced function is given arguments whose sizes remember where they come from, and so do the numbers that
arithmetic makes of them. They are `int`s and `float`s in every other respect.
"""
