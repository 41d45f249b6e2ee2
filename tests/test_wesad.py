"""WESAD: files that are simulated byte for byte as the real ones are, what is read from them, and what is refused."""

import io
import pickle
import re
import shutil
import zipfile
from collections import Counter

import numpy as np
import pytest

from bench.api import Recording, Threshold
from bench.checks import contract
from bench.data import segmentation
from bench.data.acquisition import simulation
from bench.data.segmentation import Windowing
from bench.errors import DataError, UsageError
from bench.registry import Registry
from bench_wesad import labels, protocol, python2_pickle, questionnaire, respiban
from bench_wesad.dataset import Wesad

RATES = {"chest": 700, "ACC": 32, "BVP": 64, "EDA": 4, "TEMP": 4}
KEYS = {
    "ecg": ("chest", "ECG"), "eda": ("chest", "EDA"), "emg": ("chest", "EMG"), "resp": ("chest", "Resp"),
    "temp": ("chest", "Temp"), "acc": ("chest", "ACC"), "bvp": ("wrist", "BVP"), "wrist-eda": ("wrist", "EDA"),
    "wrist-temp": ("wrist", "TEMP"), "wrist-acc": ("wrist", "ACC"),
}  # fmt: skip


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Nine subjects of half a minute, written once; a test that changes files copies them."""
    folder = tmp_path_factory.mktemp("wesad") / "WESAD"
    known = Registry()
    dataset = known.get("dataset", "wesad").load()()
    assert list(simulation.write(dataset, folder, known, subjects=9, seconds=30)) == list(protocol.SUBJECTS[:9])
    return folder


@pytest.fixture
def here(files, monkeypatch):
    monkeypatch.setenv("BENCH_DATA", str(files.parent))
    return files


@pytest.fixture
def mine(files, tmp_path, monkeypatch):
    """Two of the subjects, to be changed."""
    for subject in ("S2", "S3"):
        shutil.copytree(files / subject, tmp_path / "own" / "wesad" / subject)
    monkeypatch.setenv("BENCH_DATA", str(tmp_path / "own"))
    return tmp_path / "own" / "wesad"


def plain(path):
    with path.open("rb") as file:
        return pickle.load(file, encoding="latin1")


def rewrite(path, change):
    content = plain(path)
    change(content)
    with path.open("wb") as file:
        python2_pickle.dump(content, file)


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def refused(message):
    return pytest.raises(DataError, match=f"^{re.escape(message)}$")


# ------------------------------------------------------------------------------- the real sessions


def test_windows_of_the_real_durations_are_as_many_as_published():
    count, three = Counter(), Counter()
    for subject in protocol.SUBJECTS:
        seconds, runs = protocol.session(subject, protocol.REAL_FROM)
        label = np.zeros(seconds * 700, np.int32)
        for run in runs:
            label[run.start : run.stop] = run.code
        found = labels.conditions("", labels.runs(label))
        segments = labels.segments(found, [{}] * 5)
        assert all(segment.start % 1 and segment.stop <= seconds for segment in segments)
        for row in segmentation.rows(Recording(subject, {}, segments), 0, Windowing(10, 5), ()):
            count[row.get("target.stress")] += 1
            three[row.get("target.three-class")] += 1
    assert three == {"baseline": 3504, "stress": 1976, "amusement": 1094, None: three[None]}
    assert count == {"not stressed": 4598, "stressed": 1976, None: three[None]}
    assert round(100 * 1976 / 6574, 2) == 30.06


def test_the_durations_add_up_to_the_published_minutes():
    totals = np.sum(list(protocol.SECONDS.values()), axis=0)
    assert totals[0] == pytest.approx(60_807_600 / 700, abs=15)
    assert np.round(totals[1:] / 60, 1).tolist() == pytest.approx([293.5, 166.1, 92.9, 196.8], abs=0.11)


# ------------------------------------------------------------------------------------------- files


def test_a_pickle_is_what_python_2_writes():
    file = io.BytesIO()
    python2_pickle.dump({"subject": "S2", "label": np.array([1, -2], np.int32)}, file)
    assert file.getvalue() == (
        rb"(dS'subject'" b"\n" rb"S'S2'" b"\n" rb"sS'label'" b"\n"
        b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR(I1\n(I2\nt"
        b"cnumpy\ndtype\n(S'i4'\nI0\nI1\ntR(I3\nS'<'\nNNNI-1\nI-1\nI0\ntbI00\n"
        rb"S'\x01\x00\x00\x00\xfe\xff\xff\xff'" b"\ntbs."
    )  # fmt: skip
    with pytest.raises(UnicodeDecodeError):
        pickle.loads(file.getvalue())


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("it's", rb'''S"it's"'''),
        ("'\"", rb"""S'\'"'"""),
        ('"', rb"""S'"'"""),
        ("a\\b\t\n\r\x00\x7f\xe9 ~", rb"S'a\\b\t\n\r\x00\x7f\xe9 ~'"),
    ],
)
def test_texts_are_quoted_as_python_2_does(text, written):
    file = io.BytesIO()
    python2_pickle.write(text, file)
    assert file.getvalue() == written + b"\n"


def test_every_byte_survives_across_chunks(monkeypatch):
    monkeypatch.setattr(python2_pickle, "CHUNK", 100)
    values = np.arange(-300, 300, dtype=np.float64).reshape(200, 3) / 7
    every = np.arange(256, dtype=np.uint8)
    file = io.BytesIO()
    python2_pickle.dump({"values": values, "every": every}, file)
    read = pickle.loads(file.getvalue(), encoding="latin1")
    assert np.array_equal(read["values"], values)
    assert np.array_equal(read["every"], every)


def test_a_pickle_holds_what_is_documented(here):
    content = plain(here / "S2/S2.pkl")
    assert list(content) == ["signal", "label", "subject"]
    assert (content["label"].dtype, content["label"].shape, content["subject"]) == (np.int32, (21000,), "S2")
    assert {name: (each.dtype, each.shape) for name, each in content["signal"]["chest"].items()} == {
        **dict.fromkeys(("ECG", "EMG", "EDA", "Resp"), (np.float64, (21000, 1))),
        "Temp": (np.float32, (21000, 1)),
        "ACC": (np.float64, (21000, 3)),
    }
    assert {name: (each.dtype, each.shape) for name, each in content["signal"]["wrist"].items()} == {
        "ACC": (np.float64, (960, 3)), "BVP": (np.float64, (1920, 1)),
        "EDA": (np.float64, (120, 1)), "TEMP": (np.float64, (120, 1)),
    }  # fmt: skip
    acc = content["signal"]["wrist"]["ACC"]
    assert np.array_equal(acc, np.rint(acc))
    assert 210 < (here / "S2/S2.pkl").stat().st_size / 21000 < 235  # bytes per sample; 227 in the real ones


def test_chest_signals_are_codes_of_the_device(here):
    header = (here / "S3/S3_respiban.txt").read_text().split("\n", 3)
    assert (header[0], header[1][:2], header[2]) == ("# OpenSignals Text File Format", "# ", "# EndOfHeader")
    assert header[3].split("\n", 1)[0].count("\t") == 10
    table = np.loadtxt(here / "S3/S3_respiban.txt", usecols=range(10))
    content = plain(here / "S3/S3.pkl")
    chest, label = content["signal"]["chest"], content["label"]
    crop = 15 * 700 - int(np.flatnonzero(label)[0]) % 700
    ecg, eda, emg, temp, x, _, z, resp = table[crop : crop + len(label), 2:].T
    volts = temp * 3 / (2**16 - 1)
    log = np.log(1e4 * volts / (3 - volts))
    warmth = -273.15 + 1 / (1.12764514e-3 + 2.34282709e-4 * log + 8.77303013e-8 * log**3)
    assert np.array_equal(table[:, 0], np.arange(len(table)))
    assert np.allclose(chest["ECG"][:, 0], (ecg / 2**16 - 0.5) * 3, atol=1e-12)
    assert np.allclose(chest["EMG"][:, 0], (emg / 2**16 - 0.5) * 3, atol=1e-12)
    assert np.allclose(chest["EDA"][:, 0], eda / 2**16 * 3 / 0.12, atol=1e-12)
    assert np.allclose(chest["Resp"][:, 0], (resp / 2**16 - 0.5) * 100, atol=1e-12)
    assert np.allclose(chest["ACC"][:, [0, 2]].T, [(x - 28000) / 10000 * 2 - 1, (z - 28000) / 10000 * 2 - 1])
    assert np.allclose(chest["Temp"][:, 0], warmth, atol=1e-4)
    assert 28 < warmth.mean() < 38


def test_codes_are_the_nearest():
    rng = np.random.default_rng(0)
    rows = {name: rng.uniform(low, high, (1, 500)) for name, low, high in RANGES}
    signals = {**rows, "acc": rng.uniform(-1.5, 1.5, (3, 500))}
    read = respiban.decode(respiban.encode(signals))
    steps = {"ECG": 3 / 2**16, "EMG": 3 / 2**16, "EDA": 25 / 2**16, "Resp": 100 / 2**16, "Temp": 0.004, "ACC": 2e-4}
    for name, step in steps.items():
        assert np.abs(read[name].T - signals[name.lower()]).max() <= step / 2 + (name == "Temp") * step / 2 + 1e-6


RANGES = [("ecg", -1.4, 1.4), ("emg", -1.4, 1.4), ("eda", 0.1, 20), ("resp", -49, 49), ("temp", 25, 40)]


def test_the_archive_of_the_wrist_holds_the_same_values(here):
    wrist = plain(here / "S2/S2.pkl")["signal"]["wrist"]
    with zipfile.ZipFile(here / "S2/S2_E4_Data.zip") as archive:
        assert sorted(archive.namelist()) == sorted(
            ["ACC.csv", "BVP.csv", "EDA.csv", "TEMP.csv", "HR.csv", "IBI.csv", "tags.csv", "info.txt"]
        )
        for name, values in wrist.items():
            table = np.loadtxt(io.BytesIO(archive.read(f"{name}.csv")), delimiter=",", ndmin=2)
            assert np.all(table[1] == RATES[name])
            assert np.array_equal(table[2:], values)


def test_the_seed_decides_everything(tmp_path, files):
    known = Registry()
    dataset = known.get("dataset", "wesad").load()()
    for seed in (0, 1):
        list(simulation.write(dataset, tmp_path / str(seed), known, subjects=1, seconds=30, seed=seed))
    for name in ("S2.pkl", "S2_quest.csv", "S2_readme.txt", "S2_respiban.txt"):
        assert (tmp_path / "0/S2" / name).read_bytes() == (files / "S2" / name).read_bytes()
        assert name == "S2_readme.txt" or (tmp_path / "1/S2" / name).read_bytes() != (files / "S2" / name).read_bytes()


@pytest.mark.parametrize(
    ("subjects", "seconds", "message"),
    [
        (16, 60, "A stand-in of 'wesad' has at most 15 subjects, not 16."),
        (2, 20, "A session in a stand-in of 'wesad' needs at least 30 s, not 20 s."),
    ],
)
def test_what_cannot_be_simulated_is_refused(stand_in, subjects, seconds, message):
    with pytest.raises(UsageError, match=f"^{re.escape(message)}$"):
        stand_in("wesad", subjects=subjects, seconds=seconds)


# ---------------------------------------------------------------------------------------- contract


@pytest.mark.parametrize("devices", ["both", "chest", "wrist"])
def test_it_keeps_the_contract(here, devices):
    for check in contract("dataset", "wesad", {"devices": devices}):
        check()


def test_people_are_in_their_natural_order(here):
    dataset = Wesad()
    assert dataset.simulated
    assert dataset.subjects() == ["S2", "S3", "S4", "S5", "S6", "S7", "S8", "S9", "S10"]
    assert dataset.excluded() == {}
    assert [path.name for path in dataset.files("S10")] == ["S10.pkl", "S10_quest.csv"]
    with pytest.raises(UsageError, match=r"^There is no subject 'S20'"):
        dataset.load("S20")


def test_what_is_loaded_is_what_a_plain_reader_finds(here):
    (recording,) = Wesad().load("S3")
    signals = plain(here / "S3/S3.pkl")["signal"]
    assert list(recording.signals) == list(KEYS)
    for modality, (device, key) in KEYS.items():
        signal = recording.signals[modality]
        assert signal.rate == RATES[device if device == "chest" else key]
        assert signal.values.dtype == np.float32
        assert np.array_equal(signal.values, signals[device][key].T.astype(np.float32))


def test_segments_are_the_runs_of_the_four_conditions(here):
    (recording,) = Wesad().load("S3")
    label = plain(here / "S3/S3.pkl")["label"]
    assert [segment.trial for segment in recording.segments] == ["part-1", "part-2", "part-3", "part-4", "part-5"]
    for segment, code in zip(recording.segments, (1, 3, 4, 2, 4), strict=True):
        start, stop = round(segment.start * 700), round(segment.stop * 700)
        assert set(label[start:stop]) == {code}
        assert code not in (label[start - 1], label[stop])
        assert segment.stimulus == ""
    assert [segment.targets.get("stress") for segment in recording.segments] == [
        "not stressed", "not stressed", None, "stressed", None
    ]  # fmt: skip
    assert [segment.targets.get("three-class") for segment in recording.segments] == [
        "baseline", "amusement", None, "stress", None
    ]  # fmt: skip
    assert recording.excluded == {"before, between or after conditions (code 0)": 9, "reading (codes 5 to 7)": 3}


@pytest.mark.parametrize(("devices", "count"), [("both", 10), ("chest", 6), ("wrist", 4)])
def test_only_the_chosen_devices_are_read(here, devices, count):
    dataset = Wesad(devices=devices)
    (recording,) = dataset.load("S2")
    assert tuple(recording.signals) == dataset.modalities
    assert len(dataset.modalities) == count


# ------------------------------------------------------------------------------------ self-reports


@pytest.mark.parametrize(("text", "expected"), [("7.08", 428), ("50.3", 3030), ("8", 480), ("100.15", 6015)])
def test_times_are_minutes_and_seconds(tmp_path, text, expected):
    assert questionnaire.parse_seconds(tmp_path, [text], 0) == expected


@pytest.mark.parametrize("text", ["7.60", "7.081", "", "seven", "-7.08", "7.x"])
def test_other_times_are_refused(text):
    message = f"S2_quest.csv: the time '{text}' is not in minutes and seconds, such as 7.08 for 7 min 8 s."
    with refused(message):
        questionnaire.parse_seconds("S2_quest.csv", [text], 0)


# Times and runs of the real S2, as published; the answers are made up.
REAL = """# Subj;S2;;;
# ORDER;Base;TSST;Medi 1;Fun;Medi 2;sRead;fRead
# START;7.08;39.55;70.19;81.25;93.38;54.42;89.51
# END;26.32;50.3;77.1;87.47;100.15;56.07;91.15
;;;;
# STAI;4;1;1;4;1;4
# DIM;5;1
# STAI;1;4;4;1;4;1
# DIM;2;9
# STAI;4;1;1;4;1;3
# DIM;6;2
# STAI;3;2;2;3;2;3
# DIM;8;
# STAI;4;1;1;;1;4
# DIM;7;3
# SSSQ;1;2;3;4;5;5
"""
EXCHANGED = "stress, baseline, meditation, amusement, meditation"
LABELS = "the labels is baseline, stress, meditation, amusement, meditation; is it the file of another subject?"
REAL_RUNS = [
    protocol.Run(1, 214583, 1015383), protocol.Run(2, 1591482, 2021982), protocol.Run(4, 2868283, 3141982),
    protocol.Run(3, 3334483, 3587883), protocol.Run(4, 3847583, 4111483),
]  # fmt: skip


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_answers_of_the_real_s2_belong_to_its_runs(tmp_path, ends):
    path = tmp_path / "S2_quest.csv"
    path.write_bytes(REAL.replace("\n", ends).encode("utf-8-sig"))
    assert questionnaire.ratings(path, "S2", REAL_RUNS) == [
        {"valence": 5, "arousal": 1, "anxiety": 6},
        {"valence": 2, "arousal": 9, "anxiety": 24},
        {"valence": 6, "arousal": 2, "anxiety": 7},
        {"valence": 8, "anxiety": 12},
        {"valence": 7, "arousal": 3},
    ]
    for condition, run in zip(questionnaire.read(path, "S2"), REAL_RUNS, strict=True):
        assert condition.start + 10 - 131.453 == pytest.approx(run.start / 700, abs=0.01)
        assert condition.stop - 10 - 131.453 == pytest.approx(run.stop / 700, abs=0.01)


def test_answers_follow_the_written_times_where_meditations_are_listed_the_other_way_round(tmp_path):
    path = tmp_path / "S2_quest.csv"
    path.write_text(REAL.replace("Medi 1;Fun;Medi 2", "Medi 2;Fun;Medi 1"))
    assert [answered["valence"] for answered in questionnaire.ratings(path, "S2", REAL_RUNS)] == [5, 2, 6, 8, 7]
    columns = REAL.replace("Base;TSST;Medi 1", "TSST;Base;Medi 1").replace("7.08;39.55", "39.55;7.08")
    path.write_text(columns.replace("26.32;50.3", "50.3;26.32"))
    assert [answered["valence"] for answered in questionnaire.ratings(path, "S2", REAL_RUNS)] == [2, 5, 6, 8, 7]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("# DIM;5;1\n", "", "there are 4 lines '# DIM', expected one for each of the 5 conditions."),
        ("# DIM;5;1", "# DIM;5;10", "the answer '10' is not a whole number from 1 to 9."),
        ("# STAI;4", "# STAI;5", "the answer '5' is not a whole number from 1 to 4."),
        ("Subj;S2", "Subj;S3", "its subject is 'S3', expected 'S2'."),
        ("# END", "# STOP", "no line '# END'."),
        ("Fun", "Lunch", "unknown condition 'Lunch'; expected Base, TSST, Fun, Medi 1 or Medi 2."),
        (
            "50.3", "50.03",
            "stress lasts 588 s without margins, but 615 s in the labels; is it the file of another subject?",
        ),
        (
            "TSST;Medi 1", "Medi 1;TSST",
            f"its order of conditions is baseline, meditation, stress, amusement, meditation, but that of {LABELS}",
        ),
    ],
)  # fmt: skip
def test_answers_that_contradict_themselves_or_the_labels_are_refused(tmp_path, old, new, message):
    path = tmp_path / "S2_quest.csv"
    path.write_text(REAL)
    edit(path, old, new)
    with refused(f"{path}: {message}"):
        questionnaire.ratings(path, "S2", REAL_RUNS)


def test_self_reports_become_targets_by_the_chosen_rule(here):
    dataset = Wesad(threshold="midpoint", threshold_from="everything")
    assert list(dataset.targets) == ["stress", "three-class", "valence", "arousal", "anxiety"]
    assert dataset.label_rule("stress") is None
    assert dataset.label_rule("arousal") == Threshold("arousal", "midpoint", 5.0, "everything")
    assert Wesad().label_rule("anxiety") == Threshold("anxiety", "mean", 15.0, "train")
    felt = {segment.trial: segment.ratings for segment in dataset.load("S2")[0].segments}  # S2 is stressed in part-2
    assert felt["part-2"]["anxiety"] > felt["part-1"]["anxiety"] > felt["part-3"]["anxiety"]


# ----------------------------------------------------------------------------------------- damage

MALICIOUS = b"cos\nsystem\n(S'true'\ntR."


def truncated(device, key, samples):
    def change(content):
        content["signal"][device][key] = content["signal"][device][key][:-samples]

    return change


def first_of_stress(content):
    return int(np.argmax(content["label"] == protocol.STRESS))


def interrupted_stress(content):
    content["label"][first_of_stress(content) + 700] = 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda content: content.update(subject="S17"),
            ": its subject is 'S17', expected 'S2' as in its path; sort the files by subject.",
        ),
        (truncated("chest", "ECG", 1), ": chest 'ECG' has 20999 samples, expected 21000, the number of labels."),
        (
            truncated("wrist", "BVP", 2 * 64),
            ": wrist 'BVP' lasts 28.00 s, the labels 30.00 s; expected a difference of at most 0.25 s.",
        ),
        (
            lambda content: content.update(label=content["label"].astype(float)),
            ": 'label' is an array of float64 of the shape (21000,); expected a row of whole numbers (int32).",
        ),
        (
            lambda content: content["label"].__setitem__(slice(700), 9),
            ": 'label' contains the code 9; expected codes from 0 to 7.",
        ),
        (interrupted_stress, ": 'label' has 2 runs of the code 2 (stress); expected 1."),
        (lambda content: content.pop("label"), ": no 'label'; there is signal, subject."),
        (
            lambda content: content["signal"]["chest"].pop("EDA"),
            ": chest: no 'EDA'; there is ACC, ECG, EMG, Temp, Resp.",
        ),
        (
            lambda content: content["signal"]["chest"].update(ECG=content["signal"]["chest"]["ECG"][:, 0]),
            ": chest 'ECG' is an array of float64 of the shape (21000,); expected numbers of the shape (samples, 1).",
        ),
        (
            lambda content: content["signal"]["wrist"].update(ACC="none"),
            ": wrist 'ACC' is of the type str; expected numbers of the shape (samples, 3).",
        ),
        (lambda content: content.update(signal="none"), ": str in place of a dict with 'chest'."),
    ],
)
def test_a_pickle_that_deviates_from_the_layout_is_refused(mine, change, message):
    rewrite(mine / "S2/S2.pkl", change)
    with refused(f"{mine / 'S2/S2.pkl'}{message}"):
        Wesad().load("S2")


def test_questionnaires_in_another_order_are_refused(mine):
    edit(mine / "S2/S2_quest.csv", "Base;TSST", "TSST;Base")
    with refused(f"{mine / 'S2/S2_quest.csv'}: its order of conditions is {EXCHANGED}, but that of {LABELS}"):
        Wesad().load("S2")


def test_nothing_in_a_pickle_is_executed(mine, tmp_path):
    sentinel = tmp_path / "executed"
    path = mine / "S2/S2.pkl"
    path.write_bytes(MALICIOUS.replace(b"true", f"touch {sentinel}".encode()))
    with refused(f"{path} refers to os.system, which is not data; it was not executed."):
        Wesad().load("S2")
    assert not sentinel.exists()
    pickle.loads(path.read_bytes())  # the plain reader does execute it
    assert sentinel.exists()


def test_nan_affects_only_windows_of_its_modality(stand_in):
    def gap(content):
        start = first_of_stress(content)
        content["signal"]["chest"]["ECG"][start : start + 700] = np.nan

    rewrite(stand_in("wesad", subjects=1, seconds=60) / "S2/S2.pkl", gap)
    (recording,) = Wesad().load("S2")
    rows = segmentation.rows(recording, 0, Windowing(2, 1), ("ecg", "eda"))
    bad = [(row["trial"], row["bad.ecg"]) for row in rows if row["bad.ecg"]]
    assert bad == [("S2/1/part-2", "NaN")]  # stress
    assert not any(row["bad.eda"] for row in rows)


def test_a_pickle_of_python_3_is_read_as_well(mine):
    content = plain(mine / "S2/S2.pkl")
    (mine / "S2/S2.pkl").write_bytes(pickle.dumps(content, protocol=4))
    (recording,) = Wesad().load("S2")
    assert np.array_equal(recording.signals["ecg"].values, content["signal"]["chest"]["ECG"].T.astype(np.float32))


def test_subjects_without_a_pickle_are_counted(mine):
    (mine / "S3/S3.pkl").unlink()
    dataset = Wesad()
    assert dataset.subjects() == ["S2"]
    assert dataset.excluded() == {"S3: no S3.pkl": 1}


def test_subjects_without_questionnaires_have_no_self_reports(mine):
    (mine / "S3/S3_quest.csv").unlink()
    dataset = Wesad()
    assert dataset.excluded() == {"S3: no S3_quest.csv, so no self-reports": 1}
    (recording,) = dataset.load("S3")
    assert [dict(segment.ratings) for segment in recording.segments] == [{}] * 5
    assert dataset.files("S3") == [mine / "S3/S3.pkl"]


def test_a_folder_of_an_unknown_subject_is_refused(mine):
    shutil.copytree(mine / "S2", mine / "S12")
    message = (
        f"{mine / 'S12'}: WESAD has no subject S12, only S2 to S17 without S12, whose recording the owners "
        "discarded; remove the folder."
    )
    with refused(message):
        Wesad().subjects()


# ------------------------------------------------------------------------------------------- a run


def test_stress_is_learnt_from_simulated_people(stand_in, bench):
    data = stand_in("wesad", subjects=4, seconds=240).parent
    bench(
        "run", "--data", data, "--dataset", "wesad", "--modalities", "ecg,eda", "--fusion", "early",
        "--no-baselines", "-o", "dataset.devices=chest",
    ).ok()  # fmt: skip
    records = [bench.record(*task) for task in bench.tasks()]
    assert len(records) == 4
    assert np.mean([record["metrics"]["balanced_accuracy"] for record in records]) > 0.6
