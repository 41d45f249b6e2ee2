"""The cache: what its keys depend on, and that nothing half-made is ever believed."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict, replace
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest

from bench.cells.cell import Cell, Choice, Step
from bench.cells.resolved import ResolvedCell
from bench.code import core
from bench.data.cache import Cache
from bench.digests import digest
from bench.errors import DataError, StorageError
from bench.readers.file_digests import file_digest
from bench.registry import Registry
from bench.results.decoding import decode

PATIENCE = 60


def build(folder):
    np.save(folder / "values.npy", np.arange(100))
    (folder / "deep").mkdir()
    (folder / "deep" / "names.json").write_text('["a"]')


def sound(folder):
    return np.array_equal(np.load(folder / "values.npy"), np.arange(100)) and json.loads(
        (folder / "deep" / "names.json").read_text()
    ) == ["a"]


class Counting:
    """A build that counts how often it is done."""

    def __init__(self):
        self.count = 0

    def __call__(self, folder):
        self.count += 1
        build(folder)


# -------------------------------------------------------------------------------- one process


def test_a_folder_is_built_once_and_found_again(tmp_path):
    counting = Counting()
    folder = Cache(tmp_path).folder("prepared", "abc", counting)
    assert sound(folder)
    assert Cache(tmp_path).folder("prepared", "abc", counting) == folder
    assert counting.count == 1


def test_kinds_and_keys_have_folders_of_their_own(tmp_path):
    counting, cache = Counting(), Cache(tmp_path)
    found = {cache.folder(kind, key, counting) for kind in ("prepared", "features") for key in ("a", "b")}
    assert len(found) == counting.count == 4


DAMAGE = {
    "a truncated file": lambda folder: os.truncate(folder / "values.npy", 40),
    "an empty file": lambda folder: (folder / "deep" / "names.json").write_text(""),
    "a missing file": lambda folder: (folder / "values.npy").unlink(),
    "a missing manifest": lambda folder: (folder / "manifest.json").unlink(),
    "a truncated manifest": lambda folder: os.truncate(folder / "manifest.json", 10),
    "a manifest that is none": lambda folder: (folder / "manifest.json").write_text("[1]"),
    "a manifest of sizes alone": lambda folder: (folder / "manifest.json").write_text('{"values.npy": 928}'),
    "one byte of a file": lambda folder: flip(folder / "values.npy"),
    "one byte of a digest": lambda folder: flip(folder / "manifest.json"),
    "a file that nobody wrote": lambda folder: (folder / "stranger.npy").touch(),
}


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_folder_is_built_again_with_a_word(tmp_path, damage, capsys):
    counting, cache = Counting(), Cache(tmp_path)
    folder = cache.folder("prepared", "abc", counting)
    assert capsys.readouterr().err == ""
    damage(folder)
    assert sound(cache.folder("prepared", "abc", counting))
    assert counting.count == 2
    assert capsys.readouterr().err == f"{folder} is damaged or of an older version; it is built again.\n"


def test_a_byte_that_changed_under_an_old_time_is_noticed_by_the_next_process(tmp_path):
    folder = Cache(tmp_path).folder("prepared", "abc", build)
    status = (folder / "values.npy").stat()
    flip(folder / "values.npy")
    os.utime(folder / "values.npy", ns=(status.st_atime_ns, status.st_mtime_ns))
    code = "import sys; from pathlib import Path; from bench.data.cache import intact; print(intact(Path(sys.argv[1])))"
    command = [sys.executable, "-c", code, folder]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "False\n"


def test_content_is_read_once_per_process(tmp_path):
    folder = Cache(tmp_path).folder("prepared", "abc", build)
    status = (folder / "values.npy").stat()
    flip(folder / "values.npy")
    os.utime(
        folder / "values.npy", ns=(status.st_atime_ns, status.st_mtime_ns)
    )  # which this process takes for the same
    counting = Counting()
    Cache(tmp_path).folder("prepared", "abc", counting)
    assert counting.count == 0


def test_a_build_that_raises_leaves_nothing_that_is_believed(tmp_path):
    def fail(folder):
        build(folder)
        raise DataError("The third person has no heart.")

    with pytest.raises(DataError, match=r"^The third person has no heart\.$"):
        Cache(tmp_path).folder("prepared", "abc", fail)
    assert not (tmp_path / "prepared" / "abc").exists()
    counting = Counting()
    assert sound(Cache(tmp_path).folder("prepared", "abc", counting))
    assert counting.count == 1


def test_what_an_earlier_attempt_left_is_not_mixed_in(tmp_path):
    def fail(folder):
        (folder / "stale.npy").write_bytes(b"old")
        raise DataError("no")

    with pytest.raises(DataError):
        Cache(tmp_path).folder("prepared", "abc", fail)
    folder = Cache(tmp_path).folder("prepared", "abc", build)
    assert sorted(path.name for path in folder.iterdir()) == ["deep", "manifest.json", "values.npy"]


def test_a_root_that_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    root = tmp_path / "file" / "cache"
    with pytest.raises(StorageError) as caught:
        Cache(root).folder("prepared", "abc", build)
    assert str(caught.value) == (
        f"Cannot write the cache in {root} (Not a directory); free some space there, "
        "or name another folder with --cache or BENCH_CACHE."
    )


def test_a_full_disk_is_the_same_sentence_and_leaves_nothing_that_is_believed(tmp_path):
    def fill(folder):
        build(folder)
        with Path("/dev/full").open("wb") as file:
            file.write(b"x")

    with pytest.raises(StorageError) as caught:
        Cache(tmp_path).folder("prepared", "abc", fill)
    assert str(caught.value) == (
        f"Cannot write the cache in {tmp_path} (No space left on device); free some space there, "
        "or name another folder with --cache or BENCH_CACHE."
    )
    assert not (tmp_path / "prepared" / "abc").exists()


# -------------------------------------------------------------------------------- several processes

WORKER = """
import os, sys, time
from pathlib import Path
from bench.code import core
from bench.data.cache import Cache

root, marks, mode = map(Path, sys.argv[1:])

def build(folder):
    (marks / f"begun-{os.getpid()}").touch()
    (folder / "first.bin").write_bytes(b"1" * 1000)
    while str(mode) == "hang" or not (marks / "go").exists():
        time.sleep(0.01)
    (folder / "second.bin").write_bytes(b"2" * 1000)

(marks / f"started-{os.getpid()}").touch()
print(Cache(root).folder("prepared", "abc", build))
"""


def worker(root, marks, mode):
    return subprocess.Popen([sys.executable, "-c", WORKER, root, marks, mode], stdout=subprocess.PIPE, text=True)


def wait_for(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.01)


def test_a_build_that_is_killed_leaves_nothing_that_is_believed(tmp_path):
    root, marks = tmp_path / "cache", tmp_path / "marks"
    marks.mkdir()
    process = worker(root, marks, "hang")
    try:
        wait_for(lambda: list(root.rglob("first.bin")))
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=PATIENCE)
    assert process.returncode == -signal.SIGKILL
    assert not (root / "prepared" / "abc").exists()
    folder = Cache(root).folder("prepared", "abc", build)  # and the lock of the dead holds nobody up
    assert sound(folder)
    assert not (folder / "first.bin").exists()


def test_two_processes_that_need_the_same_folder_build_it_once(tmp_path):
    root, marks = tmp_path / "cache", tmp_path / "marks"
    marks.mkdir()
    workers = [worker(root, marks, "wait") for _ in range(2)]
    try:
        wait_for(lambda: len(list(marks.glob("started-*"))) == 2 and list(marks.glob("begun-*")))
        (marks / "go").touch()
        told = [process.communicate(timeout=PATIENCE)[0].strip() for process in workers]
    finally:
        for process in workers:
            process.kill()
            process.wait()
    assert [process.returncode for process in workers] == [0, 0]
    assert told == [str(root / "prepared" / "abc")] * 2
    assert len(list(marks.glob("begun-*"))) == 1
    assert (root / "prepared" / "abc" / "second.bin").stat().st_size == 1000


# -------------------------------------------------------------------------------- keys

PACKAGE = """
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from bench.api import Card, Dataset, Extractor, Fusion, Model, Plugin, Preprocessor, Protocol, hookimpl

@dataclass(frozen=True)
class Data(Dataset):
    card: ClassVar[Card] = Card("Made up", "nowhere", "MIT", "none")
    path: str = ""
    people: int = 2
    modalities = ("eda",)
    targets: ClassVar = {"stress": ("calm", "stressed"), "valence": ("low", "high")}

    def subjects(self):
        return []

    def load(self, subject):
        return []

    def digest(self):
        return Path(self.path).read_text()

@dataclass(frozen=True)
class Step(Preprocessor):
    low: float = 1.0

    def apply(self, recording):
        return recording

@dataclass(frozen=True)
class Table(Extractor):
    bins: int = 2

    def extract(self, windows, rate, modality, channels):
        return [], windows

@dataclass(frozen=True)
class Learner(Model):
    width: int = 1

    def estimator(self, seed, device):
        return None

@dataclass(frozen=True)
class Join(Fusion):
    weight: float = 1.0

@dataclass(frozen=True)
class Cut(Protocol):
    path: str = ""
    parts: int = 2

    def outer(self, table):
        return iter(())

    def digest(self):
        return Path(self.path).read_text()
"""
DECLARATION = """
from bench.api import Plugin, hookimpl

@hookimpl
def bench_{kind}s():
    return [Plugin("{kind}", "keyed_{kind}.classes:{cls}", "Made up.")]
"""
CLASSES = {"dataset": "Data", "preprocessor": "Step", "model": "Learner", "fusion": "Join", "protocol": "Cut"}


@pytest.fixture
def cell(tmp_path, monkeypatch):
    """A cell of plugins that each live in a package of their own, with files that they depend on."""
    monkeypatch.syspath_prepend(tmp_path)
    for kind, cls in {**CLASSES, "extractor": "Table"}.items():
        folder = tmp_path / f"keyed_{kind}"
        folder.mkdir()
        hook = "preprocessor" if kind == "extractor" else kind
        source = DECLARATION.format(kind=hook, cls=cls)
        if kind == "extractor":
            source = source.replace('"preprocessor"', '"extractor"').replace("keyed_preprocessor", "keyed_extractor")
        (folder / "__init__.py").write_text(source)
        (folder / "classes.py").write_text(PACKAGE)
    for name in ("recordings", "folds"):
        (tmp_path / name).write_text("as they were")
    yield Cell(
        Choice("dataset", "dataset", {"path": str(tmp_path / "recordings"), "people": 2}),
        "stress",
        ("eda",),
        ("eda",),
        (Step("preprocessor", "preprocessor", {"low": 1.0}),),
        Choice("preprocessor", "extractor", {"bins": 2}),
        Choice("model", "model", {"width": 1}),
        Choice("fusion", "fusion", {"weight": 1.0}),
        Choice("protocol", "protocol", {"path": str(tmp_path / "folds"), "parts": 2}),
        {"length": 10.0, "hop": 5.0},
        "small",
    )
    core.forget()
    for name in [name for name in sys.modules if name.startswith("keyed_")]:
        del sys.modules[name]


def keys(cell):
    """The key of the data and of the numbers, as a new process would find them."""
    core.forget()
    kinds = (*CLASSES, "extractor")
    points = [EntryPoint(name=kind, value=f"keyed_{kind}", group="bench") for kind in kinds]
    parts = ResolvedCell(cell, Registry(points))
    return parts.data_key, parts.key


def with_options(choice, **values):
    return replace(choice, options={**choice.options, **values})


DATA = {
    "an option of the dataset": lambda cell: replace(cell, dataset=with_options(cell.dataset, people=3)),
    "an option of a step": lambda cell: replace(cell, steps=(with_options(cell.steps[0], low=2.0),)),
    "one step more": lambda cell: replace(cell, steps=(*cell.steps, cell.steps[0])),
    "no step": lambda cell: replace(cell, steps=()),
    "the modalities of a step": lambda cell: replace(cell, steps=(replace(cell.steps[0], modalities=("eda",)),)),
    "the cohort": lambda cell: replace(cell, required_modalities=("eda", "bvp")),
    "the length of windows": lambda cell: replace(cell, window={"length": 8.0, "hop": 5.0}),
    "the hop of windows": lambda cell: replace(cell, window={"length": 10.0, "hop": 2.5}),
}
NUMBERS = {
    "the target": lambda cell: replace(cell, target="valence"),
    "an option of the features": lambda cell: replace(cell, features=with_options(cell.features, bins=3)),
    "a scaling": lambda cell: replace(cell, scalings=cell.steps),
    "no features": lambda cell: replace(cell, features=None),
    "an option of the model": lambda cell: replace(cell, model=with_options(cell.model, width=2)),
    "an option of the fusion": lambda cell: replace(cell, fusion=with_options(cell.fusion, weight=2.0)),
    "an option of the protocol": lambda cell: replace(cell, protocol=with_options(cell.protocol, parts=3)),
    "the profile": lambda cell: replace(cell, profile="smoke"),
    "a search": lambda cell: replace(cell, search=5),
    "what a search leaves alone": lambda cell: replace(cell, model=replace(cell.model, fixed=("width",))),
}


@pytest.mark.parametrize("change", DATA.values(), ids=DATA)
def test_the_data_are_made_anew_for(cell, change):
    before, after = keys(cell), keys(change(cell))
    assert before[0] != after[0]
    assert before[1] != after[1]


@pytest.mark.parametrize("change", NUMBERS.values(), ids=NUMBERS)
def test_the_data_stay_and_the_numbers_are_made_anew_for(cell, change):
    before, after = keys(cell), keys(change(cell))
    assert before[0] == after[0]
    assert before[1] != after[1]


def test_the_key_does_not_depend_on_the_order_of_options_or_on_a_journey_through_json(cell):
    turned = replace(cell, window={"hop": 5.0, "length": 10.0}, dataset=with_options(cell.dataset))
    turned = replace(turned, dataset=replace(cell.dataset, options=dict(reversed(cell.dataset.options.items()))))
    assert keys(turned) == keys(cell)
    back = decode(Cell, json.loads(json.dumps(asdict(cell))))
    assert back == cell
    assert keys(back) == keys(cell)


@pytest.mark.parametrize(("name", "data"), [("recordings", True), ("folds", False)])
def test_keys_change_with_the_files_that_a_plugin_reads(cell, tmp_path, name, data):
    before = keys(cell)
    (tmp_path / name).write_text("changed")
    after = keys(cell)
    assert (before[0] != after[0], before[1] != after[1]) == (data, True)


@pytest.mark.parametrize(
    ("kind", "data"),
    [("dataset", True), ("preprocessor", True), ("extractor", False), ("model", False), ("fusion", False),
     ("protocol", False)],
)  # fmt: skip
def test_keys_change_with_the_code_of_the_plugins_that_take_part(cell, tmp_path, kind, data):
    before = keys(cell)
    with (tmp_path / f"keyed_{kind}" / "classes.py").open("a") as file:
        file.write("x = 1\n")
    after = keys(cell)
    assert (before[0] != after[0], before[1] != after[1]) == (data, True)


def test_digests_are_of_content_and_the_same_on_every_machine(tmp_path):
    # printf '{"a":[1,2.5],"b":null}' | sha256sum
    assert digest({"b": None, "a": (1, 2.5)}) == digest({"a": [1, 2.5], "b": None})
    assert digest({"a": [1, 2.5], "b": None}) == "f66b2c50ccae61e3"
    assert digest(1) != digest("1")
    (tmp_path / "file").write_bytes(b"abc")
    assert file_digest(tmp_path / "file") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
