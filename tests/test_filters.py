"""Filters, resampling, trend, change and limits: against SciPy called directly, and what they do at gaps."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal as scipy_signal

from bench.api import Recording, Signal
from bench.checks import preprocessors
from bench.checks.examples import recording as example_recording
from bench.errors import DataError, UsageError
from bench.options import build
from bench.registry import Registry
from bench.specs import parse_spec
from bench_filters.butterworth import BandPass, HighPass, LowPass
from bench_filters.gaps import bridged
from bench_filters.notch import Notch
from bench_filters.ratio import simplest
from bench_filters.resampling import Resample
from bench_filters.trend import Clip, Derivative, Detrend
from bench_normalise.zscore import ZScore

# Coverage is measured of bench, which these hardly enter; tracing the compiler would take half as long again.
pytestmark = pytest.mark.no_cover


def wandering(channels=2, count=3000, seed=0):
    return np.random.default_rng(seed).normal(size=(channels, count)).cumsum(axis=1)


def recording(values, rate=100.0, unit="mV"):
    return Recording("S2", {"ecg": Signal(np.array(values, dtype=float), rate, unit)}, [])


def applied(step, values, rate=100.0):
    return step.apply(recording(values, rate)).signals["ecg"].values


def butter(order, cutoffs, kind, rate=100.0):
    return scipy_signal.butter(order, cutoffs, kind, fs=rate, output="sos")


def notches(rate, *frequencies, quality=30):
    return np.vstack([scipy_signal.tf2sos(*scipy_signal.iirnotch(each, quality, fs=rate)) for each in frequencies])


FILTERS = [
    (BandPass(5, 15), butter(4, [5, 15], "bandpass")),
    (BandPass(0.5, 40, 2), butter(2, [0.5, 40], "bandpass")),
    (BandPass(1, 3, 3), butter(3, [1, 3], "bandpass")),
    (LowPass(3), butter(4, 3, "lowpass")),
    (LowPass(0.2, 1), butter(1, 0.2, "lowpass")),
    (HighPass(0.5), butter(4, 0.5, "highpass")),
    (HighPass(20, 7), butter(7, 20, "highpass")),
    (Notch(20), notches(100, 20, 40)),
    (Notch(10, 2, 5), notches(100, 10, 20, quality=5)),
    (Notch(30), notches(100, 30)),
]
CAUSAL = [(replace(step, causal=True), sections) for step, sections in FILTERS]


@pytest.mark.parametrize(("step", "sections"), FILTERS, ids=str)
def test_zero_phase_equals_sosfiltfilt(step, sections):
    values = wandering()
    expected = scipy_signal.sosfiltfilt(sections, values)
    np.testing.assert_allclose(applied(step, values), expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize(("step", "sections"), CAUSAL, ids=str)
def test_causal_equals_sosfilt_from_the_steady_state_of_the_first_sample(step, sections):
    values = wandering()
    steady = scipy_signal.sosfilt_zi(sections)[:, None] * values[:, :1]
    expected, _ = scipy_signal.sosfilt(sections, values, zi=steady)
    np.testing.assert_allclose(applied(step, values), expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize("count", [*range(1, 30), 40])
def test_a_stretch_shorter_than_the_padding_is_padded_with_all_of_it(count):
    values, sections = wandering(1, count) + 5, FILTERS[3][1]
    expected = scipy_signal.sosfiltfilt(sections, values, padlen=min(3 * (2 * len(sections) + 1), count - 1))
    np.testing.assert_allclose(applied(LowPass(3), values), expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize("step", [BandPass(5, 15), LowPass(3), HighPass(1), Notch(20)], ids=str)
def test_a_gap_cuts_a_signal_into_stretches_of_their_own(step):
    values = wandering()
    values[0, 1000:1200] = np.nan
    values[1, 2000:2100] = np.inf
    found = applied(step, values)
    for channel, start, stop in [(0, 0, 1000), (0, 1200, 3000), (1, 0, 2000), (1, 2100, 3000)]:
        alone = applied(step, values[channel : channel + 1, start:stop])
        np.testing.assert_array_equal(found[channel : channel + 1, start:stop], alone)
    assert np.isnan(found[0, 1000:1200]).all()
    assert np.isnan(found[1, 2000:2100]).all()


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize(("missing", "bridge", "cut"), [(50, 0.5, False), (51, 0.5, True), (1, 0, True), (7, 1, False)])
def test_a_gap_is_bridged_by_a_straight_line_up_to_the_seconds_given(missing, bridge, cut, causal):
    values = wandering(1)
    values[0, 1000 : 1000 + missing] = np.nan
    found = applied(LowPass(3, causal=causal, bridge=bridge), values)
    line = values.copy()
    line[0, 999 : 1001 + missing] = np.linspace(values[0, 999], values[0, 1000 + missing], missing + 2)
    whole = applied(LowPass(3, causal=causal), line)
    assert np.isnan(found[0, 1000 : 1000 + missing]).all()
    known = np.isfinite(values[0])
    assert np.isfinite(found[0, known]).all()
    assert np.allclose(found[0, known], whole[0, known], rtol=0, atol=1e-10) != cut


GAPS = [
    ("no gap", [1, 2, 3], 1, [(0, 3)], [], [1, 2, 3]),
    ("a lost sample", [1, np.nan, 3], 1, [(0, 3)], [(1, 2)], [1, 2, 3]),
    ("not to be bridged", [1, np.nan, 3], 0, [(0, 1), (2, 3)], [], [1, np.nan, 3]),
    ("two gaps", [0, np.nan, np.nan, 3, np.nan, 1], 2, [(0, 6)], [(1, 3), (4, 5)], [0, 1, 2, 3, 2, 1]),
    ("one of two", [0, np.nan, np.nan, 3, np.nan, 1], 1, [(0, 1), (3, 6)], [(4, 5)], [0, np.nan, np.nan, 3, 2, 1]),
    ("gaps at the ends", [np.nan, 4, np.nan], 5, [(1, 2)], [], [np.nan, 4, np.nan]),
    ("infinite", [1, np.inf, 2], 1, [(0, 3)], [(1, 2)], [1, 1.5, 2]),
    ("nothing known", [np.nan, np.nan], 5, [], [], [np.nan, np.nan]),
    ("nothing", [], 5, [], [], []),
]


@pytest.mark.parametrize(("channel", "longest", "episodes", "filled", "samples"), [case[1:] for case in GAPS],
                         ids=[case[0] for case in GAPS])  # fmt: skip
def test_gaps_worked_by_hand(channel, longest, episodes, filled, samples):
    found = bridged(np.array(channel, dtype=float), longest)
    np.testing.assert_array_equal(found[0], samples)
    assert found[1:] == (episodes, filled)


@pytest.mark.parametrize("step", [*(step for step, _ in CAUSAL), Derivative()], ids=str)
def test_a_causal_step_knows_no_future(step):
    values = wandering(1)
    values[0, [200, 201, 900]] = np.nan
    values[0, 1400:1600] = np.nan
    other = values.copy()
    other[0, 2000:] = -3 * other[0, 2000:] + 7
    assert step.scope == "past"
    np.testing.assert_array_equal(applied(step, values)[:, :2000], applied(step, other)[:, :2000])


SCOPES = [
    (BandPass(5, 15), "window"),
    (LowPass(3), "window"),
    (HighPass(1), "window"),
    (HighPass(0.05), "recording"),
    (BandPass(0.1, 0.35), "recording"),
    (LowPass(0.3), "recording"),
    (Notch(), "window"),
    (Notch(1, quality=100), "recording"),
    (Resample(4), "window"),
    (Resample(0.5), "recording"),
    (Detrend(), "recording"),
    (Detrend("mean"), "recording"),
    (Derivative(), "past"),
    (Clip(0, 1), "window"),
]


@pytest.mark.parametrize(("step", "scope"), [*SCOPES, *((step, "past") for step, _ in CAUSAL[:4])], ids=str)
def test_the_scope_is_what_the_options_make_it_and_the_contract_agrees(step, scope, monkeypatch):
    for modality, (rate, *_) in list(example_recording.MODALITIES.items()):
        if rate <= 2 * getattr(step, "highest", 0):
            monkeypatch.delitem(example_recording.MODALITIES, modality)
    assert step.scope == scope
    for check in preprocessors.CHECKS:
        check(step)


def test_the_given_recording_stays_and_everything_else_is_passed_on():
    values = wandering().astype(np.float32)
    values[0, 5] = np.nan
    given = Recording("S2", {"eeg": Signal(values, 100.0, "uV", ("Fz", "Cz"))}, [], "3")
    before = values.copy()
    for step in (BandPass(5, 15), Resample(40), Detrend(), Derivative(), Clip(0, 1), Notch(20)):
        found = step.apply(given)
        signal = found.signals["eeg"]
        assert (found.subject, found.session, signal.channels) == ("S2", "3", ("Fz", "Cz"))
        assert signal.values.dtype == np.float64
        np.testing.assert_array_equal(values, before)


def test_units_and_rates_are_tracked():
    given = recording(wandering(), 100.0, "uS")
    rates = [(step, step.apply(given).signals["ecg"]) for step in (LowPass(3), Detrend(), Clip(0, 1), Resample(64))]
    assert [(signal.unit, signal.rate) for _, signal in rates] == [("uS", 100), ("uS", 100), ("uS", 100), ("uS", 64)]
    assert Derivative().apply(given).signals["ecg"].unit == "uS/s"
    assert Derivative().apply(recording([[1, 2]], unit="")).signals["ecg"].unit == "1/s"


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("bandpass(5,15)", BandPass(5, 15)),
        ("bandpass(5, 15, 2, causal=true)", BandPass(5, 15, 2, causal=True)),
        ("lowpass(3)", LowPass(3)),
        ("highpass(0.5, bridge=0)", HighPass(0.5, bridge=0)),
        ("notch", Notch(50, 3, 30)),
        ("notch(60)", Notch(60)),
        ("detrend(mean)", Detrend("mean")),
        ("derivative", Derivative()),
        ("resample(256)", Resample(256)),
        ("clip(0, 40)", Clip(0, 40)),
    ],
)
def test_steps_are_typed_in_the_order_people_expect(text, step):
    spec = parse_spec(text)
    target = Registry().get("preprocessor", spec.name).load()
    assert build(target, spec.options(target), spec.name) == step


def low(step, needs, has, highest):
    return (
        f"{step}: {highest} Hz needs more than {needs} samples per second; 'ecg' of S2/1 has {has}: "
        "choose a lower frequency, or leave the step out for 'ecg'."
    )


def no_ratio(new, old):
    return (
        f"resample: the ratio of {new} Hz to the {old} Hz of 'ecg' of S2/1 is not one of whole numbers up to 10,000; "
        "choose a rate such as a whole number, or that of the signal."
    )


@pytest.mark.parametrize(
    ("step", "rate", "message"),
    [
        (LowPass(3), 4.0, low("lowpass", 6, 4, 3)),
        (LowPass(3), 6.0, low("lowpass", 6, 6, 3)),
        (BandPass(5, 15), 8.0, low("bandpass", 30, 8, 15)),
        (HighPass(0.5), 1.0, low("highpass", 1, 1, 0.5)),
        (Notch(), 64.0, low("notch", 100, 64, 50)),
        (Resample(64.0001), 64.0, no_ratio("64.0001", 64)),
        (Resample(2000), 0.1, no_ratio("2000", "0.1")),
    ],
    ids=str,
)
def test_a_rate_that_does_not_fit_is_a_sentence(step, rate, message):
    with pytest.raises(DataError) as raised:
        applied(step, wandering(), rate)
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: BandPass(15, 5), "bandpass keeps what lies between low and high; 15 Hz is not below 5 Hz."),
        (lambda: BandPass(5, 5), "bandpass keeps what lies between low and high; 5 Hz is not below 5 Hz."),
        (lambda: Clip(1, 0.5), "clip keeps values between low and high; 1 is not below 0.5."),
        (lambda: build(LowPass, {}, "lowpass"), "lowpass needs the option 'cutoff' (a number from 0.0001 to 10000)."),
        (lambda: build(Resample, {}, "resample"), "resample needs the option 'rate' (a number from 0.001 to 100000)."),
    ],
)
def test_options_that_make_no_sense_are_a_sentence(make, message):
    with pytest.raises(UsageError) as raised:
        make()
    assert str(raised.value) == message


# ------------------------------------------------------------------------------------- resampling

RATES = [(700, 256, 64, 175), (128, 64, 1, 2), (64, 256, 4, 1), (2000, 256, 16, 125), (1000, 4, 1, 250), (4, 7, 7, 4)]


@pytest.mark.parametrize(("old", "new", "up", "down"), RATES)
@pytest.mark.parametrize("count", [1, 5, 1000, 1003])
def test_resampling_equals_resample_poly_by_the_exact_ratio(old, new, up, down, count):
    values = wandering(2, count)
    found = applied(Resample(new), values, old)
    np.testing.assert_allclose(found, scipy_signal.resample_poly(values, up, down, axis=1), rtol=0, atol=1e-11)


@pytest.mark.parametrize(
    ("old", "new", "ratio"),
    [
        (700.0, 256.0, "64/175"),
        (64.0, 64.0, "1"),
        (15.3846, 64.0, "104/25"),  # 200 / 13 as a file writes it
        (64.0, 15.3846, "25/104"),
        (200 / 13, 64.0, "104/25"),
        (1000.0, 333.333333, "1/3"),
        (128.0, 12.8, "1/10"),
        (32.5, 0.5, "1/65"),
        (64.0, 64.0001, "None"),
        (4.0, 50000.0, "None"),
    ],
)
def test_a_ratio_is_exact_or_within_one_in_a_million_or_none(old, new, ratio):
    assert str(simplest(old, new)) == ratio


@given(st.floats(0.1, 5000), st.floats(0.1, 5000))
def test_any_ratio_that_is_given_is_within_one_in_a_million(old, new):
    ratio = simplest(old, new)
    if ratio is not None:
        assert max(ratio.numerator, ratio.denominator) <= 10_000
        assert float(ratio) == pytest.approx(new / old, rel=1.0001e-6)


def test_the_same_rate_changes_nothing():
    given = recording(wandering())
    assert Resample(100).apply(given).signals["ecg"].values is given.signals["ecg"].values


@settings(deadline=None)
@given(
    st.sampled_from(RATES[:4]),
    st.integers(1, 400),
    st.integers(1, 300),
    st.integers(1, 400),
    st.sampled_from(["zero", "hold"]),
)
def test_gaps_stay_at_their_time_and_lengths_add_up(rates, before, missing, after, ends):
    old, new, up, down = rates
    values = wandering(1, before + missing + after)
    values[0, before : before + missing] = np.nan
    found = applied(Resample(new, ends, bridge=0), values, old)[0]
    assert len(found) == -(-values.shape[1] * up // down)
    time = np.arange(len(found)) * down / up  # in samples of the given signal
    np.testing.assert_array_equal(np.isnan(found), (time >= before) & (time < before + missing))


@pytest.mark.parametrize("start", [1200, 1201, 1237])
def test_what_follows_a_gap_stays_in_phase(start):
    """A slow wave is the same after resampling, wherever a gap ended."""
    time = np.arange(7000) / 700
    values = np.sin(2 * np.pi * 3 * time)[None]
    values[0, 500:start] = np.nan
    found = applied(Resample(256, "hold"), values, 700.0)[0]
    inside = slice(int(start / 700 * 256) + 15, -15)
    expected = np.sin(2 * np.pi * 3 * np.arange(len(found)) / 256)
    np.testing.assert_allclose(found[inside], expected[inside], rtol=0, atol=2e-3)


def test_a_lost_sample_does_not_cut_a_signal_that_is_resampled():
    values = wandering(1, 1000)
    values[0, 500] = np.nan
    line = values.copy()
    line[0, 500] = (line[0, 499] + line[0, 501]) / 2
    found, expected = applied(Resample(150), values), applied(Resample(150), line)
    assert np.flatnonzero(np.isnan(found)).tolist() == [750, 751]  # from 5.00 s until before 5.01 s
    expected[0, [750, 751]] = np.nan
    np.testing.assert_array_equal(found, expected)


def test_beyond_the_ends_lie_zeros_or_the_last_value():
    values = np.full((1, 100), 5.0)
    assert applied(Resample(50), values)[0, 0] < 4
    np.testing.assert_allclose(applied(Resample(50, "hold"), values), 5, rtol=1e-2)


# ------------------------------------------------------------------------- trend, change and limits


@pytest.mark.parametrize(("kind", "theirs"), [("mean", "constant"), ("line", "linear")])
def test_detrending_equals_scipy(kind, theirs):
    values = wandering() + 1e3
    np.testing.assert_allclose(applied(Detrend(kind), values), scipy_signal.detrend(values, type=theirs), atol=1e-8)


@given(st.floats(-1e3, 1e3), st.floats(-10, 10), st.sets(st.integers(0, 49), max_size=48))
def test_a_line_with_gaps_becomes_zero(offset, slope, gaps):
    values = (offset + slope * np.arange(50.0))[None]
    values[0, list(gaps)] = np.nan
    found = applied(Detrend(), values)
    np.testing.assert_array_equal(np.isnan(found), np.isnan(values))
    np.testing.assert_allclose(found[np.isfinite(found)], 0, atol=1e-9)


@pytest.mark.parametrize("values", [[[]], [[np.nan, np.inf]], [[3.0]]])
@pytest.mark.parametrize("step", [Detrend(), Derivative(), Clip(0, 1), LowPass(3), Resample(50)], ids=str)
def test_hardly_any_sample_is_no_problem(step, values):
    assert np.shape(applied(step, values))[0] == 1


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2, 4, 3], [0, 10, 20, -10]),
        ([1, 2, np.nan, 5, 4], [0, 10, np.nan, 0, -10]),
        ([np.nan, 3, np.inf, 2], [np.nan, 0, np.nan, 0]),
    ],
)
def test_the_derivative_worked_by_hand(values, expected):
    np.testing.assert_allclose(applied(Derivative(), [values], 10.0), [expected], rtol=1e-12)


def test_clipping_worked_by_hand():
    np.testing.assert_array_equal(applied(Clip(0, 1), [[-1, 0.5, np.nan, 2, np.inf]]), [[0, 0.5, np.nan, 1, np.nan]])


# ------------------------------------------------------------------------------------------ chains


@pytest.mark.parametrize(
    ("first", "sections"),
    [(BandPass(5, 15), butter(4, [5, 15], "bandpass", 700)), (LowPass(3), butter(4, 3, "lowpass", 700))],
    ids=["ecg", "eda"],
)
def test_the_chain_of_attx_equals_scipy_called_directly(first, sections):
    values = wandering(1, 70_000) + 3
    changed = recording(values, 700.0)
    for step in (first, ZScore(), Resample(256)):
        changed = step.apply(changed)
    smooth = scipy_signal.sosfiltfilt(sections, values)
    expected = scipy_signal.resample_poly((smooth - smooth.mean()) / smooth.std(), 64, 175, axis=1)
    assert changed.signals["ecg"].rate == 256
    np.testing.assert_allclose(changed.signals["ecg"].values, expected, rtol=0, atol=1e-10)
