"""Plugins after whose import a fork is unsafe: each fold is then a Python of its own."""

import json
from pathlib import Path

import pytest

from bench.worker import confinement

pytestmark = pytest.mark.skipif(confinement.best() == "inline", reason="this platform has no workers")

DECLARED = """
from bench.api import Plugin, hookimpl

@hookimpl
def bench_models():
    return [Plugin("held", "locked.model:Held", "A thread holds its lock most of the time.")]
"""
MODEL = """
import socket
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.api import Model

LOCK = threading.Lock()

def hold():
    while True:
        with LOCK:
            time.sleep(0.05)

threading.Thread(target=hold, daemon=True).start()

@dataclass(frozen=True)
class Held(Model):
    file: str = ""
    connects: bool = False
    child: str = ""

    def estimator(self, seed, device):
        return self

    def fit(self, train, validation):
        if self.file:
            Path(self.file).read_bytes()
        if self.connects:
            socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if self.child:
            subprocess.Popen(["sleep", self.child], start_new_session=True)
        with LOCK:  # for ever in a fork, where the thread is missing
            return self

    def predict_proba(self, windows):
        return np.full((len(windows), 2), 0.5)
"""
GRID = ("run", "--profile", "smoke", "--dataset", "synthetic(n_subjects=3, minutes=4)", "--fusion", "none",
        "--modalities", "eda", "--no-baselines", "--json", "--model")  # fmt: skip


@pytest.mark.parametrize("isolation", ["auto", "process"])
def test_a_lock_that_a_thread_holds_stops_no_fold(bench, isolation):
    package = bench.package("locked", DECLARED, model=MODEL)
    said = bench.process(*GRID, "held", "--isolation", isolation, "--task-timeout", "20", packages=(package,))
    assert said.code == 0, said.err
    remark = "locked.model starts threads when it is imported, so each fold is a new Python and slower."
    assert said.err.count(remark) == 1
    assert len(bench.tasks()) == 3
    for folder in bench.tasks().values():
        level = json.loads((folder / "record.json").read_text())["isolation"]
        assert level == (confinement.best() if isolation == "auto" else isolation)


@pytest.mark.skipif(not confinement.available(), reason="this platform cannot confine processes")
@pytest.mark.parametrize(
    ("option", "problem"), [("file=/etc/hostname", "PermissionError"), ("connects=true", "PermissionError")]
)
def test_a_new_python_is_confined_like_a_fork(bench, option, problem):
    package = bench.package("locked", DECLARED, model=MODEL)
    said = bench.process(*GRID, f"held({option})", packages=(package,))
    assert (said.code, len(said.json["failed"])) == (1, 3)
    assert all(problem in each["message"] for each in said.json["failed"])


def test_what_it_starts_ends_with_it(bench):
    package = bench.package("locked", DECLARED, model=MODEL)
    assert bench.process(*GRID, "held(child=3456.7)", packages=(package,)).code == 0
    arguments = [file.read_bytes() for file in Path("/proc").glob("[0-9]*/cmdline")]
    assert not [each for each in arguments if b"3456.7" in each.split(b"\0")]
