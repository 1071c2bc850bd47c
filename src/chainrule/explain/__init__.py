"""The steps of backpropagation on a real example, recorded once: every symbol, every dimension, every number."""
