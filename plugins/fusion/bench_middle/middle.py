"""Middle fusion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.training.networks.directions import DirectedFusion

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.training.networks.exchange import Exchange


@dataclass(frozen=True)
class Middle(DirectedFusion):
    """Connections without attention: AttX "w/o att." of Table III, whose stages and directions are not said.

    Chosen: those of the best configuration, with which the paper compares it.
    """

    def exchange(self, stage: int, widths: Mapping[str, int]) -> Exchange | None:
        from bench_middle.connections import Connections

        if stage not in self.stages:
            return None
        return Connections(self.arrows(tuple(widths)), widths, self.batch_norm_momentum)
