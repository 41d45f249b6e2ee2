"""The trials of each subject: times, stimuli and labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench_synthetic.noise import stream

if TYPE_CHECKING:
    from bench_synthetic.dataset import Synthetic

REST = 20  # seconds before the first trial
EFFORT, STRESSED = 5.0, 1.5  # mean rating of effort, and by how much stress raises it, or calm lowers it
SKEW = 0.85  # share of a subject's trials with the more frequent label, in mode subject-shortcut


@dataclass(frozen=True)
class Trial:
    """One presentation of a stimulus, without its physiology."""

    session: int
    start: float
    stop: float
    name: str
    stimulus: int
    label: int
    effort: float = EFFORT  # rated from 1 to 9

    @property
    def stimulus_name(self) -> str:
        """Such as S01."""
        return f"S{self.stimulus + 1:02d}"


def session_seconds(options: Synthetic) -> int:
    """Whole seconds, so that all modalities end at the same time."""
    return int(options.minutes * 60 / options.sessions)


def session_trials(options: Synthetic) -> int:
    """The number of trials in a session: even, so that its labels can be balanced."""
    period = options.trial_seconds + options.gap_seconds
    fit = int((session_seconds(options) - REST + options.gap_seconds) // period)
    return max(0, fit - fit % 2)


def trials(options: Synthetic, index: int) -> list[Trial]:
    """The trials of one subject in order."""
    each = session_trials(options)
    total = each * options.sessions
    labels = _labels(options, index, each)
    stimuli = stream(options.seed, index, "order").permutation(total)
    if options.mode == "stimulus-identity":
        classes = stream(options.seed, "classes").permutation(total) % 2
        by_class = [stimuli[classes[stimuli] == label] for label in (0, 1)]
        stimuli = np.empty(total, np.int64)
        for label in (0, 1):
            stimuli[labels == label] = by_class[label]
    error = stream(options.seed, index, "effort").standard_normal(total)
    effort = np.clip(EFFORT + STRESSED * (2 * labels - 1) + error, 1, 9)
    plan = []
    for number in range(total):
        session, place = divmod(number, each)
        start = REST + place * (options.trial_seconds + options.gap_seconds)
        stop = start + options.trial_seconds
        stimulus, label, rated = int(stimuli[number]), int(labels[number]), float(effort[number])
        plan.append(Trial(session, start, stop, f"{place + 1:02d}", stimulus, label, rated))
    return plan


def _labels(options: Synthetic, index: int, each: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    rng = stream(options.seed, index, "labels")
    total = each * options.sessions
    if options.mode != "subject-shortcut":
        return np.concatenate([rng.permutation(each) % 2 for _ in range(options.sessions)])
    # Subjects come in pairs of opposite skew, so that half of them are skewed each way.
    leaning = (index + int(stream(options.seed, index // 2, "leaning").integers(2))) % 2
    rare = max(1, round((1 - SKEW) * total))
    return np.where(rng.permutation(total) < rare, 1 - leaning, leaning)
