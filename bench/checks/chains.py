"""The chain of steps of a row on recordings of its data set, in new processes: labels and other subjects do nothing."""

from __future__ import annotations

import hashlib
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.audit.probed import LABELS, SUBJECTS
from bench.checks.recordings import relabelled
from bench.data.cache import Cache
from bench.data.calls.steps import run_steps
from bench.data.calls.unlabelled import through_steps
from bench.data.preparation import processed
from bench.data.recordings import named, recordings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.api import Dataset, Preprocessor, Recording
    from bench.cells.resolved import ResolvedCell

    Digests = dict[tuple[int, str], str]  # number of the step, subject -> digest of the signals after it

MOST = 3  # subjects


@dataclass(frozen=True)
class Chain:
    """What is applied to the recordings of some subjects."""

    dataset: Dataset
    steps: tuple[Preprocessor, ...]
    modalities: tuple[str, ...]
    cache: str
    target: str

    def digests(self, subjects: Sequence[str], *, permuted: bool = False) -> Digests:
        """Of the signals after each step, for one subject after another."""
        found: Digests = {}
        for subject in subjects:
            current: Sequence[Recording] = list(recordings(self.dataset, subject, Cache(Path(self.cache))))
            current = relabelled(current, self.target) if permuted else current
            current, _ = processed(current, [], self.modalities, self.dataset)
            for number, step in enumerate(self.steps):
                current, _ = through_steps(run_steps, [step], current, named(self.dataset))
                found[number, subject] = digest_of(current)
        return found

    def in_new_process(self, subjects: Sequence[str], *, permuted: bool = False) -> Digests:
        """The same where no subject has been seen before."""
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
            return pool.submit(self.digests, subjects, permuted=permuted).result()


def probe_steps(resolved: ResolvedCell, cache: Path) -> dict[str, bool]:
    """By step and probe: whether its output is the same with other labels, and after other subjects."""
    if not resolved.steps:
        return {}
    chain = Chain(resolved.dataset, tuple(resolved.steps), tuple(resolved.recorded), str(cache), resolved.cell.target)
    subjects = list(resolved.dataset.subjects())[:MOST]
    usual = chain.in_new_process(subjects)
    others = {
        LABELS: chain.in_new_process(subjects, permuted=True),
        SUBJECTS: chain.in_new_process(subjects[::-1]),
    }
    found: dict[str, bool] = {}
    for probe, digests in others.items():
        for number, (choice, step) in enumerate(zip(resolved.cell.steps, resolved.steps, strict=True)):
            if probe == LABELS and step.calibrates_on:  # which is declared, and changes what later steps get
                break
            same = all(digests[number, subject] == usual[number, subject] for subject in subjects)
            name = f"step {choice.name}: {probe}"
            found[name] = same and found.get(name, True)
            if not same:  # later steps get another input
                break
    return found


def digest_of(found: Sequence[Recording]) -> str:
    """A digest of all signals."""
    content = hashlib.sha256()
    for recording in found:
        for modality, signal in recording.signals.items():
            values = np.ascontiguousarray(signal.values)
            content.update(f"{recording.session} {modality} {signal.rate} {values.dtype} {values.shape}".encode())
            content.update(values.tobytes())
    return content.hexdigest()
