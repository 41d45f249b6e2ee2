"""What end-to-end tests share: `bench("run", "--profile", "smoke").ok()`, here or as a real process."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import settings

# no deadline, since how fast a machine is shows nothing; the same examples in each run, so that what fails is new
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None)  # other examples in each run, as .ci/full asks for
settings.load_profile("repeatable")

for library in ("OMP", "OPENBLAS", "MKL"):  # as `bench run` does, which here comes too late: numpy is loaded by then
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # as of `nohup pytest &`, which processes would inherit
    signal.signal(signal.SIGINT, signal.default_int_handler)

SCRIPT = Path(sysconfig.get_path("scripts")) / "bench"
PATIENCE = 120  # seconds that a process may take before it is taken for stuck
REAL_DATA = os.environ.get("BENCH_DATA")  # before a test takes the variable away


@dataclass(frozen=True)
class Outcome:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    def ok(self) -> "Outcome":
        assert self.code == 0, self.err or self.out
        return self

    def ends(self, code: int, err: str) -> "Outcome":
        assert (self.code, self.out, self.err) == (code, "", f"{err}\n")
        return self

    def usage_error(self, message: str) -> "Outcome":
        """It asked for what does not exist or makes no sense, and this is all that is said."""
        return self.ends(2, f"Error: {message}")

    def failure(self, message: str) -> "Outcome":
        """Something failed, and this is all that is said."""
        return self.ends(1, f"Error: {message}")

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def table(self) -> str:
        """What a run prints above the lines that name the run, its folder and what was stored before."""
        table, last, _ = self.out.partition("\nRun ")
        assert last
        return re.sub(r"\n\d+ of \d+ tasks were stored before\.\n$", "", table)


@dataclass(frozen=True)
class Bench:
    """The command line in a folder of its own; prepared data are shared by all tests."""

    folder: Path
    cache: Path

    @staticmethod
    def seed(fold: str, seed: int = 0) -> int:
        """The seed that a model gets in a fold, by which a plugin can tell folds apart: windows carry no names."""
        from bench.digests import digest

        return int(digest([seed, fold])[:8], 16) & 0x7FFFFFFF

    def __call__(self, *arguments: object) -> Outcome:
        """In this process."""
        from bench.cli import main

        result = CliRunner().invoke(main, [str(argument) for argument in arguments], prog_name="bench")
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Outcome(result.exit_code, result.stdout, result.stderr)

    def start(
        self, *arguments: object, packages: tuple[Path, ...] = (), stdout: int = subprocess.PIPE, **environment: str
    ) -> subprocess.Popen[str]:
        """A process that leads a session of its own, with these folders of packages."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("BENCH_", "_BENCH"))}
        path = os.pathsep.join([*map(str, packages), *filter(None, [kept.get("PYTHONPATH")])])
        given = {"PYTHONPATH": path, "PYTHONIOENCODING": "utf-8", "BENCH_CACHE": str(self.cache), **environment}
        return subprocess.Popen(
            [SCRIPT, *map(str, arguments)],
            cwd=self.folder,
            env=kept | given,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            start_new_session=True,
        )

    def terminal(self, *arguments: object, columns: int = 80) -> list[str]:
        """The lines that a real process prints on a terminal so wide, without colours."""
        ours, theirs = os.openpty()
        process = self.start(*arguments, stdout=theirs, COLUMNS=str(columns))
        os.close(theirs)
        told = b""
        with contextlib.suppress(OSError):  # the end of what is printed
            while read := os.read(ours, 4096):
                told += read
        os.close(ours)
        self.end(process).ok()
        return re.sub(r"\x1b\[[\d;]*m", "", told.decode()).splitlines()

    def process(self, *arguments: object, packages: tuple[Path, ...] = (), **environment: str) -> Outcome:
        """As a real process, to its end."""
        return self.end(self.start(*arguments, packages=packages, **environment))

    @staticmethod
    def end(process: subprocess.Popen[str]) -> Outcome:
        out, err = process.communicate(timeout=PATIENCE)
        return Outcome(process.returncode, out, err)

    def package(self, distribution: str, declaration: str, **modules: str) -> Path:
        """A folder with one installed package: its `__init__.py`, other modules, and what an installer writes."""
        folder, name = self.folder / f"with-{distribution}", distribution.replace("-", "_")
        info = folder / f"{name}-1.0.dist-info"
        for made in (folder / name, info):
            made.mkdir(parents=True)
        for module, source in {"__init__": declaration, **modules}.items():
            (folder / name / f"{module}.py").write_text(source, encoding="utf-8")
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[bench]\n{distribution} = {name}\n")
        return folder

    def tasks(self, out: str = "bench-results") -> dict[tuple[str, str], Path]:
        """Stored tasks by the label of their cell and by name, each with its folder."""
        found = {}
        for path in sorted((self.folder / out / "cells").glob("*/tasks/*/record.json")):
            cell = json.loads((path.parents[2] / "cell.json").read_text(encoding="utf-8"))
            if not path.parent.name.startswith("."):
                found[cell["label"], path.parent.name] = path.parent
        return found

    def contents(self, name: str, out: str = "bench-results") -> dict[tuple[str, str], bytes]:
        """A file of every stored task."""
        return {task: (folder / name).read_bytes() for task, folder in self.tasks(out).items()}

    def times(self, out: str = "bench-results") -> dict[tuple[str, str], int]:
        """When every stored task was written."""
        return {task: (folder / "record.json").stat().st_mtime_ns for task, folder in self.tasks(out).items()}

    def record(self, label: str, task: str, out: str = "bench-results") -> dict[str, Any]:
        return dict(json.loads((self.tasks(out)[label, task] / "record.json").read_text(encoding="utf-8")))

    def runs(self, out: str = "bench-results") -> list[Path]:
        """The records of runs, oldest first."""
        return sorted((self.folder / out / "runs").glob("*.json"))


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def bench(tmp_path, shared_cache, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BENCH_CACHE", str(shared_cache))
    monkeypatch.delenv("BENCH_DATA", raising=False)
    return Bench(tmp_path, shared_cache)


@pytest.fixture(scope="module")
def shared_bench(tmp_path_factory, shared_cache):
    """One folder for all tests of a file that only look; its commands are real processes, or are told their folders."""
    return Bench(tmp_path_factory.mktemp("shared"), shared_cache)


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """`stand_in("wesad", subjects=3, seconds=60)`: simulated files below a data root of this test alone."""
    root = tmp_path / "data"
    monkeypatch.setenv("BENCH_DATA", str(root))

    def write(name: str, subjects: int, seconds: float | None = None, seed: int = 0, variants=()) -> Path:
        from bench.data.acquisition import simulation
        from bench.registry import Registry

        known = Registry()
        dataset = known.get("dataset", name).load()()
        folder = root / name
        written = simulation.write(
            dataset, folder, known, subjects=subjects, seed=seed, seconds=seconds, variants=variants
        )
        assert list(written)
        return folder

    return write


@pytest.fixture(scope="session")
def summary_of():
    """`summary_of([0.7, 0.8], "rmse", seeds=(1,))`: a row whose folds have these values in each metric."""
    from bench.cells.cell import Cell, Choice
    from bench.leaderboard.estimates import estimates
    from bench.leaderboard.summary import Summary
    from bench.results.cell_record import AuditRecord
    from bench.results.row_record import MetricRecord

    parts = {kind: Choice(kind, kind) for kind in ("dataset", "model", "fusion", "protocol")}
    cell = Cell(**parts, target="stress", modalities=("eda",), required_modalities=("eda",), steps=(), features=None,
                window={}, profile="smoke")  # fmt: skip

    def make(folds, *metrics, low=0.7, high=0.8, **changed):
        folds = tuple(map(float, folds))
        mean = sum(folds) / len(folds)
        found = {name: MetricRecord(mean, low, high, folds, (mean,)) for name in metrics}
        subjects = {f"P{number:02d}": dict.fromkeys(metrics, value) for number, value in enumerate(folds)}
        header = {"comparison": "same", "dataset": "synthetic", "target": "stress", "protocol": "kfold",
                  "simulated": True, "classes": ("calm", "stressed"), "n_subjects": 4, "n_windows": 256,
                  "n_folds": len(folds)}  # fmt: skip
        row = {"key": "0" * 16, "model": "logistic", "fusion": "none", "cell": cell, "baseline": False,
               "audit": AuditRecord("clean", ()), "seeds": (0,), "metrics": found, "chance": None, "pooled": {},
               "subjects": subjects, "estimates": estimates(subjects, {}, None),
               "confusion": None, "parameters": None, "train_seconds": 0.1,
               "device": "cpu"}  # fmt: skip
        return Summary(**{**header, **row, **changed})

    return make


@pytest.fixture
def install(monkeypatch):
    """`install(folder)`: the packages in it are found by this process too, until the test ends."""
    from bench.code import core
    from bench.running import opened_cell

    folders = []

    def forget():
        core.forget()
        opened_cell.forget()

    def add(folder: Path) -> None:
        monkeypatch.syspath_prepend(folder)
        folders.append(folder)
        forget()

    yield add
    forget()
    packages = {path.name for folder in folders for path in folder.iterdir() if (path / "__init__.py").exists()}
    for name in [name for name in sys.modules if name.partition(".")[0] in packages]:
        del sys.modules[name]


@pytest.fixture
def tiny(tmp_path, install):
    """The package `tiny_data` as if it were installed: the folders that a process needs to find it."""
    info = tmp_path / "installed" / "tiny_data-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tiny-data\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[bench]\ntiny = tiny_data\n")
    packages = (Path(__file__).parent, info.parent)
    for folder in packages:
        install(folder)
    return packages


@pytest.fixture
def recorded():
    """A folder of the real recordings that BENCH_DATA holds: `recorded("stress_predict")`."""

    def find(name: str) -> Path:
        root = REAL_DATA
        if not root or not (Path(root) / name).is_dir():
            pytest.skip(f"needs the real recordings: a folder {name} in BENCH_DATA")
        return Path(root).absolute() / name

    return find
