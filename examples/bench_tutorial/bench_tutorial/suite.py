"""A suite: what `bench run --suite days` runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.api import Suite

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class Days(Suite):
    """The models of this package under two protocols, on simulated subjects with two sessions."""

    def grids(self) -> Sequence[Mapping[str, Any]]:
        return [
            {
                "dataset": ["synthetic"],
                "model": ["extra-trees", "nearest-mean"],
                "fusion": ["early"],
                "protocol": ["kfold-trial", "later-session"],
            }
        ]
