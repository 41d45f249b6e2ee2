"""Re-referencing of EEG."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np

from bench.api import Preprocessor
from bench.errors import UsageError
from bench_channels.names import places

if TYPE_CHECKING:
    from bench.api import Array, Recording, Scope, Signal

AVERAGE = "average"


@dataclass(frozen=True)
class Reference(Preprocessor):
    """Subtract the reference from all channels; reference channels are kept.

    The average is that of the channels that have a value at that moment; where fewer than two have one, all
    are gaps. A gap in a named reference is a gap in all. A signal of one channel has no average to be measured
    against, and stays as it is.
    """

    scope: ClassVar[Scope] = "window"

    to: Annotated[tuple[str, ...], "average, or the channels whose mean is the reference, as in M1,M2"] = (AVERAGE,)

    def __post_init__(self) -> None:
        if not self.to:
            raise UsageError("reference: 'to' names nothing; write average, or channels as in M1,M2.")

    def apply(self, recording: Recording) -> Recording:
        where = f"{recording.subject}/{recording.session}"
        signals = {
            modality: self.referenced(signal, f"'{modality}' of {where}")
            for modality, signal in recording.signals.items()
        }
        return replace(recording, signals=signals)

    def referenced(self, signal: Signal, where: str) -> Signal:
        values = np.array(signal.values, dtype=np.float64)
        if self.to != (AVERAGE,):
            values -= values[places("reference", self.to, signal, where)].mean(axis=0)
        elif len(values) > 1:
            values -= average(values)
        return replace(signal, values=values)


def average(values: Array) -> Array:
    """The mean over channels with a value, per sample; NaN where fewer than two have one."""
    known = np.isfinite(values)
    count = known.sum(axis=0)
    total = np.where(known, values, 0).sum(axis=0)
    return np.where(count > 1, total / np.maximum(count, 1), np.nan)
