"""Networks as templates of equations: architectures, activations, costs, initializers. Nothing is derived by hand."""
