"""EEG of movement and imagery: real runs where they are at hand, and simulated ones in the same files."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections import Counter
from dataclasses import replace

import mne
import numpy as np
import pyedflib
import pytest

from bench.checks import contract
from bench.errors import DataError, UsageError
from bench.readers import edf
from bench_eegmmidb.dataset import Eegmmidb
from bench_eegmmidb.edf_writer import encode, header
from bench_eegmmidb.layout import CHANNELS, FILE_LABELS, electrode

ALL = [f"R{run:02d}" for run in range(1, 15)]
RANDOM = np.random.default_rng(0).integers(-9000, 9000, (64, 3 * 160 + 50)) + 0.4
NOTES = [(0.0, 1.2, "T0"), (1.2, 1.1, "T2")]


def by_mne(path):
    """(channels, time) in microvolts, and the annotations as bench has them."""
    raw = mne.io.read_raw_edf(path, verbose="error")
    notes = [(note["onset"], note["duration"], note["description"]) for note in raw.annotations]
    return raw.ch_names, raw.get_data() * 1e6, notes


def by_pyedflib(path):
    """The whole numbers in the file, and the annotations."""
    with pyedflib.EdfReader(str(path)) as file:
        values = np.array([file.readSignal(place, digital=True) for place in range(file.signals_in_file)])
        return file.getSignalLabels(), values, file.readAnnotations(), file.getSampleFrequencies()


def targets(recordings):
    return Counter(tuple(segment.targets.items()) for recording in recordings for segment in recording.segments)


# ------------------------------------------------------------------------------------ real recordings


@pytest.fixture
def real(recorded, monkeypatch):
    monkeypatch.setenv("BENCH_DATA", str(recorded("eegmmidb_S001").parent))
    return Eegmmidb()


def test_the_real_runs_are_found_and_are_as_they_were_published(real):
    assert not real.simulated
    assert real.subjects() == ["S001"]
    assert real.excluded() == {"runs without a file": 2}
    digests = {download.file: download.sha256 for download in real.downloads}
    told = (real.folder / "SHA256SUMS").read_text(encoding="ascii").splitlines()
    assert {f"{digests[file]}  {file}" for file in digests if file.startswith("S001/")} >= {
        line for line in told if line.endswith(".edf")
    }
    for file in real.files("S001"):
        found = hashlib.sha256(file.read_bytes()).hexdigest()
        assert found == digests[file.relative_to(real.folder).as_posix()]


def test_real_trials_have_their_classes(real):
    recordings = real.load("S001")
    assert [recording.session for recording in recordings] == ALL[2:]
    assert targets(recordings) == {
        (("movement", "rest"),): 180,
        (("movement", "moving"), ("fists", "left")): 46,
        (("movement", "moving"), ("fists", "right")): 44,
        (("movement", "moving"), ("limbs", "fists")): 44,
        (("movement", "moving"), ("limbs", "feet")): 46,
    }
    assert not any(recording.excluded for recording in recordings)
    assert [(segment.start, segment.stop, segment.trial) for segment in recordings[1].segments[:3]] == [
        (0.0, 4.2, "01"), (4.2, 8.3, "02"), (8.3, 12.5, "03"),
    ]  # fmt: skip


def test_real_values_are_those_of_mne_sample_by_sample(real):
    for file, recording in zip(real.files("S001"), real.load("S001"), strict=True):
        names, values, notes = by_mne(file)
        signal = recording.signals["eeg"]
        assert signal.values.shape == (64, 20000)
        assert (signal.rate, signal.unit, signal.channels) == (160, "uV", tuple(map(electrode, names)))
        assert np.array_equal(signal.values, np.rint(values).astype(np.float32))
        assert np.allclose(signal.values, values, rtol=0, atol=1e-6)
        assert [(onset, text == "T0") for onset, _, text in notes] == [
            (segment.start, segment.targets["movement"] == "rest") for segment in recording.segments
        ]


def test_the_writer_makes_the_real_files_byte_by_byte(real):
    for file in real.files("S001"):
        found = edf.read(file)
        assert encode(found.values(found.labels), 160, found.annotations) == file.read_bytes()


@pytest.mark.parametrize(
    ("run", "message"), [("R01", "was changed by a text-mode transfer"), ("R04", "was changed by a text-mode transfer")]
)
def test_files_that_are_really_damaged_are_refused(recorded, tmp_path, monkeypatch, run, message):
    folder = tmp_path / "eegmmidb" / "S001"
    folder.mkdir(parents=True)
    path = folder / f"S001{run}.edf"
    shutil.copy(recorded("eegmmidb_S001") / "damaged" / path.name, path)
    monkeypatch.setenv("BENCH_DATA", str(tmp_path))
    with pytest.raises(DataError, match=f"^{re.escape(str(path))} {message}"):
        Eegmmidb().load("S001")


# ---------------------------------------------------------------------------------------- the writer


def test_other_readers_read_what_is_written(tmp_path):
    path = tmp_path / "S001R03.edf"
    path.write_bytes(encode(RANDOM, 160, NOTES))
    expected = np.clip(np.rint(RANDOM[:, :480]), -8092, 8092)
    names, values, notes = by_mne(path)
    assert tuple(names) == FILE_LABELS
    assert np.array_equal(np.rint(values), expected)
    assert notes == NOTES
    names, values, notes, rates = by_pyedflib(path)
    assert tuple(names) == FILE_LABELS
    assert np.array_equal(values, expected)
    assert [part.tolist() for part in notes] == [[0.0, 1.2], [1.2, 1.1], ["T0", "T2"]]
    assert set(rates) == {160}
    found = edf.read(path)
    assert np.array_equal(found.values(FILE_LABELS), expected)
    assert list(found.annotations) == NOTES


def test_headers_have_the_size_that_they_tell():
    assert len(header(160, 125)) == int(header(160, 125)[184:192]) == 16896


def test_electrodes_are_called_as_mne_calls_them():
    raw = mne.io.RawArray(np.zeros((64, 10)), mne.create_info(list(FILE_LABELS), 160, "eeg"), verbose="error")
    mne.datasets.eegbci.standardize(raw)
    assert tuple(raw.ch_names) == CHANNELS
    assert (len(set(CHANNELS)), CHANNELS[0], CHANNELS[10], CHANNELS[21]) == (64, "FC5", "Cz", "Fp1")


# ----------------------------------------------------------------------------------------- stand-ins


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Files of two subjects and a file of S088, which tests do not change."""
    from bench.data.acquisition import simulation
    from bench.registry import Registry

    known = Registry()
    folder = tmp_path_factory.mktemp("data") / "eegmmidb"
    dataset = known.get("dataset", "eegmmidb").load()()
    assert list(simulation.write(dataset, folder, known, subjects=2, seconds=18)) == ["S001", "S002"]
    (folder / "S088").mkdir()  # recorded at another rate, as in the real data set
    (folder / "S088" / "S088R03.edf").write_bytes(encode(np.zeros((64, 18 * 128)), 128, [(0.0, 4.2, "T0")]))
    return folder


@pytest.fixture
def simulated(written, monkeypatch):
    monkeypatch.setenv("BENCH_DATA", str(written.parent))
    return Eegmmidb()


@pytest.fixture
def copy(written, tmp_path, monkeypatch):
    """The first subject's files, to be damaged."""
    folder = tmp_path / "data" / "eegmmidb"
    shutil.copytree(written / "S001", folder / "S001")
    monkeypatch.setenv("BENCH_DATA", str(folder.parent))
    return folder


def test_a_stand_in_reads_back(simulated):
    assert simulated.simulated
    recordings = simulated.load("S002")
    assert [recording.session for recording in recordings] == ALL
    assert targets(recordings) == {
        (("eyes", "open"),): 1,
        (("eyes", "closed"),): 1,
        (("movement", "rest"),): 24,
        (("movement", "moving"), ("fists", "left")): 6,
        (("movement", "moving"), ("fists", "right")): 6,
        (("movement", "moving"), ("limbs", "fists")): 6,
        (("movement", "moving"), ("limbs", "feet")): 6,
    }
    assert {recording.signals["eeg"].values.shape for recording in recordings} == {(64, 18 * 160)}
    eyes = recordings[0].segments[0]
    assert (eyes.start, eyes.stop) == (0, 18)
    for recording, file in zip(recordings, simulated.files("S002"), strict=True):
        assert np.array_equal(recording.signals["eeg"].values, by_pyedflib(file)[1])


def test_an_option_reads_executed_or_imagined_movements(simulated):
    executed, imagined = (replace(simulated, task=task) for task in ("executed", "imagined"))
    assert [r.session for r in executed.load("S001")] == ["R01", "R02", "R03", "R05", "R07", "R09", "R11", "R13"]
    assert [r.session for r in imagined.load("S001")] == ["R01", "R02", "R04", "R06", "R08", "R10", "R12", "R14"]
    assert len({dataset.digest() for dataset in (simulated, executed, imagined)}) == 3


def test_subjects_are_excluded_by_name_or_by_rate(simulated):
    assert simulated.subjects() == ["S001", "S002"]
    assert simulated.excluded() == {"subjects that publications usually exclude (S088)": 1}
    without_exclusions = replace(simulated, exclude="none")
    assert without_exclusions.subjects() == ["S001", "S002"]
    assert without_exclusions.excluded() == {"subjects recorded at another rate than 160 Hz (S088)": 1}
    with pytest.raises(UsageError, match="There is no subject 'S088'"):
        simulated.load("S088")


def test_files_below_another_folder_are_found(copy):
    (copy / "files").mkdir()
    (copy / "S001").rename(copy / "files" / "S001")
    assert Eegmmidb().subjects() == ["S001"]
    (copy / "files" / "S001" / "S001R07.edf").unlink()
    assert Eegmmidb().excluded() == {"runs without a file": 1}


def test_digests_are_known_for_all_that_is_downloaded():
    assert len({download.file for download in Eegmmidb.downloads}) == 109 * 14
    assert all(re.fullmatch("[0-9a-f]{64}", download.sha256) for download in Eegmmidb.downloads)
    assert Eegmmidb.downloads[-1].urls == ("https://physionet.org/files/eegmmidb/1.0.0/S109/S109R14.edf",)


# ------------------------------------------------------------------------------------------- refusals


def rewrite(path, change):
    """Change the header of a file, or anything else in it."""
    content = bytearray(path.read_bytes())
    change(content)
    path.write_bytes(content)


def rewritten(values=RANDOM, rate=160, notes=NOTES):
    return lambda path: path.write_bytes(encode(values, rate, notes))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda path: path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n")), "was changed by a text-mode"),
        (lambda path: path.write_bytes(path.read_bytes()[:-1000]), "is truncated: it has 17 of 18 records"),
        (rewritten(notes=[(0.0, 1.0, "T3")]), "has the annotation 'T3'; expected T0, T1 and T2."),
        (lambda path: rewrite(path, lambda raw: raw.__setitem__(slice(256, 272), b"Ecg.".ljust(16))),
         "has ECG; expected the 64 electrodes FC5 to Iz."),
        (lambda path: rewrite(path, lambda raw: raw.__setitem__(slice(256, 272), b"Fc3.".ljust(16))),
         "has 64 signals in another order; expected the 64 electrodes FC5 to Iz."),
        (lambda path: rewrite(path, lambda raw: raw.__setitem__(slice(6496, 6504), b"mV".ljust(8))),
         "has signals in mV, uV; expected uV."),
        (lambda path: rewrite(path, lambda raw: raw.__setitem__(slice(252, 256), b"many")),
         "is not a valid EDF file: its number of signals is 'many'."),
        (lambda path: path.write_bytes(b""), "is empty: the download was probably interrupted; download it again."),
        (lambda path: path.write_bytes(b"<html>no</html>"), "is an HTML page, not an EDF file"),
    ],
)  # fmt: skip
def test_damaged_and_deviating_runs_are_refused(copy, damage, message):
    path = copy / "S001" / "S001R03.edf"
    damage(path)
    with pytest.raises(DataError, match=f"^{re.escape(str(path))} {re.escape(message)}"):
        Eegmmidb().load("S001")


def test_annotations_that_reach_too_far_are_cut_and_those_outside_are_counted(copy):
    notes = [(0.0, 1.5, "T0"), (1.0, 1.0, "T1"), (2.0, 9.0, "T2"), (2.5, 0.0, "T0")]
    rewritten(notes=notes)(copy / "S001" / "S001R03.edf")
    recording = Eegmmidb().load("S001")[2]
    assert [(segment.start, segment.stop) for segment in recording.segments] == [(0, 1), (1, 2), (2, 2.5)]
    assert recording.excluded == {"trials outside their run, or without a duration": 1}


# ------------------------------------------------------------------------------------------- together


def test_contract(simulated):
    for check in contract("dataset", "eegmmidb"):
        check()


def test_a_run_from_files_to_a_table(bench, written):
    ran = bench.process(
        "run", "--dataset", "eegmmidb", "--target", "movement", "--model", "logistic", "-o", "window.length=4",
        "-o", "dataset.task=executed", "--protocol", "loso", BENCH_DATA=str(written.parent),
    ).ok()  # fmt: skip
    assert "logistic" in ran.table
