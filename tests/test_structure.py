"""Mode `structure` of the simulated data set: the shape of waves tells the class, and nothing simpler does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.signal import butter, hilbert, sosfiltfilt, welch
from scipy.stats import skew, ttest_rel
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from bench_synthetic.dataset import Synthetic
from bench_synthetic.design import Trial, trials
from bench_synthetic.noise import stream
from bench_synthetic.session import sessions
from bench_synthetic.structure import shape, steepness, waves

PEOPLE = 24
WINDOW = 4.0  # seconds


@pytest.fixture(scope="module")
def structured():
    return Synthetic(n_subjects=PEOPLE, minutes=8.0, mode="structure", eeg_channels=2)


@pytest.fixture(scope="module")
def windows(structured):
    """EEG (windows, time), the mean of its electrodes, with who and which class."""
    rows, who, stressed = [], [], []
    for person, subject in enumerate(structured.subjects()):
        for recording in structured.load(subject):
            values = recording.signals["eeg"].values.mean(axis=0)
            for segment in recording.segments:
                for start in np.arange(segment.start, segment.stop - WINDOW + 1e-9, WINDOW):
                    rows.append(values[int(start * 128) : int((start + WINDOW) * 128)])
                    who.append(person)
                    stressed.append(segment.targets["stress"] == "stressed")
    return np.array(rows, float), np.array(who), np.array(stressed)


def simple(rows):
    """Level, spread, tails and the spectrum up to 30 Hz of each window."""
    frequency, density = welch(rows, 128, nperseg=256)
    powers = np.log(density[:, (frequency > 0) & (frequency <= 30)])
    centred = rows - rows.mean(axis=1, keepdims=True)
    tails = (centred**4).mean(axis=1) / (centred**2).mean(axis=1) ** 2
    return np.column_stack([rows.mean(axis=1), np.log(rows.std(axis=1)), skew(rows, axis=1), tails, powers])


def coupling(rows):
    """Where the overtone is against the rhythm: positive where waves rise steeply."""
    slow, fast = (
        hilbert(sosfiltfilt(butter(2, band, "bandpass", fs=128, output="sos"), rows))
        for band in ((1.4, 2.8), (3.0, 5.4))
    )
    return -(slow**2 * fast.conj()).mean(axis=1).imag


# ------------------------------------------------------------------------------------------- shape


def test_waves_of_the_other_class_are_the_same_in_reversed_time():
    phase = np.linspace(0, 40, 1000)
    np.testing.assert_allclose(shape(-phase - np.pi, np.ones(1000)), shape(phase, -np.ones(1000)), atol=1e-12)


def test_stressed_waves_rise_steeply_and_fall_slowly():
    phase = np.linspace(0, 2 * np.pi, 100_001)
    slope = np.gradient(shape(phase, np.ones_like(phase)), phase)
    assert slope.max() == pytest.approx(2.0, abs=1e-3)  # cos x + cos 2x at 0
    assert slope.min() == pytest.approx(-9 / 8, abs=1e-3)  # where cos x is -1/4


def test_the_direction_is_that_of_the_label_in_trials_and_one_drawn_in_each_rest():
    plan = [Trial(0, 1.0, 2.0, "01", 0, 1), Trial(0, 3.0, 4.0, "02", 1, 0)]
    found = {tuple(steepness(plan, stream(seed, "rests"), 2, 10).astype(int)) for seed in range(50)}
    assert {row[2:4] + row[6:8] for row in found} == {(1, 1, -1, -1)}
    assert {row[:2] + row[4:6] + row[8:] for row in found} == {
        (a, a, b, b, c, c) for a in (-1, 1) for b in (-1, 1) for c in (-1, 1)
    }


def test_people_differ_in_pace_and_size(structured):
    sizes, paces = [], []
    for person in range(PEOPLE):
        made = waves(structured, person, 0, trials(structured, person))[0]
        sizes.append(np.log(made.std()))
        paces.append(np.log((np.diff(np.signbit(made).astype(int)) == 1).sum()))
    assert 0.15 < np.std(sizes) < 0.5
    assert 0.05 < np.std(paces) < 0.25


# -------------------------------------------------------------------------------- what labels reach


def test_labels_reach_the_eeg_of_their_trials_and_nothing_else(structured):
    plan = trials(structured, 0)
    swapped = [replace(trial, label=1 - trial.label) for trial in plan]
    for first, second in zip(sessions(structured, 0, plan), sessions(structured, 0, swapped), strict=True):
        for name in ("ecg", "eda", "bvp"):
            assert np.array_equal(first.signals[name].values, second.signals[name].values)
        inside = np.zeros(first.signals["eeg"].values.shape[1], bool)
        for trial in first.trials:
            inside[round(trial.start * 128) : round(trial.stop * 128)] = True
        differ = (first.signals["eeg"].values != second.signals["eeg"].values).all(axis=0)
        assert not differ[~inside].any()
        assert differ[inside].mean() > 0.99


def test_without_waves_it_is_the_data_set_without_an_effect(structured):
    none, null = replace(structured, effect=0.0).load("P01"), replace(structured, mode="null").load("P01")
    for one, other in zip(none, null, strict=True):
        assert one.segments == other.segments
        assert all(np.array_equal(one.signals[name].values, other.signals[name].values) for name in one.signals)


def test_people_are_the_same_in_any_company_and_each_time(structured):
    first, again = structured.load("P03"), replace(structured, n_subjects=4).load("P03")
    for one, other in zip(first, again, strict=True):
        assert np.array_equal(one.signals["eeg"].values, other.signals["eeg"].values)


# ------------------------------------------------------------------------------ what gives it away


def test_level_spread_tails_and_spectrum_are_the_same_in_both_classes(windows):
    rows, who, stressed = windows
    found = simple(rows)
    means = [
        np.array([found[(who == person) & (stressed == label)].mean(axis=0) for person in range(PEOPLE)])
        for label in (False, True)
    ]
    assert np.abs(means[1] - means[0]).mean(axis=0).max() < 1.0
    assert ttest_rel(*means).pvalue.min() > 0.05 / found.shape[1]


def test_simple_statistics_do_not_tell_the_class_of_new_people(windows):
    rows, who, stressed = windows
    found, half = simple(rows), who < PEOPLE // 2
    learnt = LinearDiscriminantAnalysis().fit(found[half], stressed[half])
    assert learnt.score(found[~half], stressed[~half]) == pytest.approx(0.5, abs=0.06)


def test_the_shape_of_waves_tells_the_class_of_anybody_without_learning(windows):
    rows, _, stressed = windows
    assert np.mean((coupling(rows) > 0) == stressed) > 0.9
