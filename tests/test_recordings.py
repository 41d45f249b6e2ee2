"""Recordings are converted once, shared by all preparations, and never used half-written."""

import os
import random
import signal
import time

import numpy as np
import pandas as pd
import pytest

from bench.data import recordings as converted
from bench.data.cache import Cache
from bench.data.preparation import prepare
from bench.data.segmentation import Windowing
from bench.registry import Registry

KILLS = 25


def wesad(**options):
    return Registry().get("dataset", "wesad").load()(devices="wrist", **options)


def prepared(cache, dataset=None, windowing=None, key="k", steps=()):
    chosen = dataset or wesad()
    cut = windowing or Windowing(2.0, 1.0)
    return prepare(chosen, steps, cut, key, Cache(cache), lambda *_: None, chosen.modalities)


def contents(folder):
    """Every file of prepared data, as values."""
    found = {path.name: np.fromfile(path, np.float32) for path in folder.glob("*.f32")}
    found |= {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}
    return found | {"table": pd.read_parquet(folder / "table.parquet")}


def same(one, other):
    assert set(one) == set(other)
    for name, value in one.items():
        if name == "table":
            pd.testing.assert_frame_equal(value, other[name])
        elif isinstance(value, str):
            assert value == other[name], name
        else:
            np.testing.assert_array_equal(value, other[name], name)


def test_recordings_survive_the_cache(stand_in, tmp_path):
    stand_in("wesad", subjects=1, seconds=30)
    dataset = wesad()
    subject = dataset.subjects()[0]
    read = list(dataset.load(subject))
    kept = list(converted.recordings(dataset, subject, Cache(tmp_path / "cache")))
    assert [(each.subject, each.session, each.excluded) for each in kept] == [
        (each.subject, each.session, dict(each.excluded)) for each in read
    ]
    for before, after in zip(read, kept, strict=True):
        assert list(after.segments) == list(before.segments)
        assert set(after.signals) == set(before.signals)
        for name, now in after.signals.items():
            then = before.signals[name]
            assert (now.rate, now.unit, now.channels) == (then.rate, then.unit, tuple(then.channels))
            np.testing.assert_array_equal(now.values, np.asarray(then.values, np.float32))


def test_files_are_read_once_for_any_window_and_any_threshold(stand_in, tmp_path, monkeypatch):
    stand_in("wesad", subjects=2, seconds=30)
    first = prepared(tmp_path / "cache")
    monkeypatch.setattr(type(wesad()), "load", lambda *_: pytest.fail("the files are read again"))
    again = prepared(tmp_path / "cache", wesad(threshold="median"), Windowing(3.0, 3.0), key="other")
    assert len(again.table) < len(first.table)
    kept = next((tmp_path / "cache" / "recordings").glob("*/bvp.f32"))
    assert kept.stat().st_nlink == 3  # two preparations that change no signal share its bytes


def test_only_the_subject_whose_file_changes_is_read_again(stand_in, tmp_path):
    folder = stand_in("wesad", subjects=2, seconds=30)
    dataset = wesad()
    keys = [converted.key(dataset, subject) for subject in dataset.subjects()]
    questionnaire = folder / dataset.subjects()[0] / f"{dataset.subjects()[0]}_quest.csv"
    questionnaire.write_bytes(questionnaire.read_bytes() + b"\n")
    changed = [converted.key(wesad(), subject) for subject in dataset.subjects()]
    assert changed[0] != keys[0]
    assert changed[1] == keys[1]


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_killed_preparation_leaves_nothing_wrong(stand_in, tmp_path):
    stand_in("wesad", subjects=2, seconds=30)
    prepared(tmp_path / "first")  # which imports what later ones have
    start = time.perf_counter()
    wanted = contents(prepared(tmp_path / "undisturbed").folder)
    whole = time.perf_counter() - start
    moments = random.Random(0)
    interrupted = 0
    for number in range(KILLS):
        cache = tmp_path / f"cache-{number}"
        child = os.fork()
        if not child:
            prepared(cache)
            os._exit(0)
        time.sleep(moments.uniform(0, whole))
        os.kill(child, signal.SIGKILL)
        interrupted += os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
        same(contents(prepared(cache).folder), wanted)
        assert not list(cache.rglob("*.partial"))
    assert interrupted > KILLS / 2
