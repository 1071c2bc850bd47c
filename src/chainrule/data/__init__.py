"""Images and labels: bundled MNIST, IDX files, pictures of digits."""
