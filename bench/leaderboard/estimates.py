"""Estimates of a row, and differences between rows, with the subject as the unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bench.results.row_record import EstimateRecord
from bench.scoring.comparisons import Difference, beyond_chance, compare
from bench.scoring.comparisons import difference as difference_of
from bench.scoring.scoring import BOUNDED, chance_level, sign
from bench.scoring.variance import FEWEST_UNITS, Estimate, Units, estimate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.leaderboard.summary import Summary
    from bench.results.cell_record import Design
    from bench.results.task_record import Scores

DIGITS = 6


def estimates(
    subjects: Mapping[str, Scores], stimuli: Mapping[str, Scores], design: Design | None
) -> dict[str, EstimateRecord]:
    """Each metric over subjects, or over stimuli where only these are unseen."""
    names = dict.fromkeys(name for scores in subjects.values() for name in scores)
    return {name: estimated(name, subjects, stimuli, design) for name in names}


def estimated(
    metric: str, subjects: Mapping[str, Scores], stimuli: Mapping[str, Scores], design: Design | None
) -> EstimateRecord:
    found = over_units(metric, subjects, stimuli, design)
    mean, low, high = (rounded(value) for value in (found.mean, found.low, found.high))
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
    media = Units(values(metric, stimuli), design.training_stimuli if design else 1.0)
    if "stimulus" not in unseen or np.isfinite(media.scores).sum() < FEWEST_UNITS:
        return people, None
    return (people, media) if "subject" in unseen else (media, None)


def trained_on(design: Design | None, subjects: int) -> float:
    """Subjects in the training part, on average; older results do not say, and leave one out."""
    return design.training_subjects if design else max(subjects - 1.0, 1.0)


def seen(design: Design | None) -> bool:
    """Whether subjects and stimuli are on both sides of folds, so that intervals hold for these alone."""
    return design is not None and not design.unseen


def values(metric: str, scores: Mapping[str, Scores]) -> np.ndarray:
    found = [each.get(metric) for each in scores.values()]
    return np.array([np.nan if value is None else value for value in found], dtype=np.float64)


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


def shared(of: Summary, one: Summary, other: Summary) -> tuple[dict[str, Scores], dict[str, Scores]]:
    """The scores of subjects and of stimuli that both rows have, in one order."""
    subjects = {name: of.subjects[name] for name in one.subjects if name in other.subjects}
    stimuli = {name: of.stimuli[name] for name in one.stimuli if name in other.stimuli}
    return subjects, stimuli


def scores_of(rows: Sequence[Summary], metric: str) -> np.ndarray:
    """(rows, subjects): with the sign that makes higher better, for the subjects that all rows have."""
    names = [name for name in rows[0].subjects if all(name in row.subjects for row in rows)]
    return np.array([sign(metric) * values(metric, {name: row.subjects[name] for name in names}) for row in rows])


def rounded(value: Any) -> float | None:
    """Enough digits for any table; None where the value is not defined."""
    return round(float(value), DIGITS) if np.isfinite(value) else None
