"""Standardisation over a whole recording, against the formula and SciPy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import zscore

from bench.api import Recording, Segment, Signal
from bench_zscore.zscore import ZScore


def applied(values):
    recording = Recording("P1", {"eda": Signal(np.array(values, dtype=float), 4.0, "uS", ("x",))}, [])
    return ZScore().apply(recording).signals["eda"].values


def test_each_channel_gets_mean_0_and_spread_1_as_scipy_says():
    values = np.random.default_rng(0).normal([[3.0], [-1e6]], [[0.01], [50.0]], size=(2, 500))
    np.testing.assert_allclose(applied(values), zscore(values, axis=1), rtol=1e-4, atol=1e-5)


def test_a_channel_worked_by_hand():
    # mean 4, mean square of -3, -1, 0, 4 is 6.5
    np.testing.assert_allclose(applied([[1, 3, 4, 8]]), np.array([[-3, -1, 0, 4]]) / np.sqrt(6.5), rtol=1e-6)


def test_gaps_stay_gaps_and_do_not_disturb_the_rest():
    values = np.random.default_rng(0).normal(size=(2, 100))
    values[1, [0, 50, 99]] = np.nan
    found = applied(values)
    assert np.isnan(found[1, [0, 50, 99]]).all()
    known = np.isfinite(values[1])
    np.testing.assert_allclose(found[1, known], zscore(values[1, known]), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found[0], zscore(values[0]), rtol=1e-4, atol=1e-5)


@given(st.floats(-1e9, 1e9), st.integers(1, 300))
def test_a_constant_channel_becomes_zero(value, count):
    assert (applied(np.full((1, count), value)) == 0).all()


@pytest.mark.parametrize("values", [[[np.nan] * 4], [[np.inf] * 4], [[]]])
def test_a_channel_without_any_value_stays_without_and_raises_no_warning(values):
    assert not np.isfinite(applied(values)).any()


@given(st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=30), st.floats(0.01, 100), st.floats(-100, 100))
def test_units_and_offsets_of_a_sensor_do_not_matter(values, scale, offset):
    values = np.array([values])
    if values.std() > 1e-3:
        np.testing.assert_allclose(applied(values * scale + offset), applied(values), atol=1e-3)


def test_every_signal_is_changed_and_nothing_else():
    random = np.random.default_rng(0)
    signals = {
        "eda": Signal(random.normal(size=(1, 40)), 4.0, "uS", ("x",)),
        "eeg": Signal(random.normal(size=(2, 80)), 8.0, "uV", ("f3", "f4")),
    }
    before = {name: signal.values.copy() for name, signal in signals.items()}
    recording = Recording("P1", signals, [Segment(0.0, 10.0, "a", {"stress": "calm"})], "2")
    found = ZScore().apply(recording)
    assert (found.subject, found.session, found.segments) == ("P1", "2", recording.segments)
    for name, signal in found.signals.items():
        assert (signal.rate, signal.channels, signal.unit) == (signals[name].rate, signals[name].channels, "z")
        assert signal.values.dtype == np.float32
        np.testing.assert_allclose(signal.values.mean(axis=1), 0, atol=1e-5)
        np.testing.assert_allclose(signal.values.std(axis=1), 1, rtol=1e-4)
        assert np.array_equal(signals[name].values, before[name])  # the given one stays as it is


def test_it_says_that_it_looks_at_the_whole_session():
    assert ZScore.scope == "session"
