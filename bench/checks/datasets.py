"""Checks of data sets, on the recordings of the first subject."""

from __future__ import annotations

import math
from dataclasses import fields
from functools import lru_cache
from typing import TYPE_CHECKING

from bench.api import Card
from bench.checks.recordings import difference
from bench.data.validation import require_known_labels, require_valid_segments, require_valid_signals
from bench.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.api import Dataset, Recording


@lru_cache(maxsize=1)
def first_recordings(dataset: Dataset) -> Sequence[Recording]:
    """The recordings of the first subject, loaded once for all checks because loading can be slow."""
    return list(dataset.load(next(iter(dataset.subjects()))))


def card_is_filled(dataset: Dataset) -> None:
    """Its card states what it is, its source, its licence and its citation."""
    card = getattr(dataset, "card", None)
    if not isinstance(card, Card):
        raise PluginError(f"It has no card; write card: ClassVar[Card] = Card(...) in {type(dataset).__name__}.")
    for field in fields(card):
        if field.name != "defects" and not str(getattr(card, field.name)).strip():
            raise PluginError(f"The {field.name} of its card is empty; state it, or write that it is unknown.")


def modalities_have_names(dataset: Dataset) -> None:
    """It has modalities with distinct names."""
    names = tuple(dataset.modalities)
    if not names or len(set(names)) < len(names) or not all(isinstance(name, str) and name for name in names):
        raise PluginError(f"Its modalities are {names}; name one or more, each once.")


def targets_have_classes(dataset: Dataset) -> None:
    """Each of its targets has two or more classes. A data set for pre-training only has no targets."""
    for target, classes in dataset.targets.items():
        if len(set(classes)) < max(2, len(classes)) or not all(isinstance(name, str) and name for name in classes):
            raise PluginError(f"The target '{target}' has the classes {tuple(classes)}; name two or more, each once.")


def regression_targets_have_names(dataset: Dataset) -> None:
    """Regression targets have other names than targets with classes."""
    for name in dataset.regression_targets:
        if name in dataset.targets:
            raise PluginError(f"'{name}' is both a regression target and a target with classes; rename one of them.")


def subjects_are_distinct(dataset: Dataset) -> None:
    """Its subjects are distinct, and the same in every call."""
    subjects = list(dataset.subjects())
    if not subjects or not all(isinstance(name, str) and name for name in subjects):
        raise PluginError(f"Its subjects are {subjects[:5]}; return one or more non-empty strings.")
    double = sorted({name for name in subjects if subjects.count(name) > 1})
    if double:
        raise PluginError(f"It lists '{double[0]}' {subjects.count(double[0])} times; list each subject once.")
    if list(dataset.subjects()) != subjects:
        raise PluginError("A second call of subjects() returns other subjects, or another order; sort them.")


def recordings_are_of_the_subject(dataset: Dataset) -> None:
    """Loading a subject returns recordings of that subject, with distinct sessions."""
    subject = next(iter(dataset.subjects()))
    found = first_recordings(dataset)
    if not found:
        raise PluginError(f"There is no recording of '{subject}'; leave that subject out of subjects().")
    others = [recording.subject for recording in found if recording.subject != subject]
    if others:
        raise PluginError(f"load('{subject}') returns a recording of '{others[0]}'; return those of '{subject}' only.")
    sessions = [recording.session for recording in found]
    if len(set(sessions)) < len(sessions):
        raise PluginError(f"The recordings of '{subject}' have the sessions {sessions}; give each its own name.")


def signals_are_valid(dataset: Dataset) -> None:
    """Signals have the shape (channels, time), a positive rate, and no or one name per channel."""
    for recording in first_recordings(dataset):
        require_valid_signals(recording)


def modalities_are_declared(dataset: Dataset) -> None:
    """Recordings contain only modalities that the data set declares."""
    for recording in first_recordings(dataset):
        for modality in recording.signals:
            if modality not in dataset.modalities:
                raise PluginError(
                    f"Recording {recording.subject}/{recording.session} contains '{modality}', which is not in "
                    "modalities; add it there."
                )


def segments_are_valid(dataset: Dataset) -> None:
    """Segments are in order of time, do not overlap, have distinct trials and lie inside the signals."""
    for recording in first_recordings(dataset):
        require_valid_segments(recording)


def labels_are_classes(dataset: Dataset) -> None:
    """Labels of segments are classes of the targets."""
    for recording in first_recordings(dataset):
        require_known_labels(recording, dataset.targets)


def ratings_are_numbers(dataset: Dataset) -> None:
    """Ratings behind regression targets are finite, and the first subject has some."""
    segments = [segment for recording in first_recordings(dataset) for segment in recording.segments]
    for target, rating in dataset.regression_targets.items():
        values = [float(segment.ratings[rating]) for segment in segments if rating in segment.ratings]
        if segments and not values:
            raise PluginError(f"No segment has the rating '{rating}' of the regression target '{target}'; add it.")
        if not all(math.isfinite(value) for value in values):
            raise PluginError(f"The rating '{rating}' of a segment is not finite; leave it out if it is unknown.")


def loading_repeats(dataset: Dataset) -> None:
    """Loading a subject twice returns identical recordings."""
    first = first_recordings(dataset)
    again = list(dataset.load(next(iter(dataset.subjects()))))
    if len(first) != len(again):
        raise PluginError(f"Loading a subject returns {len(first)} recordings, then {len(again)}.")
    for one, other in zip(first, again, strict=True):
        found = difference(one, other)
        if found:
            raise PluginError(
                f"Recording {one.subject}/{one.session}: {found} changed from one call of load() to the next; "
                "derive random numbers from an option such as a seed."
            )


def digest_repeats(dataset: Dataset) -> None:
    """Its digest is a non-empty string, the same in every call."""
    digest = dataset.digest()
    if not isinstance(digest, str) or not digest:
        raise PluginError(f"Its digest is {digest!r}; return a string that changes with the data.")
    if dataset.digest() != digest:
        raise PluginError("A second call of digest() returns another digest; compute it from the data alone.")


CHECKS = (
    card_is_filled,
    modalities_have_names,
    targets_have_classes,
    regression_targets_have_names,
    subjects_are_distinct,
    recordings_are_of_the_subject,
    signals_are_valid,
    modalities_are_declared,
    segments_are_valid,
    labels_are_classes,
    ratings_are_numbers,
    loading_repeats,
    digest_repeats,
)
