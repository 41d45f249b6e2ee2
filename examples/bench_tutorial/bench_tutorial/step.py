"""A preprocessing step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import numpy as np

from bench.api import Preprocessor, Range

if TYPE_CHECKING:
    from bench.api import Recording, Scope


@dataclass(frozen=True)
class Difference(Preprocessor):
    """The difference of each sample and an earlier one, per second. The first samples become NaN."""

    lag: Annotated[int, Range(1, 1000), "samples between the two"] = 1

    @property
    def scope(self) -> Scope:
        return "past"  # no sample depends on a later one

    def apply(self, recording: Recording) -> Recording:
        signals = {}
        for modality, signal in recording.signals.items():
            values = np.full(signal.values.shape, np.nan)
            values[:, self.lag :] = (
                (signal.values[:, self.lag :] - signal.values[:, : -self.lag]) * signal.rate / self.lag
            )
            signals[modality] = replace(signal, values=values, unit=f"{signal.unit}/s")
        return replace(recording, signals=signals)
