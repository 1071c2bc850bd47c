"""Training: the training step as a program, the loop over batches and epochs, and its reports."""
