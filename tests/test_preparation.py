"""Recordings of known content through preparation: what is stored, what is refused, and what is told."""

# ruff: noqa: PD011 - the values of a signal are no data frame

from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest

from bench.api import (
    Card,
    Dataset,
    Extractor,
    Fusion,
    Model,
    Plugin,
    Preprocessor,
    Protocol,
    Recording,
    Segment,
    Signal,
    hookimpl,
)  # fmt: skip
from bench.cells import data
from bench.cells.cell import Cell, Choice
from bench.cells.resolved import ResolvedCell
from bench.data.cache import Cache
from bench.data.calls.extraction import CHUNK
from bench.data.features import features
from bench.data.preparation import prepare
from bench.data.segmentation import Windowing
from bench.errors import DataError, PluginError
from bench.registry import Registry

# -------------------------------------------------------------------------------- plugins


def noise(seconds, rate, channels, seed):
    return np.random.default_rng(seed).normal(size=(channels, round(seconds * rate)))


def recording(person, session="1", seconds=60, **signals):
    """A minute of EDA (4 Hz) and BVP (16 Hz, two channels); two trials of 20 s."""
    number = sum(map(ord, person + session))
    found = {
        "eda": Signal(noise(seconds, 4, 1, number), 4.0, "uS"),
        "bvp": Signal(noise(seconds, 16, 2, number + 1), 16.0, "", ("left", "right")),
    }
    segments = [
        Segment(0.0, 20.0, "a", {"stress": "calm"}, "rest"),
        Segment(30.0, 50.0, "b", {"stress": "stressed"}, "speech"),
    ]
    return Recording(person, {**found, **signals}, segments, session)


def sound():
    return {"P1": [recording("P1")], "P2": [recording("P2"), recording("P2", "2")], "P3": [recording("P3")]}


PEOPLE = {
    "sound": sound,
    "other-rate": lambda: sound() | {"P3": [recording("P3", eda=Signal(noise(60, 8, 1, 0), 8.0))]},
    "other-channels": lambda: (
        sound() | {"P3": [recording("P3", bvp=Signal(noise(60, 16, 2, 0), 16.0, "", ("left", "middle")))]}
    ),
    "gap": lambda: sound() | {"P2": [recording("P2", eda=Signal(np.full((1, 240), np.nan), 4.0))]},
    "no-sensor": lambda: sound() | {"P2": [replace(recording("P2"), signals={"bvp": recording("P2").signals["bvp"]})]},
    "never": lambda: {"P1": [replace(recording("P1"), signals={"bvp": recording("P1").signals["bvp"]})]},
    "short-trials": lambda: sound() | {"P2": [replace(recording("P2"), segments=[Segment(0, 9.0, "a", {})])]},
    "nobody-there": lambda: sound() | {"P2": []},
    "short-signal": lambda: sound() | {"P2": [recording("P2", eda=Signal(noise(5, 4, 1, 0), 4.0))]},
    "all-short": lambda: {"P1": [replace(recording("P1"), segments=[Segment(0, 9.0, "a", {"stress": "calm"})])]},
    "without-channels": lambda: {"P1": [recording("P1", eda=Signal(noise(60, 4, 1, 0)[0], 4.0))]},
    "strange-label": lambda: (
        sound() | {"P2": [replace(recording("P2"), segments=[Segment(0, 20.0, "a", {"stress": "angry"})])]}
    ),
    "without-label": lambda: sound() | {"P2": [replace(recording("P2"), segments=[Segment(0, 20.0, "a", {})])]},
    "one-segment": lambda: {
        person: [replace(one, segments=[Segment(0, 60, "a", {"stress": "calm"})]) for one in recordings]
        for person, recordings in sound().items()
    },
    "no-labels": lambda: {"P1": [replace(recording("P1"), segments=[Segment(0, 20.0, "a", {})])]},
}


@dataclass(frozen=True)
class Known(Dataset):
    card: ClassVar[Card] = Card("Known", "nowhere", "MIT", "none")
    what: str = "sound"
    modalities = ("eda", "bvp")
    targets: ClassVar = {"stress": ("calm", "stressed")}

    def subjects(self):
        return list(PEOPLE[self.what]()) if self.what in PEOPLE else ["P1"]

    def load(self, subject):
        if self.what not in PEOPLE:
            raise FileNotFoundError(2, "No such file or directory", f"/data/known/{subject}.csv")
        return PEOPLE[self.what]()[subject]

    def digest(self):
        return "1"


@dataclass(frozen=True)
class Scale(Preprocessor):
    by: float = 1.0
    plus: float = 0.0

    def apply(self, recording):
        signals = {
            name: replace(signal, values=signal.values * self.by + self.plus)
            for name, signal in recording.signals.items()
        }
        return replace(recording, signals=signals)


@dataclass(frozen=True)
class FirstChannel(Preprocessor):
    """The first channel of each signal, without the axis of channels."""

    def apply(self, recording):
        signals = {name: replace(signal, values=signal.values[0]) for name, signal in recording.signals.items()}
        return replace(recording, signals=signals)


@dataclass(frozen=True)
class Longer(Preprocessor):
    """Two seconds more at the end of each signal."""

    def apply(self, recording):
        signals = {
            name: replace(signal, values=np.pad(signal.values, ((0, 0), (0, round(2 * signal.rate)))))
            for name, signal in recording.signals.items()
        }
        return replace(recording, signals=signals)


@dataclass(frozen=True)
class Moments(Extractor):
    broken: bool = False

    def extract(self, windows, rate, modality, channels):
        assert windows.shape[0] <= CHUNK
        names = [f"{modality}.{name}.{what}" for what in ("mean", "sd") for name in channels]
        values = np.concatenate([windows.mean(axis=2), windows.std(axis=2)], axis=1)
        return names, values[:, :1] if self.broken else values


@dataclass(frozen=True)
class Learner(Model):
    def estimator(self, seed, device):
        raise NotImplementedError


@dataclass(frozen=True)
class Raw(Learner):
    inputs: ClassVar = "signals"


@dataclass(frozen=True)
class Join(Fusion):
    pass


@dataclass(frozen=True)
class Cut(Protocol):
    def outer(self, table):
        raise NotImplementedError


def one(name, cls):
    return [Plugin(name, f"{cls.__module__}:{cls.__name__}", "Made up.")]


@hookimpl
def bench_datasets():
    return one("known", Known)


@hookimpl
def bench_preprocessors():
    return one("scale", Scale) + one("moments", Moments)


@hookimpl
def bench_models():
    return one("learner", Learner) + one("raw", Raw)


@hookimpl
def bench_fusions():
    return one("join", Join)


@hookimpl
def bench_protocols():
    return one("cut", Cut)


# -------------------------------------------------------------------------------- helpers of the tests


def silent(text, done, total):
    assert 0 <= done <= total or total == 0


def prepared(what, tmp_path, steps=(), length=10.0, hop=5.0, whole=False):
    return prepare(
        Known(what), steps, Windowing(length, hop, whole), "key", Cache(tmp_path), silent, Known(what).modalities
    )


@pytest.fixture
def load(tmp_path):
    """The data of a cell on one of the data sets."""

    def load(what, model="learner", features="moments", required_modalities=("eda", "bvp"), modalities=None, **options):
        cell = Cell(
            Choice("dataset", "known", {"what": what}),
            "stress",
            modalities or required_modalities,
            required_modalities,
            (),
            Choice("preprocessor", features, options) if features else None,
            Choice("model", model),
            Choice("fusion", "join"),
            Choice("protocol", "cut"),
            {"length": 10.0, "hop": 5.0},
            "small",
        )
        parts = ResolvedCell(cell, Registry([EntryPoint(name="known", value=__name__, group="bench")]))
        return data.load(parts, Cache(tmp_path / "cache"), silent)

    return load


# -------------------------------------------------------------------------------- what is stored


def test_the_table_has_a_row_for_each_window_in_the_order_of_people_and_time(tmp_path):
    table = prepared("sound", tmp_path).table
    expected = [
        (person, session, f"{person}/{session}/{trial}", stimulus, number, start + 5.0 * place,
         start + 5.0 * place + 10, False, label, "", "")
        for number, (person, session) in enumerate([("P1", "1"), ("P2", "1"), ("P2", "2"), ("P3", "1")])
        for trial, stimulus, start, label in [("a", "rest", 0.0, "calm"), ("b", "speech", 30.0, "stressed")]
        for place in range(3)
    ]  # fmt: skip
    columns = ["subject", "session", "trial", "stimulus", "recording", "start", "stop", "calibrates", "target.stress",
               "bad.eda", "bad.bvp"]  # fmt: skip
    pd.testing.assert_frame_equal(table, pd.DataFrame(expected, columns=columns), check_dtype=False)


def test_signals_are_stored_as_they_were_loaded_and_mapped_into_memory(tmp_path):
    found = prepared("sound", tmp_path)
    recordings = [item for items in sound().values() for item in items]
    assert found.meta["recordings"] == 4
    for number, item in enumerate(recordings):
        for modality, signal in item.signals.items():
            stored = found.signal(modality, number)
            assert isinstance(stored, np.memmap)
            assert np.array_equal(stored, signal.values.astype(np.float32))
    assert found.signal("eda", 4) is None
    files = {path.name for path in found.folder.glob("*.f32")}
    assert files == {f"{modality}-{subject}.f32" for modality in ("eda", "bvp") for subject in range(3)}
    described = {name: {key: meta[key] for key in meta if key != "places"}
                 for name, meta in found.meta["modalities"].items()}  # fmt: skip
    assert described == {
        "eda": {"rate": 4.0, "unit": "uS", "channels": ["0"]},
        "bvp": {"rate": 16.0, "unit": "", "channels": ["left", "right"]},
    }


def test_a_signal_without_the_axis_of_channels_is_refused_also_after_a_step(tmp_path):
    with pytest.raises(DataError, match=r"^Recording P1/1: 'eda' has the shape \(240,\); expected \(channels, time\)"):
        prepared("without-channels", tmp_path)
    with pytest.raises(DataError, match=r"^Recording P1/1: 'eda' has the shape \(240,\); expected \(channels, time\)"):
        prepared("sound", tmp_path, steps=(FirstChannel(), Scale()))


def test_steps_are_applied_one_after_another(tmp_path):
    found = prepared("sound", tmp_path, steps=(Scale(by=2.0), Scale(plus=3.0)))
    original = sound()["P1"][0].signals["bvp"].values
    assert np.array_equal(found.signal("bvp", 0), (original * 2.0 + 3.0).astype(np.float32))


@pytest.mark.parametrize(
    ("what", "whole", "alone"),
    [
        ("one-segment", True, [True, True, False]),  # the second step makes known what was not
        ("one-segment", False, [False] * 3),
        ("sound", True, [False] * 3),
    ],
)
def test_it_is_known_before_which_steps_recordings_were_one_window_and_nothing_else(tmp_path, what, whole, alone):
    found = prepared(what, tmp_path, steps=(Scale(), Longer(), Scale()), whole=whole)
    assert found.meta["alone"] == alone


@pytest.mark.parametrize(
    ("what", "message"),
    [
        (
            "other-rate",
            (
                "Recording P3/1: eda has 8 Hz and channels 0, the recordings before it 4 Hz and 0; "
                "a preprocessing step must make them alike."
            ),
        ),
        (
            "other-channels",
            (
                "Recording P3/1: bvp has 16 Hz and channels left, middle, the recordings before it 16 Hz and left, "
                "right; a preprocessing step must make them alike."
            ),
        ),
        (
            "all-short",
            "No segment is as long as a window of 10 s; the longest has 9 s, so set -o window.length=9 or less.",
        ),
        (
            "not-there",
            "Cannot read the recordings of P1: [Errno 2] No such file or directory: '/data/known/P1.csv'.",
        ),
    ],
)
def test_recordings_that_cannot_be_prepared_are_refused_and_nothing_is_kept(tmp_path, what, message):
    with pytest.raises(DataError) as caught:
        prepared(what, tmp_path)
    assert str(caught.value) == message
    assert not (tmp_path / "prepared" / "key").exists()


# -------------------------------------------------------------------------------- features


def by_hand(table, modality, rate, recordings):
    """Mean and standard deviation of each channel, window by window."""
    found = []
    for number, start in zip(table["recording"], table["start"], strict=True):
        first = round(start * rate)
        window = recordings[number].signals[modality].values.astype(np.float32)[:, first : first + round(10 * rate)]
        found.append([*window.mean(axis=1), *window.std(axis=1)])
    return np.array(found)


@pytest.mark.parametrize(("modality", "rate"), [("eda", 4.0), ("bvp", 16.0)])
def test_features_are_those_of_each_window_cut_by_hand(tmp_path, modality, rate):
    found = prepared("sound", tmp_path)
    names, values = features(found, Moments(), modality, silent)
    recordings = [item for items in sound().values() for item in items]
    channels = found.meta["modalities"][modality]["channels"]
    assert names == [f"{modality}.{name}.{what}" for what in ("mean", "sd") for name in channels]
    np.testing.assert_allclose(values, by_hand(found.table, modality, rate, recordings), rtol=1e-5, atol=1e-6)


def test_many_windows_are_extracted_in_chunks_of_a_few(tmp_path):
    found = prepared("sound", tmp_path, length=1.0, hop=0.05)
    assert (found.table["recording"] == 0).sum() > 2 * CHUNK
    values = features(found, Moments(), "eda", silent)[1]
    first = sound()["P1"][0].signals["eda"].values.astype(np.float32)
    for row in (0, CHUNK, 2 * CHUNK, len(found.table[found.table["recording"] == 0]) - 1):
        start = int(np.rint(found.table["start"][row] * 4))
        assert values[row, 0] == pytest.approx(first[0, start : start + 4].mean(), abs=1e-6)


@pytest.mark.parametrize(
    ("what", "unusable"), [("gap", "NaN"), ("no-sensor", "missing"), ("short-signal", "too short")]
)
def test_windows_that_cannot_be_used_have_no_features(tmp_path, what, unusable):
    found = prepared(what, tmp_path)
    values = features(found, Moments(), "eda", silent)[1]
    bad = (found.table["bad.eda"] == unusable).to_numpy()
    assert bad.tolist() == (found.table["subject"] == "P2").tolist()
    assert np.isnan(values[bad]).all()
    assert np.isfinite(values[~bad]).all()


def test_a_modality_that_nobody_recorded_has_no_features(tmp_path):
    with pytest.raises(DataError) as caught:
        features(prepared("never", tmp_path), Moments(), "eda", silent)
    assert str(caught.value) == "No recording holds 'eda'; recorded: bvp."


def test_features_that_do_not_fit_their_names_are_the_extractors_fault(tmp_path):
    with pytest.raises(PluginError) as caught:
        features(prepared("sound", tmp_path), Moments(broken=True), "bvp", silent)
    assert str(caught.value) == "Features of bvp have the shape (24, 1); expected (24, 4)."


# -------------------------------------------------------------------------------- the data of a cell


def test_a_cell_gets_its_windows_with_class_numbers_and_features(load):
    found = load("sound")
    assert found.windows.exclusions == {}
    assert found.table["label"].tolist() == [0, 0, 0, 1, 1, 1] * 4
    assert found.everything.classes == ("calm", "stressed")
    recordings = [item for items in sound().values() for item in items]
    for modality, rate in (("eda", 4.0), ("bvp", 16.0)):
        values = found.everything.windows.features(modality)
        np.testing.assert_allclose(values, by_hand(found.table, modality, rate, recordings), rtol=1e-5, atol=1e-6)
    assert not hasattr(found.everything.windows, "labels")


def test_a_cell_of_signals_gets_the_stretches_themselves(load):
    found = load("sound", model="raw", features=None)
    recordings = [item for items in sound().values() for item in items]
    gathered = found.everything.windows.signals("bvp")
    for row, number, start in zip(range(24), found.table["recording"], found.table["start"], strict=True):
        first = round(start * 16)
        hand = recordings[number].signals["bvp"].values.astype(np.float32)[:, first : first + 160]
        assert np.array_equal(gathered[row], hand)
    assert all(isinstance(s, np.memmap) for s in found.everything.windows._sources["bvp"].signals.values())


def test_a_part_of_a_part_keeps_rows_labels_and_windows_together(load):
    found = load("sound")
    part = found.everything.take(np.array([20, 3, 7])).take(np.array([2, 0]))
    assert part.table["trial"].tolist() == [found.table["trial"][7], found.table["trial"][20]]
    assert part.labels.tolist() == [found.table["label"][7], found.table["label"][20]]
    assert np.array_equal(part.windows.features("eda"), found.everything.windows.features("eda")[[7, 20]])
    assert np.array_equal(part.labelled().start, part.table["start"])
    assert part.labelled().labels.tolist() == part.labels.tolist()


LOST = "all of P2 (no window of this subject can be used)"


@pytest.mark.parametrize(
    ("what", "required_modalities", "exclusions", "windows"),
    [
        ("gap", ("eda", "bvp"), {"NaN in eda": 6, LOST: 6}, 12),
        ("gap", ("bvp",), {}, 18),  # where EDA takes no part, its gap does not matter
        ("no-sensor", ("eda", "bvp"), {"missing in eda": 6, LOST: 6}, 12),
        ("short-signal", ("eda", "bvp"), {"too short in eda": 6, LOST: 6}, 12),
        ("without-label", ("eda", "bvp"), {"without a label for stress": 3, LOST: 3}, 12),
        ("short-trials", ("eda", "bvp"), {LOST: 0}, 12),
        ("nobody-there", ("eda", "bvp"), {LOST: 0}, 12),
    ],
)
def test_windows_and_people_that_cannot_be_used_are_counted_with_the_reason(
    load, what, required_modalities, exclusions, windows
):
    for model, table in (("learner", "moments"), ("raw", None)):
        found = load(what, model, table, required_modalities)
        assert found.windows.exclusions == exclusions
        assert len(found.table) == len(found.everything.windows) == windows
        assert ("P2" in set(found.table["subject"])) == (not exclusions)


def test_the_cohort_decides_which_windows_are_used_and_not_what_the_model_is_given(load):
    found = load("gap", modalities=("bvp",))
    assert found.everything.windows.modalities == ("bvp",)
    assert found.windows.exclusions == {"NaN in eda": 6, LOST: 6}


@pytest.mark.parametrize(
    ("what", "required_modalities", "message"),
    [
        (
            "strange-label",
            ("eda",),
            "Recording P2/1: segment 'a' has the label 'angry' for 'stress'; its classes are calm, stressed.",
        ),
        ("never", ("eda",), "No window of 'known' can be used for the target 'stress' (6 missing in eda)."),
        (
            "no-labels",
            ("eda",),
            ("No window of 'known' can be used for the target 'stress' (3 without a label for stress)."),
        ),
    ],
)
def test_data_of_which_nothing_can_be_used_or_believed_are_refused(load, what, required_modalities, message):
    with pytest.raises(DataError) as caught:
        load(what, required_modalities=required_modalities)
    assert str(caught.value) == message
