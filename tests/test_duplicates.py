"""Signals that occur twice: found wherever they begin, and nothing else is."""

import zipfile

import numpy as np
import pandas as pd
import pytest

from bench.api import Fold
from bench.audit import fingerprints
from bench.audit.audit import audit
from bench.audit.duplicates import Duplicate, correlate, equal
from bench.audit.fingerprints import KEPT_BITS, rounded

RATE = 64.0
SMOKE = ("--profile", "smoke", "--modalities", "eda", "--fusion", "none", "--no-baselines", "--dry-run")


def noise(seconds, seed=0, rate=RATE):
    return np.random.default_rng(seed).standard_normal(round(seconds * rate)).astype(np.float32)


def found(*signals, rate=RATE):
    """(first, second, start, lag, seconds) of each duplicate, rounded to seconds."""
    parts = [(number, fingerprints.fingerprints(values, rate)) for number, values in enumerate(signals)]
    return [
        (one.first, one.second, round(one.start), round(one.lag, 3), round(one.seconds))
        for one in equal("eda", rate, parts)
    ]


def near(seconds):
    return pytest.approx(seconds, abs=8)  # there is a fingerprint a second on average


@pytest.mark.parametrize("chunk", [1 << 12, 1 << 19])
def test_a_copy_is_found_wherever_it_begins(monkeypatch, chunk):
    monkeypatch.setattr(fingerprints, "CHUNK", chunk)
    original, other = noise(300), noise(200, 1)
    other[1001 : 1001 + 6400] = original[5003 : 5003 + 6400]  # 100 s
    assert found(original, other) == [(0, 1, near(78), round((1001 - 5003) / RATE, 3), near(100))]


def test_a_recording_that_repeats_itself_is_found():
    values = noise(300)
    values[10007:] = values[7 : 7 + len(values) - 10007]
    assert found(values) == [(0, 0, near(0), 156.25, near(144))]


def test_three_copies_are_three_pairs():
    values = noise(100)
    assert [(first, second) for first, second, *_ in found(values, values, values)] == [(0, 1), (0, 2), (1, 2)]


@pytest.mark.parametrize("change", [lambda x: x.astype(np.float64) * (1 + 1e-9), lambda x: np.float32(np.float64(x))])
def test_a_copy_in_another_precision_is_found(change):
    assert found(noise(100), np.asarray(change(noise(100)))) == [(0, 1, near(0), 0, near(100))]


def coarse(seconds, seed):
    """A slow drift in few steps, as of a thermometer."""
    return np.round(np.cumsum(noise(seconds, seed, 4.0)) * 0.01, 1)


FLAT = {
    "constant": lambda seed: np.full(4000, 1.5),
    "missing": lambda seed: np.full(4000, np.nan),
    "coarse": lambda seed: coarse(1000, seed),
    "two values in turn": lambda seed: np.tile([0.0, 1.0], 2000),
    "two values at random": lambda seed: np.random.default_rng(seed).integers(0, 2, 4000).astype(float),
    "periodic": lambda seed: np.tile(np.sin(np.arange(16) * np.pi / 8), 250),
    "steps": lambda seed: np.repeat(np.random.default_rng(seed).standard_normal(100), 40),
    "noise": lambda seed: np.random.default_rng(seed).standard_normal(4000),
    "ramp": lambda seed: np.tile(np.arange(40.0), 100),
}


@pytest.mark.parametrize("kind", FLAT)
def test_signals_of_little_information_and_other_noise_are_no_duplicates(kind):
    assert found(FLAT[kind](1), FLAT[kind](2), rate=4.0) == []


def test_samples_are_rounded_to_the_nearest_kept_value():
    values = np.float32([0.0, -0.0, np.nan, 1.0, 1 + 2.0**-24, -3.7])
    codes = rounded(values)
    assert codes[0] == codes[1] == codes[2]
    assert codes[3] == codes[4]
    back = codes.astype(np.uint32).view(np.float32)
    np.testing.assert_allclose(back[3:], values[3:], rtol=2.0**-KEPT_BITS)


def test_the_correlation_ignores_missing_samples():
    one = np.array([1.0, 2.0, np.nan, 4.0, 7.0])
    assert correlate(one, np.array([2.0, 4.0, 1.0, 8.0, 14.0])) == pytest.approx(1)
    assert correlate(one, np.array([0.0, 3.0, 1.0, 2.0, -2.0])) == pytest.approx(
        np.corrcoef([1, 2, 4, 7], [0, 3, 2, -2])[0, 1]
    )


def windows(owners):
    """Windows of 10 s every 5 s of recordings of 100 s, whose subject and session are given."""
    rows = [
        (subject, session, f"{number}/t{at}", number, 5.0 * at, 5.0 * at + 10)
        for number, (subject, session) in enumerate(owners)
        for at in range(19)
    ]
    table = pd.DataFrame(rows, columns=["subject", "session", "trial", "recording", "start", "stop"])
    return table.assign(stimulus="", label=np.arange(len(table)) % 2)


def duplicate(first, second, start, lag, seconds):
    return Duplicate("eda", first, second, start, lag, seconds, 1.0)


def finding(table, train, test, stretch):
    rows = [np.flatnonzero(np.isin(table["recording"], part)) for part in (train, test)]
    every = audit(table, [Fold("f", rows[0], rows[0][:0], rows[1])], duplicates=[stretch]).findings
    return next((one for one in every if "signals" in one.name or "recordings" in one.name), None)


def test_windows_with_a_copy_in_training_are_counted():
    table = windows([("A", "1"), ("B", "1"), ("C", "1")])
    for train, test in (([0], [1]), ([1], [0])):
        copied = finding(table, train, test, duplicate(0, 1, 20.0, 10.0, 30.0))
        # 20 to 50 s of A are 30 to 60 s of B: windows that begin within 10 s before, up to the end
        assert (copied.name, copied.severity, copied.share) == ("copied signals", "leaky", pytest.approx(7 / 19))
    apart = finding(table, [2], [0, 1], duplicate(0, 1, 20.0, 10.0, 30.0))
    assert (apart.severity, apart.share) == ("note", 0)
    assert apart.text == (
        "Signals of different subjects are equal: 30 s of eda of A/1 from 20 s occur again in B/1 from 30 s "
        "(correlation 1.000); no fold has them on both sides."
    )


def test_pairs_of_windows_are_those_of_comparing_every_pair():
    from bench.audit.repeats import Line

    table = windows([("A", "1"), ("A", "2")])
    stretch = duplicate(0, 1, 12.5, -7.5, 41.0)
    pairs = set(map(tuple, Line(table, 0).twins(Line(table, 1), stretch).T))
    expected = set()
    for one, mine in table[table["recording"] == 0].iterrows():
        for other, its in table[table["recording"] == 1].iterrows():
            low, high = max(mine["start"], 12.5) - 7.5, min(mine["stop"], 53.5) - 7.5
            if min(high, its["stop"]) - max(low, its["start"]) > 1e-9:
                expected.add((one, other))
    assert pairs == expected


@pytest.mark.parametrize(
    ("owners", "stretch", "name"),
    [
        ([("A", "1"), ("B", "1")], (0, 1, 0.0, 0.0, 50.0), "copied signals"),
        ([("A", "1"), ("A", "2")], (0, 1, 0.0, 0.0, 50.0), "shared recordings"),
        ([("A", "1"), ("B", "1")], (0, 0, 0.0, 50.0, 50.0), "repeated signals"),
    ],
)
def test_kinds_of_duplicates_have_names_of_their_own(owners, stretch, name):
    assert finding(windows(owners), [0], [1], duplicate(*stretch)).name == name


def test_a_recording_without_windows_is_no_finding():
    assert finding(windows([("A", "1"), ("B", "1")]), [0], [1], duplicate(0, 5, 0.0, 0.0, 50.0)) is None


@pytest.mark.parametrize(
    ("defect", "protocol", "verdict", "text"),
    [
        ("none", "loso", "clean", ""),
        ("copied-subject", "loso", "leaky", "Signals of different subjects are equal: 240 s of eda of P01/1 from 0 s"),
        ("shared-sessions", "loso", "clean", "Recordings of one subject share signals: "),
        ("shared-sessions", "kfold-trial", "leaky", "Recordings of one subject share signals: "),
        ("repeating", "loso", "clean", "A recording repeats itself: "),
    ],
)
def test_defects_of_a_simulation_are_found(bench, defect, protocol, verdict, text):
    shown = bench("run", *SMOKE, "--dataset", f"synthetic(defect={defect})", "--protocol", protocol).ok().out
    assert f"audit: {verdict}\n" in shown
    every = [line for line in shown.splitlines() if "ignals" in line or "repeats itself" in line]
    assert len(every) == bool(text)
    assert not text or f"  {text}" in every[0]


def test_steps_hide_no_duplicate(bench):
    dataset, steps = "synthetic(defect=copied-subject)", "lowpass(1) | zscore(per=recording)"
    shown = bench("run", *SMOKE, "--dataset", dataset, "--preprocess", steps).ok().out
    assert "audit: leaky\n" in shown
    assert (
        "  Signals of different subjects are equal: 240 s of eda of P01/1 from 0 s occur again in P02/1 from 0 s "
        "(correlation 1.000), and 1 more pair of recordings; 50 % of test windows have their copy in the training part."
    ) in shown


def empatica(archive, name):
    """Rate and values of a file of a wristband: a start time, the rate, then values."""
    lines = archive.read(name).decode().splitlines()
    return float(lines[1]), np.array(lines[2:], np.float32)


@pytest.mark.parametrize("modality", ["EDA", "BVP"])
def test_of_published_recordings_the_one_that_repeats_itself_is_found_alone(recorded, modality):
    with zipfile.ZipFile(next(recorded("wearable_stress").glob("*.zip"))) as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(f"/{modality}.csv"))
        rates, signals = zip(*(empatica(archive, name) for name in names), strict=True)
    [one] = found(*signals, rate=rates[0])
    assert names[one[0]].endswith(f"STRESS/S02/{modality}.csv")
    assert one[0] == one[1]
    assert one[3:] == (pytest.approx(1548, abs=0.5), pytest.approx(1547, abs=3))  # from row 6195 of EDA, as documented
