"""kill -9 of the harness and of workers at random moments: the same results in the end, and nothing left behind."""

import contextlib
import os
import random
import signal
import time
from pathlib import Path

import pytest

from bench.running.processes import Processes
from bench.worker import confinement

pytestmark = pytest.mark.skipif(confinement.best() == "inline", reason="this platform has no workers")

GRID = (
    "run", "--profile", "smoke", "--dataset", "synthetic(mode=effect, n_subjects=4)", "--modalities", "eda,bvp",
    "--no-baselines", "--fusion", "none,late", "--model", "forest", "-o", "forest.trees=20", "--jobs", "2",
)  # fmt: skip
REASONS = (
    "SIGKILL; run it again, with fewer tasks at a time (--jobs) if memory was short.",
    "The process from which folds are forked has been ended from outside; run it again.",
)
SECONDS = 6.0  # that a run may take, about


def of_root(root):
    """The processes whose temporary files are in this folder."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has just ended
            if f"TMPDIR={root}".encode() in (folder / "environ").read_bytes():
                state = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()[0]
                found += [int(folder.name)] if state != "Z" else []
    return found


def until(condition, seconds=60):
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.02)


@pytest.fixture(scope="module")
def undisturbed(shared_bench):
    shared_bench.process(*GRID).ok()
    return shared_bench.contents("predictions.parquet")


@pytest.mark.parametrize("seed", [*range(5), *(pytest.param(each, marks=pytest.mark.slow) for each in range(5, 50))])
def test_a_run_whose_processes_are_killed_ends_with_the_same_bytes_and_leaves_nothing(bench, undisturbed, seed):
    moments, temporary = random.Random(seed), bench.folder / "temporary"
    temporary.mkdir()
    process = bench.start(*GRID, TMPDIR=str(temporary))
    ending = time.monotonic() + moments.uniform(0.5, SECONDS)
    harness = seed % 2  # the others kill workers alone
    while process.poll() is None and time.monotonic() < ending:
        time.sleep(moments.uniform(0.1, 1.5))
        workers = [each for each in of_root(temporary) if each != process.pid]
        if workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(moments.choice(workers), signal.SIGKILL)
    if harness:
        process.kill()
    said = bench.end(process)
    assert "Traceback (" not in said.err
    failed = [line for line in said.err.splitlines() if line.startswith("Failed: ")]
    assert [line for line in failed if not line.endswith(REASONS)] == []
    assert said.code in (0, 1, -signal.SIGKILL), said.err
    until(lambda: not of_root(temporary))
    if not harness:
        assert not list(temporary.glob("bench-*"))
    bench.process(*GRID, TMPDIR=str(temporary)).ok()
    assert bench.contents("predictions.parquet") == undisturbed
    assert not list(bench.folder.rglob("*partial*"))
    assert not list(temporary.glob("bench-*"))
    assert not of_root(temporary)


def test_a_run_keeps_its_folder_when_the_guard_of_its_workers_is_killed(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    running = Processes()
    base = running.base(networks=False)
    with running.scratch() as scratch:
        [started] = running.started
        os.kill(started.pid, signal.SIGKILL)
        until(lambda: base.wire.closed)
        assert scratch.exists()
    running.stop()
    base.wire.close()
    assert not list(tmp_path.iterdir())
