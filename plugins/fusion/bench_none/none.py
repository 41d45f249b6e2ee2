"""The absence of fusion, as a fusion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bench.api import Fusion


@dataclass(frozen=True)
class NoFusion(Fusion):
    """Each modality alone."""

    one_modality: ClassVar[bool] = True
