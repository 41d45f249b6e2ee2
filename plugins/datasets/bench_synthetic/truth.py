"""The ground truth of a simulation, for tests of features and of the harness; not for training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench_synthetic.design import trials
from bench_synthetic.session import Session, sessions

if TYPE_CHECKING:
    from bench_synthetic.dataset import Synthetic


def truth(dataset: Synthetic, subject: str) -> list[Session]:
    """Beat times, response onsets and evidence of each session, in the order of `dataset.load(subject)`."""
    index = dataset.subject_index(subject)
    return sessions(dataset, index, trials(dataset, index))
