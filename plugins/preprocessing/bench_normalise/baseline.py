"""Mean and spread in a condition, such as a baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.errors import DataError
from bench_normalise.moments import moments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.api import Recording
    from bench_normalise.moments import Moments


def calm(condition: str, modality: str, place: int, recordings: Sequence[Recording], everything: Moments) -> Moments:
    """The moments of one channel in all segments of the condition; everything's where the channel is constant."""
    pieces = [
        signal.values[place, round(segment.start * signal.rate) : round(segment.stop * signal.rate)]
        for recording in recordings
        for signal in [recording.signals[modality]]
        for segment in recording.segments
        if segment.calibrates
    ]
    first = recordings[0]
    who = first.subject if len(recordings) > 1 else f"{first.subject}/{first.session}"
    if not pieces:
        raise DataError(f"zscore: {who} has no segment of the condition '{condition}'.")
    found = moments(pieces)
    if found.spread == 0 < everything.spread:
        raise DataError(
            f"zscore: '{modality}' of {who} never moves in the condition '{condition}'; "
            "choose other statistics, or leave the subject out."
        )
    return found if found.count else everything
