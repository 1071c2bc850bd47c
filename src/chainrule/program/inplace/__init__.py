"""Arrays that a traced function writes to: `a[i] = x`, `a += x`, `out=`, through views, aliases and helpers.

Read the files in this order:

- `windows.py`: where an array lies in a block of memory, as an index.
- `memory.py`: a block of memory and its newest version; a read sees the newest, a write makes a new one.
- `plain.py`: arrays that a traced function creates and that hold no traced numbers yet.
- `outside.py`, `reading.py`: arrays from outside of the function, of which it may make arrays that it writes to.
- `writing.py`: everything that writes, with NumPy's signatures.
- `storage.py`: which versions share a variable in printed text, so that a write is printed as an assignment.

NumPy itself decides what is a view of what: the trace makes the same views and the same writes on real memory.
"""
