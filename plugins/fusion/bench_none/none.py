"""No fusion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bench.api import Fusion


@dataclass(frozen=True)
class NoFusion(Fusion):
    """One modality at a time."""

    one_modality: ClassVar[bool] = True
