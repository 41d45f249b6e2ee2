"""Steps and extractors in workers: no labels, no names, no state from subject to subject, and no files."""

import numpy as np
import pytest

from bench.worker import confinement

DECLARED = """
from bench.api import Plugin, hookimpl

@hookimpl
def bench_preprocessors():
    return [
        Plugin("curious", "bench_curious.steps:Curious", "It looks for what it should not know."),
        Plugin("told", "bench_curious.steps:Told", "It writes the label of each segment into the signal."),
        Plugin("reader", "bench_curious.steps:Reader", "Its features are files that it can list."),
    ]
"""
STEPS = """
import os
from dataclasses import dataclass, replace
import numpy as np
from bench.api import Extractor, Preprocessor

calls = []

@dataclass(frozen=True)
class Curious(Preprocessor):
    folder: str = ""

    def apply(self, recording):
        calls.append(recording)
        told = [each.targets or each.ratings or each.stimulus or not each.trial.isdecimal()
                for each in recording.segments]
        if any(told):
            raise RuntimeError("a segment has labels or names")
        if len(calls) > 2 or "P0" in recording.subject + recording.session:
            raise RuntimeError("it remembers another subject, or knows this one")
        if self.folder:
            os.listdir(self.folder)
        return recording

@dataclass(frozen=True)
class Told(Preprocessor):
    def apply(self, recording):
        found = {}
        for name, signal in recording.signals.items():
            values = np.array(signal.values)
            for part in recording.segments:
                first, stop = round(part.start * signal.rate), round(part.stop * signal.rate)
                values[:, first:stop] += 1000 * (part.targets.get("stress") == "stress")
            found[name] = replace(signal, values=values)
        return replace(recording, signals=found)

@dataclass(frozen=True)
class Reader(Extractor):
    folder: str = ""

    def extract(self, windows, rate, modality, channels):
        return ["files"], np.full((len(windows), 1), float(len(os.listdir(self.folder))))
"""
NULL = ("run", "--profile", "smoke", "--dataset", "synthetic(mode=null, n_subjects=4, minutes=8)", "--modalities",
        "eda", "--fusion", "none", "--no-baselines")  # fmt: skip


@pytest.fixture
def curious(bench, install):
    """The command line with the steps installed, and a cache of its own."""
    install(bench.package("bench-curious", DECLARED, steps=STEPS))
    return lambda *typed: bench(*NULL, "--cache", "cache", *typed)


def test_a_step_sees_neither_labels_nor_names_nor_other_subjects(curious):
    curious("--preprocess", "curious | statistics").ok()


@pytest.mark.skipif(confinement.best() != "sandbox", reason="this platform confines no process")
def test_steps_and_extractors_cannot_read_other_files(bench, curious):
    for chain in ("curious(folder=/etc) | statistics", "reader(folder=/etc)"):
        said = curious("--preprocess", chain)
        assert (said.code, said.out) == (1, "")
        assert "PermissionError" in said.err
    assert not bench.tasks()


def test_labels_written_into_signals_are_not_there(bench, curious):
    curious("--preprocess", "told | statistics").ok()
    assert np.mean([bench.record(*task)["metrics"]["accuracy"] for task in bench.tasks()]) < 0.65
