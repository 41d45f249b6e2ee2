"""DREAMER: a simulated file nested as the real one, what is read from it, and what is refused."""

import re
from collections import Counter

import numpy as np
import pytest
from scipy.io import loadmat, savemat

from bench.checks import contract
from bench.data.acquisition import simulation
from bench.errors import DataError, UsageError
from bench.registry import Registry
from bench_dreamer import subject_data
from bench_dreamer.dataset import Dreamer
from bench_dreamer.layout import EEG


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """Three subjects, written once; the first video of the first one has a gap in its ECG."""
    folder = tmp_path_factory.mktemp("dreamer") / "DREAMER"
    known = Registry()
    dataset = known.get("dataset", "dreamer").load()()
    assert list(simulation.write(dataset, folder, known, subjects=3, seconds=4)) == ["S01", "S02", "S03"]
    top = loadmat(folder / "DREAMER.mat")["DREAMER"]
    of_subject(top, 0)["ECG"][0, 0]["stimuli"][0, 0][0, 0][:256] = np.nan
    savemat(folder / "DREAMER.mat", {"DREAMER": top}, oned_as="row")
    return folder / "DREAMER.mat"


@pytest.fixture
def here(file, monkeypatch):
    monkeypatch.setenv("BENCH_DATA", str(file.parent.parent))
    return loadmat(file)["DREAMER"][0, 0]


@pytest.fixture
def mine(file, tmp_path, monkeypatch):
    """The file with one thing changed: `mine(change)` changes the nested structure and writes it again."""
    folder = tmp_path / "own" / "dreamer"
    folder.mkdir(parents=True)
    monkeypatch.setenv("BENCH_DATA", str(folder.parent))
    (folder / "SIMULATED.json").write_text('{"subjects": 3}')

    def change(make):
        top = loadmat(file)["DREAMER"]
        make(top)
        savemat(folder / "DREAMER.mat", {"DREAMER": top}, oned_as="row")
        return folder / "DREAMER.mat"

    return change


def of_subject(top, index):
    return top[0, 0]["Data"][0, index]


def excluded(recordings):
    return sum((Counter(recording.excluded) for recording in recordings), Counter())


def test_values_are_those_that_users_of_the_real_file_index(here):
    assert here["Data"].shape == (1, 3)
    assert (here["EEG_SamplingRate"].item(), here["ECG_SamplingRate"].item()) == (128, 256)
    assert [str(name[0]) for name in here["EEG_Electrodes"][0]] == list(EEG)
    dataset = Dreamer()
    assert dataset.subjects() == ["S01", "S02", "S03"]
    for person, subject in enumerate(dataset.subjects()):
        recordings = dataset.load(subject)
        assert [recording.session for recording in recordings] == [f"v{number:02d}" for number in range(1, 19)]
        assert excluded(recordings) == {"baseline before a video": 18}
        cell = here["Data"][0, person]
        for video, recording in enumerate(recordings):
            for name, rate, channels in (("eeg", 128, 14), ("ecg", 256, 2)):
                stored = cell[name.upper()][0, 0]["stimuli"][0, 0][video, 0]
                signal = recording.signals[name]
                assert stored.shape == (4 * rate, channels)
                assert (signal.rate, len(signal.channels)) == (rate, channels)
                assert np.array_equal(signal.values, stored.T.astype(np.float32), equal_nan=True)
                assert cell[name.upper()][0, 0]["baseline"][0, 0][video, 0].shape == (4 * rate, channels)
            [segment] = recording.segments
            assert (segment.start, segment.stop, segment.stimulus) == (0, 4, f"{video + 1:02d}")
            assert segment.targets == {}
            assert segment.ratings == {
                name.lower(): cell[f"Score{name}"][0, 0][video, 0] for name in ("Valence", "Arousal", "Dominance")
            }
            assert segment.ratings["arousal"] != segment.ratings["valence"]
            assert all(1 <= value <= 5 for value in segment.ratings.values())


def test_a_gap_in_the_ecg_leaves_the_eeg(here):
    signals = Dreamer().load("S01")[0].signals
    assert np.isnan(signals["ecg"].values).sum() == 2 * 256
    assert not np.isnan(signals["eeg"].values).any()


def test_the_file_is_read_once_for_subjects_in_order_and_none_is_kept(here, monkeypatch):
    reads = []
    read = subject_data.read
    monkeypatch.setattr(subject_data, "read", lambda *given: reads.append(given) or read(*given))
    subject_data._pending.clear()
    for subject in ("S01", "S02", "S03"):
        Dreamer().load(subject)
    assert (len(reads), subject_data._pending) == (1, {})
    first = Dreamer().load("S02")
    again = Dreamer().load("S02")
    assert len(reads) == 3
    assert np.array_equal(first[3].signals["eeg"].values, again[3].signals["eeg"].values)


def test_unrated_and_uneven_and_absent_trials_are_counted(mine):
    def change(top):
        one = of_subject(top, 1)
        scores = one["ScoreArousal"][0, 0].astype(float)
        scores[2, 0] = np.nan
        one["ScoreArousal"][0, 0] = scores
        stimuli = one["ECG"][0, 0]["stimuli"][0, 0]
        stimuli[4, 0], stimuli[5, 0] = stimuli[4, 0][:300], stimuli[5, 0][:0]

    mine(change)
    recordings = Dreamer().load("S02")
    assert len(recordings) == 17
    assert set(recordings[2].segments[0].ratings) == {"valence", "dominance"}
    assert recordings[4].segments[0].stop == 4
    assert excluded(recordings) == {
        "baseline before a video": 18,
        "video without a rating (kept, unlabelled)": 1,
        "video whose EEG and ECG differ in length (kept)": 1,
        "video without signals": 1,
    }


def put(field, value):
    """A change to the first subject's field, or to the file's."""

    def change(top):
        holder = top[0, 0] if field in top.dtype.names else of_subject(top, 0)[0, 0]
        holder[field] = value

    return change


def stimulus(value):
    def change(top):
        of_subject(top, 0)["EEG"][0, 0]["stimuli"][0, 0][2, 0] = value

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (put("ECG_SamplingRate", 128.0), ": ECG_SamplingRate is 128; expected 256."),
        (
            put("Data", np.full((1, 2), 1.0, dtype=object)),
            ": Data is a cell array (1, 2); expected a cell array (1, 3), one cell per subject.",
        ),
        (
            stimulus(np.zeros((14, 512))),
            ", subject 1, video 3: EEG.stimuli is an array of float64 (14, 512); expected numbers with 14 columns.",
        ),
        (put("ScoreArousal", np.full((18, 1), 6.0)), ", subject 1: ScoreArousal contains 6; expected 1 to 5."),
        (
            put("ScoreValence", np.full((17, 1), 2.0)),
            ", subject 1: ScoreValence is an array of float64 (17, 1); expected 18 numbers, one per video.",
        ),
        (
            put("ECG", {"baseline": 1.0}),
            ", subject 1: ECG has no field 'stimuli'; it has baseline.",
        ),
        (
            put("EEG", 3.0),
            ", subject 1: EEG is 3; expected a struct with stimuli.",
        ),
    ],
)
def test_deviations_from_the_layout_are_refused(mine, change, message):
    file = mine(change)
    with pytest.raises(DataError, match=f"^{re.escape(str(file) + message)}$"):
        Dreamer().load("S01")


def test_the_real_file_has_23_subjects(mine, tmp_path):
    mine(lambda top: None)
    (tmp_path / "own" / "dreamer" / "SIMULATED.json").unlink()
    assert not Dreamer().simulated
    assert Dreamer().subjects()[-1] == "S23"
    with pytest.raises(DataError, match=re.escape("Data is a cell array (1, 3); expected a cell array (1, 23)")):
        Dreamer().load("S01")
    with pytest.raises(UsageError, match="There is no subject 'S24'"):
        Dreamer().load("S24")


def test_a_marker_without_a_number_of_subjects_is_refused(mine, tmp_path):
    mine(lambda top: None)
    (tmp_path / "own" / "dreamer" / "SIMULATED.json").write_text("{}")
    with pytest.raises(DataError, match="has no number of subjects; simulate the data set again"):
        Dreamer().subjects()


def test_the_middle_of_the_scale_is_3():
    rule = Dreamer(threshold_from="everything").label_rule("valence")
    assert (rule.rating, rule.rule, rule.middle, rule.scope) == ("valence", "midpoint", 3, "everything")


def test_the_contract_is_kept(here):
    for check in contract("dataset", "dreamer"):
        check()


def test_a_run_learns_from_simulated_people(bench, stand_in, monkeypatch):
    folder = stand_in("dreamer", subjects=3, seconds=11)
    monkeypatch.setenv("BENCH_DATA", str(folder.parent))
    outcome = bench(
        "run", "--dataset", "dreamer", "--model", "logistic", "--modalities", "ecg", "--fusion", "none",
        "--profile", "smoke", "--no-baselines",
    ).ok()  # fmt: skip
    assert "dreamer" in outcome.out
