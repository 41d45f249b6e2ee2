"""The attention of one branch to another at the end of one stage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.api import Array


@dataclass(frozen=True, eq=False)
class Received:
    """One connection in one window."""

    stage: str
    sender: str
    receiver: str
    values: Array  # (channels or 1, time)

    @property
    def title(self) -> str:
        return f"{self.sender} to {self.receiver}, stage {self.stage}"

    @property
    def by_channel(self) -> bool:
        return len(self.values) > 1


def received(attention: Mapping[str, Mapping[str, Array]], modalities: Sequence[str]) -> dict[str, list[Received]]:
    """Receiver -> connections in the first window, ordered by sender, then stage."""
    return {
        receiver: [
            Received(stage, sender, receiver, connections[f"{sender}_to_{receiver}"][0])
            for sender in modalities
            for stage, connections in attention.items()
            if f"{sender}_to_{receiver}" in connections
        ]
        for receiver in modalities
    }
