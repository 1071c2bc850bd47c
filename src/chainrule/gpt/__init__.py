"""A small GPT, which learns to continue text letter by letter: one layer of attention, 4,192 parameters on names.

`model.py` is the network, in plain NumPy; `text.py` turns text into tokens; `learning.py` trains it with the derivative that
chainrule takes of it; `saved.py` keeps it in a file and lets it write.
"""
