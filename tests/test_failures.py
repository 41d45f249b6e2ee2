"""Plugins with mistakes in a run: one sentence with file and line, and what has no mistake is finished."""

import json
import re

import numpy as np
import pytest

DECLARED = """
from bench.api import Plugin, hookimpl

@hookimpl
def bench_models():
    return [Plugin("net", "mylab.nets:Net", "A small network."), Plugin("frail", "mylab.nets:Frail", "It fails."),
            Plugin("half", "mylab.nets:Half", "It has no head and no encoder.")]

@hookimpl
def bench_datasets():
    return [Plugin("office", "mylab.data:Office", "Two sessions of each person.")]

@hookimpl
def bench_preprocessors():
    return [Plugin("step", "mylab.steps:Step", "A step with a mistake."),
            Plugin("whole", "mylab.steps:Whole", "A step of all recordings with a mistake.")]
"""
NETS = """
from dataclasses import dataclass
from bench.api import Model, Staged

@dataclass(frozen=True)
class Net(Staged):
    epochs: int = 1
    flaw: str = ""

    def encoder(self, modality, given):
        from mylab.layers import Small, Longer
        if self.flaw == "encoder":
            return {}["encoder"]
        return Longer() if self.flaw == "dim" else Small(raises=self.flaw == "forward")

    def head(self, dim, classes):
        from torch import nn
        return nn.Linear(dim, 1 if self.flaw == "outputs" else classes)

@dataclass(frozen=True)
class Half(Staged):
    pass

@dataclass(frozen=True)
class Frail(Model):
    def estimator(self, seed, device):
        return self

    def fit(self, train, validation):
        raise RuntimeError("it does not converge")
"""
LAYERS = """
from torch import nn
from bench.training.networks.encoder import Encoder

class Raises(nn.Module):
    def forward(self, values):
        raise ArithmeticError("no way forward")

class Small(Encoder):
    widths, dim = (2,), 3

    def __init__(self, raises=False):
        self.raises = raises

    def stage(self, number, width):
        return Raises() if self.raises else nn.Conv1d(width, 2, 3, stride=8)

    def embed(self, width):
        return nn.Sequential(nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(width, self.dim))

class Longer(Small):
    def embed(self, width):
        return nn.Sequential(nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(width, self.dim + 1))
"""
DATA = """
from dataclasses import dataclass
from typing import ClassVar
import numpy as np
from bench.api import Card, Recording, Segment, Signal
from bench.readers import FileDataset

@dataclass(frozen=True)
class Office(FileDataset):
    name: ClassVar[str] = "office"
    root_patterns: ClassVar[tuple[str, ...]] = ("*.csv",)
    card: ClassVar[Card] = Card("Office", home="none", licence="none", citation="none")
    flaw: str = ""

    @property
    def modalities(self):
        return ("eda",)

    @property
    def targets(self):
        return {"pressure": ("calm", "pressed")}

    def subjects(self):
        return sorted(path.stem for path in self.folder.glob("*.csv"))

    def files(self, subject):
        return [self.folder / f"{subject}.csv"]

    def load(self, subject):
        values = np.loadtxt(self.files(subject)[0])
        if self.flaw == "raises" and subject == "sub-02":
            {}["am"]
        if self.flaw == "returns" and subject == "sub-02":
            return [values]
        segments = [Segment(0, 20, "a", {"pressure": "calm"}), Segment(20, 40, "b", {"pressure": "pressed"})]
        return [
            Recording(subject, {"eda": Signal(values[None] + 100 * place, 4.0, "uS")}, segments, str(place + 1))
            for place in range(2)
        ]
"""
STEPS = """
from dataclasses import dataclass
from bench.api import Preprocessor

def second(recording):
    return recording.signals["eda"].values.mean() > 50

def changed(recording, flaw):
    if flaw == "raises" and second(recording):
        return recording.signals["gsr"]
    if flaw == "returns":
        return recording.signals["eda"]
    for signal in recording.signals.values():
        signal.values[:] = 0
    return recording

@dataclass(frozen=True)
class Step(Preprocessor):
    flaw: str = "raises"

    def apply(self, recording):
        return changed(recording, self.flaw) if self.flaw != "raises" or second(recording) else recording

@dataclass(frozen=True)
class Whole(Preprocessor):
    def apply(self, recording):
        return recording

    def apply_all(self, recordings):
        raise ZeroDivisionError("nothing to divide by")
"""
GRID = ("run", "--profile", "smoke", "--modalities", "eda", "--no-baselines", "--fusion", "none")


def line(source, text):
    """The number of the line with this text."""
    return next(number for number, each in enumerate(source.split("\n"), 1) if text in each)


@pytest.fixture
def mylab(bench, install):
    install(bench.package("mylab", DECLARED, nets=NETS, layers=LAYERS, data=DATA, steps=STEPS))
    return bench


@pytest.fixture
def office(mylab, monkeypatch):
    """The same with files of a data set."""
    folder = mylab.folder / "data" / "office"
    folder.mkdir(parents=True)
    for number in (1, 2, 3):
        np.savetxt(folder / f"sub-0{number}.csv", np.random.default_rng(number).normal(size=160))
    monkeypatch.setenv("BENCH_DATA", str(folder.parent))
    return mylab


# ---------------------------------------------------------------------------------------- tasks

NETWORKS = {
    "encoder": f"KeyError: 'encoder' (mylab/nets.py:{line(NETS, '{}[')})",
    "forward": f"ArithmeticError: no way forward (mylab/layers.py:{line(LAYERS, 'no way forward')})",
    "dim": "The embedding of eda has the shape (16, 4); expected (16, 3).",
    "outputs": "head(3, 2) returned (16, 1); expected logits (16, 2).",
}


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_networks_with_mistakes_fail_and_those_without_are_finished(mylab, jobs):
    flawed = ",".join(f"net(flaw={flaw})" for flaw in NETWORKS)
    said = mylab(*GRID, "--model", f"net,{flawed},logistic", "--device", "cpu", "--jobs", jobs)
    assert said.code == 1
    told = said.err.splitlines()
    assert "Traceback (" not in said.err
    for flaw, message in NETWORKS.items():
        label = f"net(flaw={flaw}) · none · eda"
        [first] = [text for text in told if text.startswith(f"Failed: {label}, ")]
        pattern = re.escape(message).replace("16", r"\d+")
        assert re.fullmatch(rf"Failed: {re.escape(label)}, \d+-P0\d\.s0: {pattern}", first)
        task = first.split(", ")[1].partition(":")[0]
        assert f"3 more tasks of {label} failed as {task} did." in told
    assert f"{4 * len(NETWORKS)} tasks failed; the same command tries them again. Tracebacks:" in told
    files = sorted(mylab.folder.glob("bench-results/cells/*/failed/*.json"))
    assert len(files) == 4 * len(NETWORKS)
    assert {text for text in told if text.startswith("  ")} == {
        f"  bench-results/cells/{path.parents[1].name}/failed/*.json" for path in files
    }
    assert all(json.loads(path.read_text())["traceback"].startswith("Traceback") for path in files)
    assert {label for label, _ in mylab.tasks()} == {"net · none · eda", "logistic · none · eda"}
    mylab(*GRID, "--model", "net,logistic", "--device", "cpu", "--out", "alone").ok()
    assert mylab.contents("predictions.parquet") == mylab.contents("predictions.parquet", "alone")


def test_equal_reasons_are_printed_once_with_their_count(mylab):
    said = mylab(*GRID, "--model", "frail", "--jobs", "1")
    [cell] = (mylab.folder / "bench-results" / "cells").iterdir()
    reason = f"RuntimeError: it does not converge (mylab/nets.py:{line(NETS, 'it does not converge')})"
    assert said.code == 1
    assert said.err.splitlines() == [
        f"Failed: frail · none · eda, 000-P01.s0: {reason}",
        "3 more tasks of frail · none · eda failed as 000-P01.s0 did.",
        "",
        "4 tasks failed; the same command tries them again. Tracebacks:",
        f"  bench-results/cells/{cell.name}/failed/*.json",
    ]


def test_a_class_without_a_method_that_it_needs_is_one_sentence(mylab):
    mylab(*GRID, "--model", "half").failure("Model 'half' cannot be built: Half lacks encoder, head.")


# ---------------------------------------------------------------------------------------- data

RAISED = (
    f"Data set 'office', subject sub-02: KeyError: 'am' (mylab/data.py:{line(DATA, '{}[')}). "
    "'bench data verify office' tries every subject."
)


@pytest.mark.parametrize(
    ("flaw", "message"),
    [("raises", RAISED), ("returns", "Data set 'office', subject sub-02: load returned a ndarray, not Recordings.")],
)
def test_a_data_set_that_raises_is_one_sentence_with_its_subject_and_line(office, flaw, message):
    office(*GRID, "--dataset", f"office(flaw={flaw})", "--cache", "cache").failure(message)
    assert not office.tasks()


def test_a_card_of_a_data_set_that_raises_ends_in_one_sentence(office, monkeypatch):
    module = office.folder / "with-mylab" / "mylab" / "data.py"
    module.write_text(DATA.replace('flaw: str = ""', 'flaw: str = "raises"'))
    said = office("data", "card", "office")
    assert (said.code, said.err) == (1, f"Error: {RAISED}\n")
    verified = office("data", "verify", "office")
    assert verified.code == 1
    assert f"sub-02: KeyError: 'am' (mylab/data.py:{line(DATA, '{}[')})" in verified.out


STEP = "Data set 'office', subject sub-01, recording"


@pytest.mark.parametrize(
    ("chain", "message"),
    [
        ("step", f"{STEP} 2, step Step: KeyError: 'gsr' (mylab/steps.py:{line(STEPS, 'gsr')})."),
        ("eda: step", f"{STEP} 2, step Step: KeyError: 'gsr' (mylab/steps.py:{line(STEPS, 'gsr')})."),
        (
            "step(flaw=writes)",
            f"{STEP} 1, step Step: it writes into its input; work on a copy (mylab/steps.py:{line(STEPS, '= 0')}).",
        ),
        ("step(flaw=returns)", f"{STEP} 1, step Step: it returned a Signal, not a Recording."),
        (
            "whole",
            (
                "Data set 'office', subject sub-01, step Whole: ZeroDivisionError: nothing to divide by "
                f"(mylab/steps.py:{line(STEPS, 'nothing to divide by')})."
            ),
        ),
    ],
)
def test_a_step_that_raises_is_one_sentence_with_its_recording_and_line(office, chain, message):
    office(*GRID, "--dataset", "office", "--preprocess", chain, "--cache", "cache").failure(message)
    assert not office.tasks()
