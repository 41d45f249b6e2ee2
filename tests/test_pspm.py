"""PsPM data sets: simulated files, what is read from them, what is left out, and what is refused."""

import re
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from scipy.io import loadmat, savemat

from bench.checks import contract
from bench.errors import DataError, UsageError
from bench_pspm.dataset import Pspm
from bench_pspm.names import parse
from bench_pspm.stand_in import channel, file


def refused(message):
    return pytest.raises(DataError, match=f"^{re.escape(message)}$")


def put(folder, name="SET_spike_01.mat", *, seconds=4.0, channels=None):
    """A small file of our own."""
    folder.mkdir(parents=True, exist_ok=True)
    made = channels if channels is not None else [channel("ecg", "mV", 100.0, np.arange(400))]
    savemat(folder / name, file(seconds, made))
    return folder / name


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A root of data with one set."""
    monkeypatch.setenv("BENCH_DATA", str(tmp_path))
    return tmp_path / "pspm" / "Data"


# ---------------------------------------------------------------------------------------- what is read


def test_what_was_written_is_read(stand_in):
    folder = stand_in("pspm", subjects=2, seconds=30, seed=3)
    dataset = Pspm()
    assert dataset.simulated
    assert dataset.subjects() == ["SIM-01", "SIM-02"]
    assert dataset.files("SIM-02") == [folder / "Data" / "SIM_spike_02.mat"]
    (recording,) = dataset.load("SIM-02")
    assert (recording.subject, recording.session) == ("SIM-02", "1")
    found = {name: (signal.rate, signal.unit, signal.channels) for name, signal in recording.signals.items()}
    assert found == {"eda": (100, "uS", ("scr1",)), "ecg": (1000, "mV", ("ecg1",)), "resp": (100, "%", ("resp1",))}
    cells = loadmat(folder / "Data" / "SIM_spike_02.mat")["data"]
    for cell in (each[0, 0] for each in cells[1:, 0]):
        name = {"scr": "eda"}.get(kind := cell["header"][0, 0]["chantype"].item(), kind)
        np.testing.assert_allclose(recording.signals[name].values, cell["data"].T, rtol=1e-6)
    (segment,) = recording.segments
    assert (segment.start, segment.stop, segment.targets) == (0, 30, {})
    assert recording.excluded == {"channels of the type marker, which is not used": 1}


def test_the_seed_decides(stand_in, tmp_path):
    values = []
    for place, seed in enumerate((1, 1, 2)):
        folder = stand_in("pspm", subjects=1, seconds=10, seed=seed)
        values.append(Pspm().load("SIM-01")[0].signals["ecg"].values)
        folder.rename(tmp_path / f"{place}")
    assert np.array_equal(values[0], values[1])
    assert not np.array_equal(values[0], values[2])


def test_channels_of_one_type_are_stacked_and_empty_ones_are_excluded(own):
    scr = np.arange(400.0)
    put(
        own,
        channels=[channel("scr", "uS", 100, scr), channel("scr", "uS", 100, scr / 2), channel("resp", "%", 100, [])],
    )
    (recording,) = Pspm().load("SET-01")
    assert recording.signals["eda"].channels == ("scr1", "scr2")
    np.testing.assert_array_equal(recording.signals["eda"].values, np.array([scr, scr / 2], np.float32))
    assert recording.excluded == {"channels of the type resp without samples": 1}


@pytest.mark.parametrize(
    ("name", "subject", "session"),
    [
        ("SCRV_10_spike_07.mat", "SCRV_10-07", "1"),
        ("FR_spike_7_sn2.mat", "FR-7", "sn2"),
        ("FR_pspm_07.mat", "FR-07", "1"),
        ("pspm_FR_07.mat", "FR-07", "1"),
        ("tpspm_S07.mat", "S07", "1"),
    ],
)
def test_names_contain_set_subject_and_session(name, subject, session):
    found = parse(Path(name))
    assert (found.subject, found.session) == (subject, session)


def test_sets_lie_side_by_side(tmp_path, monkeypatch):
    monkeypatch.setenv("BENCH_DATA", str(tmp_path))
    for name in ("FR_spike_10", "FR_spike_2", "FR_spike_2_sn2"):
        put(tmp_path / "PsPM-FR" / "Data", f"{name}.mat")
    put(tmp_path / "PsPM-VIS", "VIS_spike_2.mat")
    put(tmp_path / "other", "X_spike_2.mat")
    assert Pspm().subjects() == ["FR-2", "FR-10", "VIS-2"]
    assert [recording.session for recording in Pspm().load("FR-2")] == ["1", "sn2"]
    assert not Pspm().simulated


def test_a_channel_may_be_three_samples_longer_or_shorter(own):
    put(own, channels=[channel("scr", "uS", 100, np.zeros(n)) for n in (397, 403)])
    (recording,) = Pspm().load("SET-01")
    assert recording.signals["eda"].values.shape == (2, 397)


def test_a_channel_at_another_rate_than_the_first_is_counted(own):
    channels = [channel("scr", "uS", rate, np.arange(4 * rate)) for rate in (100, 50, 50)]
    put(own, channels=channels)
    (recording,) = Pspm().load("SET-01")
    assert recording.excluded == Counter({"channels of the type scr with another rate than the first": 2})


def test_a_unit_may_be_empty(own):
    put(own, channels=[channel("ecg", np.zeros((0, 0)), 100, np.arange(400))])
    assert Pspm().load("SET-01")[0].signals["ecg"].unit == ""


def test_a_file_without_a_used_channel_holds_nothing(own):
    put(own, channels=[channel("hb", "events", 1, [1.0]), channel("ECG", "events", 1, [1.0])])
    (recording,) = Pspm().load("SET-01")
    assert (recording.signals, recording.segments) == ({}, [])
    assert sum(recording.excluded.values()) == 2


# -------------------------------------------------------------------------------------- what is refused


def test_a_channel_that_is_too_short_is_refused(own):
    path = put(own, channels=[channel("ecg", "mV", 100, np.zeros(300))])
    with refused(
        f"{path}: data{{1}} has 300 samples, and 4 s at 100 Hz (infos.duration) are 400; PsPM allows a difference of 3."
    ):
        Pspm().load("SET-01")


def header(**changes):
    """A channel with another header."""
    made = channel("ecg", "mV", 100.0, np.arange(400))
    made["header"] = {**made["header"], **changes}
    return [made]


@pytest.mark.parametrize(
    ("channels", "message"),
    [
        ([{"data": np.arange(3.0)}], "data{1} has no header, which every PsPM file has."),
        ([{"header": {"chantype": "ecg"}}], "data{1} has no units, which every PsPM file has."),
        (header(sr="fast"), "data{1}.header.sr is not a single number."),
        (header(sr=0.0), "data{1} has 0 samples per second; expected more than 0."),
        (
            [{**header()[0], "data": np.zeros((20, 20))}],
            "data{1}.data is float64 of the shape (20, 20); expected one row of numbers.",
        ),
    ],
)
def test_what_contradicts_the_format_is_refused(own, channels, message):
    path = put(own, channels=channels)
    with refused(f"{path}: {message}"):
        Pspm().load("SET-01")


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"data": np.zeros(3)}, " has no variable 'infos'; it has data."),
        ({"infos": {"sourcefile": "x"}, "data": 1.0}, ": infos has no duration, which every PsPM file has."),
        ({"infos": 1.0, "data": 1.0}, ": infos has no duration, which every PsPM file has."),
        (
            {"infos": {"duration": 4.0}, "data": np.zeros(3)},
            ": data is not a cell array of channels.",
        ),
        ({"infos": {"duration": np.nan}, "data": 1.0}, ": infos.duration is not a single number."),
    ],
)
def test_files_of_other_formats_are_refused(own, variables, message):
    own.mkdir(parents=True)
    path = own / "SET_spike_01.mat"
    savemat(path, variables)
    with refused(f"{path}{message}"):
        Pspm().load("SET-01")


def test_a_session_that_exists_twice_is_refused(own):
    first, second = put(own), own.parent / "SET_spike_01.mat"
    shutil.copy(first, second)
    with pytest.raises(DataError, match=r" are the same session of 'SET-01'; keep one of them\.$"):
        Pspm().subjects()


def test_an_unknown_subject_is_refused(own):
    put(own)
    with pytest.raises(UsageError, match=r"^There is no subject 'SET-02'; did you mean 'SET-01'\? Known: SET-01\.$"):
        Pspm().load("SET-02")


# ----------------------------------------------------------------------------------------- in the harness


def test_the_contract_is_kept(stand_in):
    stand_in("pspm", subjects=2, seconds=10)
    for check in contract("dataset", "pspm"):
        check()


def test_it_has_no_labels_and_says_so(bench, stand_in):
    stand_in("pspm", subjects=2, seconds=10)
    message = "'pspm' has no labels with these options; it serves for pre-training."
    bench("run", "--dataset", "pspm", "--model", "logistic").usage_error(message)
    assert "Targets: none (for pre-training only)" in bench("info", "pspm").ok().out


def test_a_missing_data_set_is_explained(bench, monkeypatch, tmp_path):
    monkeypatch.setenv("BENCH_DATA", str(tmp_path))
    with pytest.raises(DataError, match=r"^The data set 'pspm' is not on this machine: .*bench data simulate pspm"):
        Pspm().subjects()
