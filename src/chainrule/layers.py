"""The layers that networks are built of: `Network([Conv(20, 5), MaxPool(2), Flatten(), Dense(10)], input=(1, 28, 28))`."""

from .network.layers import Layer, Parameter
from .network.makers import (
    Attention,
    AveragePool,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    LayerNorm,
    MaxPool,
    Recurrent,
    Residual,
    RMSNorm,
)

__all__ = [
    "Attention", "AveragePool", "BatchNorm", "Conv", "Dense", "Dropout", "Embedding", "Flatten", "Layer", "LayerNorm", "MaxPool",
    "Parameter", "RMSNorm", "Recurrent", "Residual",
]  # fmt: skip
