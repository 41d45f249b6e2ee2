"""EDF recordings have the values that MNE and pyedflib read, and damage is detected before values are used."""

import hashlib
import random
from datetime import datetime

import mne
import numpy as np
import pyedflib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.errors import DataError
from bench.readers import edf

RECORDS = 5


def write(path, rates=(160, 160, 80), seed=0, notes=((1.25, 2.5, "T1"),), kind=pyedflib.FILETYPE_EDFPLUS, low=-200.0):
    """Write a recording with pyedflib; returns its values before quantisation."""
    chance = np.random.default_rng(seed)
    about = {"dimension": "uV", "physical_min": low, "physical_max": 300.0, "digital_min": -32768}
    about |= {"digital_max": 32767, "transducer": "BCI2000", "prefilter": "HP:0Hz"}
    heads = [{"label": f"C{place}..", "sample_frequency": rate, **about} for place, rate in enumerate(rates)]
    values = [chance.uniform(low, 300, rate * RECORDS) for rate in rates]
    with pyedflib.EdfWriter(str(path), len(rates), file_type=kind) as writer:
        writer.setSignalHeaders(heads)
        writer.setStartdatetime(datetime(2009, 8, 12, 16, 15, 0))  # noqa: DTZ001
        for onset, lasts, text in notes if kind == pyedflib.FILETYPE_EDFPLUS else ():
            writer.writeAnnotation(onset, lasts, text)
        writer.writeSamples(values)
    return values


@pytest.fixture
def path(tmp_path):
    write(tmp_path / "S001R04.edf")
    return tmp_path / "S001R04.edf"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("edf")


def read_by_pyedflib(path):
    with pyedflib.EdfReader(str(path)) as reader:
        return [reader.readSignal(place) for place in range(reader.signals_in_file)]


def test_header_values_and_annotations(path):
    found = edf.read(path)
    assert found.labels == ("C0..", "C1..", "C2..")
    assert (found.rates, found.units) == ((160.0, 160.0, 80.0), ("uV", "uV", "uV"))
    assert (found.start, found.seconds) == (datetime(2009, 8, 12, 16, 15, 0), 5.0)  # noqa: DTZ001
    assert found.patient.startswith("X X X X")
    assert found.recording.startswith("Startdate 12-AUG-2009")
    assert found.annotations == ((1.25, 2.5, "T1"),)
    assert found.values(["C1..", "C0.."]).shape == (2, 800)
    np.testing.assert_allclose(found.values(["C2.."])[0], read_by_pyedflib(path)[2], rtol=0, atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(
    rates=st.lists(st.integers(1, 300), min_size=1, max_size=6),
    seed=st.integers(0, 1000),
    low=st.sampled_from([-300.0, -1.0, 0.0, 299.0]),
    kind=st.sampled_from([pyedflib.FILETYPE_EDF, pyedflib.FILETYPE_EDFPLUS]),
    notes=st.lists(st.tuples(st.integers(0, 49).map(lambda x: x / 10), st.integers(0, 20).map(lambda x: x / 10),
                             st.sampled_from(["T0", "T1", "Gefühl"])), max_size=4),
)  # fmt: skip
def test_recordings_of_pyedflib_are_read_exactly(rates, seed, low, kind, notes, folder):
    path = folder / "a.edf"
    given = write(path, rates, seed, notes, kind, low)
    found = edf.read(path)
    assert found.rates == tuple(rates)
    for label, meant, read in zip(found.labels, given, read_by_pyedflib(path), strict=True):
        values = found.values([label])[0]
        np.testing.assert_allclose(values, read, rtol=0, atol=1e-9)
        np.testing.assert_allclose(values, meant, rtol=0, atol=0.01)
    if kind == pyedflib.FILETYPE_EDFPLUS:
        assert sorted(found.annotations) == sorted((onset, lasts, text) for onset, lasts, text in notes)


def test_mne_reads_the_same(tmp_path):
    path = tmp_path / "a.edf"
    write(path, (128, 128), notes=((0.5, 1.0, "T2"), (2.0, 0.5, "T0")))
    compared(path)


def compared(path):
    found, raw = edf.read(path), mne.io.read_raw_edf(path, verbose="error")
    np.testing.assert_allclose(found.values(found.labels) * 1e-6, raw.get_data(), rtol=0, atol=1e-15)
    assert found.rates == (raw.info["sfreq"],) * len(raw.ch_names)
    notes = raw.annotations
    assert [text for _, _, text in found.annotations] == list(notes.description)
    assert [onset for onset, _, _ in found.annotations] == pytest.approx(list(notes.onset))
    assert [lasts for _, lasts, _ in found.annotations] == pytest.approx(list(notes.duration))


@pytest.mark.parametrize("run", [f"S001R{number:02d}" for number in range(3, 15)])
def test_real_recordings(run, recorded):
    folder = recorded("eegmmidb_S001")
    path = folder / "S001" / f"{run}.edf"
    published = dict(reversed(line.split()) for line in (folder / "SHA256SUMS").read_text().splitlines())
    assert hashlib.sha256(path.read_bytes()).hexdigest() == published[f"S001/{run}.edf"]
    found = edf.read(path)
    assert (len(found.labels), set(found.rates), found.seconds, len(found.annotations)) == (64, {160.0}, 125.0, 30)
    if run in ("S001R03", "S001R14"):
        compared(path)
        np.testing.assert_allclose(found.values(found.labels), read_by_pyedflib(path), rtol=0, atol=1e-9)


@pytest.mark.parametrize("run", ["S001R01", "S001R04"])
def test_real_damage(run, recorded):
    path = recorded("eegmmidb_S001") / "damaged" / f"{run}.edf"
    refused(path, CHANGED)


# -------------------------------------------------------------------------------- what is refused

CHANGED = "was changed by a text-mode transfer (LF became CR LF); download it again in binary mode."


def refused(path, sentence):
    with pytest.raises(DataError) as caught:
        edf.read(path)
    assert str(caught.value) == f"{path} {sentence}"


def put(path, place, text):
    raw = bytearray(path.read_bytes())
    raw[place : place + len(text)] = text
    path.write_bytes(raw)


SIGNALS = 4  # three and the annotations


@pytest.mark.parametrize(
    ("place", "text", "sentence"),
    [
        (0, b"1", "is not an EDF file."),
        (0, b"\xffBIOSEMI", "is a BDF file, not an EDF file."),
        (168, b"99.99.99", "is not a valid EDF file: its start is not a date and time."),
        (184, b"12x     ", "is not a valid EDF file: its header size is '12x'."),
        (184, b"1024    ", "is not a valid EDF file: 4 signals in a header of 1024 bytes."),
        (236, b"6       ", "is truncated: it has 5 of 6 records; the download is incomplete."),
        (236, b"4       ", "has {record} bytes after its 4 records."),
        (244, b"0       ", "is not a valid EDF file: a record lasts 0 s."),
        (244, b"nan     ", "is not a valid EDF file: its record duration is 'nan'."),
        (256 + SIGNALS * 104, b"1,5     ", "is not a valid EDF file: its physical minimum is '1,5'."),
        (256 + SIGNALS * 104, b"300     ", "is not a valid EDF file: the range of signal 1 is empty."),
        (256 + SIGNALS * 120, b"40000   ", "is not a valid EDF file: the range of signal 1 is empty."),
        (256 + SIGNALS * 216, b"0       ", "is not a valid EDF file: signal 1 has no samples in a record."),
    ],
)
def test_invalid_headers_are_refused(place, text, sentence, path):
    record = (path.stat().st_size - 256 * (1 + SIGNALS)) // RECORDS
    put(path, place, text)
    refused(path, sentence.format(record=record))


def test_a_truncated_file_is_refused(path):
    raw = path.read_bytes()
    path.write_bytes(raw[:-500])
    refused(path, "is truncated: it has 4 of 5 records; the download is incomplete.")


def test_a_text_mode_transfer_is_detected(path):
    raw = path.read_bytes()
    path.write_bytes(raw.replace(b"\n", b"\r\n"))
    refused(path, CHANGED)
    path.write_bytes(raw.replace(b"\n", b"\r\n")[: len(raw)])  # and cut off to the size that is expected
    refused(path, CHANGED)


def test_an_unknown_number_of_records_is_counted(path):
    put(path, 236, b"-1      ")
    assert edf.read(path).seconds == 5.0


def test_damaged_annotations_are_refused(path):
    raw = path.read_bytes()
    place = raw.index(b"+0\x14\x14\x00")
    put(path, place, b"X")
    refused(path, "is damaged: the annotations of record 1 cannot be read; download it again.")


def test_a_gap_is_refused(path):
    put(path, path.read_bytes().index(b"+3\x14\x14\x00"), b"+9")
    refused(path, "is interrupted: record 4 starts at 9 s, not at 3 s; recordings with gaps (EDF+D) are not supported.")


def test_onsets_count_from_the_first_sample(path):
    raw = path.read_bytes()
    for number in reversed(range(RECORDS)):
        raw = raw.replace(b"+%d\x14\x14\x00" % number, b"+%d\x14\x14\x00" % (number + 1))
    path.write_bytes(raw)
    assert edf.read(path).annotations == ((0.25, 2.5, "T1"),)


def test_missing_signals_and_mixed_rates_are_refused(path):
    found = edf.read(path)
    with pytest.raises(DataError, match=r"has no signal 'Cz'; it has C0\.\., C1\.\., C2\.\.\."):
        found.values(["Cz"])
    with pytest.raises(DataError, match=r"C0\.\., C2\.\. have different rates; read them one by one"):
        found.values(["C0..", "C2.."])


def test_any_damage_raises_a_data_error(path):
    chance = random.Random(1)
    sound = path.read_bytes()
    for _ in range(600):
        raw = bytearray(sound)
        for _ in range(chance.randint(1, 6)):
            raw[chance.randrange(1300 if chance.random() < 0.8 else len(raw))] = chance.randrange(256)
        if chance.random() < 0.3:
            del raw[chance.randrange(len(raw)) :]
        path.write_bytes(raw)
        try:
            found = edf.read(path)
            for label in {label for label in found.labels if found.labels.count(label) == 1}:
                found.values([label])
        except DataError as error:
            assert str(error).startswith(str(path))  # noqa: PT017
