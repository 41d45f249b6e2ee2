"""Wearable stress: real recordings where they are at hand, and simulated ones in the same files."""

from __future__ import annotations

import hashlib
import re
import shutil
import zipfile
from collections import Counter
from datetime import datetime, timedelta

import numpy as np
import pytest

from bench.checks import contract
from bench.errors import DataError, UsageError
from bench.readers import archives
from bench_wearable_stress.dataset import WearableStress
from bench_wearable_stress.labels import LOST, PROTOCOLS
from bench_wearable_stress.layout import MAX_GAP

FIRST, SECOND = ([f"{letter}{number:02d}" for number in range(1, 19)] for letter in "Sf")
RATES = {"bvp": 64, "eda": 4, "temp": 4, "acc": 32, "hr": 1}
FILES = {"ACC.csv", "BVP.csv", "EDA.csv", "HR.csv", "IBI.csv", "TEMP.csv", "tags.csv"}


def edit(path, change):
    lines = path.read_text(encoding="utf-8").splitlines()
    change(lines)
    path.write_text("".join(f"{line}\r\n" for line in lines), encoding="utf-8", newline="")


def put(number, text):
    return lambda lines: lines.__setitem__(number - 1, text)


def raw(path):
    """Values as numpy reads them."""
    return np.loadtxt(path, delimiter=",", skiprows=2, ndmin=2).T


# ------------------------------------------------------------------------------------ real recordings


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    return tmp_path_factory.mktemp("real")


@pytest.fixture
def real(recorded, unpacked, monkeypatch):
    """The published archive, unpacked once."""
    archive = next(recorded("wearable_stress").glob("*.zip"))
    folder = unpacked / "wearable-stress"
    if not folder.exists():
        archives.extract(archive, folder)
    monkeypatch.setenv("BENCH_DATA", str(unpacked))
    return WearableStress()


_LOADED: dict[str, dict] = {}


@pytest.fixture
def loaded(real):
    """Subject -> session -> recording."""
    if not _LOADED:
        for subject in real.subjects():
            _LOADED[subject] = {recording.session: recording for recording in real.load(subject)}
    return _LOADED


def test_every_person_of_the_release_is_one_subject_with_up_to_three_sessions(real, loaded):
    assert not real.simulated
    assert real.subjects() == [*FIRST, *SECOND]
    assert real.excluded() == {
        "subjects without the session AEROBIC (S12, f14, f15, f16, f17, f18)": 6,
        "subjects without the session ANAEROBIC (f14, f15, f16, f17, f18)": 5,
    }
    counted = Counter(session for sessions in loaded.values() for session in sessions)
    assert counted == {"1": 36, "2": 30, "3": 31}


def test_every_file_of_the_archive_has_its_published_digest(real, recorded):
    archive = next(recorded("wearable_stress").glob("*.zip"))
    with zipfile.ZipFile(archive) as opened:
        names = {name.partition("/")[2] for name in opened.namelist() if not name.endswith("/")}
    known = {download.file: download.sha256 for download in WearableStress.downloads}
    assert names - {"SHA256SUMS.txt"} == known.keys() - {"SHA256SUMS.txt"}
    for subject in ("S01", "f14"):
        for path in real.files(subject):
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            assert known[path.relative_to(real.folder).as_posix()] == digest


def test_stages_of_real_sessions_last_as_long_as_stated(loaded):
    """Without f07, whose pulse was not recorded, and f14, whose recording was interrupted."""
    seconds = {stage: [] for stage in PROTOCOLS["S"].stages}
    for subject, sessions in loaded.items():
        if subject not in ("f07", "f14"):
            for stage, segment in zip(PROTOCOLS[subject[0]].stages, sessions["1"].segments, strict=True):
                seconds[stage].append(segment.stop - segment.start)
    assert {stage: float(np.median(found)) for stage, found in seconds.items()} == {
        "Baseline": 565.0, "Stroop": 109.0, "First Rest": 407.0, "TMCT": 165.5, "Second Rest": 362.0,
        "Real Opinion": 34.0, "Opposite Opinion": 32.0, "Subtract": 33.5,
    }  # fmt: skip


def test_seconds_and_windows_per_class_are_those_of_the_card(loaded):
    seconds, windows = Counter(), Counter()
    for sessions in loaded.values():
        for session, recording in sessions.items():
            for segment in recording.segments:
                name = segment.targets["stress"] if session == "1" else segment.targets["session"]
                assert segment.targets["session"] == {"1": "stress", "2": "aerobic", "3": "anaerobic"}[session]
                seconds[name] += segment.stop - segment.start
                windows[name] += max(0, int((segment.stop - segment.start - 10) // 5) + 1)
    assert {name: int(found) for name, found in seconds.items()} == {
        "rest": 68294, "stress": 13287, "aerobic": 65807, "anaerobic": 50015,
    }  # fmt: skip
    assert windows == {"rest": 13505, "stress": 2430, "aerobic": 13118, "anaerobic": 9957}
    counts = " ".join(WearableStress.card.counts)
    for number in (68294, 13287, 65807, 50015, *windows.values()):
        assert f"{number:,}" in counts


def test_real_self_reports_are_those_of_the_tables(real, loaded):
    levels = {}
    for protocol in PROTOCOLS.values():
        for line in (real.folder / protocol.levels).read_text().splitlines()[1:]:
            subject, *found = line.split(",")
            levels[subject] = list(map(float, found))
    assert levels["S01"] == [3, 4.5, 4, 4, 5.5, 6, 7, 7]
    for subject, sessions in loaded.items():
        assert [segment.ratings["stress"] for segment in sessions["1"].segments] == levels[subject]
        assert all(not segment.ratings for name in "23" if name in sessions for segment in sessions[name].segments)


def test_real_values_are_those_that_numpy_reads(real, loaded):
    folder = real.folder / "Wearable_Dataset" / "AEROBIC" / "f03"
    for name, rate in RATES.items():
        values, expected = loaded["f03"]["2"].signals[name].values, raw(folder / f"{name.upper()}.csv")
        expected = (expected / 64 if name == "acc" else expected).astype(np.float32)
        late = 10 if name == "hr" else 0
        assert loaded["f03"]["2"].signals[name].rate == rate
        assert np.array_equal(values[:, late:], expected)
        assert np.isnan(values).sum() == late


def test_a_real_recording_that_repeats_itself_is_cut_before_the_copy(real, loaded):
    recording = loaded["S02"]["1"]
    assert recording.excluded == {"seconds that repeat the start of the recording (S02)": 1548}
    assert recording.segments[-1].stop < 1548
    for name, rate in RATES.items():
        assert recording.signals[name].values.shape[1] == 1548 * rate
    stored = raw(real.folder / "Wearable_Dataset" / "STRESS" / "S02" / "EDA.csv")
    copy = 6195 - 3  # the line of the file, less start, rate and the counting from 1
    assert np.array_equal(stored[:, copy:], stored[:, :copy])
    assert copy == 1548 * RATES["eda"]


def test_covered_sensors_of_a_real_recording_are_not_read(real, loaded):
    assert list(loaded["f07"]["1"].signals) == ["eda", "acc"]
    assert loaded["f07"]["1"].excluded == {"signals of sensors that were covered (bvp, temp, hr of f07)": 3}
    assert len(loaded["f07"]["1"].segments) == 7
    assert all(list(loaded["f07"][session].signals) == list(RATES) for session in "23")
    read = {path.name for path in real.files("f07") if path.parent.parent.name == "STRESS"}
    assert read == {"EDA.csv", "ACC.csv", "tags.csv"}


@pytest.mark.parametrize(
    ("subject", "session", "spans"),
    [
        ("f14", "1", [(0, 703.5), (795, 2963)]),
        ("S11", "2", [(0, 1618), (1838, 2136)]),
        ("S16", "3", [(0, 588), (640, 1315)]),
    ],
)
def test_parts_of_a_real_session_are_one_recording_and_no_trial_spans_their_gap(loaded, subject, session, spans):
    recording = loaded[subject][session]
    (_, end), (begin, stop) = spans
    for name, signal in recording.signals.items():
        gap = signal.values[:, round((end + 1) * signal.rate) : round(begin * signal.rate)]
        assert gap.shape[1] > 0
        assert np.isnan(gap).all()
        after = round((begin + 10) * signal.rate)
        assert np.isfinite(signal.values[:, after:]).all(), name
    for segment in recording.segments:
        assert 0 <= segment.start < segment.stop <= end or begin <= segment.start < segment.stop <= stop
    if session == "1":
        assert recording.segments[0].stop == end
        assert recording.segments[1].start == begin + 232
        assert recording.excluded == {LOST: 324}
    else:
        assert [(segment.start, segment.stop) for segment in recording.segments] == spans


def test_real_sessions_that_stopped_early_are_short(loaded):
    for session, early in {"2": ("S03", "S07"), "3": ("S06",)}.items():
        ends = {subject: loaded[subject][session].segments[-1].stop for subject in FIRST if session in loaded[subject]}
        assert sorted(ends, key=ends.get)[: len(early)] == list(early)


def test_an_empty_file_of_beat_intervals_is_not_read(real, loaded):
    path = real.folder / "Wearable_Dataset" / "ANAEROBIC" / "S01" / "IBI.csv"
    assert path.stat().st_size == 0
    assert list(loaded["S01"]["3"].signals) == list(RATES)


# ----------------------------------------------------------------------------------------- stand-ins


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Files of a subject with each version of the protocol, which tests do not change."""
    from bench.data.acquisition import simulation
    from bench.registry import Registry

    known = Registry()
    folder = tmp_path_factory.mktemp("data") / "wearable-stress"
    dataset = known.get("dataset", "wearable-stress").load()()
    assert list(simulation.write(dataset, folder, known, subjects=2, seconds=200)) == ["S01", "f01"]
    return folder


@pytest.fixture
def copy(written, tmp_path, monkeypatch):
    """The same files to be damaged."""
    folder = tmp_path / "data" / "wearable-stress"
    shutil.copytree(written, folder)
    monkeypatch.setenv("BENCH_DATA", str(folder.parent))
    return folder


def test_a_stand_in_reads_back(copy):
    dataset = WearableStress()
    assert dataset.simulated
    assert dataset.subjects() == ["S01", "f01"]
    assert dataset.excluded() == {}
    expected = {
        "S01": ["rest", "stress", "rest", "stress", "rest", "stress", "stress", "stress"],
        "f01": ["rest", "stress", "rest", "stress", "stress", "rest", "stress"],
    }
    for subject, classes in expected.items():
        stress, aerobic, anaerobic = dataset.load(subject)
        assert [recording.session for recording in (stress, aerobic, anaerobic)] == ["1", "2", "3"]
        assert [segment.targets["stress"] for segment in stress.segments] == classes
        assert [segment.trial for segment in stress.segments] == [f"part-{n}" for n in range(1, len(classes) + 1)]
        assert [segment.targets for segment in aerobic.segments] == [{"session": "aerobic"}]
        assert [segment.targets for segment in anaerobic.segments] == [{"session": "anaerobic"}]
        assert all(0 <= segment.ratings["stress"] <= 10 for segment in stress.segments)
        assert stress.excluded == {}
        assert {name: signal.values.shape for name, signal in stress.signals.items()} == {
            "bvp": (1, 12800), "eda": (1, 800), "temp": (1, 800), "acc": (3, 6400), "hr": (1, 201),
        }  # fmt: skip
        assert np.isnan(stress.signals["hr"].values[0, :10]).all()
        assert 40 < np.nanmean(stress.signals["hr"].values) < 140


def test_stages_are_stimuli_where_that_is_asked_for(copy):
    expected = {"none": {"S01": [""] * 8, "f01": [""] * 7}}
    expected["tasks"] = {
        subject: [f"task-{number}" for number in numbers]
        for subject, numbers in {"S01": (1, 2, 3, 4, 3, 5, 6, 7), "f01": (1, 4, 3, 5, 6, 3, 7)}.items()
    }
    for stimuli, subjects in expected.items():
        for subject, found in subjects.items():
            recording = WearableStress(stimuli=stimuli).load(subject)[0]
            assert [segment.stimulus for segment in recording.segments] == found


def test_a_stand_in_has_the_files_and_the_notation_of_the_real_one(copy, real):
    for session in ("STRESS", "AEROBIC", "ANAEROBIC"):
        ours, theirs = (root / "Wearable_Dataset" / session / "S01" for root in (copy, real.folder))
        assert {path.name for path in ours.iterdir()} == {path.name for path in theirs.iterdir()} == FILES
    ours, theirs = (root / "Wearable_Dataset" / "STRESS" / "S01" for root in (copy, real.folder))
    for name in FILES:
        one, two = ((place / name).read_bytes().split(b"\r\n") for place in (ours, theirs))
        assert one[-1] == two[-1] == b""
        assert re.sub(rb"\d", b"0", one[0]) == re.sub(rb"\d", b"0", two[0])
        if name not in ("IBI.csv", "tags.csv"):
            assert one[1] == two[1]
        assert one[5].count(b",") == two[5].count(b",")
    for protocol in PROTOCOLS.values():
        one, two = ((root / protocol.levels).read_bytes().split(b"\r\n") for root in (copy, real.folder))
        assert one[0] == two[0]
        assert re.sub(rb"\d", b"0", one[1]) == re.sub(rb"\d", b"0", two[1])


def test_stand_ins_are_the_same_for_a_seed_and_others_for_another(stand_in):
    def digest(folder):
        return hashlib.sha256(b"".join(file.read_bytes() for file in sorted(folder.rglob("*.csv")))).hexdigest()

    first = stand_in("wearable-stress", subjects=1, seconds=40)
    found = digest(first)
    first.rename(first.with_name("old"))
    assert digest(stand_in("wearable-stress", subjects=1, seconds=40)) == found
    first.rename(first.with_name("older"))
    assert digest(stand_in("wearable-stress", subjects=1, seconds=40, seed=1)) != found


def test_a_stand_in_is_long_enough_for_its_presses(stand_in):
    with pytest.raises(DataError, match=r"A recording with 13 presses needs at least 40 s\."):
        stand_in("wearable-stress", subjects=1, seconds=10)


def split(folder, subject, session, at):
    """Two parts of a session with a minute between them, as where the connection was lost."""
    whole = folder / "Wearable_Dataset" / session / subject
    first, second = (whole.with_name(f"{subject}_{part}") for part in "ab")
    shutil.copytree(whole, first)
    whole.rename(second)
    (first / "tags.csv").write_bytes(b"")
    for name, rate in (("BVP", 64), ("EDA", 4), ("TEMP", 4), ("ACC", 32), ("HR", 1)):
        edit(first / f"{name}.csv", lambda lines, rate=rate: lines.__delitem__(slice(2 + at * rate, None)))
        edit(second / f"{name}.csv", lambda lines, rate=rate: lines.__delitem__(slice(2, 2 + (at + 60) * rate)))
        edit(second / f"{name}.csv", lambda lines: lines.__setitem__(0, ",".join(later(lines[0], at + 60))))
    return first, second


def later(line, seconds):
    return [str(datetime.fromisoformat(cell) + timedelta(seconds=seconds)) for cell in line.split(",")]


def test_a_stage_ends_where_the_connection_is_lost(copy):
    whole = WearableStress().load("f01")[0]
    split(copy, "f01", "STRESS", 30)
    joined = WearableStress().load("f01")[0]
    assert [segment.trial for segment in joined.segments] == [segment.trial for segment in whole.segments][:1] + [
        segment.trial for segment in whole.segments if segment.start >= 90
    ]
    assert (joined.segments[0].start, joined.segments[0].stop) == (0, 30)
    lost = sum(s.stop - s.start for s in whole.segments) - sum(s.stop - s.start for s in joined.segments)
    assert joined.excluded == {LOST: lost}
    eda = joined.signals["eda"].values
    assert np.isnan(eda[:, 120:360]).all()
    assert np.array_equal(eda[:, 360:], whole.signals["eda"].values[:, 360:])


def test_parts_whose_clocks_contradict_are_refused(copy):
    _, second = split(copy, "S01", "AEROBIC", 30)
    for name in ("BVP", "EDA", "TEMP", "ACC", "HR"):
        edit(second / f"{name}.csv", lambda lines: lines.__setitem__(0, ",".join(later(lines[0], MAX_GAP))))
    message = f"{second} starts 3650 s after the end of S01_a; expected whole seconds up to {MAX_GAP}."
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        WearableStress().load("S01")


def test_stages_after_the_end_are_left_out_and_counted(copy):
    folder = copy / "Wearable_Dataset" / "STRESS" / "S01"
    whole = WearableStress().load("S01")[0]
    for name, rate in (("BVP", 64), ("EDA", 4), ("TEMP", 4), ("ACC", 32), ("HR", 1)):
        edit(folder / f"{name}.csv", lambda lines, rate=rate: lines.__delitem__(slice(2 + 150 * rate, None)))
    recording = WearableStress().load("S01")[0]
    assert max(segment.stop for segment in recording.segments) == 150
    lost = sum(segment.stop - max(segment.start, 150) for segment in whole.segments if segment.stop > 150)
    assert recording.excluded == {LOST: lost}


def test_the_digest_changes_with_any_file_that_is_read(copy):
    before = WearableStress().digest()
    edit(copy / "Stress_Level_v2.csv", lambda lines: lines.append("f09,1.00,1.00,1.00,1.00,1.00,1.00,1.00"))
    rated = WearableStress().digest()
    edit(copy / "Wearable_Dataset" / "ANAEROBIC" / "f01" / "TEMP.csv", lambda lines: lines.append("33.0"))
    heated = WearableStress().digest()
    edit(copy / "Wearable_Dataset" / "STRESS" / "f01" / "IBI.csv", lambda lines: lines.append("1.0,1.0"))
    assert len({before, rated, heated}) == 3
    assert WearableStress().digest() == heated


# ------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("file", "change", "message"),
    [
        ("tags.csv", lambda lines: lines.pop(), "tags.csv has 12 presses of the button; expected 13."),
        (
            "tags.csv",
            put(3, "20.02.2013 18:05"),
            "tags.csv line 3: '20.02.2013 18:05' is not a Unix time or a UTC date and time.",
        ),
        (
            "tags.csv",
            put(1, "2013-02-20 18:05:00"),
            "tags.csv begins 19 s before the recording.",
        ),
        (
            "tags.csv",
            lambda lines: lines.__setitem__(3, lines[2]),
            "tags.csv line 4: the time is not after that of the line before.",
        ),
        ("tags.csv", lambda lines: lines.clear(), "tags.csv has 0 presses of the button; expected 13."),
        (
            "EDA.csv",
            put(1, "2013-02-30 18:05:19"),
            (
                "EDA.csv line 1: '2013-02-30 18:05:19' is not a Unix time or a UTC date and time; "
                "expected a file of an Empatica E4."
            ),
        ),
        ("EDA.csv", put(2, "8.0"), "EDA.csv line 2: the rate is 8 Hz; expected 4 Hz."),
        ("EDA.csv", put(9, "wet"), "EDA.csv line 9, column 'wrist': 'wet' is not a number."),
        ("EDA.csv", put(9, "-1e308"), "EDA.csv line 9, column 'wrist': -1e+308 is too large for a sample."),
        ("ACC.csv", put(7, "1.0,2.0,inf"), "ACC.csv line 7, column 'z': inf is too large for a sample."),
        ("ACC.csv", put(5, "1.0,2.0"), "ACC.csv line 5 has 2 columns, expected 3."),
        (
            "TEMP.csv",
            put(1, "2013-02-20 18:05:20"),
            "TEMP.csv starts +1 s from BVP.csv; expected the same start.",
        ),
        (
            "HR.csv",
            put(1, "2013-02-20 18:06:30"),
            "HR.csv starts +71 s from BVP.csv; expected a start at most 60 whole seconds later.",
        ),
    ],
)
def test_invalid_files_of_a_session_are_refused(copy, file, change, message):
    path = copy / "Wearable_Dataset" / "STRESS" / "S01" / file
    edit(path, change)
    with pytest.raises(DataError, match=f"^{re.escape(str(path.with_name(message)))}$"):
        WearableStress().load("S01")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (put(2, "S01,1,2,3,4,5,6,7,eleven"), " line 2, column 'Subtract': 'eleven' is not a number."),
        (put(2, "S01,1,2,3,4,5,6,7,11"), " line 2, column 'Subtract': 11 is not from 0 to 10."),
        (lambda lines: lines.append(lines[1]), " line 3: 'S01' is there twice."),
        (
            put(1, ",Baseline,Stroop,First Rest,TMCT,Second Rest,Real Opinion,Opposite Opinion,Sum"),
            (
                " has no column 'Subtract'; it has , Baseline, Stroop, First Rest, TMCT, Second Rest, Real Opinion, "
                "Opposite Opinion, Sum."
            ),
        ),
    ],
)
def test_invalid_self_reports_are_refused(copy, change, message):
    edit(copy / "Stress_Level_v1.csv", change)
    with pytest.raises(DataError, match=f"^{re.escape(str(copy / 'Stress_Level_v1.csv') + message)}$"):
        WearableStress().load("S01")


def test_a_stage_without_a_self_report_has_no_rating(copy):
    edit(copy / "Stress_Level_v1.csv", put(2, "S01,1,,3,4,5,6,7,8"))
    segments = WearableStress().load("S01")[0].segments
    assert [dict(segment.ratings) for segment in segments[:3]] == [{"stress": 1}, {}, {"stress": 3}]


@pytest.mark.parametrize("file", ["Wearable_Dataset/AEROBIC/S01/ACC.csv", "Stress_Level_v1.csv"])
def test_a_missing_file_is_reported_before_reading(copy, file):
    (copy / file).unlink()
    message = f"{copy / file} is missing; copy the data set again, or run 'bench data download wearable-stress'."
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        WearableStress().files("S01")


def test_an_unknown_subject_is_refused(copy):
    with pytest.raises(UsageError, match="There is no subject 'S02'"):
        WearableStress().load("S02")


# ------------------------------------------------------------------------------------------- together


def test_contract(copy):
    for check in contract("dataset", "wearable-stress"):
        check()


@pytest.mark.parametrize(
    ("target", "model"), [("stress", "logistic"), ("session", "logistic"), ("self-report", "linear")]
)
def test_a_run_from_files_to_a_table(bench, stand_in, target, model):
    root = stand_in("wearable-stress", subjects=4, seconds=300).parent
    ran = bench.process(
        "run", "--dataset", "wearable-stress", "--target", target, "--model", model, "--fusion", "none,early",
        "--modalities", "eda,bvp", "--profile", "smoke", "--no-baselines", "-o", "window.length=4",
        BENCH_DATA=str(root),
    ).ok()  # fmt: skip
    assert model in ran.table
    assert "simulated" in ran.out.lower() + ran.err.lower()
