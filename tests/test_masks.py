"""Artefacts, flat lines and trimmed segments, worked by hand."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import median_abs_deviation

from bench.api import Recording, Segment, Signal
from bench.checks import contract
from bench.errors import UsageError
from bench_masks.artefacts import Artefacts
from bench_masks.flatline import FlatLine
from bench_masks.trim import Trim

GAP = np.nan
SPANS = ((0.0, 30.0), (40.0, 44.0), (50.0, 80.0))


def recording(values, rate=2.0):
    return Recording("P1", {"eda": Signal(np.array(values, dtype=float), rate, "uS")}, [])


def applied(step, values, rate=2.0):
    given = recording(values, rate)
    found = step.apply(given).signals["eda"]
    assert (found.rate, found.unit) == (rate, "uS")
    assert found.values.dtype == np.float64
    np.testing.assert_array_equal(given.signals["eda"].values, values)  # the given one stays as it is
    return found.values


OPTIONS = [
    ("artefacts", {"low": 0, "high": 6, "margin": 5}),
    ("artefacts", {"spread": 3}),
    ("artefacts", {"jump": 50, "margin": 1}),
    ("flatline", {"seconds": 9.9, "tolerance": 1}),
    ("flatline", {"seconds": 30, "tolerance": 2}),
    ("trim", {"start": 5, "stop": 29}),
]


@pytest.mark.parametrize(
    "check", [check for name, options in OPTIONS for check in contract("preprocessor", name, options)], ids=str
)
def test_the_contract_holds_with_options_too(check):
    check()


@pytest.mark.parametrize(
    ("step", "values", "expected"),
    [
        (Artefacts(), [[1, 900, GAP, -3]], [[1, 900, GAP, -3]]),
        (Artefacts(), [[1, np.inf, 2, -np.inf]], [[1, GAP, 2, GAP]]),
        (Artefacts(low=0), [[0, -1, 5, 9]], [[0, GAP, 5, 9]]),
        (Artefacts(high=5), [[0, -1, 5, 9]], [[0, -1, 5, GAP]]),
        (Artefacts(low=0, high=5), [[0, -1, 5, 9], [1, 1, 1, 1]], [[0, GAP, 5, GAP], [1, 1, 1, 1]]),
        # the change from 3 to 7 in half a second is 8 per second
        (Artefacts(jump=7.9), [[1, 2, 3, 7, 8]], [[1, 2, GAP, GAP, 8]]),
        (Artefacts(jump=8), [[1, 2, 3, 7, 8]], [[1, 2, 3, 7, 8]]),
        (Artefacts(jump=1), [[0, GAP, 9, 9]], [[0, GAP, 9, 9]]),  # across a gap, nothing tells how fast it was
        (Artefacts(high=5, margin=0.5), [[1, 1, 9, 1, 1]], [[1, GAP, GAP, GAP, 1]]),
        (Artefacts(high=5, margin=1), [[9, 1, 1, 1, 1, 9]], [[GAP] * 6]),
        # the median is 3, the median distance from it 1: four spreads are 5.93
        (Artefacts(spread=4), [[1, 2, 3, 4, 9]], [[1, 2, 3, 4, GAP]]),
        (Artefacts(spread=4.1), [[1, 2, 3, 4, 9]], [[1, 2, 3, 4, 9]]),
        (Artefacts(spread=3), [[1, 1, 1, 1, 9], [GAP] * 5], [[1, 1, 1, 1, 9], [GAP] * 5]),
        (FlatLine(), [[1, 2, 2, 2, 3, 3]], [[1, GAP, GAP, GAP, 3, 3]]),  # three samples span a second
        (FlatLine(0.5), [[1, 2, 2, 2, 3, 3]], [[1] + [GAP] * 5]),
        (FlatLine(1.5), [[1, 2, 2, 2, 3, 3]], [[1, 2, 2, 2, 3, 3]]),
        (FlatLine(1.0, 0.5), [[1, 1.2, 1.5, 1.9, 5]], [[GAP, GAP, GAP, 1.9, 5]]),
        (FlatLine(), [[2, 2, GAP, 2, 2]], [[2, 2, GAP, 2, 2]]),  # a gap ends a stretch
        (FlatLine(60), [[2, 2, 2]], [[2, 2, 2]]),
        (FlatLine(), [[2, 2, 2, 2], [1, 2, 3, 4]], [[GAP] * 4, [1, 2, 3, 4]]),
    ],
)
def test_what_becomes_a_gap(step, values, expected):
    np.testing.assert_array_equal(applied(step, values), expected)


def test_a_robust_spread_is_that_of_scipy():
    values = np.random.default_rng(0).normal(3, 2, size=(1, 1001))
    far = np.abs(values - np.median(values)) > 2.5 * median_abs_deviation(values[0], scale="normal")
    np.testing.assert_array_equal(np.isnan(applied(Artefacts(spread=2.5), values)), far)
    assert 0 < far.sum() < 50


NUMBERS = arrays(float, st.tuples(st.integers(1, 2), st.integers(1, 40)), elements=st.sampled_from([0, 1, 2, 5, GAP]))


@given(NUMBERS, st.sampled_from([0.5, 1.0, 2.0, 3.5]), st.sampled_from([0.0, 1.0]))
def test_a_flat_line_is_what_a_search_by_hand_finds(values, seconds, tolerance):
    width = int(seconds * 2) + 1
    flat = np.zeros(values.shape, dtype=bool)
    for row in range(len(values)):
        for start in range(values.shape[1] - width + 1):
            here = values[row, start : start + width]
            if np.isfinite(here).all() and np.ptp(here) <= tolerance:
                flat[row, start : start + width] = True
    np.testing.assert_array_equal(applied(FlatLine(seconds, tolerance), values), np.where(flat, GAP, values))


@given(NUMBERS, st.integers(0, 10))
def test_a_margin_reaches_so_far_and_no_farther(values, samples):
    far = values > 3
    near = np.zeros(values.shape, dtype=bool)
    for row, place in zip(*np.nonzero(far), strict=True):
        near[row, max(0, place - samples) : place + samples + 1] = True
    found = applied(Artefacts(high=3, margin=samples / 2), values)
    np.testing.assert_array_equal(found, np.where(near, GAP, values))


@pytest.mark.parametrize(
    ("step", "scope"),
    [
        (Artefacts(low=0, jump=3, margin=5), "window"),
        (Artefacts(spread=5), "recording"),
        (FlatLine(9.9), "window"),
        (FlatLine(10), "recording"),
        (Trim(), "window"),
    ],
)
def test_the_scope_follows_from_the_options(step, scope):
    assert step.scope == scope


def test_limits_in_the_wrong_order_are_refused():
    with pytest.raises(UsageError) as error:
        Artefacts(low=5, high=3)
    assert str(error.value) == "artefacts: 'low' is 5, which has to be below 'high', 3."


def segmented(excluded=()):
    segments = [Segment(*span, f"T{number}", {"stress": "calm"}, "film") for number, span in enumerate(SPANS)]
    return replace(recording([[0.0] * 200]), segments=segments, excluded=dict(excluded))


def test_segments_lose_their_edges_and_nothing_else():
    found = Trim(3, 0.5).apply(segmented())
    assert [(each.start, each.stop) for each in found.segments] == [(3, 29.5), (43, 43.5), (53, 79.5)]
    assert [replace(each, start=0, stop=1) for each in found.segments] == [
        replace(each, start=0, stop=1) for each in segmented().segments
    ]
    assert found.excluded == {}
    assert Trim().apply(segmented()).segments == segmented().segments


def test_segments_of_which_nothing_is_left_are_counted():
    given = segmented({"trial without signals": 2})
    found = Trim(1, 3).apply(given)
    assert [each.trial for each in found.segments] == ["T0", "T2"]
    assert found.excluded == {"trial without signals": 2, "trial no longer than the 4 s that are trimmed": 1}
    assert given.excluded == {"trial without signals": 2}


def test_what_is_trimmed_is_a_gap_for_the_steps_that_follow():
    given = segmented()
    found = Trim(3, 0.5).apply(given)
    for name, signal in given.signals.items():
        time = np.arange(signal.values.shape[1]) / signal.rate
        trimmed = np.any([((start <= time) & (time < start + 3)) | ((stop - 0.5 <= time) & (time < stop))
                          for start, stop in SPANS], axis=0)  # fmt: skip
        assert np.isnan(found.signals[name].values[:, trimmed]).all()
        np.testing.assert_array_equal(found.signals[name].values[:, ~trimmed], signal.values[:, ~trimmed])
