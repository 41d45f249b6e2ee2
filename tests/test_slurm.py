"""The executor for Slurm, with the processes that submitit starts in place of Slurm jobs."""

import contextlib
import os
import signal
import time
from importlib import util
from pathlib import Path

import pytest

from bench.worker import confinement

pytestmark = [
    pytest.mark.skipif(
        util.find_spec("submitit") is None, reason="needs the package submitit: pip install 'affectbench[slurm]'"
    ),
    pytest.mark.skipif(confinement.best() == "inline", reason="this platform has no workers"),
]

SLURM = ("--executor", "slurm", "-o", "slurm.cluster=local")
ROW = ("run", "--profile", "smoke", "--no-baselines", "--modalities", "eda", "--fusion", "none", "--calibrate", "none")
SLOW = """
import os
import time
from dataclasses import dataclass
from typing import Annotated
import numpy as np
from bench.api import Model

@dataclass(frozen=True)
class Slow(Model):
    seconds: Annotated[float, "that it takes"] = 3

    def estimator(self, seed, device):
        return self

    def fit(self, train, validation):
        time.sleep(self.seconds)

    def predict_proba(self, windows):
        return np.full((len(windows), 2), 0.5)
"""
DECLARED = """
from bench.api import Plugin, hookimpl

@hookimpl
def bench_models():
    return [Plugin("slow", "bench_slow.model:Slow", "It takes its time.")]
"""


def processes(bench, name):
    """The processes below the folder of a test whose command holds this text."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has just ended
            ours = f"TMPDIR={bench.folder}".encode() in (place / "environ").read_bytes()
            if ours and name.encode() in (place / "cmdline").read_bytes().replace(b"\0", b" "):
                found.append(int(place.name))
    return found


def until(condition, seconds=60):
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.05)


@pytest.fixture
def slow(bench):
    return bench.package("bench-slow", DECLARED, model=SLOW)


@pytest.mark.parametrize("cluster", ["local", "debug"])
def test_slurm_jobs_give_the_bytes_of_one_machine(bench, cluster):
    run = (*ROW, "--model", "knn(k=3)", "--fusion", "none,late", "--modalities", "eda,bvp")
    bench.process(*run, "--out", "here").ok()
    bench.process(*run, "--executor", "slurm", "-o", f"slurm.cluster={cluster}", "-o", "slurm.bundle=5").ok()
    assert bench.contents("predictions.parquet") == bench.contents("predictions.parquet", "here")
    assert len(bench.tasks()) == 12
    assert not list((bench.folder / "bench-slurm").glob("results-*"))


@pytest.mark.parametrize("sent", [signal.SIGUSR2, signal.SIGKILL], ids=["preempted", "killed"])
def test_a_job_that_is_preempted_or_lost_goes_on_after_the_last_task_that_it_has_finished(bench, slow, sent):
    process = bench.start(*ROW, "--model", "slow", *SLURM, packages=(slow,), TMPDIR=str(bench.folder))
    until(lambda: len(bench.tasks()) > 0)
    for each in processes(bench, "submitit.core._submit"):
        os.kill(each, sent)
    written = bench.times()
    bench.end(process).ok()
    assert len(bench.tasks()) == 4
    assert bench.times().items() >= written.items()


def test_a_job_that_is_always_lost_fails_and_names_its_log(bench, slow):
    run = (*ROW, "--model", "slow(seconds=100)", "--protocol", "holdout", *SLURM, "-o", "slurm.retries=0")
    process = bench.start(*run, packages=(slow,), TMPDIR=str(bench.folder))
    until(lambda: processes(bench, "submitit.core._submit"))
    for each in processes(bench, "submitit.core._submit"):
        os.kill(each, signal.SIGKILL)
    ended = bench.end(process)
    assert ended.code == 1
    assert "The Slurm job of this task has ended 1 times before the task (" in ended.err
    assert f"its log is in {bench.folder}/bench-slurm/logs." in ended.err


def test_ctrl_c_cancels_slurm_jobs(bench, slow):
    run = (*ROW, "--model", "slow(seconds=100)", *SLURM)
    process = bench.start(*run, packages=(slow,), TMPDIR=str(bench.folder))
    until(lambda: processes(bench, "submitit.core._submit"))
    time.sleep(3)
    process.send_signal(signal.SIGINT)
    assert bench.end(process).code == 130
    until(lambda: not [*processes(bench, "bench.worker"), *processes(bench, "submitit")])


def test_it_keeps_the_contract_of_executors(bench):
    said = bench.process("check", "slurm", "-o", "executor.cluster=local").ok().out
    assert "8 of 8 checks passed." in said


def test_a_machine_without_slurm_is_refused_before_data_are_prepared(bench, tmp_path):
    bench.process(*ROW, "--executor", "slurm", PATH=str(tmp_path)).usage_error(
        "There is no Slurm on this machine: the command 'srun' is missing; type this on a machine of the cluster, or "
        "try -o slurm.cluster=local."
    )
