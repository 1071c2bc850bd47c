"""How a network learns: the training step as a program, the loop over batches and epochs, what it reports."""
