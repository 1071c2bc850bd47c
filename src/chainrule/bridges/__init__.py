"""Networks that were trained elsewhere as ours: weights of PyTorch (`states.py`), and ONNX models (`models.py`).

What has no layer here is refused by name; nothing is left out or put in.
"""

from .models import from_onnx
from .states import from_torch

__all__ = ["from_onnx", "from_torch"]
