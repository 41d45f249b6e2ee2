"""One grid per trap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.api import Suite

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

STRICT = {
    "null": "loso",
    "trial-identity": "kfold-trial",
    "stimulus-identity": "stimulus-independent",
    "subject-shortcut": "subject-independent",
}


@dataclass(frozen=True)
class Traps(Suite):
    """The nearest neighbour, which memorises best, under random folds and under a strict protocol for each trap."""

    def grids(self) -> Sequence[Mapping[str, Any]]:
        return [
            {
                "dataset": [f"synthetic(mode={mode})"],
                "model": ["knn(k=1)"],
                "fusion": ["early"],
                "protocol": ["kfold", strict],
            }
            for mode, strict in STRICT.items()
        ]
