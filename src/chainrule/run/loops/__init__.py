"""Loops over numbers and vectors, and what they are compiled to.

`language.py` is what loops are, how they are written and checked; `functions.py` has exp and its kin, and `products.py` matrix
products, in this language; `tiling.py` rewrites loops; `machine_code.py` makes machine code of them, by llvmlite, and
`webassembly.py` modules for browsers, by Python alone.
"""
