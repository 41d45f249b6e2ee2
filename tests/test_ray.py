"""The executor for Ray, on a cluster of two machines that are two sets of processes here."""

import contextlib
import json
import os
import platform
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from importlib import util
from pathlib import Path

import pytest

from bench.errors import BenchError
from bench.worker import confinement
from bench_ray.machine import cache_folder

pytestmark = [
    pytest.mark.skipif(util.find_spec("ray") is None, reason="needs the package ray: pip install 'affectbench[ray]'"),
    pytest.mark.skipif(confinement.best() == "inline", reason="this platform has no workers"),
]

# starts machines, each with the environment that comes in a line, and kills the last one when it is told to
CLUSTER = """
import json, os, sys
from ray.cluster_utils import Cluster

cluster, node = Cluster(), None
for line in sys.stdin:
    if line == "kill\\n":
        cluster.remove_node(node, allow_graceful=False)
    else:
        os.environ.update(json.loads(line))
        node = cluster.add_node(num_cpus=1, include_dashboard=False, object_store_memory=100 * 2**20)
    print(cluster.address, flush=True)
cluster.shutdown()
"""
GRID = ("run", "--profile", "smoke", "--no-baselines", "--modalities", "eda,bvp", "--fusion", "none,late",
        "--model", "forest", "-o", "forest.trees=20")  # fmt: skip


class Machines:
    """A cluster."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="ray-", dir="/tmp"))  # sockets need short paths
        environment = {name: value for name, value in os.environ.items() if not name.startswith("BENCH_")}
        self.log = (self.folder / "log").open("w")
        self.process = subprocess.Popen(
            [sys.executable, "-c", CLUSTER],
            env={**environment, "RAY_TMPDIR": str(self.folder)},
            cwd=self.folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
            start_new_session=True,
        )
        self.address = ""

    def start(self, **environment):
        """A machine with a folder for its files."""
        number = len(list(self.folder.glob("machine-*")))
        own = self.folder / f"machine-{number}"
        own.mkdir()
        defaults = {"TMPDIR": str(own), "BENCH_CACHE": str(own / "cache"), "BENCH_DATA": str(own / "no-data")}
        self.tell(json.dumps({**defaults, **environment}))

    def kill(self):
        """SIGKILL for all processes of the machine that was started last."""
        self.tell("kill")

    def tell(self, line):
        print(line, file=self.process.stdin, flush=True)
        self.address = self.process.stdout.readline().strip()
        assert self.address, (self.folder / "log").read_text()

    def close(self):
        with self.process, self.log:
            self.process.stdin.close()
        shutil.rmtree(self.folder)

    def processes(self, name, machine=""):
        """The processes of all machines, or of this one, whose command holds this text."""
        found = []
        for place in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):  # it has just ended
                ours = f"TMPDIR={self.folder}/{machine}".encode() in (place / "environ").read_bytes()
                if ours and name.encode() in (place / "cmdline").read_bytes().replace(b"\0", b" "):
                    found.append(int(place.name))
        return found


@pytest.fixture
def machines():
    with contextlib.closing(Machines()) as made:
        yield made


@pytest.fixture(scope="module")
def two():
    with contextlib.closing(Machines()) as made:
        made.start()
        made.start()
        yield made


def on(machines, *arguments):
    return (*arguments, "--executor", "ray", "-o", f"ray.address={machines.address}")


def until(condition, seconds=60):
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.05)


VARYING = ("cost", "environment", "finished", "record_sha256")  # times and machines


def results(bench, out="bench-results"):
    """Predictions, and records without what varies with time and place."""
    records = {
        task: {name: value for name, value in json.loads(content).items() if name not in VARYING}
        for task, content in bench.contents("record.json", out).items()
    }
    return bench.contents("predictions.parquet", out), records


SLOW = """
import os
import time
from dataclasses import dataclass
from typing import Annotated
import numpy as np
from bench.api import Model

kept = []

@dataclass(frozen=True)
class Slow(Model):
    how: Annotated[str, "what it does"] = "wait"

    def estimator(self, seed, device):
        self.__dict__["seed"] = seed
        return self

    def fit(self, train, validation):
        if self.how == "crash":
            os.kill(os.getpid(), 11)
        while self.how == "leak":
            kept.append(np.ones(10_000_000))
        time.sleep(1000 if self.how == "hang" else 3)

    def predict_proba(self, windows):
        chance = np.full(len(windows), self.__dict__["seed"] % 97 / 97)
        return np.stack([chance, 1 - chance], axis=1)
"""
DECLARED = """
from bench.api import Plugin, hookimpl

@hookimpl
def bench_models():
    return [Plugin("slow", "bench_slow.model:Slow", "It takes its time.")]
"""
ROW = ("run", "--profile", "smoke", "--no-baselines", "--modalities", "eda", "--fusion", "none", "--calibrate", "none")


@pytest.fixture
def slow(bench):
    return bench.package("bench-slow", DECLARED, model=SLOW)


def test_two_machines_give_the_bytes_of_one_and_two_drivers_share_them(bench, two):
    bench.process(*GRID, "--out", "here").ok()
    first, second = (bench.start(*on(two, *GRID)) for _ in range(2))
    assert [bench.end(each).code for each in (first, second)] == [0, 0]
    assert results(bench) == results(bench, "here")
    assert len({tuple(map(str, folder.glob("cache/prepared/*"))) for folder in two.folder.glob("machine-*")}) == 2
    written = bench.times()
    bench.process(*on(two, *GRID)).ok()
    assert bench.times() == written


def test_a_machine_that_is_killed_in_the_middle_of_folds_changes_no_number(bench, machines, slow):
    for _ in range(2):
        machines.start(PYTHONPATH=str(slow))
    run = (*ROW, "--model", "slow,knn(k=3)")
    bench.process(*run, "--out", "here", packages=(slow,)).ok()
    process = bench.start(*on(machines, *run), packages=(slow,))
    until(lambda: len(bench.tasks()) > 0)
    until(lambda: machines.processes("ray::run_parcels", "machine-1"))
    machines.kill()
    ended = bench.end(process).ok()
    assert ended.err == f"1 task ran again, since the machine {platform.node()} was lost.\n"
    assert "raylet" not in ended.out
    assert results(bench) == results(bench, "here")


def test_a_run_whose_head_is_killed_ends_with_a_sentence_and_goes_on_with_another_cluster(bench, machines, slow):
    for _ in range(2):
        machines.start(PYTHONPATH=str(slow), RAY_gcs_rpc_server_reconnect_timeout_s="5")
    run = (*ROW, "--model", "slow", "--seeds", "3", "-o", "ray.patience=3")
    process = bench.start(*on(machines, *run), packages=(slow,))
    until(lambda: len(bench.tasks()) > 1)
    [head] = machines.processes("gcs/gcs_server")
    os.kill(head, signal.SIGKILL)
    bench.end(process).failure(
        f"The head of the Ray cluster at {machines.address} has not answered for 3 s; start a cluster with 'ray start "
        "--head', and the same command, with -o ray.address=HOST:PORT where it is another one, goes on from what is "
        "stored."
    )
    until(lambda: not machines.processes("bench.worker"))
    written = bench.times()
    assert 1 < len(written) < 12
    with contextlib.closing(Machines()) as others:
        others.start(PYTHONPATH=str(slow))
        others.start(PYTHONPATH=str(slow))
        bench.process(*on(others, *run), packages=(slow,)).ok()
    assert bench.times().items() >= written.items()
    bench.process(*run[:-2], "--out", "here", packages=(slow,)).ok()
    assert results(bench) == results(bench, "here")


def test_a_process_of_ray_that_is_killed_is_replaced_and_its_task_runs_again(bench, machines, slow):
    machines.start(PYTHONPATH=str(slow))
    process = bench.start(*on(machines, *ROW, "--model", "slow"), packages=(slow,))
    until(lambda: len(bench.tasks()) > 0)
    until(lambda: machines.processes("ray::run_parcels"))
    for each in machines.processes("ray::run_parcels"):
        os.kill(each, signal.SIGKILL)
    assert bench.end(process).ok().err == f"1 task ran again, since a process on {platform.node()} was lost.\n"
    assert len(bench.tasks()) == 4


def test_a_task_whose_machine_is_always_lost_fails_with_a_sentence(bench, machines, slow):
    machines.start(PYTHONPATH=str(slow))
    run = on(machines, *ROW, "--model", "slow(how=hang)", "--protocol", "holdout", "-o", "ray.retries=1")
    process = bench.start(*run, packages=(slow,))
    for _ in range(2):
        until(lambda: machines.processes("ray::run_parcels"))
        [each] = machines.processes("ray::run_parcels")
        os.kill(each, signal.SIGKILL)
        until(lambda each=each: each not in machines.processes("ray::run_parcels"))
    ended = bench.end(process)
    assert ended.code == 1
    assert "The machine of this task was lost 2 times (WorkerCrashedError); run it again" in ended.err


@pytest.mark.parametrize(
    ("how", "options"), [("crash", ()), ("hang", ("--task-timeout", "2")), ("leak", ("--task-memory", "1000"))]
)
def test_what_a_plugin_does_to_its_process_is_not_tried_again(bench, machines, slow, how, options):
    machines.start(PYTHONPATH=str(slow))
    run = (*ROW, "--model", f"slow(how={how})", "--protocol", "holdout", *options)
    here = bench.process(*run, "--out", "here", packages=(slow,))
    there = bench.process(*on(machines, *run), packages=(slow,))
    assert here.code == there.code == 1
    said = [[line for line in each.err.splitlines() if line.startswith("Failed: ")] for each in (here, there)]
    assert said[0] == said[1] != []


def test_a_machine_with_another_version_of_a_plugin_is_left_out(bench, machines, slow):
    other = bench.folder / "other"
    shutil.copytree(slow, other)
    (other / "bench_slow" / "model.py").write_text(SLOW.replace("97", "89"))
    machines.start(PYTHONPATH=str(other))
    run = (*ROW, "--model", "slow")
    alone = bench.process(*on(machines, *run), packages=(slow,))
    assert alone.code == 1 + 1
    assert " has another version of the model 'slow', so its numbers could differ; install there" in alone.err
    machines.start(PYTHONPATH=str(slow))
    bench.process(*run, "--out", "here", packages=(slow,)).ok()
    bench.process(*on(machines, *run), packages=(slow,)).ok()
    assert results(bench) == results(bench, "here")


def test_a_driver_that_is_killed_leaves_no_task_behind_and_a_second_one_goes_on(bench, machines, slow):
    machines.start(PYTHONPATH=str(slow))
    run = on(machines, *ROW, "--model", "slow")
    process = bench.start(*run, packages=(slow,))
    until(lambda: len(bench.tasks()) > 1)
    process.kill()
    bench.end(process)
    until(lambda: not machines.processes("bench.worker"))
    written = bench.times()
    assert len(written) < 4
    bench.process(*run, packages=(slow,)).ok()
    assert bench.times().items() >= written.items()
    assert len(bench.tasks()) == 4


def test_ctrl_c_ends_what_runs_on_other_machines(bench, machines, slow):
    machines.start(PYTHONPATH=str(slow))
    process = bench.start(*on(machines, *ROW, "--model", "slow(how=hang)"), packages=(slow,))
    until(lambda: machines.processes("bench.worker"))
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    ended = bench.end(process)
    assert ended.code == 130
    assert "Interrupted. What was finished is stored; the same command goes on from there." in ended.err
    until(lambda: not machines.processes("bench.worker"))


def test_a_cluster_that_is_not_there_or_too_small_is_named(bench, two):
    absent = bench.process(*ROW, "--executor", "ray", "-o", "ray.address=127.0.0.1:1")
    assert absent.code == 2
    assert absent.err.endswith("; start one with 'ray start --head', or name one with -o ray.address=HOST:PORT.\n")
    small = bench.process(*on(two, *ROW, "-o", "ray.gpus=0.5"))
    assert small.code == 2
    assert small.err.endswith(
        f"No machine of the Ray cluster at '{two.address}' has what a task needs (1 CPU, 0.5 GPU); lower -o ray.cpus, "
        "ray.gpus or ray.memory, or add a machine with 'ray start --address=HOST:PORT'.\n"
    )


def test_tasks_are_sent_together_and_each_has_the_cores_that_it_asks_for(bench, two):
    run = on(two, *ROW, "--model", "knn(k=3)", "-o", "ray.bundle=4", "-o", "ray.jobs=1", "-o", "ray.cpus=0.5")
    bench.process(*run).ok()
    assert len(bench.tasks()) == 4


def test_it_keeps_the_contract_of_executors(bench, two):
    said = bench.process("check", "ray", "-o", f"executor.address={two.address}").ok().out
    assert "9 of 9 checks passed." in said


@pytest.mark.parametrize("what", ["link", "dangling link", "file"])
def test_what_another_user_has_put_in_the_place_of_the_cache_is_refused(tmp_path, monkeypatch, what):
    monkeypatch.delenv("BENCH_CACHE", raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder = cache_folder("")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert cache_folder("") == folder
    folder.rmdir()
    folder.write_text("") if what == "file" else folder.symlink_to(tmp_path / ("." if what == "link" else "none"))
    with pytest.raises(BenchError, match=r" is not a folder of this user; name one with -o ray\.cache=FOLDER\.$"):
        cache_folder("")


PEEKING = """
from dataclasses import dataclass
from typing import Annotated
import numpy as np
from bench.api import Model, Range

class Nearest:
    def __init__(self, power, peeks):
        self.power, self.peeks = power, peeks

    def fit(self, train, validation):
        values = np.nan_to_num(train.features())
        self.means = np.stack([values[train.labels == number].mean(0) for number in range(len(train.classes))])

    def predict_proba(self, windows):
        values = np.nan_to_num(windows.features())
        if self.peeks:
            values = values - values.mean(0) + self.means.mean(0)
        distances = (np.abs(values[:, None] - self.means) ** self.power).mean(2)
        near = np.exp(distances.min(1, keepdims=True) - distances)
        return near / near.sum(1, keepdims=True)

@dataclass(frozen=True)
class Honest(Model):
    inputs = "features"
    peeks = False
    power: Annotated[float, Range(0.5, 3.0), "of distances"] = 2.0

    def estimator(self, seed, device):
        return Nearest(self.power, self.peeks)

class Peeks(Honest):
    peeks = True
"""
BOTH = """
from bench.api import Plugin, hookimpl

@hookimpl
def bench_models():
    return [Plugin("honest", "bench_peeking.model:Honest", "It uses the window alone."),
            Plugin("peeks", "bench_peeking.model:Peeks", "It uses the mean of the windows that come together.")]
"""
SEARCH = ("run", "--profile", "smoke", "--no-baselines", "--protocol", "subject-independent(k=2)", "--search")
# what differs between two runs of the same on one machine: times, dates, and digests of lines that hold these
ASIDE = re.compile(
    r'("(?:train_seconds|seconds|date|record_sha256|rows_sha256)": ?)(?:"[^"]*"|[\d.e+-]+)'  # of results and pages
    r"|(?<=<td>)[\d.]+ (?:s|min)(?=</td>)"  # the time of training in a table
    r"|'\d+-\d+-\d+ \d+:\d+:[\d.]+'|(?<='seconds',)'[\d.e+-]+'"  # when a trial ran, and for how long
)


def exported(bench, out, packages=()):
    """What `bench leaderboard` and `bench search export` write, without ASIDE."""
    formats = ("--format", "md,html,json")
    bench.process("leaderboard", "--out", out, "--to", f"pages-{out}", *formats, packages=packages).ok()
    bench.process("search", "export", "--out", out, "--to", f"{out}.db", packages=packages).ok()
    pages = bench.folder / f"pages-{out}"
    files = {path.relative_to(pages): path.read_text() for path in sorted(pages.rglob("*")) if path.is_file()}
    assert {path.suffix for path in files} == {".md", ".html", ".json", ".jsonl"}
    with contextlib.closing(sqlite3.connect(bench.folder / f"{out}.db")) as database:
        dumped = "\n".join(database.iterdump())
    return {name: ASIDE.sub(r"\1", text) for name, text in {**files, "searches": dumped}.items()}


@pytest.fixture(scope="module")
def peeking(shared_bench):
    package = shared_bench.package("bench-peeking", BOTH, model=PEEKING)
    run = (*SEARCH, "3", "--modalities", "eda", "--fusion", "none", "--model", "honest,peeks")
    shared_bench.process(*run, "--out", "here", packages=(package,)).ok()
    return package, run, exported(shared_bench, "here", (package,))


@pytest.mark.parametrize("executor", ["local", "ray", "slurm"])
def test_every_executor_accuses_the_same_model_after_a_search(shared_bench, peeking, machines, executor):
    package, run, expected = peeking
    options = ("--executor", executor)
    if executor == "ray":
        machines.start(PYTHONPATH=str(package))
        machines.start(PYTHONPATH=str(package))
        options = on(machines)
    elif executor == "slurm":
        pytest.importorskip("submitit")
        options += ("-o", "slurm.cluster=local")
    told = shared_bench.process(*run, *options, "--out", executor, "--json", packages=(package,)).ok().json
    verdicts = {row["model"]: row["audit"]["verdict"] for row in told["cells"]}
    assert verdicts == {"honest": "clean", "peeks": "leaky"}
    failed = {row["model"]: {name for name, passed in row["probes"].items() if not passed} for row in told["cells"]}
    assert failed == {"honest": set(), "peeks": {"alone", "other windows"}}
    assert results(shared_bench, executor) == results(shared_bench, "here")
    assert exported(shared_bench, executor, (package,)) == expected
    if executor == "ray":
        shutil.copytree(shared_bench.folder / "here", shared_bench.folder / "here-again")
        audit = ("audit", "--probe", "--folds", "1", "--json", "--out")
        audits = [shared_bench.process(*audit, out, packages=(package,)) for out in ("here-again", "ray")]
        assert [audited.code for audited in audits] == [1, 1]
        assert audits[0].json == audits[1].json
        assert {row["model"]: row["probes"]["refit"] for row in audits[1].json} == {"honest": True, "peeks": True}


@pytest.mark.parametrize("executor", ["ray", "slurm"])
def test_pages_and_searches_are_those_of_one_machine_though_another_is_lost(bench, machines, executor):
    run = (*SEARCH, "2", "--model", "logistic,forest", "--modalities", "ecg,eda", "--fusion", "none,early,late",
           "-o", "forest.trees=20")  # fmt: skip
    bench.process(*run, "--out", "here").ok()
    if executor == "ray":
        machines.start()
        machines.start()
        process = bench.start(*on(machines, *run))
        until(lambda: len(bench.tasks()) > 0)
        until(lambda: machines.processes("ray::run_parcels", "machine-1"))
        machines.kill()
        assert len(bench.tasks()) < 16
        assert "ran again, since the machine " in bench.end(process).ok().err
    else:
        pytest.importorskip("submitit")
        bench.process(*run, "--executor", "slurm", "-o", "slurm.cluster=local").ok()
    assert results(bench) == results(bench, "here")
    assert exported(bench, "bench-results") == exported(bench, "here")
