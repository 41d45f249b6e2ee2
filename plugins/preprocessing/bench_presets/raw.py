"""The empty chain, under a name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.api import PreprocessingPreset

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.api import Dataset


@dataclass(frozen=True)
class Raw(PreprocessingPreset):
    """Signals as recorded, of all modalities."""

    def chains(self, dataset: Dataset) -> Mapping[str, str]:
        return {modality: "" for modality in dataset.modalities if modality not in dataset.stimulus_modalities}
