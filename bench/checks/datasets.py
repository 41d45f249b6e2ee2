"""What a data set has to hold; the recordings are those of its first person."""

from __future__ import annotations

import math
from dataclasses import fields
from functools import lru_cache
from typing import TYPE_CHECKING

from bench.api import Card
from bench.checks.recordings import difference, require_sound_segments, require_sound_signals
from bench.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.api import Dataset, Recording


@lru_cache(maxsize=1)
def first_recordings(dataset: Dataset) -> Sequence[Recording]:
    """Loaded once for all checks, because that may take long."""
    return list(dataset.load(next(iter(dataset.subjects()))))


def card_is_filled(dataset: Dataset) -> None:
    """Its card says what it is, where it is from, its licence and what to cite."""
    card = getattr(dataset, "card", None)
    if not isinstance(card, Card):
        raise PluginError(f"It has no card; write card: ClassVar[Card] = Card(...) in {type(dataset).__name__}.")
    for field in fields(card):
        if field.name != "defects" and not str(getattr(card, field.name)).strip():
            raise PluginError(f"The {field.name} of its card is empty; say what is known, or that it is unknown.")


def modalities_have_names(dataset: Dataset) -> None:
    """It says which modalities it has, each by its own name."""
    names = tuple(dataset.modalities)
    if not names or len(set(names)) < len(names) or not all(isinstance(name, str) and name for name in names):
        raise PluginError(f"Its modalities are {names}; name one or more, each once.")


def targets_have_classes(dataset: Dataset) -> None:
    """Each of its targets has two classes or more; a corpus that only serves for pre-training has no target."""
    for target, classes in dataset.targets.items():
        if len(set(classes)) < max(2, len(classes)) or not all(isinstance(name, str) and name for name in classes):
            raise PluginError(f"The target '{target}' has the classes {tuple(classes)}; name two or more, each once.")


def regression_targets_have_names(dataset: Dataset) -> None:
    """Targets that are numbers have other names than targets with classes."""
    for name in dataset.regression_targets:
        if name in dataset.targets:
            raise PluginError(f"The target '{name}' is a number and has classes; give one of the two another name.")


def subjects_are_distinct(dataset: Dataset) -> None:
    """It names its people, each once, and the same when asked twice."""
    people = list(dataset.subjects())
    if not people or not all(isinstance(name, str) and name for name in people):
        raise PluginError(f"Its people are {people[:5]}; name one or more, as texts.")
    double = sorted({name for name in people if people.count(name) > 1})
    if double:
        raise PluginError(f"It names '{double[0]}' {people.count(double[0])} times; name each person once.")
    if list(dataset.subjects()) != people:
        raise PluginError("It names other people, or in another order, when asked again; sort them.")


def recordings_are_of_the_person(dataset: Dataset) -> None:
    """Loading a person gives recordings of that person, each of another session."""
    person = next(iter(dataset.subjects()))
    found = first_recordings(dataset)
    if not found:
        raise PluginError(f"There is no recording of '{person}'; leave the person out of subjects().")
    others = [recording.subject for recording in found if recording.subject != person]
    if others:
        raise PluginError(f"Loading '{person}' gives a recording of '{others[0]}'; give the one that was asked for.")
    sessions = [recording.session for recording in found]
    if len(set(sessions)) < len(sessions):
        raise PluginError(
            f"The recordings of '{person}' are of the sessions {sessions}; name each session differently."
        )


def signals_are_sound(dataset: Dataset) -> None:
    """Signals are (channels, time) at a rate, with as many names as channels where there are names."""
    for recording in first_recordings(dataset):
        require_sound_signals(recording)


def modalities_are_promised(dataset: Dataset) -> None:
    """Recordings hold no modality that the data set does not name."""
    for recording in first_recordings(dataset):
        for modality in recording.signals:
            if modality not in dataset.modalities:
                raise PluginError(
                    f"Recording {recording.subject}/{recording.session} holds '{modality}', "
                    "which is not among its modalities; add it there."
                )


def segments_are_sound(dataset: Dataset) -> None:
    """Segments are in order of time, do not overlap, have their own names and lie inside the signals."""
    for recording in first_recordings(dataset):
        require_sound_segments(recording)


def labels_are_classes(dataset: Dataset) -> None:
    """Labels of segments are classes of the targets."""
    for recording in first_recordings(dataset):
        for segment in recording.segments:
            where = f"Recording {recording.subject}/{recording.session}: segment '{segment.trial}'"
            for target, label in segment.targets.items():
                if target not in dataset.targets:
                    raise PluginError(f"{where} has the target '{target}', which targets does not name; add it there.")
                if label not in dataset.targets[target]:
                    raise PluginError(
                        f"{where} is '{label}' for '{target}'; its classes are {', '.join(dataset.targets[target])}."
                    )


def ratings_are_numbers(dataset: Dataset) -> None:
    """Ratings that are targets are finite where segments have them, and the first person has some."""
    segments = [segment for recording in first_recordings(dataset) for segment in recording.segments]
    for target, rating in dataset.regression_targets.items():
        values = [float(segment.ratings[rating]) for segment in segments if rating in segment.ratings]
        if segments and not values:
            raise PluginError(f"No segment has the rating '{rating}', which the target '{target}' consists of; add it.")
        if not all(math.isfinite(value) for value in values):
            raise PluginError(f"The rating '{rating}' is not finite in a segment; leave it out where it is not known.")


def loading_repeats(dataset: Dataset) -> None:
    """Loading a person twice gives identical recordings."""
    first = first_recordings(dataset)
    again = list(dataset.load(next(iter(dataset.subjects()))))
    if len(first) != len(again):
        raise PluginError(f"Loading a person gives {len(first)} recordings, then {len(again)}; make it repeatable.")
    for one, other in zip(first, again, strict=True):
        found = difference(one, other)
        if found:
            raise PluginError(
                f"Recording {one.subject}/{one.session}: {found} changed from one loading to the next; "
                "take randomness from an option such as a seed."
            )


def digest_repeats(dataset: Dataset) -> None:
    """Its digest is a text, the same when asked twice."""
    digest = dataset.digest()
    if not isinstance(digest, str) or not digest:
        raise PluginError(f"Its digest is {digest!r}; give a text that changes with the data.")
    if dataset.digest() != digest:
        raise PluginError("Its digest is another when asked again; make it from the data alone.")


CHECKS = (
    card_is_filled,
    modalities_have_names,
    targets_have_classes,
    regression_targets_have_names,
    subjects_are_distinct,
    recordings_are_of_the_person,
    signals_are_sound,
    modalities_are_promised,
    segments_are_sound,
    labels_are_classes,
    ratings_are_numbers,
    loading_repeats,
    digest_repeats,
)
