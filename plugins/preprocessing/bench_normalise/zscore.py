"""The user-specific z-score of many papers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np

from bench.api import Range
from bench_normalise.baseline import calm
from bench_normalise.moments import finite, moments
from bench_normalise.running import running
from bench_normalise.subject import Per, Together

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.api import Array, Recording, Scope


@dataclass(frozen=True)
class ZScore(Together):
    """Of everything or of a baseline, also of a subject who is held out: the audit calls that transductive.

    The causal one knows the past of its recording alone, whatever `per` is: nothing says how long recordings lie apart.
    """

    unit: ClassVar[str] = "z"

    statistics: Annotated[
        Literal["session", "trimmed", "baseline", "causal"],
        "samples for mean and spread; session: all; trimmed: all, but the spread leaves out 2.5 % at both ends; "
        "baseline: those of one condition; causal: those before",
    ] = "session"
    per: Per = "subject"
    baseline: Annotated[str, "of statistics=baseline: the class, stimulus or trial of the segments that count"] = (
        "baseline"
    )
    warmup: Annotated[
        float, Range(0, 3600), "of statistics=causal: seconds of samples that are missing, since little is known yet"
    ] = 30.0

    @property
    def scope(self) -> Scope:
        return "past" if self.statistics == "causal" else super().scope

    @property
    def calibrates_on(self) -> str:
        return self.baseline if self.statistics == "baseline" else ""

    def apply_all(self, recordings: Sequence[Recording]) -> Sequence[Recording]:
        if self.statistics == "causal":
            return [self.onward(recording) for recording in recordings]
        return super().apply_all(recordings)

    def measured(self, modality: str, place: int, recordings: Sequence[Recording]) -> tuple[float, float]:
        pieces = [recording.signals[modality].values[place] for recording in recordings]
        everything = moments(pieces)
        if self.statistics == "baseline":
            found = calm(self.baseline, modality, place, recordings, everything)
            return found.mean, found.spread or 1.0
        spread = trimmed(pieces) if self.statistics == "trimmed" else 0.0
        return everything.mean, spread or everything.spread or 1.0

    def onward(self, recording: Recording) -> Recording:
        signals = {
            modality: replace(
                signal,
                values=np.stack([running(channel, self.warmup * signal.rate) for channel in signal.values]),
                unit=self.unit,
            )
            for modality, signal in recording.signals.items()
        }
        return replace(recording, signals=signals)


def trimmed(pieces: Sequence[Array]) -> float:
    """The spread of what is left when 2.5 % of the samples are cut off at both ends."""
    samples = np.concatenate([finite(piece) for piece in pieces], dtype=np.float64)
    low, high = int(0.025 * len(samples)), int(0.975 * len(samples))
    if low < high:
        samples.partition(high - 1)  # one place at a time: only so does NumPy use vector instructions
        samples[:high].partition(low)
    return moments([samples[low:high]]).spread
