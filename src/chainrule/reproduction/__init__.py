"""The experiments of Nielsen's book, chapters 1, 3, 5, 6: its figures (`rows.py`), our runs (`experiments.py`), their
comparison (`comparison.py`), and the file of runs (`results.py`). `cli/reproduce.py` shows them."""
