"""Estimates of a row, and differences between rows, with the subject as the unit."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.results.row_record import EstimateRecord
from bench.scoring.comparisons import Difference, beyond_chance, compare
from bench.scoring.comparisons import difference as difference_of
from bench.scoring.scoring import BOUNDED, chance_level, sign, within_limits
from bench.scoring.variance import FEWEST_UNITS, Estimate, Units, estimate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.leaderboard.summary import Summary
    from bench.results.cell_record import Design
    from bench.results.task_record import Scores

DIGITS = 10  # more than any table shows, so that numbers can be checked to 1e-9


def estimates(
    subjects: Mapping[str, Scores], stimuli: Mapping[str, Scores], design: Design | None
) -> dict[str, EstimateRecord]:
    """Each metric over subjects, or over stimuli where only these are unseen."""
    names = dict.fromkeys(chain.from_iterable(subjects.values()))
    return {name: estimated(name, subjects, stimuli, design) for name in names}


def estimated(
    metric: str, subjects: Mapping[str, Scores], stimuli: Mapping[str, Scores], design: Design | None
) -> EstimateRecord:
    found = over_units(metric, subjects, stimuli, design)
    mean, low, high = (rounded(within_limits(metric, value)) for value in (found.mean, found.low, found.high))
    return EstimateRecord(mean, low, high, found.n, found.missing)


def over_units(
    metric: str, subjects: Mapping[str, Scores], stimuli: Mapping[str, Scores], design: Design | None
) -> Estimate:
    return estimate(
        *units_of(metric, subjects, stimuli, design),
        bounded=metric in BOUNDED,
        these_subjects_only=seen(design),
        chance=chance_level(metric),
    )


def units_of(
    metric: str, subjects: Mapping[str, Scores], stimuli: Mapping[str, Scores], design: Design | None
) -> tuple[Units, Units | None]:
    """The units whose scores are averaged; and stimuli, where they are unseen as well and have scores."""
    unseen = design.unseen if design else ("subject",)
    people = Units(values(metric, subjects), trained_on(design, len(subjects)))
    if design is None or "stimulus" not in unseen:
        return people, None
    media = Units(values(metric, stimuli), design.training_stimuli)
    if np.isfinite(media.scores).sum() < FEWEST_UNITS:
        return people, None
    return (people, media) if "subject" in unseen else (media, None)


def trained_on(design: Design | None, subjects: int) -> float:
    """Subjects in the training part, on average; older results do not say, and leave one out."""
    return design.training_subjects if design else max(subjects - 1.0, 1.0)


def seen(design: Design | None) -> bool:
    """Whether subjects and stimuli are on both sides of folds, so that intervals hold for these alone."""
    return design is not None and not design.unseen


def values(metric: str, scores: Mapping[str, Scores]) -> np.ndarray:
    return np.array([each.get(metric) for each in scores.values()], dtype=np.float64)  # None becomes NaN


def difference(one: Summary, other: Summary, metric: str) -> Difference:
    """How much better the first row is, over the subjects that both have, with the sign that makes higher better."""
    found, chance = (
        compare(*differences(one, other, metric), these_subjects_only=seen(one.design)),
        chance_level(metric),
    )
    if chance is None:
        return found
    better = one if found.estimate.mean > 0 else other
    return beyond_chance(found, over_units(metric, *shared(better, one, other), better.design), chance)


def differences(one: Summary, other: Summary, metric: str) -> tuple[Units, Units | None]:
    pairs = [units_of(metric, *shared(each, one, other), each.design) for each in (one, other)]
    (first, first_media), (second, second_media) = pairs
    media = difference_of(first_media, second_media) if first_media and second_media else None
    return signed(difference_of(first, second), metric), signed(media, metric) if media else None


def signed(units: Units, metric: str) -> Units:
    return Units(sign(metric) * units.scores, units.trained)


def shared(of: Summary, one: Summary, other: Summary) -> tuple[Mapping[str, Scores], Mapping[str, Scores]]:
    """The scores of subjects and of stimuli that both rows have, in one order."""
    return common(of.subjects, one.subjects, other.subjects), common(of.stimuli, one.stimuli, other.stimuli)


def common(of: Mapping[str, Scores], *others: Mapping[str, Scores]) -> Mapping[str, Scores]:
    """The scores of the units that all of the others have, in the order of the first."""
    names = list(of)
    if all(list(other) == names for other in others):
        return of
    first, *rest = others
    return {name: of[name] for name in first if all(name in other for other in rest)}


def scores_of(rows: Sequence[Summary], metric: str) -> np.ndarray:
    """(rows, subjects): with the sign that makes higher better, for the subjects that all rows have."""
    subjects = [row.subjects for row in rows]
    return np.array([sign(metric) * values(metric, common(each, *subjects)) for each in subjects])


def rounded(value: Any) -> float | None:
    """Enough digits for any table; None where the value is not defined."""
    return round(float(value), DIGITS) if np.isfinite(value) else None
