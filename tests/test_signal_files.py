"""Files of signals: one per subject and modality, for any number of recordings, and none with held-out windows."""

import resource
import sys

import numpy as np
import pytest

from bench.data.signal_files import SignalFiles, mapped_file
from bench.results.store import Store
from bench.running import opened_cell
from bench.running.fold_desk import FoldDesk
from bench.running.isolation import Isolation

SUBJECTS, RECORDINGS, TRIAL = 4, 40, 10
DECLARED = """
from bench.api import Plugin, hookimpl

@hookimpl
def bench_datasets():
    return [Plugin("many", "many.dataset:Many", "Each trial is a recording of its own.")]

@hookimpl
def bench_preprocessors():
    return [Plugin("doubled", "many.dataset:Doubled", "All values, doubled.")]
"""
DATASET = f"""
from dataclasses import dataclass, replace
from typing import ClassVar
import numpy as np
from bench.api import Card, Preprocessor, Recording, Segment, Signal
from bench.readers import FileDataset

@dataclass(frozen=True)
class Many(FileDataset):
    name: ClassVar = "many"
    folder_names: ClassVar = ("many",)
    root_patterns: ClassVar = ("*.txt",)
    card: ClassVar = Card("Many", "http://many.example", "None", "Nobody (2020), Many.")
    modalities: ClassVar = ("eda",)
    targets: ClassVar = {{"stress": ("calm", "stressed")}}

    def subjects(self):
        return sorted(file.stem for file in self.folder.glob("*.txt"))

    def files(self, subject):
        return [self.folder / f"{{subject}}.txt"]

    def load(self, subject):
        random = np.random.default_rng(int(self.files(subject)[0].read_text()))
        for number in range({RECORDINGS}):
            label = ("calm", "stressed")[number % 2]
            values = random.standard_normal((1, {TRIAL} * 8))
            segments = [Segment(0, {TRIAL}, "one", {{"stress": label}})]
            yield Recording(subject, {{"eda": Signal(values, 8.0)}}, segments, str(number))

@dataclass(frozen=True)
class Doubled(Preprocessor):
    def apply(self, recording):
        signals = {{name: replace(each, values=each.values * 2) for name, each in recording.signals.items()}}
        return replace(recording, signals=signals)
"""
NETWORK = "transformer(width=2, layers=1, heads=1, feedforward=4, hidden=4, epochs=1)"
GRID = ("run", "--dataset", "many", "--profile", "smoke", "--modalities", "eda", "--fusion", "none", "--no-baselines",
        "--protocol")  # fmt: skip


@pytest.fixture
def many(bench, monkeypatch):
    """The folder of the package; its data set is in BENCH_DATA."""
    folder = bench.folder / "data" / "many"
    folder.mkdir(parents=True)
    for number in range(SUBJECTS):
        (folder / f"S{number}.txt").write_text(str(number))
    monkeypatch.setenv("BENCH_DATA", str(folder.parent))
    return bench.package("many", DECLARED, dataset=DATASET)


@pytest.mark.skipif(sys.platform != "linux", reason="limits of other processes")
@pytest.mark.parametrize(("model", "steps"), [(NETWORK, "raw"), ("knn", "doubled")])
def test_there_may_be_more_recordings_than_open_files(bench, many, model, steps):
    process = bench.start(*GRID, "loso", "--model", model, "--preprocess", steps, packages=(many,),
                          BENCH_DATA=str(bench.folder / "data"))  # fmt: skip
    resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (RECORDINGS, RECORDINGS))
    bench.end(process).ok()
    assert len(bench.tasks()) == SUBJECTS


@pytest.mark.skipif(sys.platform != "linux", reason="limits of other processes")
def test_a_run_may_open_as_many_files_as_the_system_permits(bench):
    process = bench.start("run", "--profile", "smoke", "--no-baselines", "--modalities", "eda", "--fusion", "none")
    resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (RECORDINGS, 2 * RECORDINGS))
    most = set()
    while process.poll() is None:
        most.add(resource.prlimit(process.pid, resource.RLIMIT_NOFILE)[0])
    bench.end(process).ok()
    assert most == {RECORDINGS, 2 * RECORDINGS}


@pytest.mark.parametrize("protocol", ["kfold-trial(k=4)", "loso"])
def test_no_file_that_a_worker_gets_holds_a_held_out_window(bench, many, install, protocol):
    install(many)
    bench(*GRID, protocol, "--model", NETWORK, "--preprocess", "raw").ok()
    store = Store(bench.folder / "bench-results")
    [key] = store.cells()
    opened = opened_cell.open_cell(str(store.root), str(bench.cache), key)
    for task in (path.name for path in (store.cell(key) / "tasks").iterdir()):
        desk = FoldDesk(opened, task, "cpu", store, Isolation("process"))
        given, held_out = (windows.windowed_signal("eda") for windows in (desk.job.part.windows, desk.test))
        files = [{file[0] for signal in source.signals.values() if (file := mapped_file(signal))}
                 for source in (given, held_out)]  # fmt: skip
        assert files[1]
        assert not files[0] & files[1]
        assert bool(files[0]) == (protocol == "loso")  # whose workers copy nothing
        np.testing.assert_array_equal(given.gather(), desk.known.windowed_signal("eda").gather())


def test_signals_are_read_as_they_were_written(tmp_path):
    random = np.random.default_rng(0)
    signals = {3: random.standard_normal((2, 5)), 4: np.empty((1, 0)), 9: random.standard_normal((1, 7))}
    files = SignalFiles(tmp_path)
    places = files.write("eda.f32", signals)
    read = {number: files.read(place) for number, place in places.items()}
    for number, signal in signals.items():
        np.testing.assert_array_equal(read[number], signal.astype(np.float32))
    (tmp_path / "other").mkdir()
    del read[4]
    again = SignalFiles(tmp_path / "other")
    for number, place in again.write("other.f32", read).items():
        np.testing.assert_array_equal(again.read(place), read[number])
    assert (tmp_path / "other" / "other.f32").samefile(tmp_path / "eda.f32")


@pytest.mark.parametrize("change", [lambda values: values * 2, lambda values: values[:, ::2], lambda values: values.T])
def test_a_changed_signal_is_written_instead_of_linked(tmp_path, change):
    files = SignalFiles(tmp_path)
    original = files.read(files.append("eda.f32", np.arange(12.0).reshape(2, 6)))
    place = files.write("other.f32", {0: change(original)})[0]
    np.testing.assert_array_equal(files.read(place), change(original))
    assert not (tmp_path / "other.f32").samefile(tmp_path / "eda.f32")
