"""WAY-EEG-GAL: simulated files, what is read from them, what is left out, and what is refused."""

import re
import shutil
from itertools import pairwise

import numpy as np
import pytest
from scipy.io import loadmat, savemat

from bench.checks import contract
from bench.errors import DataError, UsageError
from bench_way_eeg_gal.dataset import WayEegGal
from bench_way_eeg_gal.lifts import SURFACES, TARGETS
from bench_way_eeg_gal.series import RATES
from bench_way_eeg_gal.stand_in import CAP, MUSCLES, cell, column_names, continuous

NO_EMG = "series without the five EMG channels (EEG is kept)"
NO_LIFTS = "series without known lifts (one segment without labels)"


def refused(message):
    return pytest.raises(DataError, match=f"^{re.escape(message)}$")


def signals(seconds=20.0):
    """Numbers that say where they are."""
    eeg, emg = np.arange(seconds * 500)[:, None], np.arange(seconds * 4000)[:, None]
    return {"eeg": np.repeat(eeg, 32, axis=1), "emg": np.repeat(emg, 5, axis=1)}


def plan(*lifts):
    """Rows of the table of lifts, each of weight, surface, start of its window, light on and off."""
    rows = np.full((len(lifts), 43), np.nan)
    for number, (weight, surface, start, on, off) in enumerate(lifts, 1):
        rows[number - 1, :10] = 1, 1, number, weight, surface, 0, 0, start, on, off
    return rows


def windowed(rows):
    """The struct `ws`: windows of 9 s around lifts."""
    members = ["eeg", "kin", "emg", "eeg_t", "emg_t", "trial_start_time", "trial_end_time", "LEDon", "LEDoff", "weight",
               "weight_id", "surf", "surf_id"]  # fmt: skip
    made = np.empty((1, len(rows)), dtype=[(name, object) for name in members])
    for index, row in enumerate(rows.tolist()):
        start, weight, surface = row[7], int(row[3]), int(row[4])
        cut = {
            name: values[round(start * RATES[name]) : round((start + 9) * RATES[name])]
            for name, values in signals().items()
        }
        eeg, emg = cut["eeg"], cut.get("emg", np.empty((0, 0)))
        times = {name: np.arange(len(values))[:, None] / RATES[name] for name, values in (("eeg", eeg), ("emg", emg))}
        text = TARGETS["weight"][{1: 0, 2: 1}.get(weight, 2)].replace("g", " g")
        made[0, index] = (eeg, np.zeros((len(eeg), 45)), emg, times["eeg"], times["emg"], start, start + 9, row[8],
                          row[9], weight, text, surface, SURFACES[surface])  # fmt: skip
    names = {"eeg": cell(CAP), "kin": cell([f"kin {number}" for number in range(1, 46)]), "emg": cell(MUSCLES)}
    return {"name": "XX", "participant": 1, "series": 1, "names": names, "win": made}


TWO = plan((1, 3, 0.5, 2, 6), (4, 1, 9.5, 2, 6))


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A root of data with a folder of our own files."""
    monkeypatch.setenv("BENCH_DATA", str(tmp_path))
    (tmp_path / "way-eeg-gal" / "P1").mkdir(parents=True)
    return tmp_path / "way-eeg-gal" / "P1"


def put_whole(folder, rows=TWO, **parts):
    """A continuous series and the table of its lifts."""
    made = {**continuous(1, 1, signals()), **parts}
    savemat(folder / "HS_P1_S1.mat", {"hs": made})
    savemat(folder / "P1_AllLifts.mat", {"P": {"AllLifts": rows, "ColNames": cell(column_names())}})
    return folder / "HS_P1_S1.mat"


def put_windows(folder, rows=TWO, **members):
    """Windows of lifts, with other members."""
    made = windowed(rows)
    for name, value in members.items():
        for place in range(len(rows)):
            made["win"][0, place][name] = value
    savemat(folder / "WS_P1_S1.mat", {"ws": made})
    return folder / "WS_P1_S1.mat"


def only(dataset=None):
    (recording,) = (dataset or WayEegGal()).load("P1")
    return recording


# ---------------------------------------------------------------------------------------- what is read


def test_what_was_written_is_read(stand_in):
    folder = stand_in("way-eeg-gal", subjects=2, seconds=20, seed=3)
    dataset = WayEegGal()
    assert dataset.simulated
    assert dataset.subjects() == ["P1", "P2"]
    names = [path.name for path in dataset.files("P2")]
    assert names == ["P2_AllLifts.mat", "HS_P2_S1.mat", "HS_P2_S2.mat", "HS_P2_ST.mat"]
    one, two, competition = dataset.load("P2")
    assert [recording.session for recording in (one, two, competition)] == ["S1", "S2", "ST"]
    for series, recording in enumerate((one, two), 1):
        content = loadmat(folder / "P2" / f"HS_P2_S{series}.mat")["hs"][0, 0]
        for name, rate, channels in (("eeg", 500, CAP), ("emg", 4000, MUSCLES)):
            signal = recording.signals[name]
            assert (signal.rate, signal.channels) == (rate, tuple(channels))
            np.testing.assert_allclose(signal.values, content[name]["sig"][0, 0].T, rtol=1e-6)
        rows = loadmat(folder / "P2" / "P2_AllLifts.mat")["P"]["AllLifts"][0, 0]
        rows = rows[rows[:, 1] == series]
        found = [(s.start, s.stop, s.targets["weight"], s.targets["surface"]) for s in recording.segments]
        assert len(found) == 2
        assert found == [
            (row[7] + row[8], row[7] + row[9], {1: "165g", 2: "330g", 4: "660g"}[row[3]],
             ("sandpaper", "suede", "silk")[int(row[4]) - 1])
            for row in rows
        ]  # fmt: skip
        assert recording.excluded == {}
    assert list(competition.signals) == ["eeg"]
    assert [(s.start, s.stop, s.targets) for s in competition.segments] == [(0, 10, {})]
    assert competition.excluded == {NO_EMG: 1, NO_LIFTS: 1}


def test_a_lift_that_ends_after_its_series_is_excluded(own):
    put_whole(own, plan((1, 3, 0.5, 2, 6), (4, 1, 16, 2, 6)))
    assert only().excluded == {"lifts that end after their series": 1}
    assert len(only().segments) == 1


def test_without_a_table_and_without_windows_lifts_are_unknown(own):
    put_whole(own)
    (own / "P1_AllLifts.mat").unlink()
    recording = only()
    assert [(s.start, s.stop, s.targets) for s in recording.segments] == [(0, 20, {})]
    assert recording.excluded == {NO_LIFTS: 1}


def test_windows_tell_the_same_as_the_continuous_series(own):
    put_whole(own)
    whole = only()
    (own / "HS_P1_S1.mat").unlink()
    put_windows(own)
    windows = only()
    assert [s.targets for s in windows.segments] == [s.targets for s in whole.segments]
    for one, other in zip(whole.segments, windows.segments, strict=True):
        for name, rate in (("eeg", 500), ("emg", 4000)):
            first, second = (
                recording.signals[name].values[:, round(s.start * rate) : round(s.stop * rate)]
                for recording, s in ((whole, one), (windows, other))
            )
            assert np.array_equal(first, second)


def test_what_two_windows_share_is_read_once(own):
    put_windows(own, plan((1, 1, 0, 2, 6), (2, 2, 5.0, 2, 6), (4, 3, 5.5, 2, 6)))
    recording = only()
    assert np.array_equal(recording.signals["eeg"].values[0], np.arange(14.5 * 500))
    assert np.array_equal(recording.signals["emg"].values[0], np.arange(14.5 * 4000))
    assert [s.trial for s in recording.segments] == ["lift-1"]
    assert recording.excluded == {"lifts outside their window": 2}
    whole = only(WayEegGal(cut="continuous"))
    assert [(s.start, s.stop) for s in whole.segments] == [(0, 9), (9, 14), (14, 14.5)]


def test_windows_whose_start_is_between_samples_do_not_overlap(own):
    put_windows(own, plan((1, 1, 0.0007, 2, 6), (2, 2, 8.9991, 2, 6), (4, 3, 10.90013, 7.5, 8.5)))
    for dataset in (WayEegGal(), WayEegGal(cut="continuous")):
        segments = only(dataset).segments
        assert len(segments) == 3
        assert all(one.stop <= other.start + 1e-9 for one, other in pairwise(segments))


def test_emg_that_is_shorter_than_its_window_is_filled_with_nan(own):
    made = windowed(TWO)
    made["win"][0, 0]["emg"] = made["win"][0, 0]["emg"][:-8]
    savemat(own / "WS_P1_S1.mat", {"ws": made})
    values = only().signals["emg"].values
    assert values.shape == (5, 18 * 4000)
    assert np.flatnonzero(np.isnan(values[0])).tolist() == list(range(9 * 4000 - 8, 9 * 4000))
    assert values[0, 9 * 4000] == 9.5 * 4000


def test_a_single_window_is_read(own):
    put_windows(own, TWO[:1])
    assert len(only().segments) == 1


@pytest.mark.parametrize("emg", [np.zeros((0, 0)), np.zeros((4500, 45))])
def test_windows_without_emg_keep_their_eeg(own, emg):
    put_windows(own, emg=emg)
    recording = only()
    assert list(recording.signals) == ["eeg"]
    assert recording.excluded == {NO_EMG: 1}
    assert len(recording.segments) == 2


@pytest.mark.parametrize("part", [{"emg": np.zeros((0, 0))}, {"emg": {"sig": np.zeros((9, 36))}}])
def test_a_series_without_emg_keeps_its_eeg(own, part):
    put_whole(own, **part)
    assert list(only().signals) == ["eeg"]
    assert only().excluded == {NO_EMG: 1}


def test_a_lift_without_a_time_is_excluded(own):
    put_whole(own, plan((1, np.nan, 0.5, 2, 6), (1, 1, np.nan, 2, 6), (3, 2, 9, 2, 6)))
    recording = only()
    assert [s.targets for s in recording.segments] == [{"weight": "165g"}, {"weight": "660g", "surface": "suede"}]
    assert recording.excluded == {"lifts without a time": 1}


def test_texts_of_windows_say_the_class_where_they_are_there(own):
    put_windows(own, weight_id="330g", surf_id="Silk", weight=np.nan, surf=np.nan)
    assert {tuple(s.targets.items()) for s in only().segments} == {(("weight", "330g"), ("surface", "silk"))}
    for empty in ("", np.zeros((0, 0))):
        put_windows(own, weight_id=empty, surf_id=empty, weight=4, surf=1)
        assert {tuple(s.targets.items()) for s in only().segments} == {(("weight", "660g"), ("surface", "sandpaper"))}


def test_a_whole_series_serves_for_pre_training(stand_in):
    stand_in("way-eeg-gal", subjects=1, seconds=20)
    dataset = WayEegGal(cut="continuous")
    assert dataset.targets == {}
    assert [len(recording.segments) for recording in dataset.load("P1")] == [1, 1, 1]
    assert not any(s.targets for recording in dataset.load("P1") for s in recording.segments)


def test_files_may_lie_flat(own):
    path = put_whole(own)
    for file in (path, own / "P1_AllLifts.mat"):
        shutil.move(file, own.parent / file.name)
    own.rmdir()
    assert len(only().segments) == 2


def test_subjects_and_series_are_in_natural_order(own):
    for name in ("HS_P10_S1", "HS_P2_ST", "HS_P2_S10", "WS_P2_S9"):
        (own / f"{name}.mat").touch()
    dataset = WayEegGal()
    assert dataset.subjects() == ["P2", "P10"]
    assert dataset.files_of("P2").series == ["9", "10", "T"]


# -------------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"eeg": 1.0}, "hs.eeg has no samplingrate."),
        ({"eeg": {"samplingrate": 512.0}}, "hs.eeg has 512 samples per second; expected 500."),
        ({"eeg": {"samplingrate": "fast"}}, "hs.eeg.samplingrate is not a single number."),
        (
            {"eeg": {"samplingrate": 500.0, "sig": np.zeros((9, 31))}},
            "hs.eeg.sig is float64 of the shape (9, 31); expected 32 columns.",
        ),
        (
            {"eeg": {"samplingrate": 500.0, "sig": np.zeros((9, 32)), "names": cell(CAP[:30])}},
            "hs.eeg.names has 30 names; expected 32.",
        ),
        (
            {"emg": {"samplingrate": 500.0, "sig": np.zeros((9, 5))}},
            "hs.emg has 500 samples per second; expected 4000.",
        ),
    ],
)
def test_a_series_that_contradicts_the_layout_is_refused(own, parts, message):
    path = put_whole(own, **parts)
    with refused(f"{path}: {message}"):
        only()


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"AllLifts": TWO}, "P has no ColNames."),
        ({"AllLifts": TWO, "ColNames": cell(["Part"])}, "P.ColNames has 1 names; expected 43."),
        ({"AllLifts": TWO, "ColNames": cell(["x"] * 43)}, "P.ColNames does not contain Run."),
        (
            {"AllLifts": TWO[:, :9], "ColNames": cell(column_names())},
            "P.AllLifts has the shape (2, 9); expected 43 columns.",
        ),
        (
            {"AllLifts": plan((1, 7, 0.5, 2, 6)), "ColNames": cell(column_names())},
            "a lift has the code 7; expected 1, 2, 3.",
        ),
    ],
)
def test_a_table_that_contradicts_the_layout_is_refused(own, table, message):
    put_whole(own)
    savemat(own / "P1_AllLifts.mat", {"P": table})
    with refused(f"{own / 'P1_AllLifts.mat'}: {message}"):
        only()


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"trial_start_time": np.nan}, "ws.win(1).trial_start_time is not finite."),
        ({"LEDon": "late"}, "ws.win(1).LEDon is not a single number."),
        ({"surf_id": "velvet"}, "the surface of ws.win(1) is 'velvet'; expected sandpaper, suede, silk."),
        ({"weight_id": "1 kg"}, "the weight of ws.win(1) is '1g'; expected 165g, 330g, 660g."),
        ({"eeg": np.zeros((9, 14))}, "ws.win(1).eeg is float64 of the shape (9, 14); expected 32 columns."),
    ],
)
def test_a_window_that_contradicts_the_layout_is_refused(own, members, message):
    path = put_windows(own, **members)
    with refused(f"{path}: {message}"):
        only()


def test_a_file_without_windows_is_refused(own):
    path = own / "WS_P1_S1.mat"
    savemat(path, {"ws": {"win": np.zeros((0, 0)), "names": 1.0}})
    with refused(f"{path}: ws.win has no windows."):
        only()


def test_a_series_that_is_there_twice_is_refused(own):
    path = put_whole(own)
    shutil.copy(path, own.parent / path.name)
    with pytest.raises(DataError, match=r" are the same series; keep one of them\.$"):
        WayEegGal().subjects()


def test_an_unknown_subject_is_refused(own):
    put_whole(own)
    with pytest.raises(UsageError, match=r"^There is no subject 'P3'; did you mean 'P1'\? Known: P1\.$"):
        WayEegGal().load("P3")


def test_the_tables_of_the_kaggle_competition_are_recognised(tmp_path, monkeypatch):
    monkeypatch.setenv("BENCH_DATA", str(tmp_path))
    with pytest.raises(DataError, match=r"^The data set 'way-eeg-gal' is not on this machine"):
        WayEegGal().subjects()
    train = tmp_path / "grasp-and-lift" / "train"
    train.mkdir(parents=True)
    (train / "subj1_series1_data.csv").touch()
    with refused(
        f"{train} contains the tables of the Kaggle competition (subj1_series1_data.csv), which have no EMG, weight or "
        "surface; 'way-eeg-gal' needs the files on figshare, such as HS_P1_S1.mat "
        "(https://figshare.com/collections/_/988376)."
    ):
        WayEegGal().subjects()


# ----------------------------------------------------------------------------------------- in the harness


@pytest.mark.parametrize("options", [{}, {"cut": "continuous"}], ids=str)
@pytest.mark.parametrize("put", [put_whole, put_windows])
def test_the_contract_is_kept(own, put, options):
    put(own)
    for check in contract("dataset", "way-eeg-gal", options):
        check()


def test_weights_are_told_apart_from_end_to_end(bench, stand_in):
    stand_in("way-eeg-gal", subjects=2, seconds=30)
    out = bench(
        "run", "--dataset", "way-eeg-gal", "--modalities", "eeg", "--model", "logistic", "-o", "window.length=4"
    ).ok()  # fmt: skip
    assert "logistic" in out.table
    assert list(TARGETS) == ["weight", "surface"]
