"""Exchanges that concatenate tensors of other branches to a branch's own."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from bench.training.networks.exchange import Exchange

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class CrossConnections(Exchange):
    """X = BN([Z; sent]) for each receiving branch (AttX, Eq. 4 and 5); other branches are unchanged."""

    def __init__(self, arrows: Sequence[tuple[str, str]], widths: Mapping[str, int], momentum: float) -> None:
        super().__init__()
        self.senders = {name: [one for one, receiver in arrows if receiver == name] for name in widths}
        self.widths = {name: widths[name] + sum(widths[one] for one in self.senders[name]) for name in widths}
        self.norms = nn.ModuleDict(
            {name: nn.BatchNorm1d(self.widths[name], 1e-3, momentum) for name in widths if self.senders[name]}
        )  # 1e-3 as in Keras, in which AttX was written

    def forward(self, states: dict[str, Tensor]) -> dict[str, Tensor]:
        sent = self.sent(states)
        return {name: self.received(name, state, sent) for name, state in states.items()}

    def received(self, name: str, state: Tensor, sent: dict[tuple[str, str], Tensor]) -> Tensor:
        """The new tensor of a branch: (batch, widths[name], time)."""
        if not self.senders[name]:
            return state
        parts = [state, *(sent[sender, name] for sender in self.senders[name])]
        normal: Tensor = self.norms[name](torch.cat(parts, dim=1))
        return normal

    @abstractmethod
    def sent(self, states: dict[str, Tensor]) -> dict[tuple[str, str], Tensor]:
        """Sender and receiver -> (batch, channels, time), at the length of the receiver."""
