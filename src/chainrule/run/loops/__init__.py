"""Loops over numbers and vectors, and what they are compiled to.

`language.py` defines loops, their builder and their checker. `functions.py` has exp and related functions in this language, and
`system.py` the processor features that loops cannot express. `tiling.py` rewrites loops. `machine_code.py` compiles them with
llvmlite, and `cache.py` stores the result; `webassembly.py` makes modules for browsers, in pure Python, and `library.py` loads
them where Python runs in one.
"""
