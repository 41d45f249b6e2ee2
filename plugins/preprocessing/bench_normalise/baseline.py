"""Mean and spread in a condition, such as a baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.errors import DataError
from bench_normalise.moments import moments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.api import Recording, Segment
    from bench_normalise.moments import Moments

SHOWN = 12


def calm(condition: str, modality: str, place: int, recordings: Sequence[Recording], everything: Moments) -> Moments:
    """The moments of one channel in all segments of the condition; everything's where the channel is constant."""
    pieces = [
        signal.values[place, round(segment.start * signal.rate) : round(segment.stop * signal.rate)]
        for recording in recordings
        for signal in [recording.signals[modality]]
        for segment in recording.segments
        if condition in conditions(segment)
    ]
    first = recordings[0]
    who = first.subject if len(recordings) > 1 else f"{first.subject}/{first.session}"
    if not pieces:
        raise DataError(f"zscore: {who} has no segment of the condition '{condition}'; {existing(recordings)}.")
    found = moments(pieces)
    if found.spread == 0 < everything.spread:
        raise DataError(
            f"zscore: '{modality}' of {who} never moves in the condition '{condition}'; "
            "choose other statistics, or leave the subject out."
        )
    return found if found.count else everything


def conditions(segment: Segment) -> tuple[str, ...]:
    """All names that a segment goes by."""
    return (*segment.targets.values(), segment.stimulus, segment.trial)


def existing(recordings: Sequence[Recording]) -> str:
    """What could have been asked for, classes before stimuli and trials."""
    segments = [segment for recording in recordings for segment in recording.segments]
    columns = zip(*(conditions(segment)[-2:] for segment in segments), strict=True) if segments else ()
    classes = {name for segment in segments for name in segment.targets.values()}
    names = [name for group in (classes, *map(set, columns)) for name in sorted(group - {""})]
    distinct = list(dict.fromkeys(names))
    if not distinct:
        return "it has no condition at all"
    more = f" and {len(distinct) - SHOWN} more" if len(distinct) > SHOWN else ""
    return f"set baseline to one of {', '.join(distinct[:SHOWN])}{more}"
