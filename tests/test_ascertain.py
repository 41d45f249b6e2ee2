"""ASCERTAIN: simulated folders as the real ones, irregular times on a grid, and what is refused."""

import re
import shutil
from collections import Counter

import numpy as np
import pytest
from scipy.interpolate import interp1d
from scipy.io import loadmat, savemat

from bench.checks import contract
from bench.data.acquisition import simulation
from bench.errors import DataError, UsageError
from bench.registry import Registry
from bench_ascertain.dataset import Ascertain
from bench_ascertain.grid import resample

VARIABLES = {"ecg": "Data_ECG", "eda": "Data_GSR", "eeg": "ThisEEG"}
FOLDERS = {"ecg": "ECG", "eda": "GSR", "eeg": "EEG"}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Nine subjects, since columns differ from the ninth on; the first has a gap, the ninth half of the clips."""
    folder = tmp_path_factory.mktemp("ascertain") / "ASCERTAIN"
    known = Registry()
    dataset = known.get("dataset", "ascertain").load()()
    written = list(simulation.write(dataset, folder, known, subjects=9, seconds=4))
    assert written == [f"P{number:02d}" for number in range(1, 10)]
    values = table(folder, "ecg", 1, 1)
    write(folder, "ecg", 1, 1, np.delete(values, np.s_[len(values) // 4 : 3 * len(values) // 4], axis=0))
    for modality in FOLDERS:
        for number in range(19, 37):
            clip(folder, modality, 9, number).unlink()
    return folder


@pytest.fixture
def here(files, monkeypatch):
    monkeypatch.setenv("BENCH_DATA", str(files.parent))
    return files


@pytest.fixture
def mine(files, tmp_path, monkeypatch):
    """Two subjects, to be changed."""
    folder = tmp_path / "own" / "ascertain"
    shutil.copytree(files, folder, ignore=shutil.ignore_patterns("Movie_P0[2-8]"))
    monkeypatch.setenv("BENCH_DATA", str(folder.parent))
    return folder


def clip(folder, modality, person, number):
    name = FOLDERS[modality]
    return folder / "ASCERTAIN_Raw" / f"{name}Data" / f"Movie_P{person:02d}" / f"{name}_Clip{number}.mat"


def table(folder, modality, person, number):
    return loadmat(clip(folder, modality, person, number))[VARIABLES[modality]]


def write(folder, modality, person, number, values):
    savemat(clip(folder, modality, person, number), {VARIABLES[modality]: values})


def excluded(recordings):
    return sum((Counter(recording.excluded) for recording in recordings), Counter())


@pytest.mark.parametrize(("subject", "ecg"), [(2, [1, 2]), (8, [1, 2]), (9, [4, 5])])
def test_values_are_those_of_the_columns_that_users_of_the_real_files_read(here, subject, ecg):
    ratings = loadmat(here / "ASCERTAIN_Features" / "Dt_SelfReports.mat")["Ratings"]
    assert ratings.shape == (5, 58, 36)
    recordings = Ascertain().load(f"P{subject:02d}")
    assert [recording.session for recording in recordings[:10]] == [f"clip{number:02d}" for number in range(1, 11)]
    columns = {"ecg": ecg, "eda": [4], "eeg": range(1, 9)}
    for number in (1, 10, 18):
        recording = recordings[number - 1]
        for modality, rate in {"ecg": 256, "eda": 32, "eeg": 32}.items():
            stored, signal = table(here, modality, subject, number), recording.signals[modality]
            seconds = (stored[:, 0] - stored[0, 0]) / 1000
            at = np.arange(signal.values.shape[1]) / rate
            assert (signal.rate, len(signal.channels)) == (rate, len(columns[modality]))
            assert seconds[-1] - 1 / rate < at[-1] <= seconds[-1] + 1e-6
            for column, values in zip(columns[modality], signal.values, strict=True):
                expected = interp1d(seconds, stored[:, column], fill_value="extrapolate")(at)
                assert values == pytest.approx(expected, rel=1e-4, abs=1e-5)
        [segment] = recording.segments
        assert (segment.stimulus, segment.targets) == (f"{number:02d}", {})
        scales = ("arousal", "valence", "engagement", "liking", "familiarity")
        assert segment.ratings == dict(zip(scales, ratings[:, subject - 1, number - 1], strict=True))
    for recording in recordings:
        said = recording.segments[0].ratings
        assert said["arousal"] - 3 != said["valence"]


def test_missing_clips_and_gaps_are_counted_and_cost_nothing_else(here):
    assert {len(Ascertain().load(f"P{number:02d}")) for number in range(1, 9)} == {36}
    last = Ascertain().load("P09")
    assert (len(last), excluded(last)) == (18, {"clip without signals": 18})
    signals = Ascertain().load("P01")[0].signals
    assert np.isnan(signals["ecg"].values[0]).sum() == pytest.approx(512, abs=2)
    assert not any(np.isnan(signals[name].values).any() for name in ("eda", "eeg"))
    assert not np.isnan(Ascertain(gap_seconds=3.0).load("P01")[0].signals["ecg"].values).any()


def test_folders_without_the_outer_ones_are_found(files, tmp_path, monkeypatch):
    folder = tmp_path / "own" / "ASCERTAIN"
    shutil.copytree(files / "ASCERTAIN_Raw", folder, ignore=shutil.ignore_patterns("Movie_P0[2-9]", "EEGData"))
    shutil.copy(files / "ASCERTAIN_Features" / "Dt_SelfReports.mat", folder)
    monkeypatch.setenv("BENCH_DATA", str(folder.parent))
    dataset = Ascertain()
    assert dataset.subjects() == ["P01"]
    assert len(dataset.files("P01")) == 1 + 2 * 36
    recordings = dataset.load("P01")
    assert {tuple(recording.signals) for recording in recordings} == {("ecg", "eda")}
    assert excluded(recordings) == {"clip without eeg": 36}


def test_unrated_clips_and_clips_of_nan_and_short_ones_are_counted(mine):
    reports = mine / "ASCERTAIN_Features" / "Dt_SelfReports.mat"
    ratings = loadmat(reports)["Ratings"]
    ratings[1, 0, 4] = np.nan
    savemat(reports, {"Ratings": ratings})
    damaged = table(mine, "eda", 1, 2)
    damaged[:, 4] = np.nan
    write(mine, "eda", 1, 2, damaged)
    write(mine, "eeg", 1, 3, np.zeros((0, 0)))
    write(mine, "eeg", 1, 4, table(mine, "eeg", 1, 4)[:64])
    recordings = Ascertain().load("P01")
    assert excluded(recordings) == {
        "clip without a rating (kept, unlabelled)": 1,
        "eda is NaN throughout": 1,
        "clip without eeg": 1,
    }
    assert set(recordings[4].segments[0].ratings) == {"arousal", "engagement", "liking", "familiarity"}
    assert recordings[3].segments[0].stop == pytest.approx(4, abs=0.1)


def test_incomplete_subjects_can_be_excluded(mine):
    for signal in ("ECG", "GSR", "EEG"):
        folder = mine / "ASCERTAIN_Raw" / f"{signal}Data"
        (folder / "Movie_P09").rename(folder / "Movie_P44")
    assert Ascertain().subjects() == ["P01", "P44"]
    dataset = Ascertain(incomplete="exclude")
    assert (dataset.subjects(), dataset.excluded()) == (
        ["P01"],
        {"subjects with missing clips (incomplete=exclude)": 1},
    )


# -------------------------------------------------------------------------------------------------- grid


def test_a_regular_signal_stays_as_it_is():
    values = np.random.default_rng(0).normal(size=(50, 2))
    assert np.array_equal(resample(np.arange(50) / 32, values, 32, 0.1, 50), values.T.astype(np.float32))


def test_points_between_neighbours_are_on_a_line_and_gaps_are_nan():
    made = resample(np.array([0.0, 0.3, 1.0, 1.1]), np.array([[0.0], [3.0], [10.0], [np.nan]]), 10, 0.5, 12)[0]
    assert made[:4] == pytest.approx([0, 1, 2, 3])
    assert np.isnan(made[4:10]).all()
    assert made[10] == 10
    assert np.isnan(made[11])


def test_samples_out_of_order_are_dropped(mine):
    before = Ascertain().load("P01")[1].signals["ecg"].values
    stored = table(mine, "ecg", 1, 2)
    double, late = np.repeat(stored, 1 + np.arange(len(stored)) % 2, axis=0), stored[100:101].copy()
    late[:, 0] = np.nan
    write(mine, "ecg", 1, 2, np.vstack([double[:500], late, stored[:3], double[500:]]))
    assert np.array_equal(Ascertain().load("P01")[1].signals["ecg"].values, before)


# ----------------------------------------------------------------------------------------------- refused


@pytest.mark.parametrize(
    ("modality", "change", "message"),
    [
        (
            "ecg",
            lambda table: table[:, :5],
            "Data_ECG has 5 columns; expected 6 or more, with the time in ms in the first and ecg in column 5, 6.",
        ),
        (
            "eda",
            lambda table: table[:, :4],
            "Data_GSR has 4 columns; expected 5 or more, with the time in ms in the first and eda in column 5.",
        ),
        (
            "eeg",
            lambda table: table / 1e6,
            "the first column of ThisEEG is not a time in ms that increases with each sample.",
        ),
        (
            "eeg",
            lambda table: table[::-1],
            "the first column of ThisEEG is not a time in ms that increases with each sample.",
        ),
        (
            "eeg",
            lambda table: "no table",
            "ThisEEG is not a table of numbers; expected the time in ms and then the channels.",
        ),
    ],
)
def test_a_clip_that_contradicts_the_layout_is_refused_in_a_sentence(mine, modality, change, message):
    write(mine, modality, 9, 7, change(table(mine, modality, 9, 7)))
    with pytest.raises(DataError, match=f"^{re.escape(f'{clip(mine, modality, 9, 7)}: {message}')}$"):
        Ascertain().load("P09")


def test_ratings_that_contradict_the_layout_are_refused(mine):
    reports = mine / "ASCERTAIN_Features" / "Dt_SelfReports.mat"
    savemat(reports, {"Ratings": np.zeros((5, 58, 35))})
    with pytest.raises(
        DataError, match=re.escape("Ratings is (5, 58, 35); expected (5, 58, 36): scale, subject, clip.")
    ):
        Ascertain().load("P01")
    reports.unlink()
    with pytest.raises(DataError, match=r"has no ASCERTAIN_Features/Dt_SelfReports\.mat, which contains the ratings"):
        Ascertain().load("P01")


def test_exchanged_arousal_and_valence_are_noticed(mine):
    reports = mine / "ASCERTAIN_Features" / "Dt_SelfReports.mat"
    savemat(reports, {"Ratings": loadmat(reports)["Ratings"][[1, 0, 2, 3, 4]]})
    message = r"arousal of subject \d+, clip \d+ is -\d; expected 0 to 6, so arousal and valence may be exchanged\.$"
    with pytest.raises(DataError, match=message):
        Ascertain().load("P01")


def test_unknown_subjects_are_refused(mine):
    with pytest.raises(UsageError, match="There is no subject 'P10'"):
        Ascertain().load("P10")
    folder = mine / "ASCERTAIN_Raw" / "ECGData"
    (folder / "Movie_P01").rename(folder / "Movie_P59")
    with pytest.raises(DataError, match="is not the folder of a subject; they are Movie_P01 to Movie_P58"):
        Ascertain().subjects()


# ---------------------------------------------------------------------------------------- in the harness


def test_the_middle_of_each_scale():
    assert {target: Ascertain().label_rule(target).middle for target in ("arousal", "valence")} == {
        "arousal": 3,
        "valence": 0,
    }


def test_the_contract_is_kept(mine):
    for check in contract("dataset", "ascertain"):
        check()


def test_a_run_learns_from_simulated_people(bench, stand_in, monkeypatch):
    folder = stand_in("ascertain", subjects=3, seconds=11)
    monkeypatch.setenv("BENCH_DATA", str(folder.parent))
    outcome = bench(
        "run", "--dataset", "ascertain", "--model", "logistic", "--modalities", "ecg", "--fusion", "none",
        "--profile", "smoke", "--no-baselines",
    ).ok()  # fmt: skip
    assert "ascertain" in outcome.out
