"""The experiments of Nielsen's book, chapters 1, 3 and 5: its figures (`rows.py`), our runs (`experiments.py`), what is
compared (`comparison.py`), and where runs are kept (`results.py`). How it is shown is in `cli/reproduce.py`."""
