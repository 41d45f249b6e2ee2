"""Jobs on a machine that shares no folder: another process with other folders, and without the data set."""

import json
import os
import pickle
import resource
import shutil
import subprocess
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from optuna.storages.journal._storage import JournalOperation
from safetensors.numpy import load_file

from bench import session
from bench.api import Executor
from bench.errors import StorageError, UsageError
from bench.running.shipping.delivery import Delivery
from bench.running.shipping.inputs import place as place_inputs
from bench.running.shipping.shipment import allow_many_files
from bench.worker import confinement

pytestmark = pytest.mark.skipif(confinement.best() == "inline", reason="this platform has no workers")

# the other machine: parcels come in one file, and what they return goes into another
REMOTE = """
import pickle, sys
from pathlib import Path

parcels, inputs, cache = pickle.loads(Path(sys.argv[1]).read_bytes())
fetched, made = [], []

def fetch(name):
    fetched.append(name)
    return inputs[name]

for parcel in parcels:
    try:
        made.append(parcel(fetch, Path(cache)))
    except Exception as error:
        made.append(error)
Path(sys.argv[2]).write_bytes(pickle.dumps((made, fetched)))
"""
VARYING = ("cost", "environment", "finished", "record_sha256")  # times and machines
AXES = {"profile": "smoke", "baselines": False}


@dataclass(frozen=True)
class Elsewhere(Executor):
    """Ships all jobs to a process whose folders are others."""

    folder: Path
    packages: tuple[Path, ...] = ()
    fetched: list[str] = field(default_factory=list)
    change = staticmethod(lambda parcel: parcel)

    def run(self, jobs):
        shipments = [job.ship() for job in jobs]
        parcels = [self.change(each.parcel) for each in shipments]
        inputs = {name: path.read_bytes() for each in shipments for name, path in each.inputs.items()}
        self.folder.mkdir(exist_ok=True)
        sent, returned = self.folder / "sent", self.folder / "returned"
        sent.write_bytes(pickle.dumps((parcels, inputs, str(self.folder / "cache"))))
        environment = {name: value for name, value in os.environ.items() if not name.startswith("BENCH_")}
        path = os.pathsep.join(map(str, self.packages))
        empty = self.folder / "no-data"
        command = [sys.executable, "-c", REMOTE, sent, returned]
        subprocess.run(
            command, check=True, cwd=self.folder,
            env={**environment, "TMPDIR": str(self.folder), "BENCH_DATA": str(empty), "PYTHONPATH": path},
        )  # fmt: skip
        made, fetched = pickle.loads(returned.read_bytes())
        self.fetched.extend(fetched)
        for shipment, content in zip(shipments, made, strict=True):
            if isinstance(content, Exception):
                shipment.close()
                raise content
            yield from shipment.receive(content)


def results(out):
    """Every file of the tasks and their weights; of records, what does not vary with time and place."""
    found = {}
    for path in sorted(Path(out).glob("cells/*/*/*/*")):
        if path.name == "record.json":
            record = json.loads(path.read_text(encoding="utf-8"))
            found[path.relative_to(out)] = {name: value for name, value in record.items() if name not in VARYING}
        elif path.suffix == ".parquet":
            found[path.relative_to(out)] = path.read_bytes()
        elif path.suffix == ".safetensors":  # whose metadata have no order
            tensors = load_file(path)
            found[path.relative_to(out)] = {name: (str(each.dtype), each.tobytes()) for name, each in tensors.items()}
    return found


def same(here, there):
    assert here.keys() == there.keys()
    assert [name for name in here if here[name] != there[name]] == []
    assert here


def both(tmp_path, executor=None, **axes):
    """A run on this machine and one elsewhere, with caches of their own."""
    executor = executor or Elsewhere(tmp_path / "elsewhere")
    local = session.run(**AXES, **axes, out=tmp_path / "here", cache=tmp_path / "here-cache")
    shipped = session.run(**AXES, **axes, out=tmp_path / "there", cache=tmp_path / "there-cache", executor=executor)
    assert [failure.message for failure in shipped.failures] == [failure.message for failure in local.failures]
    return local, shipped, executor


def test_tasks_give_the_same_bytes_on_a_machine_without_the_data(tmp_path, stand_in):
    stand_in("wesad", subjects=3, seconds=240)
    axes = {"dataset": "wesad", "modalities": ["ecg", "eda"], "model": "logistic", "fusion": ["late", "early"]}
    *_, executor = both(tmp_path, **axes, preprocess="standardise | statistics", seed=[0, 1])
    same(results(tmp_path / "here"), results(tmp_path / "there"))
    kinds = [name.partition("/")[0] for name in executor.fetched]
    assert set(kinds) == {"prepared"}  # features of scaled signals are those of a fold
    assert len(set(executor.fetched)) == len(executor.fetched)  # once for all tasks


def test_features_travel_and_a_search_and_its_journal_come_back(tmp_path):
    axes = {"model": "forest(trees=10)", "fusion": "none", "modalities": "eda", "protocol": "holdout", "search": 3}
    *_, executor = both(tmp_path, **axes)
    same(results(tmp_path / "here"), results(tmp_path / "there"))
    assert {name.partition("/")[0] for name in executor.fetched} == {"prepared", "features"}
    [ours], [theirs] = (list((tmp_path / out).glob("cells/*/search/*.journal")) for out in ("here", "there"))
    assert len(ours.read_bytes().splitlines()) == len(theirs.read_bytes().splitlines())
    journal = theirs.read_bytes()
    shutil.rmtree(theirs.parents[1] / "tasks")
    where = {"out": tmp_path / "there", "cache": tmp_path / "there-cache"}
    session.run(**AXES, **axes, **where, executor=Elsewhere(tmp_path / "third"))
    assert theirs.read_bytes().startswith(journal)
    begun = f'"op_code":{JournalOperation.CREATE_TRIAL.value},'.encode()
    assert theirs.read_bytes().count(begun) == journal.count(begun) == 3  # no trial is done twice
    same(results(tmp_path / "here"), results(tmp_path / "there"))


OTHERS = """
from dataclasses import dataclass
from bench.api import Plugin, hookimpl
from bench_synthetic.dataset import Synthetic

@dataclass(frozen=True)
class Others(Synthetic):
    people: int = 2
    minutes: float = 3
    seed: int = 77

@hookimpl
def bench_datasets():
    return [Plugin("others", "others:Others", "Other simulated people, whom nobody evaluates.")]
"""


@pytest.mark.slow
def test_pretrained_weights_travel_with_the_folds_that_start_from_them_and_come_back(tmp_path, bench, install):
    package = bench.package("others", OTHERS)
    install(package)
    data = "synthetic(n_subjects=3, minutes=4)"
    axes = {
        "dataset": data, "modalities": ["ecg", "eda"], "fusion": "late-frozen", "preprocess": "zscore | resample(16)",
        "model": "transformer(width=2, layers=1, heads=1, feedforward=4, hidden=4, epochs=1, fuse_epochs=1, "
                 "pretrain_epochs=2)",
        "pretrain": [data, "others"],
    }  # fmt: skip
    *_, executor = both(tmp_path, Elsewhere(tmp_path / "elsewhere", (package,)), **axes)
    same(results(tmp_path / "here"), results(tmp_path / "there"))
    ours, theirs = (
        {path.name: path.read_bytes() for path in (tmp_path / f"{out}-cache" / "pretrained").glob("*.safetensors")}
        for out in ("here", "there")
    )
    assert len(ours) == 2 * 3
    assert ours.keys() == theirs.keys()
    assert len({name.split("/")[1] for name in executor.fetched if name.startswith("prepared/")}) == 2
    again = Elsewhere(tmp_path / "again", (package,))
    session.run(**AXES, **axes, fresh=True, out=tmp_path / "there", cache=tmp_path / "there-cache", executor=again)
    assert {name.removeprefix("pretrained/") for name in again.fetched if name.startswith("pretrained/")} == set(ours)
    same(results(tmp_path / "here"), results(tmp_path / "there"))
    weights = str(tmp_path / "here-cache" / "pretrained" / min(ours))
    from_file = {**axes, "pretrain": [weights], "fusion": "attentive"}
    *_, third = both(tmp_path / "file", Elsewhere(tmp_path / "third", (package,)), **from_file)
    same(results(tmp_path / "file" / "here"), results(tmp_path / "file" / "there"))
    assert [name.partition("/")[0] for name in third.fetched].count("weights") == 1


def test_permutations_are_trained_elsewhere_and_give_the_same_outcome(tmp_path):
    here, there, _ = both(tmp_path, modalities="eda", fusion="none", permute=19)
    assert [row.summary.permutation for row in here.rows] == [row.summary.permutation for row in there.rows]
    ours, theirs = (
        {path.name: path.read_bytes() for path in (tmp_path / out).glob("cells/*/permutations/*.npz")}
        for out in ("here", "there")
    )
    assert ours
    assert ours == theirs


MODEL = """
import time
from dataclasses import dataclass
from typing import Annotated
import os
import numpy as np
from bench.api import Model, Range

@dataclass(frozen=True)
class Odd(Model):
    how: Annotated[str, "what it does"] = "raise"

    def estimator(self, seed, device):
        return self

    def fit(self, train, validation):
        if self.how == "raise":
            raise ValueError("no luck")
        if self.how == "exit":
            os._exit(7)
        if self.how == "crash":
            os.kill(os.getpid(), 11)
        if self.how == "hang":
            time.sleep(1000)

    def predict_proba(self, windows):
        return np.full((len(windows), 2), 0.5)
"""
DECLARED = """
from bench.api import Plugin, hookimpl

@hookimpl
def bench_models():
    return [Plugin("odd", "bench_odd.model:Odd", "It goes wrong.")]
"""
ODD = {"modalities": "eda", "fusion": "none", "protocol": "holdout"}


@pytest.mark.parametrize("how", ["raise", "exit", "crash", "hang"])
def test_what_a_plugin_does_elsewhere_ends_its_task_with_the_sentence_that_it_has_here(tmp_path, bench, install, how):
    package = bench.package("bench-odd", DECLARED, model=MODEL)
    install(package)
    elsewhere = Elsewhere(tmp_path / "elsewhere", (package,))
    limit = {"task_timeout": 2.0} if how == "hang" else {}
    here, there, _ = both(tmp_path, elsewhere, **ODD, model=f"odd(how={how})", **limit)
    assert len(there.failures) == 1
    [kept] = (tmp_path / "there").glob("cells/*/failed/*.json")
    assert json.loads(kept.read_text())["message"] == here.failures[0].message
    assert not list((tmp_path / "there").glob("cells/*/tasks/*"))


def refused(tmp_path, executor, **axes):
    with pytest.raises(UsageError) as caught:
        session.run(**AXES, **axes, out=tmp_path / "out", cache=tmp_path / "cache", executor=executor)
    assert not list((tmp_path / "out").glob("cells/*/tasks/*"))
    assert not list((tmp_path / "out").glob("cells/*/failed/*"))
    return str(caught.value)


END = ", so its numbers could differ; install there what is installed where the run was started."


def test_a_machine_with_another_version_of_a_plugin_refuses_with_its_name(tmp_path, bench, install):
    package = bench.package("bench-odd", DECLARED, model=MODEL)
    install(package)
    other = bench.package("other", "")
    shutil.copytree(package, other, dirs_exist_ok=True)
    (other / "bench_odd" / "model.py").write_text(MODEL.replace("0.5", "0.25"))
    said = refused(tmp_path, Elsewhere(tmp_path / "elsewhere", (other,)), **ODD, model="odd(how=none)")
    assert said.endswith(f" has another version of the model 'odd'{END}")


def test_a_machine_without_a_plugin_refuses_with_what_it_has(tmp_path, bench, install):
    install(bench.package("bench-odd", DECLARED, model=MODEL))
    said = refused(tmp_path, Elsewhere(tmp_path / "elsewhere"), **ODD, model="odd(how=none)")
    assert said.startswith("There is no model 'odd'")


def test_a_machine_with_another_version_of_a_library_refuses_with_both(tmp_path):
    class Older(Elsewhere):
        change = staticmethod(lambda parcel: replace(parcel, libraries={**parcel.libraries, "numpy": "1.0"}))

    said = refused(tmp_path, Older(tmp_path / "elsewhere"), **ODD)
    numpy = pytest.importorskip("numpy").__version__
    assert said.endswith(f" has numpy {numpy} instead of 1.0{END}")


def test_what_arrives_damaged_is_not_stored(tmp_path):
    class Damaging(Elsewhere):
        def run(self, jobs):
            [shipment] = [job.ship() for job in jobs]
            for place in ("record.json", "predictions.parquet"):
                yield from self.damaged(shipment, place)

        def damaged(self, shipment, place):
            inputs = {name: path.read_bytes() for name, path in shipment.inputs.items()}
            whole = Delivery.from_bytes(shipment.parcel(inputs.__getitem__, self.folder))
            files = {
                name: content[:100] + bytes([content[100] ^ 1]) + content[101:] if name.endswith(place) else content
                for name, content in whole.files.items()
            }
            with pytest.raises(StorageError, match=r"^The results of task '000-.*' have arrived damaged; run it again"):
                shipment.receive(replace(whole, files=files).to_bytes())
            return shipment.receive(whole.to_bytes()) if place.startswith("pred") else ()

    found = session.run(**AXES, **ODD, out=tmp_path / "out", cache=tmp_path / "cache", executor=Damaging(tmp_path))
    assert found.failures == []
    assert len(list((tmp_path / "out").glob("cells/*/tasks/*/record.json"))) == 1


def test_a_machine_can_write_no_file_but_those_of_its_tasks(tmp_path):
    class Outwards(Elsewhere):
        def run(self, jobs):
            [shipment] = [job.ship() for job in jobs]
            [item] = shipment.items
            task = f"cells/{item.key}/weights/{item.task}"
            names = ("cells/x", f"{task}/../x", f"{task}/a/b", "../x", "/x", f"cells/{item.key}/cell.json", f"{task}/x")
            yield from shipment.receive(Delivery([], dict.fromkeys(names, b"x"), {"../../x": b"x"}).to_bytes())

    session.run(**AXES, **ODD, out=tmp_path / "out", cache=tmp_path / "cache", executor=Outwards(tmp_path))
    written = [path for path in tmp_path.rglob("*") if path.is_file() and path.read_bytes() == b"x"]
    assert ["/".join(path.parts[-3:]) for path in written] == ["weights/000-fold-01.s0/x"]


def test_inputs_are_fetched_once_and_again_where_their_folder_was_deleted(tmp_path):
    fetched = []

    def fetch(name):
        fetched.append(name)
        return b"content"

    for _ in range(2):
        place_inputs(["prepared/key/file"], fetch, tmp_path)
    assert fetched == ["prepared/key/file"]
    shutil.rmtree(tmp_path / "prepared" / "key")
    place_inputs(["prepared/key/file"], fetch, tmp_path)
    assert (tmp_path / "prepared" / "key" / "file").read_bytes() == b"content"


def test_a_task_that_is_given_up_fails_and_is_tried_again_by_the_next_run(tmp_path):
    class Losing(Elsewhere):
        def run(self, jobs):
            for job in jobs:
                yield from job.ship().give_up("The machine was lost.")

    where = {"out": tmp_path / "out", "cache": tmp_path / "cache"}
    lost = session.run(**AXES, **ODD, **where, executor=Losing(tmp_path))
    assert [failure.message for failure in lost.failures] == ["The machine was lost."]
    assert session.run(**AXES, **ODD, **where, executor=Elsewhere(tmp_path / "elsewhere")).failures == []
    assert not list((tmp_path / "out").glob("cells/*/failed/*"))


def test_tasks_are_locked_as_long_as_they_are_elsewhere(tmp_path):
    states = []

    class Watching(Elsewhere):
        def run(self, jobs):
            [job] = jobs
            shipment = job.ship()
            states.append([result.message for result in job.ship().results])
            inputs = {name: path.read_bytes() for name, path in shipment.inputs.items()}
            content = shipment.parcel(inputs.__getitem__, self.folder)
            yield from shipment.receive(content)
            done = job.ship()
            states.append([result.status for result in done.results])
            assert done.parcel is None
            assert job.ship().results[0].status == "elsewhere"  # it was not locked

    session.run(**AXES, **ODD, out=tmp_path / "out", cache=tmp_path / "cache", executor=Watching(tmp_path / "cache-2"))
    assert states == [["another process is running this task"], ["elsewhere"]]


IMPORTS = """
import sys
from importlib import util
from bench.errors import UsageError
from bench.registry import Registry
name, package = sys.argv[1:]
executor = Registry().get("executor", name).load()
if util.find_spec(package):
    executor(**{"cluster": "local"} if name == "slurm" else {})
assert package not in sys.modules
sys.modules[package] = None
try:
    executor()
except UsageError as error:
    print(error)
"""


@pytest.mark.parametrize(("name", "package"), [("ray", "ray"), ("slurm", "submitit")])
def test_the_package_of_an_executor_is_imported_only_where_it_runs_and_named_where_it_is_missing(name, package):
    done = subprocess.run([sys.executable, "-c", IMPORTS, name, package], capture_output=True, text=True, check=True)
    assert done.stdout == (
        f"The executor '{name}' needs the package {package}, which is not installed; type: pip install "
        f"'affectbench[{name}]'\n"
    )


def test_a_process_that_ships_tasks_may_have_as_many_files_open_as_is_allowed():
    """Each task that is elsewhere is a lock, and most systems begin with 1024 files."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
    try:
        allow_many_files.__wrapped__()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (before[1], before[1])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
