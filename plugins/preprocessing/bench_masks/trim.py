"""Remove the edges of segments."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np

from bench.api import Preprocessor, Range

if TYPE_CHECKING:
    from bench.api import Recording, Scope, Signal


@dataclass(frozen=True)
class Trim(Preprocessor):
    """Windows are cut from the rest of each segment; removed samples become gaps, so that later steps do not use them.

    Segments belong to the whole recording, so this step is written once, whatever the modality before the colon.
    """

    scope: ClassVar[Scope] = "window"

    start: Annotated[float, Range(0, 3600), "seconds removed at the start of each segment"] = 0.0
    stop: Annotated[float, Range(0, 3600), "seconds removed at the end of each segment"] = 0.0

    def apply(self, recording: Recording) -> Recording:
        narrowed = [
            replace(segment, start=segment.start + self.start, stop=segment.stop - self.stop)
            for segment in recording.segments
        ]
        segments = [segment for segment in narrowed if segment.stop > segment.start]
        excluded = Counter(recording.excluded)
        if gone := len(narrowed) - len(segments):
            excluded[f"trial no longer than the {self.start + self.stop:g} s that are trimmed"] += gone
        edges = [
            edge
            for segment in recording.segments
            for edge in (
                (segment.start, min(segment.start + self.start, segment.stop)),
                (max(segment.stop - self.stop, segment.start), segment.stop),
            )
            if edge[1] > edge[0]
        ]
        signals = {name: blanked(signal, edges) if edges else signal for name, signal in recording.signals.items()}
        return replace(recording, signals=signals, segments=segments, excluded=excluded)


def blanked(signal: Signal, stretches: list[tuple[float, float]]) -> Signal:
    """The signal with a gap from each start to before each stop, in seconds."""
    values = np.array(signal.values, dtype=np.float64)
    for start, stop in stretches:
        values[:, round(start * signal.rate) : round(stop * signal.rate)] = np.nan
    return replace(signal, values=values)
