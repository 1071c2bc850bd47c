"""Programs as people write them, by the project that each has its pattern from; `benchmarks/programs.py` tries them all.

A program is a function of arrays and numbers that gives one number, marked `@program(origin, arguments)`. Where a refusal names
another way to write it, the function `<name>_after` beside it is written that way. They are rewritten, with names of our own, from what
the projects do: every write, alias and constructor is kept. Those that call a library, as published, stand in files named `library_…`.
"""
