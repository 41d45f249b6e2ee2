"""Select the subject, session and target to plot. Errors list the available ones."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bench.data.acquisition.counts import apply_rule
from bench.data.recordings import reading
from bench.errors import UsageError, unknown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.api import Dataset, Recording, Segment


def target_of(dataset: Dataset, arguments: Mapping[str, Any], name: str) -> str:
    if arguments["target"] is None:
        return next(iter(dataset.targets), "")
    if arguments["target"] not in dataset.targets:
        raise unknown("target", arguments["target"], dataset.targets, of=f"'{name}'")
    return str(arguments["target"])


def chosen_subject(dataset: Dataset, arguments: Mapping[str, Any], name: str) -> str:
    subjects = list(reading(dataset.subjects, dataset, "the list of subjects"))
    if arguments["subject"] is not None and arguments["subject"] not in subjects:
        raise unknown("subject", arguments["subject"], subjects, of=f"'{name}'")
    return str(arguments["subject"] or subjects[0])


def session(found: Sequence[Recording], arguments: Mapping[str, Any], name: str, target: str) -> int:
    """The recording of a session; by default, the first with labels."""
    if not found:
        raise UsageError(f"'{name}' has no recording of {arguments['subject'] or 'its first subject'}.")
    names = [recording.session for recording in found]
    if arguments["session"] is not None and arguments["session"] not in names:
        raise unknown("session", arguments["session"], names, of=f"{found[0].subject} in '{name}'")
    if arguments["session"] is not None:
        return names.index(arguments["session"])
    labelled = [any(target in each.targets or each.ratings for each in recording.segments) for recording in found]
    return labelled.index(True) if any(labelled) else 0


def only(recording: Recording, modalities: Sequence[str]) -> Recording:
    kept = {name: recording.signals[name] for name in modalities if name in recording.signals}
    return replace(recording, signals=kept)


def labels_of(dataset: Dataset, target: str, found: Sequence[Recording], place: int) -> tuple[dict[str, str], str]:
    """The class of each trial of a session, and the rule behind it; a rule is shown as this subject's ratings alone
    would have it, since those of others are not read.
    """
    here: Sequence[Segment] = found[place].segments
    rule = dataset.label_rule(target) if target else None
    if rule is None:
        return {each.trial: each.targets[target] for each in here if target in each.targets}, ""
    everything = [(recording.subject, each) for recording in found for each in recording.segments]
    before = sum(len(recording.segments) for recording in found[:place])
    labels = apply_rule(everything, rule, dataset.targets[target])[before : before + len(here)]
    named = {each.trial: label for each, label in zip(here, labels, strict=True) if label}
    return named, f"{rule.about}, by the ratings of {found[place].subject} alone"
