"""One combination of plugins, as their `refuse` methods receive it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.api.datasets import Dataset
    from bench.api.fusion import Fusion
    from bench.api.models import Model
    from bench.api.protocols import Protocol


@dataclass(frozen=True)
class Combination:
    """The plugins of one row of a comparison, before any data are read."""

    dataset: Dataset
    target: str
    modalities: tuple[str, ...]
    model: Model
    fusion: Fusion
    protocol: Protocol
