"""Sizes of arguments and int arguments as symbols in the text of a derivative, so that it fits others, too: `2 / n` for `0.2`.

Read `terms.py` (what a number is made of), `numbers.py` (the numbers), `keeping.py` (while a function is traced),
`programs.py` (in its program), and `text.py` (in the text).
"""
