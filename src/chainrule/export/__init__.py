"""Trained networks as files for elsewhere, without chainrule: NumPy text, C, JavaScript, ONNX.

`trained.py` has what is written, as programs; each kind of file has a module, in the table of `writing.py`; `verification.py`
runs a file on real rows.
"""
