"""Connections without attention."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.training.networks.cross_connections import CrossConnections
from bench.training.networks.exchange import aligned

if TYPE_CHECKING:
    from torch import Tensor


class Connections(CrossConnections):
    """X = BN([Z; Z of the others]): widths may differ, lengths are aligned."""

    def sent(self, states: dict[str, Tensor]) -> dict[tuple[str, str], Tensor]:
        return {
            (sender, receiver): aligned(states[sender], states[receiver].shape[-1])
            for receiver, senders in self.senders.items()
            for sender in senders
        }
