"""Counts of a data set on this machine: segments and seconds of each class, per subject."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from bench.data.recordings import loaded, reading

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.api import Array, Dataset, LabelRule, Segment

UNLABELLED = "no label"


@dataclass
class Count:
    """Segments and their seconds."""

    segments: int = 0
    seconds: float = 0.0

    def add(self, seconds: float) -> None:
        self.segments += 1
        self.seconds += seconds


@dataclass
class Counts:
    """The counts of a whole data set."""

    recordings: int = 0
    #: target -> subject -> class -> count; segments without a label are counted under `UNLABELLED`
    targets: dict[str, dict[str, dict[str, Count]]] = field(default_factory=dict)
    excluded: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)  # from the rules that turn ratings into classes


def count(dataset: Dataset, on_progress: Callable[[str, int, int], None]) -> Counts:
    """Load every subject and count; where classes follow from ratings, the rule learns from all subjects."""
    counts = Counts(excluded=Counter(dataset.excluded()))
    subjects = list(reading(dataset.subjects, dataset, "the list of subjects"))
    segments: list[tuple[str, Segment]] = []
    for done, subject in enumerate(subjects):
        on_progress(f"loading {subject}", done, len(subjects))
        for recording in loaded(dataset, subject):
            counts.recordings += 1
            counts.excluded.update(recording.excluded)
            segments += [(subject, segment) for segment in recording.segments]
    on_progress("loading", len(subjects), len(subjects))
    if not dataset.targets:
        counts.targets["subjects"] = {subject: {"segments": Count()} for subject in subjects}
        for subject, segment in segments:
            counts.targets["subjects"][subject]["segments"].add(segment.stop - segment.start)
    for target, classes in dataset.targets.items():
        rule = dataset.label_rule(target)
        if rule:
            labels = apply_rule(segments, rule, classes)
        else:
            labels = [segment.targets.get(target, "") for _, segment in segments]
        table = {subject: {name: Count() for name in (*classes, UNLABELLED)} for subject in subjects}
        for (subject, segment), label in zip(segments, labels, strict=True):
            table[subject].setdefault(label or UNLABELLED, Count()).add(segment.stop - segment.start)
        counts.targets[target] = table
        if rule and len(rated := RatedSegments.of(segments, rule)):
            counts.notes += rule.notes(rated.subjects, rated.ratings)
    return counts


@dataclass(frozen=True)
class RatedSegments:
    """The segments that have every rating which a rule needs."""

    rows: list[int]
    subjects: Array
    ratings: dict[str, Array]

    def __len__(self) -> int:
        return len(self.rows)

    @classmethod
    def of(cls, segments: Sequence[tuple[str, Segment]], rule: LabelRule) -> RatedSegments:
        names = tuple(rule.needs) or tuple(dict.fromkeys(name for _, segment in segments for name in segment.ratings))
        rows = [row for row, (_, segment) in enumerate(segments) if all(name in segment.ratings for name in names)]
        ratings = {name: np.array([segments[row][1].ratings[name] for row in rows], dtype=float) for name in names}
        return cls(rows, np.array([segments[row][0] for row in rows]), ratings)


def apply_rule(segments: Sequence[tuple[str, Segment]], rule: LabelRule, classes: Sequence[str]) -> list[str]:
    """The class of each segment by a rule that learns from all of them; empty where a rating is missing."""
    rated = RatedSegments.of(segments, rule)
    labels = [""] * len(segments)
    if len(rated):
        numbers = rule.label(rated.subjects, rated.ratings, rule.learn(rated.subjects, rated.ratings))
        for row, number in zip(rated.rows, numbers, strict=True):
            labels[row] = classes[int(number)]
    return labels
