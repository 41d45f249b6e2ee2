"""Recordings as steps see them: signals, and segments with times and codes but without labels or names."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bench.errors import BenchError, DataError, PluginError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.api import Preprocessor, Recording, Segment

DATASET, SUBJECT = "<data set>", "<subject>"  # stand for names in messages of steps
SHOWN = 12


@dataclass(frozen=True)
class StepJob:
    """The steps, the recordings of one subject, and for each step the segments that it calibrates on."""

    steps: tuple[Preprocessor, ...]
    recordings: tuple[Recording, ...]
    calibration: tuple[frozenset[tuple[str, str]], ...]  # session and trial


Stepped = tuple[list["Recording"], list[bool]]  # the result, and for each step whether each recording was one segment
Runner = "Callable[[StepJob], Stepped]"


def through_steps(
    run: Callable[[StepJob], Stepped], steps: Sequence[Preprocessor], recordings: Sequence[Recording], dataset: str
) -> Stepped:
    """The recordings of one subject after all steps, which see no labels; these are put back afterwards."""
    if not steps:
        return list(recordings), []
    calibration = tuple(calibrating(step, recordings, dataset) for step in steps)
    hidden = [without_labels(recording, number) for number, recording in enumerate(recordings)]
    try:
        found, alone = run(StepJob(tuple(steps), tuple(hidden), calibration))
    except BenchError as error:
        raise type(error)(with_names(str(error), recordings, dataset)) from error
    if len(found) != len(recordings):
        raise PluginError(f"{dataset}: its steps made {len(found)} recordings of {len(recordings)}.")
    return [with_labels(before, after) for before, after in zip(recordings, found, strict=True)], alone


def without_labels(recording: Recording, number: int) -> Recording:
    """The same signals and times, with codes for names."""
    segments = [
        replace(segment, trial=str(place), targets={}, stimulus="", ratings={}, calibrates=False)
        for place, segment in enumerate(recording.segments)
    ]
    return replace(recording, subject=SUBJECT, session=code_of_session(number), segments=segments, excluded={})


def code_of_session(number: int) -> str:
    return f"<session {number + 1}>"


def with_names(text: str, recordings: Sequence[Recording], dataset: str) -> str:
    """A message of a step with the names that it did not know."""
    for number, recording in enumerate(recordings):
        text = text.replace(code_of_session(number), recording.session)
    subject = recordings[0].subject if recordings else ""
    return text.replace(DATASET, dataset).replace(SUBJECT, subject)


def with_labels(before: Recording, after: Recording) -> Recording:
    """The changed recording with the labels of the original segments, which may only become shorter or be dropped."""
    segments = []
    for segment in after.segments:
        place = int(segment.trial) if str(segment.trial).isdecimal() else len(before.segments)
        if place >= len(before.segments):
            raise PluginError(
                f"A step adds the segment '{segment.trial}'; segments may only become shorter or be dropped."
            )
        old = before.segments[place]
        if not old.start - 1e-9 <= segment.start < segment.stop <= old.stop + 1e-9:
            raise PluginError(
                f"A step moves the segment '{old.trial}' from {old.start:g} to {old.stop:g} s to {segment.start:g} to "
                f"{segment.stop:g} s; segments may only become shorter."
            )
        segments.append(replace(old, start=float(segment.start), stop=float(segment.stop)))
    excluded = dict(before.excluded)
    for reason, count in after.excluded.items():
        excluded[str(reason)] = excluded.get(str(reason), 0) + int(count)
    return replace(before, signals=after.signals, segments=segments, excluded=excluded)


def calibrating(step: Preprocessor, recordings: Sequence[Recording], dataset: str) -> frozenset[tuple[str, str]]:
    """The codes of the segments that a step calibrates on."""
    condition = step.calibrates_on
    found = frozenset(
        (code_of_session(number), str(place))
        for number, recording in enumerate(recordings)
        for place, segment in enumerate(recording.segments)
        if condition and condition in conditions(segment)
    )
    if condition and recordings and not found:
        raise DataError(
            f"{dataset}, subject {recordings[0].subject}: there is no segment of the condition '{condition}'; "
            f"{existing(recordings)}."
        )
    return found


def mark(recordings: Sequence[Recording], segments: frozenset[tuple[str, str]]) -> list[Recording]:
    """The recordings with these segments marked for a step that calibrates on them."""
    return [
        replace(recording, segments=[
            replace(segment, calibrates=(recording.session, segment.trial) in segments)
            for segment in recording.segments
        ])
        for recording in recordings
    ]  # fmt: skip


def conditions(segment: Segment) -> tuple[str, ...]:
    """All names of a segment."""
    return (*segment.targets.values(), segment.stimulus, segment.trial)


def existing(recordings: Sequence[Recording]) -> str:
    """The conditions that there are, classes before stimuli and trials."""
    segments = [segment for recording in recordings for segment in recording.segments]
    columns = zip(*(conditions(segment)[-2:] for segment in segments), strict=True) if segments else ()
    classes = {name for segment in segments for name in segment.targets.values()}
    names = [name for group in (classes, *map(set, columns)) for name in sorted(group - {""})]
    distinct = list(dict.fromkeys(names))
    if not distinct:
        return "it has no condition at all"
    more = f" and {len(distinct) - SHOWN} more" if len(distinct) > SHOWN else ""
    return f"set it to one of {', '.join(distinct[:SHOWN])}{more}"
