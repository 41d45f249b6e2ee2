"""Who sees what and when, and with which label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench_synthetic.noise import stream

if TYPE_CHECKING:
    from bench_synthetic.dataset import Synthetic

REST = 20  # seconds before the first trial
EFFORT, STRESSED = 5.0, 1.5  # the mean rating of effort, and how far stress takes it up, or its absence down
SKEW = 0.85  # share of a person's trials with the more frequent label, in mode subject-shortcut


@dataclass(frozen=True)
class Trial:
    """One presentation: everything about it but its physiology."""

    session: int
    start: float
    stop: float
    name: str
    stimulus: int
    label: int
    effort: float = EFFORT  # as the person rates it, from 1 to 9

    @property
    def shown(self) -> str:
        """The name of the stimulus."""
        return f"S{self.stimulus + 1:02d}"


def session_seconds(options: Synthetic) -> int:
    """Whole seconds, so that every modality ends at the same instant."""
    return int(options.minutes * 60 / options.sessions)


def session_trials(options: Synthetic) -> int:
    """How many trials fit into a session: an even number, so that its labels can be balanced."""
    period = options.trial_seconds + options.gap_seconds
    fit = int((session_seconds(options) - REST + options.gap_seconds) // period)
    return max(0, fit - fit % 2)


def trials(options: Synthetic, person: int) -> list[Trial]:
    """The trials of one person in order."""
    each = session_trials(options)
    total = each * options.sessions
    labels = _labels(options, person, each)
    stimuli = stream(options.seed, person, "order").permutation(total)
    if options.mode == "stimulus-identity":
        classes = stream(options.seed, "classes").permutation(total) % 2
        by_class = [stimuli[classes[stimuli] == label] for label in (0, 1)]
        stimuli = np.empty(total, np.int64)
        for label in (0, 1):
            stimuli[labels == label] = by_class[label]
    error = stream(options.seed, person, "effort").standard_normal(total)
    effort = np.clip(EFFORT + STRESSED * (2 * labels - 1) + error, 1, 9)
    plan = []
    for number in range(total):
        session, place = divmod(number, each)
        start = REST + place * (options.trial_seconds + options.gap_seconds)
        stop = start + options.trial_seconds
        stimulus, label, rated = int(stimuli[number]), int(labels[number]), float(effort[number])
        plan.append(Trial(session, start, stop, f"{place + 1:02d}", stimulus, label, rated))
    return plan


def _labels(options: Synthetic, person: int, each: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    rng = stream(options.seed, person, "labels")
    total = each * options.sessions
    if options.mode != "subject-shortcut":
        return np.concatenate([rng.permutation(each) % 2 for _ in range(options.sessions)])
    # People come in pairs of opposite skew, so that half lean each way however many there are.
    leaning = (person + int(stream(options.seed, person // 2, "leaning").integers(2))) % 2
    rare = max(1, round((1 - SKEW) * total))
    return np.where(rng.permutation(total) < rare, 1 - leaning, leaning)
