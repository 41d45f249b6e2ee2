"""`bench run --from` a record that others wrote, or that was changed: it is run as a grid would be, or refused."""

import copy
import functools
import json
import operator
import random

import pytest

from bench.errors import BenchError
from bench.planning import rerun
from bench.results.serialization import SEAL, sealed
from bench.session import Session

JUNK = (
    None, [], {}, "x", "", -1, 0, 0.0, 1e308, 10**9, 2**63, 2**64, 10**30, float("inf"), float("nan"), True, [[]],
    [0, 0], "../../X", "/../../X", ["/../../X"], "a\nb", "a\0b", "\x1b[2J", "a(b", "nan", "\ud800", {"a": 1},
    {"ecg": {}}, ["ecg"],
)  # fmt: skip


@pytest.fixture
def records(bench):
    """Of a run and of a task."""
    bench("run", "--profile", "smoke", "--fusion", "none", "--modalities", "ecg", "--no-baselines").ok()
    [run] = bench.runs()
    task = next(iter(bench.tasks().values())) / "record.json"
    return [json.loads(path.read_text()) for path in (run, task)]


def places(value, before=()):
    """The path of every value in a record."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inside in items:
        yield (*before, name)
        yield from places(inside, (*before, name))


def changed(record, place, value):
    found = copy.deepcopy(record)
    functools.reduce(operator.getitem, place[:-1], found)[place[-1]] = value
    return {name: value for name, value in found.items() if name != SEAL}


def written(record):
    """The text of a record with its digest, as a careful forger writes it."""
    try:
        return json.dumps(sealed(record))
    except ValueError:  # it has no digest with values that are no JSON
        return json.dumps(record)


CELL = ("items", 0, "cell")
RULES = [
    (("seeds",), ["/../../X"], "seeds[0]: expected a whole number"),
    (("seeds",), [-1], "seeds: expected different whole numbers from 0 to 2^64 - 1"),
    (("seeds",), [2**64], "seeds: expected different whole numbers from 0 to 2^64 - 1"),
    (("seeds",), [0, 0], "seeds: expected different whole numbers from 0 to 2^64 - 1"),
    (("seeds",), [], "seeds: expected different whole numbers from 0 to 2^64 - 1"),
    (("seeds",), 0, "seeds: expected a list"),
    (("run",), "../../X", "run: expected a name, found '../../X'"),
    (("items", 0, "key"), "../../../X", "items: expected a key, found '../../../X'"),
    (("items", 0, "unknown"), 1, "items[0].unknown: unknown key"),
    (("items", 0, "data"), "\x1b[2J", "expected printable text"),
    ((*CELL, "modalities"), ["../X"], "modalities: expected a name, found '../X'"),
    ((*CELL, "modalities"), ["ecg", "ecg"], "modalities: expected different names"),
    ((*CELL, "target"), "a/b", "target: expected a name, found 'a/b'"),
    ((*CELL, "profile"), "huge", "profile: expected smoke or small or paper, found 'huge'"),
    ((*CELL, "search"), -1, "search: expected a number of trials up to 1000000"),
    ((*CELL, "engine"), {"precision": "fp32"}, "engine: expected precision and compile"),
    ((*CELL, "window"), {"length": "5"}, "window: expected numbers"),
    ((*CELL, "window"), {"width": 5}, "window: Window has no option 'width'"),
    ((*CELL, "window"), {"hop": 0}, "window: window: 'hop' takes a number from 0.05 to 3600, not 0"),
    ((*CELL, "dataset", "kind"), "model", "dataset: expected a plugin of the kind dataset, found 'model'"),
    ((*CELL, "model", "name"), "../x", "model: expected a name, found '../x'"),
    ((*CELL, "model", "options"), {"a/b": 1}, "model: expected a name, found 'a/b'"),
]


@pytest.mark.parametrize(("place", "value", "message"), RULES)
def test_what_no_run_has_written_is_refused(bench, records, place, value, message):
    path = bench.folder / "record.json"
    path.write_text(written(changed(records[0], place, value)))
    said = bench("run", "--from", path, "--out", "deep/out")
    assert said.code == 2
    assert said.err.startswith(f"Error: {path} is not a record (")
    assert message in said.err
    assert not (bench.folder / "deep").exists()


RESOLVED = [
    ((*CELL, "target"), "joy", "Dataset 'synthetic' has no target 'joy'"),
    ((*CELL, "modalities"), ["music"], "Dataset 'synthetic' has no modality 'music'"),
    ((*CELL, "features", "name"), "zscore", "The record uses 'zscore' as Extractor, which it is not"),
    ((*CELL, "fusion", "name"), "early", "only ecg is here; use --fusion none"),
]


@pytest.mark.parametrize(("place", "value", "message"), RESOLVED)
def test_what_no_grid_could_ask_for_is_refused(bench, records, place, value, message):
    found = changed(records[0], place, value)
    if place[-1] == "name":
        found = changed(found, (*place[:-1], "options"), {})
    path = bench.folder / "record.json"
    path.write_text(written(found))
    said = bench("run", "--from", path, "--out", "deep/out")
    assert said.code == 2
    assert message in said.err


def test_any_other_value_is_run_or_refused_and_writes_nothing_elsewhere(bench, records, monkeypatch):
    chance = random.Random(0)
    path, out = bench.folder / "record.json", bench.folder / "deep" / "in" / "out"
    monkeypatch.chdir(bench.folder)
    out.mkdir(parents=True)
    before = {each for each in bench.folder.rglob("*") if out not in each.parents}
    usual, planned = records[0]["items"][0]["cell"]["dataset"]["options"], 0
    for number in range(150):
        record = records[number % 2]
        path.write_text(written(changed(record, chance.choice(list(places(record))), chance.choice(JUNK))))
        try:
            found = rerun.read(path)
            if all(each.cell.dataset.options == usual for each in found.cells):  # others take their time
                Session(out=out, cache=bench.cache).plan_replay(path)
                planned += 1
        except BenchError:
            pass
    assert planned
    assert {each for each in bench.folder.rglob("*") if out not in each.parents} - before == {path}
