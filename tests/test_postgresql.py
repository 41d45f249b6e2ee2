"""Searches whose trials are in a database: SQLite, and a PostgreSQL server that this test starts and restarts."""

import contextlib
import gc
import os
import shutil
import socket
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import optuna
import pytest

from bench.running.search import database

GRID = ("run", "--profile", "smoke", "--dataset", "synthetic(n_subjects=4, minutes=4)", "--modalities", "eda",
        "--fusion", "none", "--model", "knn", "--no-baselines", "--calibrate", "none", "--search")  # fmt: skip
VARIABLE = "BENCH_SEARCH_STORAGE"


def programs():
    """The folder of the programs of a PostgreSQL server; none where it is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    path = shutil.which("initdb")
    return found[-1].parent if found else Path(path).parent if path else None


def as_server(*command):
    """Run as a user that the server accepts, which root is not."""
    words = list(map(str, command))
    user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    said = subprocess.run([*user, *words], check=False, capture_output=True, cwd="/", timeout=60, text=True)
    assert said.returncode == 0, said.stdout + said.stderr


class Server:
    """A PostgreSQL server of its own."""

    def __init__(self, folder):
        self.bin, self.data = programs(), folder / "data"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        folder.chmod(0o777)  # the user of the server writes in it
        as_server(self.bin / "initdb", "-D", self.data, "-U", "tester", "--auth=trust", "--no-sync")
        self.options = f"-p {self.port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        self.control("start")
        self.url = f"postgresql+psycopg://tester@127.0.0.1:{self.port}/postgres"

    def control(self, what, *more):
        as_server(self.bin / "pg_ctl", "-D", self.data, "-w", "-l", self.data / "log", "-o", self.options, *more, what)


@pytest.fixture
def server():
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    if programs() is None:
        pytest.skip("PostgreSQL is not installed")
    if os.getuid() == 0 and shutil.which("runuser") is None:
        pytest.skip("root cannot start a PostgreSQL server without runuser")
    with tempfile.TemporaryDirectory(prefix="postgresql-") as folder:  # other users cannot enter folders of pytest
        started = Server(Path(folder))
        yield started
        started.control("stop", "-m", "immediate")


def searches(bench, out):
    """What records keep of the searches, times aside."""
    return {task: bench.record(*task, out)["search"] for task in bench.tasks(out)}


@contextlib.contextmanager
def opened(url):
    storage = database.storage(url)
    yield storage
    storage.remove_session()
    storage.engine.dispose()


def begun(url):
    """The number of trials that have begun."""
    with opened(url) as storage:
        return sum(each.n_trials for each in optuna.get_all_study_summaries(storage))


def ended(url):
    """Study -> its number of trials that have a result."""
    with opened(url) as storage:
        found = [optuna.load_study(study_name=name, storage=storage) for name in optuna.get_all_study_names(storage)]
        return {study.study_name: sum(each.state.name in ("COMPLETE", "PRUNED") for each in study.trials)
                for study in found}  # fmt: skip


def restarted(bench, server, count, times):
    """A run of four tasks at a time on the server, which restarts while they search."""
    process = bench.start(*GRID, count, "--jobs", "4", "--out", "database", **{VARIABLE: server.url})
    for number in range(times):
        while process.poll() is None and begun(server.url) < 4 * count * (number + 1) // (times + 2):
            time.sleep(0.1)
        assert process.poll() is None, bench.end(process)
        server.control("restart", "-m", "immediate")
    return bench.end(process)


@pytest.mark.parametrize(("count", "times"), [(8, 1), pytest.param(100, 2, marks=pytest.mark.slow)])
def test_trials_survive_a_restart_of_the_server_and_none_is_made_twice(bench, server, count, times):
    bench(*GRID, count, "--out", "journal").ok()
    said = restarted(bench, server, count, times)
    assert said.code == 0, said.err
    assert searches(bench, "database") == searches(bench, "journal")
    assert bench.contents("predictions.parquet", "database") == bench.contents("predictions.parquet", "journal")
    assert list(ended(server.url).values()) == [count] * 4
    assert not list(bench.folder.glob("database/cells/*/search/*.journal"))


def test_a_search_goes_on_in_a_database(bench):
    url = f"sqlite:///{bench.folder}/search.db"
    bench(*GRID, 6, "--out", "journal").ok()
    process = bench.start(*GRID, 6, "--jobs", "1", "--out", "database", **{VARIABLE: url})
    file = bench.folder / "search.db"
    while process.poll() is None and not (file.exists() and begun(url) > 3):
        time.sleep(0.1)
    process.kill()
    bench.end(process)
    said = bench.process(*GRID, 6, "--out", "database", **{VARIABLE: url})
    assert said.code == 0, said.err
    assert searches(bench, "database") == searches(bench, "journal")
    assert list(ended(url).values()) == [6] * 4


@pytest.mark.parametrize(("url", "reason"), [
    ("nowhere", "Could not parse"),
    ("oracle+none://here", "Can't load plugin"),
    ("sqlite:////no/such/folder/search.db", "unable to open database file"),
])  # fmt: skip
def test_a_database_that_cannot_be_used_is_named_before_anything_runs(bench, url, reason):
    said = bench.process(*GRID, 2, **{VARIABLE: url})
    assert said.code == 2
    assert said.err.startswith(f"Error: {VARIABLE} names no database that can be used: ")
    assert reason in said.err
    assert not bench.tasks()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # connections of attempts that failed
def test_several_processes_may_make_the_tables_at_once(server):
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(database.storage, [server.url] * 8))
    for storage in found:
        assert optuna.get_all_study_names(storage) == []
        storage.remove_session()
        storage.engine.dispose()
    del found, storage
    gc.collect()
