"""The numerics of Keras, in which the authors worked."""

from __future__ import annotations

from torch import nn


def like_keras(module: nn.Module, momentum: float = 0.01) -> nn.Module:
    """Weights uniform as Glorot and Bengio (2010) have them, biases 0, and the constants of batch normalisation."""
    for layer in module.modules():
        if isinstance(layer, nn.BatchNorm1d):
            layer.eps, layer.momentum = 1e-3, momentum
        if isinstance(layer, (nn.Conv1d, nn.Linear)):
            nn.init.xavier_uniform_(layer.weight)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    return module
