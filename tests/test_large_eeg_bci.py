"""Large-EEG-BCI: simulated files, what is read from them, what is left out, and what is refused."""

import re
import shutil
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy.io import loadmat, savemat

from bench.checks import contract
from bench.errors import DataError, UsageError
from bench_large_eeg_bci.dataset import LargeEegBci
from bench_large_eeg_bci.labels import CODES, TARGETS, find_cues
from bench_large_eeg_bci.names import PARADIGMS, parse
from bench_large_eeg_bci.recording import CHANNELS
from bench_large_eeg_bci.stand_in import struct


def refused(message):
    return pytest.raises(DataError, match=f"^{re.escape(message)}$")


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A root of data with a folder of our own files."""
    monkeypatch.setenv("BENCH_DATA", str(tmp_path))
    (tmp_path / "large-eeg-bci").mkdir()
    return tmp_path / "large-eeg-bci"


def put(folder, name="CLASubjectA1601083StLRHand", **changes):
    """A file of a few samples."""
    marker = np.repeat([0.0, 1.0, 1.0, 0.0], 200)
    data = np.arange(len(marker) * 22.0).reshape(-1, 22)
    folder.mkdir(exist_ok=True)
    savemat(folder / f"{name}.mat", {"o": {**struct(name, 200.0, marker, data), **changes}})
    return folder / f"{name}.mat"


# ---------------------------------------------------------------------------------------- what is read


def test_what_was_written_is_read(stand_in):
    folder = stand_in("large-eeg-bci", subjects=2, seconds=30, seed=3)
    dataset = LargeEegBci()
    assert dataset.simulated
    assert dataset.subjects() == ["SubjectA", "SubjectB"]
    names = [path.name for path in dataset.files("SubjectA")]
    assert names == ["CLASubjectA1601083StLRHand.mat", "CLA-SubjectA-160115-3St-LRHand.mat"]
    recordings = dataset.load("SubjectA")
    assert [recording.session for recording in recordings] == ["CLA-160108", "CLA-160115"]
    for recording, name in zip(recordings, names, strict=True):
        content = loadmat(folder / name)["o"][0, 0]
        assert content["data"].shape == (6000, 22)
        signal = recording.signals["eeg"]
        assert (signal.rate, signal.unit, signal.channels) == (200, "uV", CHANNELS)
        np.testing.assert_allclose(signal.values, content["data"][:, :21].T, atol=1e-4)
        marker = content["marker"].ravel()
        onsets = [n for n in range(1, 6000) if marker[n] in (1, 2, 3) and marker[n - 1] != marker[n]]
        assert [segment.start for segment in recording.segments] == [n / 200 for n in onsets]
        assert [segment.targets for segment in recording.segments] == [CODES["CLA"][int(marker[n])] for n in onsets]
        assert all(round(segment.stop - segment.start, 9) == 1 for segment in recording.segments)
        assert recording.excluded == {}


def test_the_members_have_the_places_that_public_loaders_use(stand_in):
    folder = stand_in("large-eeg-bci", subjects=1, seconds=10)
    content = loadmat(folder / "CLASubjectA1601083StLRHand.mat")["o"][0, 0]
    assert content[4].shape == (2000, 1)
    assert content[5].shape == (2000, 22)
    assert [name.item() for name in content[6].ravel()] == [*CHANNELS, "X3"]


def test_every_paradigm_has_its_own_codes(stand_in):
    stand_in("large-eeg-bci", subjects=1, seconds=60, variants=("paradigms",))
    for paradigm in PARADIGMS:
        dataset = LargeEegBci(paradigm=paradigm)
        recordings = dataset.load("SubjectA")
        assert dataset.targets == TARGETS[paradigm]
        assert {recording.session.partition("-")[0] for recording in recordings} == {paradigm}
        for target, classes in dataset.targets.items():
            found = {segment.targets.get(target) for each in recordings for segment in each.segments} - {None}
            assert found == set(classes)
    (nothing,) = LargeEegBci(paradigm="NoMT").load("SubjectA")
    assert not nothing.segments
    assert sum(nothing.excluded.values()) > 10
    assert len(LargeEegBci(paradigm="all").load("SubjectA")) == 6


def test_recordings_at_1000_hz_are_excluded(own):
    put(own)
    put(own, "5F-SubjectA-160408-5St-SGLHand-HFREQ", sampFreq=1000.0)
    reason = {"files recorded at 1000 Hz (HFREQ)": 1}
    assert LargeEegBci(paradigm="5F").subjects() == []
    assert LargeEegBci(paradigm="5F").excluded() == LargeEegBci(paradigm="all").excluded() == reason
    assert LargeEegBci().excluded() == {}


def test_an_interactive_recording_is_a_session_of_its_own(own):
    put(own)
    put(own, "CLASubjectA1601083StLRHandInter")
    assert [recording.session for recording in LargeEegBci().load("SubjectA")] == ["CLA-160108", "CLA-160108-Inter"]


def test_a_whole_recording_serves_for_pre_training(stand_in):
    stand_in("large-eeg-bci", subjects=1, seconds=30)
    dataset = LargeEegBci(cut="continuous")
    assert dataset.targets == {}
    assert [(s.start, s.stop, s.targets) for s in dataset.load("SubjectA")[0].segments] == [(0, 30, {})]


def test_cues_from_markers():
    marker = np.zeros(3000, int)
    for start, stop, code in [(0, 200, 99), (300, 503, 1), (700, 898, 2), (1000, 1200, 3), (1200, 1400, 1),
                              (1500, 1600, 2), (1600, 1700, 91), (1900, 2100, 7), (2900, 3000, 2)]:  # fmt: skip
        marker[start:stop] = code
    segments, excluded = find_cues(marker, 200.0, "CLA")
    found = [(segment.start, segment.stop, segment.targets["imagery"]) for segment in segments]
    assert found == [
        (1.5, 2.5, "left-hand"), (3.5, 4.5, "right-hand"), (5.0, 6.0, "passive"), (6.0, 7.0, "left-hand")
    ]  # fmt: skip
    assert excluded == Counter({
        "cues shorter than 1 s, or followed by another code earlier": 2,
        "cues with the code 7, which has no known meaning in CLA": 1,
    })  # fmt: skip
    assert all(one.stop <= other.start for one, other in pairwise(segments))


@pytest.mark.parametrize(
    ("name", "paradigm", "subject", "session", "fast"),
    [
        ("CLASubjectA1601083StLRHand", "CLA", "SubjectA", "CLA-160108", False),
        ("CLA-SubjectA-160108-3St-LRHand", "CLA", "SubjectA", "CLA-160108", False),
        ("CLA-SubjectJ-170504-3St-LRHand-Inter", "CLA", "SubjectJ", "CLA-170504-Inter", False),
        ("5F-SubjectF-151027-5St-SGLHand", "5F", "SubjectF", "5F-151027", False),
        ("5F-SubjectA-160408-5St-SGLHand-HFREQ", "5F", "SubjectA", "5F-160408", True),
        ("HaLTSubjectA1602236StLRHandLegTongue", "HaLT", "SubjectA", "HaLT-160223", False),
        ("FREEFORMSubjectB1511112StLRHand", "FREEFORM", "SubjectB", "FREEFORM-151111", False),
    ],
)
def test_both_styles_of_names(name, paradigm, subject, session, fast):
    found = parse(Path(f"{name}.mat"))
    assert (found.paradigm, found.subject, found.session, found.fast) == (paradigm, subject, session, fast)


def test_files_may_lie_in_folders_of_paradigms(own):
    put(own / "CLA")
    put(own / "5F", "5F-SubjectB-151027-5St-SGLHand")
    put(own, "CLAX-SubjectA-160108-3St")
    assert LargeEegBci().subjects() == ["SubjectA"]
    assert LargeEegBci(paradigm="5F").subjects() == ["SubjectB"]
    assert LargeEegBci().excluded() == {"files with an unknown name": 1}


def test_the_name_of_the_lead_for_synchronisation_varies(own):
    names = np.array([[name] for name in [*CHANNELS, "X5"]], dtype=object)
    put(own, chnames=names)
    assert LargeEegBci().load("SubjectA")[0].signals["eeg"].channels == CHANNELS


def test_the_public_files_have_one_name_and_place_each():
    downloads = LargeEegBci.downloads
    assert len({download.file for download in downloads}) == len({download.urls for download in downloads}) == 17
    found = [parse(Path(download.file)) for download in downloads]
    assert Counter(name.subject for name in found) == dict.fromkeys(
        ("SubjectB", "SubjectC", "SubjectE", "SubjectF", "SubjectJ"), 3
    ) | {"SubjectA": 1, "SubjectD": 1}


# -------------------------------------------------------------------------------------- what is refused


SHUFFLED = np.array([[name] for name in ["Fp2", "Fp1", *CHANNELS[2:], "X3"]], dtype=object)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sampFreq": 1000.0}, "the rate is 1000 Hz; expected 200, since its name does not contain HFREQ."),
        ({"sampFreq": "fast"}, "o.sampFreq is not numeric."),
        ({"nS": np.nan}, "o.nS is not a single number."),
        ({"nS": 7.0}, "o.data has the shape (800, 22); expected (7, 22): o.nS samples, electrodes and one more."),
        (
            {"data": np.zeros((800, 21))},
            "o.data has the shape (800, 21); expected (800, 22): o.nS samples, electrodes and one more.",
        ),
        ({"marker": np.zeros((799, 1))}, "o.marker has 799 entries for 800 samples of o.data."),
        ({"marker": np.full((800, 1), 0.5)}, "o.marker contains other values than whole numbers from 0."),
        ({"marker": np.full((800, 1), np.nan)}, "o.marker contains other values than whole numbers from 0."),
        ({"chnames": SHUFFLED}, "channel 1 in o.chnames is 'Fp2'; expected 'Fp1'."),
        ({"chnames": np.array([["Fp1"]], dtype=object)}, "o.chnames has 1 names; expected 22."),
    ],
)
def test_what_contradicts_the_layout_is_refused(own, changes, message):
    path = put(own, **changes)
    with refused(f"{path}: {message}"):
        LargeEegBci().load("SubjectA")


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"x": 1.0}, " has no variable 'o'; it has x."),
        ({"o": 1.0}, ": the variable o is not a struct."),
        ({"o": {"nS": 1.0, "id": "x"}}, ": o has no sampFreq; it has nS, id."),
    ],
)
def test_another_file_is_refused(own, variables, message):
    path = own / "CLASubjectA1601083StLRHand.mat"
    savemat(path, variables)
    with refused(f"{path}{message}"):
        LargeEegBci().load("SubjectA")


def test_a_recording_in_both_styles_of_names_is_refused(own):
    shutil.copy(put(own), own / "CLA-SubjectA-160108-3St-LRHand.mat")
    with pytest.raises(DataError, match=r" are the same session of SubjectA; keep one of them\.$"):
        LargeEegBci().subjects()


def test_an_unknown_subject_is_refused(own):
    put(own)
    with pytest.raises(UsageError, match=r"^There is no subject 'SubjectC'.* Known: SubjectA\. The paradigm is CLA\.$"):
        LargeEegBci().load("SubjectC")


def test_a_stand_in_has_no_more_subjects_than_the_data_set(stand_in):
    with refused("A stand-in of 'large-eeg-bci' has at most 13 subjects, not 14."):
        stand_in("large-eeg-bci", subjects=14)


# ----------------------------------------------------------------------------------------- in the harness


@pytest.mark.parametrize("options", [{}, {"paradigm": "all"}, {"cut": "continuous"}], ids=str)
def test_the_contract_is_kept(stand_in, options):
    stand_in("large-eeg-bci", subjects=2, seconds=10, variants=("paradigms",))
    for check in contract("dataset", "large-eeg-bci", options):
        check()


def test_hands_are_told_apart_from_end_to_end(bench, stand_in):
    stand_in("large-eeg-bci", subjects=3, seconds=60)
    out = bench(
        "run", "--dataset", "large-eeg-bci", "--target", "hand", "--model", "logistic", "-o", "window.length=1",
        "-o", "window.hop=1"
    ).ok()  # fmt: skip
    assert "logistic" in out.table


def test_a_continuous_cut_has_no_labels(bench, stand_in):
    stand_in("large-eeg-bci", subjects=1, seconds=10)
    bench("run", "--dataset", "large-eeg-bci(cut=continuous)", "--model", "logistic").usage_error(
        "'large-eeg-bci' has no labels with these options; it serves for pre-training."
    )
