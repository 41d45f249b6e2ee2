"""Normalisation by a person, a recording, a baseline, the past or a training part, against formulas and SciPy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import zscore

from bench.api import Recording, Segment, Signal
from bench.checks import preprocessors
from bench.data.calls.steps import run_steps
from bench.data.calls.unlabelled import through_steps
from bench.errors import DataError
from bench.registry import Registry
from bench_normalise.minmax import MinMax
from bench_normalise.moments import BLOCK, moments
from bench_normalise.standardise import Standardise
from bench_normalise.zscore import ZScore

CAUSAL = ZScore("causal", warmup=0)
EVERYTHING = [ZScore(), ZScore("trimmed"), CAUSAL, MinMax()]


def recording(values, segments=(), session="1", channels=("x",), modality="eda"):
    signal = Signal(np.array(values, dtype=float), 4.0, "uS", channels[: len(values)])
    return Recording("P1", {modality: signal}, list(segments), session)


def applied(values, step=None):
    return (step or ZScore()).apply(recording(values)).signals["eda"].values


def together(step, *pieces):
    """The values of several recordings of one person."""
    given = [recording(values, session=str(number)) for number, values in enumerate(pieces, 1)]
    return [changed.signals["eda"].values for changed in step.apply_all(given)]


def noise(count, seed=0, channels=1):
    return np.random.default_rng(seed).normal(3, 2, size=(channels, count))


# ------------------------------------------------------------------------------------ the whole session


def test_each_channel_gets_mean_0_and_spread_1_as_scipy_says():
    values = np.random.default_rng(0).normal([[3.0], [-1e6]], [[0.01], [50.0]], size=(2, 500))
    np.testing.assert_allclose(applied(values), zscore(values, axis=1), rtol=1e-9, atol=1e-9)


def test_a_channel_worked_by_hand():
    # mean 4, mean square of -3, -1, 0, 4 is 6.5
    np.testing.assert_allclose(applied([[1, 3, 4, 8]]), np.array([[-3, -1, 0, 4]]) / np.sqrt(6.5), rtol=1e-12)


def test_gaps_stay_gaps_and_do_not_disturb_the_rest():
    values = np.random.default_rng(0).normal(size=(2, 100))
    values[1, [0, 50, 99]] = np.nan
    found = applied(values)
    assert np.isnan(found[1, [0, 50, 99]]).all()
    known = np.isfinite(values[1])
    np.testing.assert_allclose(found[1, known], zscore(values[1, known]), rtol=1e-9)
    np.testing.assert_allclose(found[0], zscore(values[0]), rtol=1e-9)


@pytest.mark.parametrize("step", EVERYTHING, ids=str)
@given(value=st.floats(-1e9, 1e9), count=st.integers(1, 300))
def test_a_constant_channel_becomes_zero(step, value, count):
    assert (applied(np.full((1, count), value), step) == 0).all()


@pytest.mark.parametrize("step", EVERYTHING, ids=str)
@pytest.mark.parametrize("values", [[[np.nan] * 4], [[np.inf] * 4], [[]]])
def test_a_channel_without_any_value_stays_without_and_raises_no_warning(values, step):
    assert not np.isfinite(applied(values, step)).any()


@pytest.mark.parametrize("step", EVERYTHING, ids=str)
@given(
    values=st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=30),
    scale=st.floats(0.01, 100),
    offset=st.floats(-100, 100),
)
def test_units_and_offsets_of_a_sensor_do_not_matter(step, values, scale, offset):
    values = np.array([np.round(values, 3)])
    if values.std() > 1e-3:
        np.testing.assert_allclose(applied(values * scale + offset, step), applied(values, step), atol=1e-3)


@pytest.mark.parametrize(("step", "unit"), [*((each, "z") for each in EVERYTHING[:3]), (MinMax(), "0 to 1")], ids=str)
def test_every_signal_is_changed_and_nothing_else(step, unit):
    random = np.random.default_rng(0)
    signals = {
        "eda": Signal(random.normal(size=(1, 40)).astype(np.float32), 4.0, "uS", ("x",)),
        "eeg": Signal(random.normal(size=(2, 80)), 8.0, "uV", ("f3", "f4")),
    }
    before = {name: signal.values.copy() for name, signal in signals.items()}
    given = Recording("P1", signals, [Segment(0.0, 10.0, "a", {"stress": "calm"})], "2")
    found = step.apply(given)
    assert (found.subject, found.session, found.segments) == ("P1", "2", given.segments)
    for name, signal in found.signals.items():
        assert (signal.rate, signal.channels, signal.unit) == (signals[name].rate, signals[name].channels, unit)
        assert signal.values.dtype == np.float64
        assert np.array_equal(signals[name].values, before[name])  # the given one stays as it is


def test_the_numbers_are_those_of_all_samples_however_many_blocks_they_fill():
    values = np.random.default_rng(0).normal(1e6, 1e-3, size=(1, 3 * BLOCK + 11))
    values[0, BLOCK : 2 * BLOCK] = np.nan  # a block in which nothing is known
    known = values[0, np.isfinite(values[0])]
    found = moments(values)
    assert (found.count, found.mean) == (len(known), pytest.approx(known.mean(), rel=1e-14))
    assert found.spread == pytest.approx((known - known.mean()).std(), rel=1e-6)
    np.testing.assert_allclose(applied(values)[0, np.isfinite(values[0])], zscore(known), atol=1e-5)


@pytest.mark.parametrize(
    ("step", "scope"),
    [
        *((step, "session") for step in EVERYTHING if step != CAUSAL),
        (CAUSAL, "past"),
        (ZScore("baseline", baseline="calm"), "session"),
        (ZScore(per="recording"), "recording"),
        (MinMax("recording"), "recording"),
    ],
    ids=str,
)
def test_the_scope_is_true(step, scope):
    assert step.scope == scope
    for check in preprocessors.CHECKS:
        check(step)


def test_a_condition_that_is_no_class_ignores_labels():
    for name in ("T1", "S01"):
        preprocessors.labels_are_ignored(ZScore("baseline", baseline=name))


@pytest.mark.parametrize("name", ["zscore", "minmax", "standardise"])
def test_steps_are_declared(name):
    assert Registry().get("preprocessor", name).load() in (ZScore, MinMax, Standardise)


# ------------------------------------------------------------------------- all recordings of a person


@pytest.mark.parametrize("statistics", ["session", "trimmed"])
def test_recordings_of_a_person_count_together(statistics):
    pieces = [noise(30), noise(70, seed=1) + 5]
    whole = applied(np.hstack(pieces), ZScore(statistics))
    np.testing.assert_allclose(np.hstack(together(ZScore(statistics), *pieces)), whole, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    "step", [ZScore(per="recording"), ZScore("trimmed", "recording"), MinMax("recording")], ids=str
)
def test_recordings_count_alone_where_one_asks_for_it(step):
    pieces = [noise(30), noise(70, seed=1) + 5]
    for found, values in zip(together(step, *pieces), pieces, strict=True):
        np.testing.assert_array_equal(found, applied(values, step))


def test_a_modality_that_some_recordings_lack_is_that_of_the_others():
    given = [recording(noise(20), modality="ecg"), recording(noise(30)), recording(noise(40, 1))]
    found = ZScore().apply_all(given)
    assert [list(one.signals) for one in found] == [["ecg"], ["eda"], ["eda"]]
    together_again = np.hstack([one.signals["eda"].values for one in found[1:]])
    np.testing.assert_allclose([together_again.mean(), together_again.std()], [0, 1], atol=1e-12)


@pytest.mark.parametrize(
    ("channels", "said"), [(("x", "y"), "1 channel (x) in session 1 and 2 channels (x, y) in session 2"),
                           (("y",), "1 channel (x) in session 1 and 1 channel (y) in session 2")]
)  # fmt: skip
@pytest.mark.parametrize("step", [ZScore(), MinMax()], ids=["zscore", "minmax"])
def test_recordings_with_other_channels_do_not_belong_together(step, channels, said):
    given = [recording(noise(20)), recording(noise(20, channels=len(channels)), session="2", channels=channels)]
    with pytest.raises(DataError) as raised:
        step.apply_all(given)
    name = type(step).__name__.lower()
    assert str(raised.value) == (
        f"{name}: 'eda' of P1 has {said}; make them alike before this step, or take per=recording."
    )


# ----------------------------------------------------------------------------- trimmed and baseline


@pytest.mark.parametrize("count", [1, 2, 39, 40, 41, 1000])
def test_trimmed_takes_the_spread_between_the_percentiles_and_the_mean_of_everything(count):
    values = np.random.default_rng(0).standard_cauchy(size=(1, count))
    middle = np.sort(values[0])[int(0.025 * count) : int(0.975 * count)]
    spread = middle.std() if len(middle) else 0
    expected = (values - values.mean()) / (spread or values.std() or 1)  # where only what is cut off moves: that of all
    np.testing.assert_allclose(applied(values, ZScore("trimmed")), expected, rtol=1e-9)


def through(step, *recordings):
    """The recordings of a subject after a step that sees no labels, as in a run."""
    return through_steps(run_steps, [step], recordings, "Data set 'made'")[0]


CALM = [Segment(5.0, 10.0, "T1", {"stress": "baseline"}), Segment(12.0, 15.0, "T2", {"stress": "tsst"}, "speech")]


@pytest.mark.parametrize(
    ("name", "start", "stop"), [("baseline", 20, 40), ("tsst", 48, 60), ("speech", 48, 60), ("T1", 20, 40)]
)
def test_a_baseline_is_a_class_a_stimulus_or_a_trial(name, start, stop):
    values = noise(80)
    values[0, [25, 50, 70]] = np.nan
    calm = values[0, start:stop][np.isfinite(values[0, start:stop])]
    found = through(ZScore("baseline", baseline=name), recording(values, CALM))[0].signals["eda"].values
    np.testing.assert_allclose(found, (values - calm.mean()) / calm.std(), rtol=1e-9)


def test_the_baseline_of_one_recording_counts_for_the_others_of_the_person():
    rest, task = noise(80), noise(60, 1)
    given = [recording(rest, CALM), recording(task, session="2")]
    found = through(ZScore("baseline"), *given)[1].signals["eda"].values
    np.testing.assert_allclose(found, (task - rest[0, 20:40].mean()) / rest[0, 20:40].std(), rtol=1e-9)
    with pytest.raises(DataError) as raised:
        through(ZScore("baseline", "recording"), *given)
    assert str(raised.value) == "zscore: P1/2 has no segment of the condition 'baseline'."
    with pytest.raises(DataError) as raised:
        through(ZScore("baseline", baseline="rest"), *given)
    assert str(raised.value) == (
        "Data set 'made', subject P1: there is no segment of the condition 'rest'; set it to one of baseline, tsst, "
        "speech, T1, T2."
    )


MANY = [Segment(number, number + 1.0, f"T{number:02d}", {}) for number in range(14)]


@pytest.mark.parametrize(
    ("segments", "name", "said"),
    [
        (CALM, "rest", "set it to one of baseline, tsst, speech, T1, T2"),
        (MANY, "rest", "set it to one of " + ", ".join(f"T{number:02d}" for number in range(12)) + " and 2 more"),
        ([], "rest", "it has no condition at all"),
    ],
)
def test_a_baseline_that_does_not_exist_is_a_sentence(segments, name, said):
    with pytest.raises(DataError) as raised:
        through(ZScore("baseline", baseline=name), recording(noise(80), segments))
    assert str(raised.value) == (f"Data set 'made', subject P1: there is no segment of the condition '{name}'; {said}.")


@pytest.mark.parametrize("flat", [np.nan, 2.0])
def test_a_baseline_that_never_moves_is_a_sentence_unless_nothing_else_does(flat):
    values = noise(80)
    values[0, 20:40] = flat
    with pytest.raises(DataError) as raised:
        through(ZScore("baseline"), recording(values, CALM))[0]
    assert str(raised.value) == (
        "zscore: 'eda' of P1/1 never moves in the condition 'baseline'; "
        "choose other statistics, or leave the subject out."
    )
    values[0, :20], values[0, 40:] = np.nan, 2.0
    found = through(ZScore("baseline"), recording(values, CALM))[0].signals["eda"].values
    assert (found[np.isfinite(values)] == 0).all()
    nothing = through(ZScore("baseline"), recording(np.full((1, 80), np.nan), CALM))[0]
    assert np.isnan(nothing.signals["eda"].values).all()


# ------------------------------------------------------------------------------------------- causal


def slowly(values, warmup):
    """The definition, sample by sample."""
    result = np.full(len(values), np.nan)
    for place in np.flatnonzero(np.isfinite(values)):
        past = values[: place + 1][np.isfinite(values[: place + 1])]
        if len(past) > warmup:
            spread = past.std()
            result[place] = (values[place] - past.mean()) / spread if spread > 0 else 0
    return result


@pytest.mark.parametrize("warmup", [0, 1, 5.5])
def test_causal_is_the_z_score_of_each_sample_by_its_past(warmup):
    values = noise(120)
    values[0, [0, 30, 31, 119]] = np.nan
    found = applied(values, ZScore("causal", warmup=warmup))
    np.testing.assert_allclose(found[0], slowly(values[0], warmup * 4), rtol=1e-9, atol=1e-12)


def test_causal_knows_no_future_and_no_other_recording():
    values = noise(2 * BLOCK + 9)
    other = values.copy()
    other[0, BLOCK + 5 :] *= -7
    step = ZScore("causal")
    first, second = applied(values, step), applied(other, step)
    np.testing.assert_array_equal(first[:, : BLOCK + 5], second[:, : BLOCK + 5])
    assert np.isnan(first[0, :120]).all()
    assert np.isfinite(first[0, 120:]).all()
    np.testing.assert_array_equal(together(step, noise(500, 3), values)[1], first)


@pytest.mark.parametrize("offset", [0, 1e6, 1e9])
def test_causal_does_not_lose_a_small_signal_on_a_large_offset(offset):
    small = np.round(noise(3 * BLOCK), 3)
    np.testing.assert_allclose(
        applied(small + offset, ZScore("causal")), applied(small, ZScore("causal")), rtol=0, atol=1e-5
    )


def test_causal_ends_where_the_session_ends():
    values = noise(3 * BLOCK)
    assert applied(values, ZScore("causal"))[0, -1] == pytest.approx(applied(values)[0, -1], rel=1e-9)


# ------------------------------------------------------------------------------------ 0 to 1, and folds


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50))
def test_from_0_to_1(values):
    found = applied([values], MinMax())
    assert found.min() == 0
    assert found.max() == (1 if min(values) < max(values) else 0)


def test_from_0_to_1_worked_by_hand():
    np.testing.assert_allclose(applied([[2, np.nan, 4, 3, -1]], MinMax()), [[0.6, np.nan, 1, 0.8, 0]], rtol=1e-12)
    first, second = together(MinMax(), [[0, 2]], [[4, 1]])
    np.testing.assert_allclose([*first[0], *second[0]], [0, 0.5, 1, 0.25])


@settings(deadline=None)
@given(st.integers(1, 12), st.integers(1, 3), st.integers(1, 20), st.integers(1, 5), st.floats(0, 0.5))
def test_standardise_learns_the_same_from_any_chunks(count, channels, width, parts, missing):
    random = np.random.default_rng(count)
    windows = random.normal(1e3, 1e-2, size=(count, channels, width))
    windows[random.random(windows.shape) < missing] = np.nan
    offset, scale = Standardise().learn(iter(np.array_split(windows, parts)))
    for place in range(channels):
        known = windows[:, place][np.isfinite(windows[:, place])]
        moves = len(known) > 1
        assert offset[place] == pytest.approx(known.mean() if len(known) else 0, rel=1e-12)
        assert scale[place] == pytest.approx((known - 1e3).std() if moves else 1, rel=1e-6)


def test_standardise_divides_a_constant_channel_by_1():
    windows = np.full((5, 2, 10), 0.1, dtype=np.float32)
    windows[:, 1] = np.arange(10)
    offset, scale = Standardise().learn(iter([windows[:3], windows[3:]]))
    np.testing.assert_allclose(offset, [np.float32(0.1), 4.5], rtol=1e-12)
    np.testing.assert_allclose(scale, [1, np.arange(10).std()], rtol=1e-12)


def test_standardise_needs_a_window():
    with pytest.raises(DataError) as raised:
        Standardise().learn(iter([]))
    assert str(raised.value) == "standardise: there is no window to learn from; its training part is empty."
