"""Training as native loops, compiled by Numba: `chunk.py` writes an epoch's chunk, of the step that `tiled.py` writes."""
