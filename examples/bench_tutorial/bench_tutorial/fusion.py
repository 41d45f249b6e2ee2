"""The surest modality decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.api import Fusion

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.api import Array


@dataclass(frozen=True)
class Strongest(Fusion):
    """Late fusion: the probabilities of the modality whose largest one is the largest, the first of equals."""

    def combine(self, probabilities: Mapping[str, Array], learnt: Any) -> Array:
        members = np.stack(list(probabilities.values()))  # (modalities, n, classes)
        surest = members.max(axis=2).argmax(axis=0)
        return np.asarray(members[surest, np.arange(members.shape[1])])
