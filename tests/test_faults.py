"""Faults of plugins of every kind: each ends its own task with a reason, and nothing else."""

import contextlib
import json
import os
import re
import shutil
import signal
import time
from pathlib import Path

import pytest

from bench.worker import confinement

pytestmark = pytest.mark.skipif(confinement.best() == "inline", reason="this platform has no workers")

HERE = r" \(faulty/model\.py:\d+\)"
SLOW = "The task took longer than 8 s and was ended; allow more with --task-timeout."
LARGE = (
    "The task used more than 400 MB of memory and was ended; allow more with --task-memory, or run fewer tasks at a "
)
LARGE += "time with --jobs."
EXIT = "A plugin has ended the process of this fold, with exit code"
ENDED = "The process of this fold was ended by"
DEBUG = r"; run it with --isolation inline to debug it\."
KILLED = rf"{ENDED} SIGKILL; run it again, with fewer tasks at a time \(--jobs\) if memory was short\."
NOT_PROBABILITIES = "Predictions are not probabilities: each row must be finite, not negative, and sum to 1."
FAULTS = {
    "value-error": rf"ValueError: no value{HERE}",
    "os-error": rf"OSError: \[Errno 28\] No space left on device{HERE}",
    "memory-error": rf"MemoryError{HERE}",
    "stop-iteration": rf"StopIteration{HERE}",
    "timeout-error": rf"TimeoutError: by the plugin{HERE}",
    "broken-pipe": rf"BrokenPipeError: by the plugin{HERE}",
    "warning": rf"UserWarning: as an error{HERE}",
    "group": rf"ExceptionGroup: several \(2 sub-exceptions\){HERE}",
    "system-exit": rf"SystemExit: goodbye{HERE}",
    "system-exit-0": rf"SystemExit: 0{HERE}",
    "interrupt": rf"KeyboardInterrupt{HERE}",
    "generator-exit": rf"GeneratorExit{HERE}",
    "base": rf"Base: of its own{HERE}",
    "mute": rf"Mute{HERE}",
    "unpicklable": rf"Unpicklable: with a lock{HERE}",
    "circular": rf"ValueError: round and round{HERE}",
    "long": rf"ValueError: x{{1000}}…{HERE}",
    "surrogate": rf"ValueError: .*{HERE}",
    "exit-0": f"{EXIT} 0{DEBUG}",
    "exit-3": f"{EXIT} 3{DEBUG}",
    "exit-later": f"{EXIT} 0{DEBUG}",
    "abort": rf"{ENDED} SIGABRT{HERE}{DEBUG}",
    "segfault": rf"{ENDED} SIGSEGV{HERE}{DEBUG}",
    "silent-segfault": f"{ENDED} SIGSEGV{DEBUG}",
    "kill": KILLED,
    "kill-group": KILLED,
    "stop": SLOW,
    "loop": SLOW,
    "sleep": SLOW,
    "endless-messages": SLOW,
    "leak": LARGE,
    "leak-elsewhere": LARGE,
    "huge-print": rf"ValueError: after much text{HERE}",
    "closed-output": rf"ValueError: in silence{HERE}",
    "thread": rf"ValueError: beside a thread{HERE}",
    "daemon-thread": rf"ValueError: beside a thread{HERE}",
    "child-left": rf"ValueError: with children{HERE}",
    "fork-bomb": SLOW,
    "handlers": rf"ValueError: with other handlers{HERE}",
    "modules": rf"ValueError: without modules{HERE}",
    "recursion": rf"RecursionError: .*{HERE}",
    "c-stack": rf"{ENDED} SIGSEGV{HERE}{DEBUG}",
    "moved": rf".*{HERE}",
    "disk": rf"OSError: \[Errno 27\] File too large{HERE}",
    "no-scratch": rf"ValueError: without a folder{HERE}",
    "descriptors": f"{EXIT} 1{DEBUG}",
    "limits": rf"MemoryError: .*{HERE}",
    "none": r"Predictions have the shape \(\); expected \(\d+, 2\)\.",
    "text": r"Predictions are not an array of numbers \(could not convert string to float: 'calm'\)\.",
    "objects": r"Predictions are not an array of numbers \(float\(\) argument must be .*\)\.",
    "ragged": r"Predictions are not an array of numbers \(setting an array element with a sequence\..*\)\.",
    "labels": r"Predictions have the shape \(\d+,\); expected \(\d+, 2\)\.",
    "short": r"Predictions have the shape \(\d+, 2\); expected \(\d+, 2\)\.",
    "wide": r"Predictions have the shape \(\d+, 3\); expected \(\d+, 2\)\.",
    "empty": r"Predictions have the shape \(0, 2\); expected \(\d+, 2\)\.",
    "huge": r"Predictions have the shape \(10000000, 2\); expected \(\d+, 2\)\.",
    "nan": NOT_PROBABILITIES,
    "negative": NOT_PROBABILITIES,
    "no-sum": NOT_PROBABILITIES,
    "complex": "Predictions are complex numbers; expected real ones.",
}
HARMLESS = ["forked"]  # the work of the fold is done all the same
MODELS = ["logistic", *(f"faulty(fault={fault})" for fault in [*FAULTS, *HARMLESS]), "svm"]
GRID = (
    "run", "--profile", "smoke", "--dataset", "synthetic(mode=null, n_subjects=3)", "--modalities", "eda", "--fusion",
    "none", "--no-baselines", "--protocol", "holdout", "--model", ",".join(MODELS), "--jobs", "2", "--json",
    "--task-timeout", "8", "--task-memory", "400",
)  # fmt: skip
TASK = "000-fold-01.s0"


def label(fault):
    return f"faulty(fault={fault}) · none · eda" if fault != "none" else "faulty · none · eda"


@pytest.fixture(scope="module")
def faulty(shared_bench):
    folder = shared_bench.package("faulty", "")
    shutil.copytree(Path(__file__).parent / "faulty", folder / "faulty", dirs_exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def said(shared_bench, faulty):
    """A run of all faults."""
    return shared_bench.process(*GRID, packages=(faulty,))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_ends_its_task_with_a_reason(shared_bench, said, fault):
    [line] = [line for line in said.err.splitlines() if line.startswith(f"Failed: {label(fault)}, ")]
    assert re.fullmatch(f"Failed: {re.escape(label(fault))}, {TASK}: {FAULTS[fault]}", line)


def test_all_failures_are_stored_and_the_other_tasks_are_done(shared_bench, said):
    assert said.code == 1
    assert "Traceback" not in said.err.replace("Tracebacks:", "")
    assert {name for name, _ in shared_bench.tasks()} == {
        "logistic · none · eda", "svm · none · eda", *map(label, HARMLESS),
    }  # fmt: skip
    stored = [json.loads(path.read_text()) for path in shared_bench.folder.glob("bench-results/cells/*/failed/*.json")]
    assert len(stored) == len(FAULTS)
    assert all(record["message"] and len(record["traceback"]) <= 2**16 for record in stored)
    assert len(said.json["cells"]) == 2 + len(HARMLESS)


def running(argument):
    """The processes with this argument."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has just ended
            found += [int(file.parent.name)] if argument in file.read_bytes().split(b"\0") else []
    return found


def test_no_process_of_a_plugin_outlives_its_task(said):
    assert not running(b"1234.5")


def begun(bench, faulty):
    """A run whose plugin has started a process of its own."""
    started = bench.folder / "started"
    grid = [*GRID[: GRID.index("--model")], "--model", "faulty(fault=child-kept)", "--isolation", "process"]
    process = bench.start(*grid, packages=(faulty,), STARTED=str(started))
    limit = time.monotonic() + 60
    while not (started.exists() and running(b"2345.6")):  # its arguments show a moment after it has started
        assert time.monotonic() < limit
        time.sleep(0.05)
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_of_a_plugin_outlives_a_run_that_is_ended(bench, faulty, number):
    process = begun(bench, faulty)
    process.send_signal(number)
    bench.end(process)
    limit = time.monotonic() + 10
    while running(b"2345.6"):
        assert time.monotonic() < limit
        time.sleep(0.05)


def ancestors(process):
    """The processes above a process, the nearest first."""
    while process > 1:
        process = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
        yield process


@pytest.mark.parametrize("killed", [[0], [1], [2], [3], [1, 2]], ids=["child", "parent", "base", "guard", "two"])
def test_no_process_of_a_plugin_outlives_a_worker_that_is_killed(bench, faulty, killed):
    process = begun(bench, faulty)
    [sleeper] = [each for each in running(b"2345.6") if process.pid in ancestors(each)]
    above = list(ancestors(sleeper))
    assert above.index(process.pid) == 4
    for place in reversed(killed):
        with contextlib.suppress(ProcessLookupError):
            os.kill(above[place], signal.SIGKILL)
    limit = time.monotonic() + 10
    while Path(f"/proc/{sleeper}").exists():
        assert time.monotonic() < limit
        time.sleep(0.05)
    process.kill()  # it may be in the next task
    bench.end(process)


def test_the_same_command_tries_failed_tasks_again(shared_bench, faulty, said):
    before = shared_bench.times()
    shared_bench.process(*GRID, packages=(faulty,), MENDED="1").ok()
    after = shared_bench.times()
    assert len(after) == len(MODELS)
    assert {task: after[task] for task in before} == before
    assert not list(shared_bench.folder.glob("bench-results/cells/*/failed/*.json"))
