"""From 0 to 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from bench_normalise.moments import blocks
from bench_normalise.subject import Per, Together

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.api import Recording


@dataclass(frozen=True)
class MinMax(Together):
    """The lowest value becomes 0 and the highest 1; a channel that never moves becomes 0."""

    unit: ClassVar[str] = "0 to 1"

    per: Per = "subject"

    def measured(self, modality: str, place: int, recordings: Sequence[Recording]) -> tuple[float, float]:
        pieces = (recording.signals[modality].values[place] for recording in recordings)
        limits = [(block.min(), block.max()) for piece in pieces for block in blocks(piece)]
        low = float(min((limit[0] for limit in limits), default=0.0))
        high = float(max((limit[1] for limit in limits), default=0.0))
        return low, (high - low) or 1.0
