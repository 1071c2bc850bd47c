"""Arrays that a traced function writes to: `a[i] = x`, `a += x`, `out=`, through views, aliases and helpers.

Read the files in this order:

- `windows.py`: where in a block of memory an array lies, as an index.
- `memory.py`: a block of memory and its newest version; a read sees the newest, and a write makes a new one.
- `plain.py`: arrays that a traced function makes, which hold no traced numbers until one is written to them.
- `writing.py`: everything that writes, by NumPy's signatures.
- `storage.py`: which versions share one place in printed text, so that a write is printed as an assignment.

NumPy itself decides what is a view of what: the same views are made, and the same writes done, on real memory beside the trace.
"""
