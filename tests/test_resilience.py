"""Killed, interrupted, damaged, full, shared: whatever happens, a run goes on from there and finds the same numbers."""

import contextlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

BASE = ("run", "--profile", "smoke", "--modalities", "eda,bvp", "--no-baselines", "--fusion", "none,late")
FOREST = (*BASE, "--model", "forest", "-o", "forest.trees=20")
SEARCH = (*BASE, "--protocol", "holdout", "--search", "4")  # the search of one fold of each cell
ONE = (*BASE, "--fusion", "none", "--modalities", "eda")
INTERRUPTED = "Interrupted. What was finished is stored; the same command goes on from there.\n"

GATE_DECLARED = """
import os
from bench.api import Plugin, hookimpl

@hookimpl
def bench_models():
    return [Plugin("gate", "bench_gate.model:Gate", "It waits as long as a file is there.")]

@hookimpl
def bench_task_finished(run, task):
    with open(f"events-{os.getpid()}.txt", "a") as file:
        print(task.status, task.task, file=file)
"""
GATE = """
from dataclasses import dataclass
from pathlib import Path
import os
import time
import numpy as np
from bench.api import Model

@dataclass(frozen=True)
class Gate(Model):
    def estimator(self, seed, device):
        folder = Path(os.environ["GATE"])
        if (folder / str(seed)).exists():
            (folder / "reached").touch()
        while (folder / str(seed)).exists():
            time.sleep(0.01)
        return self

    def fit(self, train, validation):
        pass

    def predict_proba(self, windows):
        chance = np.linspace(0.1, 0.9, len(windows))
        return np.stack([chance, 1 - chance], axis=1)
"""


def shut(bench, fold):
    """The file whose presence keeps the model of a fold waiting."""
    gate = bench.folder / "hold" / str(bench.seed(fold))
    gate.parent.mkdir()
    gate.touch()
    return gate


def until(condition):
    """Wait for something that another process is about to bring about."""
    limit = time.monotonic() + 300  # a machine may be busy
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.02)


def partials(bench):
    return list(bench.folder.rglob("*partial*"))


def written(bench, out, pattern):
    total = 0
    for path in (bench.folder / out).glob(pattern):
        with contextlib.suppress(FileNotFoundError):  # a partial file that has just got its name
            total += path.stat().st_size
    return total


def numbers(bench, out):
    return bench("show", "--json", "--out", bench.folder / out).ok().out


@pytest.fixture(scope="module")
def undisturbed(shared_bench):
    """What a grid finds when nothing happens to it."""
    known = {}

    def found(*grid):
        if grid not in known:
            out = f"undisturbed-{len(known)}"
            shared_bench.process(*grid, "--out", out).ok()
            known[grid] = numbers(shared_bench, out), shared_bench.contents("predictions.parquet", out)
        return known[grid]

    return found


# -------------------------------------------------------------------------------------------- killed


@pytest.mark.parametrize(
    ("grid", "extra", "pattern", "steps", "kills"),
    [
        (FOREST, (), "cells/*/tasks/*/record.json", 20_000, 2),
        pytest.param(FOREST, ("--jobs", "2"), "cells/*/tasks/*/record.json", 20_000, 1, marks=pytest.mark.slow),
        pytest.param(SEARCH, (), "cells/*/search/*.journal", 6_000, 2, marks=pytest.mark.slow),
        pytest.param(SEARCH, ("--jobs", "2"), "cells/*/search/*.journal", 6_000, 1, marks=pytest.mark.slow),
    ],
    ids=["one process", "two processes", "search", "search in two processes"],
)
def test_a_run_killed_at_random_moments_ends_with_the_same_bytes(
    bench, undisturbed, grid, extra, pattern, steps, kills
):
    moments = random.Random(" ".join(extra) + pattern)
    for _ in range(kills):
        process = bench.start(*grid, *extra, "--out", "killed")
        try:
            enough = written(bench, "killed", pattern) + moments.randrange(1, steps)
            until(lambda: written(bench, "killed", pattern) >= enough or process.poll() is not None)  # noqa: B023
            time.sleep(moments.uniform(0, 0.05))
            process.kill()
            process.wait()
        finally:
            kill_all(process)
    bench.process(*grid, *extra, "--out", "killed").ok()
    shown, predictions = undisturbed(*grid)
    assert numbers(bench, "killed") == shown
    assert bench.contents("predictions.parquet", "killed") == predictions
    assert not partials(bench)


def kill_all(process):
    """Its session, in which nothing of it may be left."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    for pipe in (process.stdout, process.stderr):
        pipe.close()
    process.wait()


def test_a_run_killed_while_it_prepares_data_prepares_them_again(bench, undisturbed):
    cache = bench.folder / "cache"
    for step in (1, 3):
        process = bench.start(*FOREST, BENCH_CACHE=str(cache))
        until(lambda: len(list(cache.glob("prepared/*.partial/*.f32"))) >= step)  # noqa: B023
        process.kill()
        kill_all(process)
    bench.process(*FOREST, BENCH_CACHE=str(cache)).ok()
    assert numbers(bench, "bench-results") == undisturbed(*FOREST)[0]
    assert not partials(bench)


def test_workers_of_a_killed_run_end_too(bench):
    package = bench.package("bench-gate", GATE_DECLARED, model=GATE)
    gate = shut(bench, "P01")
    process = bench.start(*ONE, "--model", "gate", "--isolation", "process", packages=(package,), GATE=str(gate.parent))
    until((gate.parent / "reached").exists)
    workers = descendants(process.pid)
    assert len(workers) >= 3  # that has imported libraries, that has imported the plugin, and that of the fold
    process.kill()
    bench.end(process)
    until(lambda: not alive(workers))


def descendants(process):
    """The processes that a process has started, directly or not."""
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            with contextlib.suppress(OSError):  # it has just ended
                parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    found = [process]
    for parent in found:
        found += [child for child, of in parents.items() if of == parent]
    return found[1:]


def alive(processes):
    """Those of the processes that are still at work."""
    found = []
    for process in processes:
        with contextlib.suppress(OSError):  # it has ended
            state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
            found += [process] if state != "Z" else []
    return found


# ------------------------------------------------------------------------------------------ together


def test_two_runs_of_one_grid_share_the_work(bench):
    package = bench.package("bench-gate", GATE_DECLARED, model=GATE)
    cache = str(bench.folder / "cache")  # which both want to fill
    gate = shut(bench, "P02")
    grid = (*ONE, "--model", "gate", "--isolation", "process")
    both = [bench.start(*grid, packages=(package,), BENCH_CACHE=cache, GATE=str(gate.parent)) for _ in range(2)]
    until(lambda: len(bench.tasks()) == 3)  # all but the one that waits
    gate.unlink()
    first, second = (bench.end(process).ok() for process in both)
    assert first.table == second.table
    assert (first.err, second.err) == ("", "")
    events = [path.read_text().split("\n") for path in bench.folder.glob("events-*.txt")]
    told = [line for lines in events for line in lines if line]
    names = sorted(name for _, name in bench.tasks())
    assert sorted(line.removeprefix("done ") for line in told if line.startswith("done ")) == names
    assert not partials(bench)


def test_two_runs_started_at_once_find_the_numbers_of_one(bench, undisturbed):
    both = [bench.start(*FOREST, "--out", "both") for _ in range(2)]
    first, second = (bench.end(process).ok() for process in both)
    assert first.table == second.table
    shown, predictions = undisturbed(*FOREST)
    assert bench.contents("predictions.parquet", "both") == predictions
    assert numbers(bench, "both") == shown


# --------------------------------------------------------------------------------------- interrupted


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_ends_in_one_sentence_and_the_run_goes_on_later(bench, jobs):
    package = bench.package("bench-gate", GATE_DECLARED, model=GATE)
    gate = shut(bench, "P03")
    grid = (*ONE, "--model", "gate", "--jobs", jobs, "--isolation", "process")
    process = bench.start(*grid, packages=(package,), GATE=str(gate.parent))
    until(lambda: (gate.parent / "reached").exists() and len(bench.tasks()) >= 2)
    then, workers = bench.times(), descendants(process.pid)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    said = bench.end(process)
    assert (said.code, said.out, said.err) == (130, "", INTERRUPTED)
    until(lambda: not alive(workers))
    gate.unlink()
    bench.process(*grid, packages=(package,), GATE=str(gate.parent)).ok()
    now = bench.times()
    assert len(now) == 4
    assert {task: now[task] for task in then} == then
    assert not partials(bench)


# ------------------------------------------------------------------------------------------- damaged

DAMAGES = {
    "predictions cut short": lambda task: cut(task / "predictions.parquet"),
    "predictions changed": lambda task: flip(task / "predictions.parquet"),
    "predictions gone": lambda task: (task / "predictions.parquet").unlink(),
    "record cut short": lambda task: cut(task / "record.json"),
    "record empty": lambda task: (task / "record.json").write_bytes(b""),
    "record of another kind": lambda task: (task / "record.json").write_text("[]"),
    "record gone": lambda task: (task / "record.json").unlink(),
}


def cut(path):
    path.write_bytes(path.read_bytes()[:-100])


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_task_is_announced_and_runs_again(bench, damage):
    bench(*ONE).ok()
    before, then = bench.contents("predictions.parquet"), bench.times()
    task = bench.tasks()["logistic · none · eda", "002-P03.s0"]
    damage(task)
    shown = bench("show").ok()
    assert shown.err == f"Not finished: logistic · none · eda ({task.parents[1].name})\n"
    said = bench(*ONE).ok()
    assert said.err == f"The stored task {task.parents[1].name[:8]}/002-P03.s0 is damaged; it runs again.\n"
    assert bench.contents("predictions.parquet") == before
    assert [key for key, when in bench.times().items() if then[key] != when] == [("logistic · none · eda", task.name)]
    assert bench(*ONE).ok().err == ""


# -------------------------------------------------------------------------------- nowhere to write to

UNWRITABLE = [
    ("taken/results", "taken/results (Not a directory)"),
    ("/proc/nope", "/proc/nope (No such file or directory)"),
]


@pytest.mark.parametrize(("out", "what"), UNWRITABLE)
def test_a_folder_that_cannot_be_written_is_one_sentence_before_anything_is_computed(bench, out, what):
    (bench.folder / "taken").write_text("a file")
    bench(*ONE, "--out", out, "--cache", "untouched").failure(
        f"Cannot write results in {what}; free some space there or name another folder with --out. "
        "What had been stored before is kept."
    )
    assert sorted(path.name for path in bench.folder.iterdir()) == ["taken"]


def test_a_cache_that_cannot_be_written_is_one_sentence(bench):
    (bench.folder / "taken").write_text("a file")
    bench(*ONE, "--cache", "taken/cache").failure(
        "Cannot write the cache in taken/cache (Not a directory); free some space there, "
        "or name another folder with --cache or BENCH_CACHE."
    )
    assert not bench.tasks()


LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
size = int(sys.argv.pop(1))
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
sys.argv[0] = "bench"
from bench.cli import main
main()
"""


def limited(bench, size, *arguments, **environment):
    """A run on a disk that takes no file larger than this."""
    command = [sys.executable, "-c", LIMITED, str(size), *map(str, arguments)]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BENCH_")}
    environment = kept | {"BENCH_CACHE": str(bench.cache), "PYTHONIOENCODING": "utf-8"} | environment
    process = subprocess.Popen(
        command, cwd=bench.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    )
    return bench.end(process)


FULL = (
    "Cannot write results in bench-results (File too large); free some space there or name another folder with --out. "
    "What had been stored before is kept."
)


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_full_disk_is_one_sentence_and_earlier_tasks_are_kept(bench, jobs):
    bench(*ONE).ok()
    before = bench.contents("predictions.parquet")
    size = min(map(len, before.values())) - 1
    limited(bench, size, *ONE, "--seed", "0,1", "--jobs", jobs).failure(FULL)
    assert bench.contents("predictions.parquet") == before
    assert not partials(bench)
    bench(*ONE, "--seed", "0,1").ok()
    assert len(bench.tasks()) == 8


class AnHourAgo(datetime):
    @classmethod
    def now(cls, tz=None):
        return super().now(tz) - timedelta(hours=1)


def latest(bench):
    """The seeds of the run that commands take for the latest one."""
    return json.loads(bench.runs()[-1].read_text())["seeds"]


def test_a_clock_that_is_an_hour_behind_changes_neither_what_is_stored_nor_what_is_the_latest_run(bench, monkeypatch):
    bench(*ONE, "--seed", "0").ok()
    written = bench.times()
    with monkeypatch.context() as behind:
        for module in ("run", "records"):
            behind.setattr(f"bench.running.{module}.datetime", AnHourAgo)
        bench(*ONE, "--seed", "0,1").ok()
    assert bench.times().items() >= written.items()
    assert latest(bench) == [0, 1]
    bench(*ONE, "--seed", "1").ok()
    assert latest(bench) == [1]
    bench(*ONE, "--seed", "0,1", "--out", "undisturbed").ok()
    assert bench.contents("predictions.parquet") == bench.contents("predictions.parquet", "undisturbed")


@pytest.mark.parametrize("remains", [True, pytest.param(False, marks=pytest.mark.slow)], ids=["empty", "absent"])
def test_a_file_system_that_goes_and_returns_ends_a_run_in_one_sentence_and_loses_nothing(bench, remains):
    """The folder that it was mounted at is empty then, and nothing must be stored there."""
    gate, package = shut(bench, "P03"), bench.package("bench-gate", GATE_DECLARED, model=GATE)
    run = (*ONE, "--model", "gate", "--jobs", "1", "--isolation", "process")
    bench.process(*run, "--out", "undisturbed", packages=(package,), GATE=str(bench.folder)).ok()
    process = bench.start(*run, packages=(package,), GATE=str(gate.parent))
    until((gate.parent / "reached").exists)
    mounted, elsewhere = bench.folder / "bench-results", bench.folder / "elsewhere"
    mounted.rename(elsewhere)
    if remains:
        mounted.mkdir()
    gate.unlink()
    bench.end(process).failure(
        "The results in bench-results have gone while they were written; bring the folder back, or its file system, "
        "and type the same command, which goes on from there."
    )
    assert not list(mounted.rglob("record.json"))
    shutil.rmtree(mounted, ignore_errors=True)
    elsewhere.rename(mounted)
    written = bench.times()
    assert len(written) == 2
    bench.process(*run, packages=(package,), GATE=str(bench.folder)).ok()
    assert bench.times().items() >= written.items()
    assert bench.contents("predictions.parquet") == bench.contents("predictions.parquet", "undisturbed")


def test_a_disk_that_fills_during_a_search_is_one_sentence(bench):
    grid = (*ONE, "--protocol", "holdout", "--search", "20")
    limited(bench, 12_000, *grid).failure(FULL)
    assert not bench.tasks()
    bench(*grid).ok()
    bench(*grid, "--out", "undisturbed").ok()
    assert bench.contents("predictions.parquet") == bench.contents("predictions.parquet", "undisturbed")


def test_a_disk_that_fills_during_preparation_is_one_sentence(bench):
    cache = bench.folder / "cache"
    large = (*ONE, "--preprocess", "eda: resample(64)")
    said = limited(bench, 50_000, *large, BENCH_CACHE=str(cache))
    assert (said.code, said.out) == (1, "")
    assert re.fullmatch(
        rf"Error: Cannot write the cache in {cache} \(.*\); free some space there, "
        r"or name another folder with --cache or BENCH_CACHE.\n",
        said.err,
    )
    assert not bench.tasks()
    bench(*large, "--cache", cache).ok()
