"""The layers that networks are built of: `Network([Conv(20, 5), MaxPool(2), Flatten(), Dense(10)], input=(1, 28, 28))`."""

from .network.layers import Layer, Parameter
from .network.makers import BatchNorm, Dense, Dropout, Flatten, LayerNorm, Residual, RMSNorm

__all__ = ["BatchNorm", "Dense", "Dropout", "Flatten", "Layer", "LayerNorm", "Parameter", "RMSNorm", "Residual"]
