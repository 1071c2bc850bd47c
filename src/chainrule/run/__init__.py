"""The executors, which run programs: checked NumPy, buffered NumPy, native loops, JAX."""
