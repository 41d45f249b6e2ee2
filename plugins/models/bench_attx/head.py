"""The classifier at the end of section II-C."""

from __future__ import annotations

from torch import nn

from bench_attx.keras import like_keras


def head(dim: int, hidden: int, classes: int) -> nn.Module:
    """Two FC layers with ReLU, and the one before softmax, which is left to the loss: logits."""
    return like_keras(
        nn.Sequential(
            nn.Linear(dim, hidden),  # 64 + 64 -> 128: embeddings side by side fit the head
            nn.ReLU(),
            nn.Linear(hidden, hidden),
            nn.ReLU(),
            nn.Linear(hidden, classes),
        )
    )
