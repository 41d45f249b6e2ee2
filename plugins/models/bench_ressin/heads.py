"""The classifier: concat(512, 6373) -> 512 -> ReLU -> 2."""

from __future__ import annotations

from torch import nn


def head(dim: int, hidden: int, classes: int, *, double_softmax: bool) -> nn.Sequential:
    """The same for skin conductance alone (512 -> 512 -> 2), of which the paper says nothing: our choice.

    It gives logits, of which the loss and the harness take the softmax. The author's later code takes it in the network
    and again in the loss (`double_softmax`): of two classes the loss is then never below ln(1 + 1/e) = 0.3133, and no
    probability that is told is below 0.27 or above 0.73. Which class is the likelier stays the same.
    """
    layers: list[nn.Module] = [
        nn.Linear(dim, hidden),  # (batch, 6885) -> (batch, 512)
        nn.ReLU(),
        nn.Linear(hidden, classes),  # (batch, 2)
    ]
    return nn.Sequential(*layers, *([nn.Softmax(dim=1)] if double_softmax else []))
