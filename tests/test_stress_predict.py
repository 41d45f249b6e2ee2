"""Stress-Predict: real recordings where they are at hand, and simulated ones in the same files."""

from __future__ import annotations

import hashlib
import re
import shutil
from itertools import pairwise

import numpy as np
import pytest

from bench.checks import contract
from bench.errors import DataError, UsageError
from bench.readers.empatica import SENSORS
from bench_stress_predict.dataset import StressPredict
from bench_stress_predict.labels import OUTSIDE, TASKS
from bench_stress_predict.layout import LABELS

TRIALS = [f"part-{number}" for number in range(1, 8)]
SHAPES = {"bvp": (1, 64), "eda": (1, 4), "temp": (1, 4), "acc": (3, 32), "hr": (1, 1)}


def seconds(recordings):
    total = {"rest": 0.0, "stress": 0.0}
    for recording in recordings:
        for segment in recording.segments:
            total[segment.targets["stress"]] += segment.stop - segment.start
    return total


def edit(path, change):
    lines = path.read_text(encoding="utf-8").splitlines()
    change(lines)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


# ------------------------------------------------------------------------------------ real recordings


@pytest.fixture
def real(recorded, monkeypatch):
    monkeypatch.setenv("BENCH_DATA", str(recorded("stress_predict").parent))
    return StressPredict()


def test_the_real_data_set_is_found_and_nobody_is_lost_in_silence(real):
    assert not real.simulated
    assert real.subjects() == [f"S{number:02d}" for number in range(2, 36)]
    assert real.excluded() == {"subjects without labels (S01)": 1}
    assert {file.name for file in real.files("S02")} == {
        "BVP.csv", "EDA.csv", "TEMP.csv", "ACC.csv", "HR.csv", "Improved_All_Combined_hr_rsp_binary.csv",
    }  # fmt: skip


def test_real_labels_add_up_to_those_of_the_file(real):
    labels = np.loadtxt(real.folder / LABELS, delimiter=",", skiprows=1, usecols=4, dtype=int)
    assert np.bincount(labels).tolist() == [75701, 36815]
    recordings = [recording for subject in real.subjects() for recording in real.load(subject)]
    counted, outside = seconds(recordings), sum(recording.excluded.get(OUTSIDE, 0) for recording in recordings)
    assert counted["stress"] == 36815
    assert outside - 5 < 75701 - counted["rest"] <= outside == 5
    for recording in recordings:
        assert [segment.trial for segment in recording.segments] == TRIALS
        assert all(one.stop == two.start for one, two in pairwise(recording.segments))
        assert {name: (signal.values.shape[0], signal.rate) for name, signal in recording.signals.items()} == SHAPES
        ends = [signal.values.shape[1] / signal.rate for signal in recording.signals.values()]
        assert max(ends) - min(ends) < 8
        assert recording.segments[0].start == 9
        assert max(ends) - 5 < recording.segments[-1].stop <= max(ends)


def test_real_values_are_those_that_numpy_reads(real):
    signals = real.load("S10")[0].signals
    for name, scale in {"bvp": 1, "eda": 1, "temp": 1, "acc": 1 / 64, "hr": 1}.items():
        path = real.folder / "Raw_data" / "S10" / f"{name.upper()}.csv"
        expected = np.loadtxt(path, delimiter=",", skiprows=2, ndmin=2).T * scale
        values = signals[name].values
        assert np.array_equal(values[:, -expected.shape[1] :], expected.astype(np.float32))
        assert values.shape[1] - expected.shape[1] == (10 if name == "hr" else 0)
        assert np.isnan(values).sum() == (10 if name == "hr" else 0)


# ----------------------------------------------------------------------------------------- stand-ins


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Files of two labelled subjects and of S01, which tests do not change."""
    from bench.data.acquisition import simulation
    from bench.registry import Registry

    known = Registry()
    folder = tmp_path_factory.mktemp("data") / "stress-predict"
    dataset = known.get("dataset", "stress-predict").load()()
    assert list(simulation.write(dataset, folder, known, subjects=2, seconds=120)) == ["S02", "S03"]
    shutil.copytree(folder / "Raw_data" / "S02", folder / "Raw_data" / "S01")  # without labels, as in the real data set
    return folder


@pytest.fixture
def copy(written, tmp_path, monkeypatch):
    """The same files to be damaged."""
    folder = tmp_path / "data" / "stress-predict"
    shutil.copytree(written, folder)
    monkeypatch.setenv("BENCH_DATA", str(folder.parent))
    return folder


def test_a_stand_in_reads_back(copy):
    dataset = StressPredict()
    assert dataset.simulated
    assert dataset.subjects() == ["S02", "S03"]
    assert dataset.excluded() == {"subjects without labels (S01)": 1}
    (recording,) = dataset.load("S02")
    assert [segment.trial for segment in recording.segments] == TRIALS
    assert [segment.targets["stress"] for segment in recording.segments] == ["rest", "stress"] * 3 + ["rest"]
    assert {name: signal.values.shape for name, signal in recording.signals.items()} == {
        "bvp": (1, 7680), "eda": (1, 480), "temp": (1, 480), "acc": (3, 3840), "hr": (1, 121),
    }  # fmt: skip
    assert np.isnan(recording.signals["hr"].values[0, :10]).all()
    assert 40 < np.nanmean(recording.signals["hr"].values) < 140
    assert recording.excluded == {}
    assert sum(seconds([recording]).values()) == 120 - 9


def test_tasks_are_stimuli_where_that_is_asked_for(copy):
    for stimuli, expected in {"none": [""] * 7, "tasks": [f"task-{n}" for n in (1, 2, 3, 4, 3, 5, 3)]}.items():
        (recording,) = StressPredict(stimuli=stimuli).load("S02")
        assert [segment.stimulus for segment in recording.segments] == expected


def test_a_stand_in_has_the_files_of_the_real_one(written, recorded):
    folder, real = written / "Raw_data" / "S02", recorded("stress_predict") / "Raw_data" / "S02"
    assert sorted(file.name for file in folder.iterdir()) == sorted(file.name for file in real.iterdir())
    for name in ("BVP", "EDA", "TEMP", "ACC", "HR", "IBI"):
        ours, theirs = ((place / f"{name}.csv").read_text().splitlines()[:3] for place in (folder, real))
        assert re.sub(r"\d", "0", ours[0]).startswith(re.sub(r"\d", "0", theirs[0]))
        if name not in ("BVP", "IBI"):
            assert ours[:2] == theirs[:2]
        assert ours[2].count(",") == theirs[2].count(",")


def test_stand_ins_are_the_same_for_a_seed_and_others_for_another(stand_in):
    def digest(folder):
        return hashlib.sha256(b"".join(file.read_bytes() for file in sorted(folder.rglob("*.csv")))).hexdigest()

    first = stand_in("stress-predict", subjects=1, seconds=40)
    found = digest(first)
    first.rename(first.with_name("old"))
    assert digest(stand_in("stress-predict", subjects=1, seconds=40)) == found
    first.rename(first.with_name("older"))
    assert digest(stand_in("stress-predict", subjects=1, seconds=40, seed=1)) != found


def test_labels_after_the_end_are_excluded_and_counted(copy):
    for sensor in SENSORS.values():
        path = copy / "Raw_data" / "S02" / sensor.file
        path.write_text("".join(path.read_text().splitlines(keepends=True)[: -20 * sensor.rate]))
    (recording,) = StressPredict().load("S02")
    assert recording.excluded == {OUTSIDE: 19}  # the heart rate reaches a second further than the others
    assert recording.segments[-1].stop == 101


def test_a_stand_in_is_long_enough_for_its_trials(stand_in):
    with pytest.raises(DataError, match="A recording with 7 trials needs at least 30 s"):
        stand_in("stress-predict", subjects=1, seconds=10)


def test_an_archive_that_was_unpacked_one_level_down_is_found(copy):
    inner = copy / "Stress-Predict-Dataset-f49d2eae603f90c3f0140fbbbae7c0480d651023"
    inner.mkdir()
    for name in ("Raw_data", "Processed_data"):
        (copy / name).rename(inner / name)
    assert StressPredict().folder == inner


def test_the_digest_changes_with_any_file_that_is_read(copy):
    before = StressPredict().digest()
    edit(copy / LABELS, lambda lines: lines.append("9,80,12,1644227574,0"))
    labelled = StressPredict().digest()
    edit(copy / "Raw_data" / "S03" / "TEMP.csv", lambda lines: lines.append("33.00"))
    assert len({before, labelled, StressPredict().digest()}) == 3
    assert StressPredict().excluded()["subjects without a recording (S09)"] == 1


# ------------------------------------------------------------------------------------------- refusals


def put(number, text):
    return lambda lines: lines.__setitem__(number - 1, text)


@pytest.mark.parametrize(
    ("file", "change", "message"),
    [
        ("EDA.csv", put(2, "8.000000"), "EDA.csv line 2: the rate is 8 Hz; expected 4 Hz."),
        (
            "EDA.csv",
            put(1, "yesterday"),
            (
                "EDA.csv line 1: 'yesterday' is not a Unix time or a UTC date and time; "
                "expected a file of an Empatica E4."
            ),
        ),
        (
            "ACC.csv",
            put(2, "32.000000, 64.000000, 32.000000"),
            ("ACC.csv line 2: '32.000000, 64.000000, 32.000000' is not a rate; expected a file of an Empatica E4."),
        ),
        ("ACC.csv", put(5, "1,two,3"), "ACC.csv line 5, column 'y': 'two' is not a number."),
        ("ACC.csv", put(6, "1,2"), "ACC.csv line 6 has 2 columns, expected 3."),
        ("BVP.csv", put(70, "n.a."), "BVP.csv line 70, column 'wrist': 'n.a.' is not a number."),
        ("TEMP.csv", lambda lines: lines.__delitem__(slice(2, None)), "TEMP.csv has no row of data."),
        (
            "TEMP.csv",
            put(1, "1644227575.000000"),
            ("TEMP.csv starts +1 s from BVP.csv; expected the same start."),
        ),
        (
            "HR.csv",
            put(1, "1644227573.000000"),
            ("HR.csv starts -1 s from BVP.csv; expected a start at most 60 whole seconds later."),
        ),
    ],
)
def test_invalid_sensor_files_are_refused(copy, file, change, message):
    path = copy / "Raw_data" / "S02" / file
    edit(path, change)
    with pytest.raises(DataError, match=f"^{re.escape(str(path.with_name(message)))}$"):
        StressPredict().load("S02")


def test_a_file_that_ends_long_before_the_others_is_cut_off(copy):
    path = copy / "Raw_data" / "S02" / "EDA.csv"
    edit(path, lambda lines: lines.__delitem__(slice(len(lines) - 4 * 90, None)))
    with pytest.raises(DataError, match=r"S02/EDA\.csv ends 91 s before the other sensors: the file is truncated"):
        StressPredict().load("S02")


def test_a_web_page_in_place_of_a_file_is_refused(copy):
    path = copy / "Raw_data" / "S02" / "EDA.csv"
    path.write_text("<!DOCTYPE html>\n<html><body>Sign in</body></html>\n", encoding="utf-8")
    with pytest.raises(DataError, match=f"^{re.escape(str(path))} is an HTML page, not a table"):
        StressPredict().load("S02")


@pytest.mark.parametrize("file", ["Raw_data/S02/ACC.csv", LABELS])
def test_a_missing_file_is_reported_before_reading(copy, file):
    (copy / file).unlink()
    message = f"{copy / file} is missing; copy the data set again, or run 'bench data download stress-predict'."
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        StressPredict().files("S02")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (put(3, "2,70,12,1644227584,2"), " line 3: the label is 2; expected 0 or 1."),
        (put(3, "2,70,12,1644227584,maybe"), " line 3, column 'Label': 'maybe' is not a whole number."),
        (
            lambda lines: lines.pop(2),
            (", participant 2: the labels are not one per second after the Unix time 1644227583."),
        ),
        (
            put(3, "2,70,12,1644227584,1"),
            (
                ", participant 2: there are 9 runs of equal labels, the first of them 'rest'; "
                f"expected 7: {', '.join(TASKS)}."
            ),
        ),
    ],
)
def test_invalid_labels_are_refused(copy, change, message):
    edit(copy / LABELS, change)
    with pytest.raises(DataError, match=f"^{re.escape(str(copy / LABELS) + message)}$"):
        StressPredict().load("S02")


def test_an_unknown_subject_is_refused(copy):
    with pytest.raises(UsageError, match="There is no subject 'S01'"):
        StressPredict().load("S01")


# ------------------------------------------------------------------------------------------- together


def test_contract(copy):
    for check in contract("dataset", "stress-predict"):
        check()


def test_a_run_from_files_to_a_table(bench, stand_in):
    root = stand_in("stress-predict", subjects=3, seconds=300).parent
    ran = bench.process(
        "run", "--dataset", "stress-predict", "--model", "logistic", "--fusion", "none,early",
        "--modalities", "eda,bvp", "--profile", "smoke", "-o", "window.length=10", BENCH_DATA=str(root),
    ).ok()  # fmt: skip
    assert "logistic" in ran.table
    assert "simulated" in ran.out.lower() + ran.err.lower()
