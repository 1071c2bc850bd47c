"""Loops over numbers and vectors, and what they are compiled to.

`language.py` is what loops are, how they are written and checked; `functions.py` has exp and its kin in this language, and
`system.py` what a processor does that loops cannot say; `tiling.py` rewrites loops; `machine_code.py` makes machine code of them,
by llvmlite, which `cache.py` keeps, and `webassembly.py` modules for browsers, by Python alone.
"""
