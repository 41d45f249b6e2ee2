"""Recordings: the signals of one subject, and the segments that windows are cut from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.api.arrays import Array


@dataclass(frozen=True, eq=False)
class Signal:
    """One modality of a recording."""

    values: Array  # (channels, time); NaN where samples are missing
    rate: float  # samples per second
    unit: str = ""
    channels: tuple[str, ...] = ()  # names; may be left empty


@dataclass(frozen=True)
class Segment:
    """A part of a recording with one label. Windows are cut inside segments and never cross their edges."""

    start: float  # seconds from the start of the recording
    stop: float
    trial: str  # unique within its recording; a neutral name such as part-1, not that of its class
    targets: Mapping[str, str]  # target -> class; leave a target out where the segment has no label for it
    stimulus: str = ""  # what the subject saw or heard; empty if that is the label itself
    ratings: Mapping[str, float] = field(default_factory=dict)  # for a `LabelRule` or a regression target
    calibrates: bool = False  # set by bench for a step with `calibrates_on`: the segment is of that condition


@dataclass(frozen=True, eq=False)
class Recording:
    """One session of one subject.

    All signals start at second 0. Segments are in order of time and do not overlap. The recordings of a subject have
    distinct `session` names. Two files of one visit are one recording if they share a clock (shift their signals to a
    common start), and otherwise two recordings, each with a session name of its own.
    """

    subject: str
    signals: Mapping[str, Signal]  # modality -> signal
    segments: Sequence[Segment]
    session: str = "1"
    excluded: Mapping[str, int] = field(default_factory=dict)  # reason -> number of trials that were left out
