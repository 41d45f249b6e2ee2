"""One byte changed, the size kept, anywhere: what is read is as it was written, or the damage is noticed and named."""

import json
import random
import shutil
from dataclasses import asdict
from pathlib import Path

import pytest
import torch

from bench.cells.searching import Searching
from bench.data.cache import intact
from bench.errors import BenchError
from bench.pretraining import weight_cache, weight_files
from bench.results import published
from bench.results.folds import folds_digest, read_folds_file
from bench.results.store import Store
from bench.results.task_record import FailureRecord
from bench.running.search.journal import Journal
from bench.running.search.pruners import finished
from bench.training import checkpoint
from bench.training.checkpoint import Checkpoint

GRID = ("run", "--profile", "smoke", "--modalities", "eda,bvp", "--no-baselines", "--fusion", "none",
        "--protocol", "holdout", "--search", "3")  # fmt: skip
KEY, FINGERPRINT = "0123456789abcdef", "f" * 64
TENSORS = {f"encoders.eda.stages.{number}": torch.arange(64.0) * number for number in range(3)}


class NoticedError(Exception):
    """The damage was found, and what was damaged is made again."""


@pytest.fixture(scope="module")
def made(shared_bench):
    """A folder with everything that is stored: results, cache, checkpoints, pre-trained weights, published files."""
    out = shared_bench.folder / "bench-results"
    shared_bench.process(*GRID, BENCH_CACHE=str(out / "cache")).ok()
    shared_bench.process("leaderboard", "--to", "leaderboard").ok()
    store = Store(out)
    store.write_failure(store.cells()[0], "000-P01.s0", FailureRecord(message="No heart.", traceback="..."))
    phases = [{"name": "all", "loss": [1.5, 0.75]}]
    Checkpoint(TENSORS, 1, [1.5], [1.25], phases).save(out / "checkpoint", FINGERPRINT)
    record = {"key": KEY, "modalities": ["eda"], "corpora": [{"name": "wesad"}]}
    checkpoint.write(out / f"{KEY}.safetensors", TENSORS, {"record": json.dumps(record)})
    return shared_bench.folder


def cached(path: Path) -> object:
    folder = path.parent
    if not intact(folder):
        raise NoticedError
    return sorted(file.read_bytes() for file in folder.iterdir() if file.name != "manifest.json")


def checkpointed(path: Path) -> object:
    found = Checkpoint.load(path, FINGERPRINT)
    if found is None:
        raise NoticedError
    return {**asdict(found), "tensors": listed(found.tensors)}


def pretrained(path: Path) -> object:
    tensors = weight_cache.stored(path.parent, path.stem)
    if tensors is None:
        raise NoticedError
    return listed({name: torch.from_numpy(values) for name, values in tensors.tensors.items()}), weight_files.record_of(
        path
    )


def listed(tensors: dict[str, torch.Tensor]) -> object:
    return {name: (str(tensor.dtype), tensor.tolist()) for name, tensor in tensors.items()}


def searched(path: Path) -> object:
    """The trials of a journal; those that were dropped are searched again, and the others are as they were."""
    study = Journal(path).study(Searching(), last_step=3)
    trials = [(trial.state, trial.params, trial.values) for trial in finished(study.trials)]
    if len(trials) < 3:
        raise NoticedError
    return trials


def store_of(path: Path) -> Store:
    return Store(next(parent for parent in path.parents if parent.name == "bench-results"))


def task(path: Path) -> object:
    store, key, name = store_of(path), path.parents[2].name, path.parent.name
    if store.state(key, name) == "damaged":
        raise NoticedError
    return store.record(key, name), store.predictions(key, name).to_dict()


def cell(path: Path) -> object:
    return store_of(path).read_cell(path.parent.name)


def run(path: Path) -> object:
    return store_of(path).read_run(path.stem)


def failure(path: Path) -> object:
    return store_of(path).failure(path.parents[1].name, path.stem)


def folds(path: Path) -> object:
    found, windows = read_folds_file(path)
    return folds_digest(found), windows


RESULTS = "bench-results"
READ = {  # what -> its files, and a function that reads one
    "the cache": (f"{RESULTS}/cache/*/*/*", cached),
    "checkpoints": (f"{RESULTS}/checkpoint", checkpointed),
    "pre-trained weights": (f"{RESULTS}/*.safetensors", pretrained),
    "journals": (f"{RESULTS}/cells/*/search/*.journal", searched),
    "predictions": (f"{RESULTS}/cells/*/tasks/*/predictions.parquet", task),
    "records of tasks": (f"{RESULTS}/cells/*/tasks/*/record.json", task),
    "records of cells": (f"{RESULTS}/cells/*/cell.json", cell),
    "records of runs": (f"{RESULTS}/runs/*.json", run),
    "failures": (f"{RESULTS}/cells/*/failed/*.json", failure),
    "folds": (f"{RESULTS}/folds/*.npz", folds),
    "published files": ("leaderboard/results/*.jsonl", published.read),
}
PLACES = 20  # of each


def flip(path: Path, chance: random.Random) -> None:
    content = bytearray(path.read_bytes())
    content[chance.randrange(len(content))] ^= chance.randrange(1, 256)
    path.write_bytes(content)


@pytest.mark.parametrize(("pattern", "read"), READ.values(), ids=READ)
def test_a_changed_byte_changes_nothing_that_is_read_or_is_noticed(made, pattern, read):
    chance, noticed = random.Random(pattern), 0
    files = sorted(made.glob(pattern))
    assert files
    for _ in range(PLACES):
        path = chance.choice(files)
        before, content = read(path), path.read_bytes()
        flip(path, chance)
        try:
            after = read(path)
        except NoticedError:
            noticed += 1
        except BenchError as error:
            assert str(path) in str(error)  # noqa: PT017 - either outcome is right
            noticed += 1
        else:
            assert after == before
        path.write_bytes(content)
    assert noticed > PLACES / 2


def test_there_are_enough_places():
    assert PLACES * len(READ) >= 200


KINDS = ("the cache", "journals", "predictions", "records of tasks", "records of cells", "folds")


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("number", range(5))
def test_a_run_over_a_changed_byte_ends_with_the_same_numbers_or_names_the_file(bench, made, kind, number):
    chance = random.Random(f"{kind} {number}")
    shutil.copytree(made / RESULTS, bench.folder / RESULTS, ignore=shutil.ignore_patterns("locks"))
    cache = bench.folder / RESULTS / "cache"
    before = bench.contents("predictions.parquet")
    path = chance.choice(sorted(bench.folder.glob(READ[kind][0])))
    if "tasks" not in path.parts:  # so that tasks run again, with what is damaged
        for folder in bench.tasks().values():
            shutil.rmtree(folder)
        if "prepared" in path.parts:
            shutil.rmtree(cache / "features")
    flip(path, chance)
    said = bench(*GRID, "--cache", cache)
    if said.code == 0:
        assert bench.contents("predictions.parquet") == before
        bench("show", "--json").ok()
        bench("leaderboard", "--to", "leaderboard").ok()
    else:
        assert str(path.relative_to(bench.folder)) in said.err
