"""Explanations: the steps of backpropagation on a real example, with every symbol, dimension and number."""
