"""A fusion of decisions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.api import Fusion

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.api import Array


@dataclass(frozen=True)
class MostConfident(Fusion):
    """For each window, the probabilities of the modality with the largest one."""

    def combine(self, probabilities: Mapping[str, Array], learnt: Any) -> Array:
        members = np.stack(list(probabilities.values()))  # (modalities, n, classes)
        chosen = members.max(axis=2).argmax(axis=0)  # (n,)
        return np.asarray(members[chosen, np.arange(members.shape[1])])  # (n, classes)
