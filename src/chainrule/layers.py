"""The layers that networks are built of: `Network([Conv(20, 5), MaxPool(2), Flatten(), Dense(10)], input=(1, 28, 28))`."""

from .network.layers import Layer, Parameter
from .network.makers import AveragePool, BatchNorm, Conv, Dense, Dropout, Flatten, LayerNorm, MaxPool, Residual, RMSNorm

__all__ = [
    "AveragePool", "BatchNorm", "Conv", "Dense", "Dropout", "Flatten", "Layer", "LayerNorm", "MaxPool", "Parameter", "RMSNorm",
    "Residual",
]  # fmt: skip
