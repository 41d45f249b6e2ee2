"""What the recordings on this machine hold: segments and seconds of each class, person by person."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

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
    """Of a whole data set."""

    recordings: int = 0
    #: target -> person -> class -> count; what has no label is counted under `UNLABELLED`
    targets: dict[str, dict[str, dict[str, Count]]] = field(default_factory=dict)
    excluded: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)  # on how labels follow from ratings


def count(dataset: Dataset, tell: Callable[[str, int, int], None]) -> Counts:
    """One person after the other; where labels follow from ratings, as the ratings of all people would have it."""
    counts = Counts(excluded=Counter(dataset.excluded()))
    people = list(dataset.subjects())
    segments: list[tuple[str, Segment]] = []
    for done, subject in enumerate(people):
        tell(f"loading {subject}", done, len(people))
        for recording in dataset.load(subject):
            counts.recordings += 1
            counts.excluded.update(recording.excluded)
            segments += [(subject, segment) for segment in recording.segments]
    tell("loading", len(people), len(people))
    if not dataset.targets:
        counts.targets["people"] = {subject: {"segments": Count()} for subject in people}
        for subject, segment in segments:
            counts.targets["people"][subject]["segments"].add(segment.stop - segment.start)
    for target, classes in dataset.targets.items():
        rule = dataset.label_rule(target)
        labels = ruled(segments, rule, classes) if rule else [each.targets.get(target, "") for _, each in segments]
        table = {subject: {name: Count() for name in (*classes, UNLABELLED)} for subject in people}
        for (subject, segment), label in zip(segments, labels, strict=True):
            table[subject].setdefault(label or UNLABELLED, Count()).add(segment.stop - segment.start)
        counts.targets[target] = table
        if rule and len(given := Given.of(segments, rule)):
            counts.notes += rule.notes(given.subjects, given.ratings)
    return counts


@dataclass(frozen=True)
class Given:
    """The segments that have every rating which a rule needs."""

    rows: list[int]
    subjects: Array
    ratings: dict[str, Array]

    def __len__(self) -> int:
        return len(self.rows)

    @classmethod
    def of(cls, segments: Sequence[tuple[str, Segment]], rule: LabelRule) -> Given:
        names = tuple(rule.needs) or tuple(dict.fromkeys(name for _, each in segments for name in each.ratings))
        rows = [row for row, (_, each) in enumerate(segments) if all(name in each.ratings for name in names)]
        ratings = {name: np.array([segments[row][1].ratings[name] for row in rows], dtype=float) for name in names}
        return cls(rows, np.array([segments[row][0] for row in rows]), ratings)


def ruled(segments: Sequence[tuple[str, Segment]], rule: LabelRule, classes: Sequence[str]) -> list[str]:
    """The class of each segment by a rule that has seen all of them; empty where a rating is missing."""
    given = Given.of(segments, rule)
    labels = [""] * len(segments)
    if len(given):
        found = rule.label(given.subjects, given.ratings, rule.learn(given.subjects, given.ratings))
        for row, number in zip(given.rows, found, strict=True):
            labels[row] = classes[int(number)]
    return labels
