"""Features of windows against independent formulas, hand-worked cases and real recordings."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import signal, stats

from bench_statistics.columns import CHUNK
from bench_statistics.extractor import Statistics
from bench_statistics.kinds import kind_of
from bench_statistics.peaks import find_peaks

# Coverage is measured of bench, which these hardly enter; tracing NeuroKit2 would take half as long again.
pytestmark = pytest.mark.no_cover

#: Features that a window may not tell.
OPEN = {
    "heart_rate_bpm", "pulse_rate_bpm", "mean_nn_ms", "sdnn_ms", "rmssd_ms", "sdsd_ms", "pnn20_percent",
    "pnn50_percent", "lf_power_ms2", "hf_power_ms2", "lf_hf_ratio", "pulse_amplitude",
    "scr_rise_time_s", "scr_half_recovery_s",
    "breathing_rate_per_min", "breath_interval_sd_s", "breath_depth", "breath_depth_sd",
    *(f"{band}_relative_power" for band in ("delta", "theta", "alpha", "beta", "gamma")),
}  # fmt: skip
MODALITIES = ("ecg", "bvp", "eda", "eeg", "temp", "resp", "acc")


def extract(windows, rate, modality, channels=()):
    """Name without the modality -> values."""
    names, values = Statistics("all").extract(windows, rate, modality, channels)
    assert values.dtype == np.float64
    assert values.shape == (len(windows), len(names))
    return {name.removeprefix(f"{modality}."): column for name, column in zip(names, values.T, strict=True)}


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def beats_at(seconds, rate, duration, width=0.012):
    """Narrow bumps at given times."""
    time = np.arange(round(duration * rate)) / rate
    return np.exp(-(((time[:, None] - np.asarray(seconds)) / width) ** 2) / 2).sum(axis=1)


def recorded(name, column, rate, length):
    """Windows of a real recording."""
    if "BENCH_DATA" not in os.environ:
        pytest.skip("BENCH_DATA is not set; real recordings are not here")
    values = pd.read_csv(Path(os.environ["BENCH_DATA"]) / "neurokit_bio" / "data" / name)[column].to_numpy()
    time = round(rate * length)
    return values[: len(values) // time * time].reshape(-1, 1, time)


# --------------------------------------------------------------------------------------- generic


def test_a_window_worked_by_hand():
    found = extract(np.array([[[1.0, 3.0, 2.0, 6.0]]]), 2.0, "acc")
    expected = {
        "mean": 3.0,
        "sd": np.sqrt((4 + 0 + 1 + 9) / 4),
        "slope_per_s": 2 * (-1.5 * 1 - 0.5 * 3 + 0.5 * 2 + 1.5 * 6) / 5,  # per sample, times two samples a second
        "min": 1.0,
        "max": 6.0,
        "q05": 1.15,
        "q25": 1.75,
        "q50": 2.5,
        "q75": 3.75,
        "q95": 5.55,
        "mean_absolute_difference": (2 + 1 + 4) / 3,
    }
    assert {name: found[name][0] for name in expected} == pytest.approx(expected)


@pytest.mark.parametrize("offset", [0.0, 1e4])
def test_distributions_equal_the_formulas_of_numpy_and_scipy(offset):
    windows = noise(7, 1, 250) * 3 + offset
    found, rows = extract(windows, 50.0, "acc"), windows[:, 0]
    expected = {
        "mean": rows.mean(axis=1),
        "sd": rows.std(axis=1),
        "slope_per_s": [stats.linregress(np.arange(250) / 50, row).slope for row in rows],
        "min": rows.min(axis=1),
        "max": rows.max(axis=1),
        **{f"q{share:02}": np.percentile(rows, share, axis=1) for share in (5, 25, 50, 75, 95)},
        "mean_absolute_difference": np.abs(np.diff(rows, axis=1)).mean(axis=1),
    }
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-9, atol=1e-9, err_msg=name)


def test_names_carry_modality_channel_and_unit():
    names, _ = Statistics("all").extract(noise(2, 2, 256), 128.0, "eeg", ("F3", "F4"))
    assert names[0] == "eeg.F3.mean"
    assert "eeg.F4.alpha_log_power" in names
    assert len(names) == len(set(names))
    assert Statistics("all").extract(noise(2, 2, 256), 128.0, "eeg", ())[0][0] == "eeg.1.mean"
    assert "ecg.heart_rate_bpm" in Statistics("all").extract(noise(2, 1, 256), 128.0, "ecg", ("II",))[0]


@pytest.mark.parametrize(
    ("name", "kind"),
    [("ecg", "ecg"), ("wrist-bvp", "bvp"), ("PPG", "bvp"), ("chest_eda", "eda"), ("GSR", "eda"), ("music", ""),
     ("bvp2", "bvp"), ("eeg_F3", "eeg")],
)  # fmt: skip
def test_a_modality_is_known_by_a_word_in_its_name(name, kind):
    assert kind_of(name) == kind


def test_each_channel_gives_the_features_of_a_window_with_that_channel_alone():
    windows = noise(3, 2, 640)
    both = Statistics("all").extract(windows, 64.0, "bvp", ("a", "b"))[1]
    alone = [Statistics("all").extract(windows[:, [channel]], 64.0, "bvp", ())[1] for channel in (0, 1)]
    np.testing.assert_array_equal(both, np.concatenate(alone, axis=1))


# -------------------------------------------------------------------------------------- spectrum


@pytest.mark.parametrize(
    ("frequency", "band"), [(2.5, "delta"), (6, "theta"), (10, "alpha"), (20, "beta"), (37, "gamma")]
)
def test_a_sine_has_half_its_squared_amplitude_in_its_band_and_nothing_elsewhere(frequency, band):
    time = np.arange(512) / 128
    found = extract((3 * np.sin(2 * np.pi * frequency * time) + 7)[None, None], 128.0, "eeg")
    for name in ("delta", "theta", "alpha", "beta", "gamma"):
        power = 10 ** found[f"{name}_log_power"][0]
        assert power == pytest.approx(4.5 if name == band else 0, rel=1e-3, abs=1e-3)


def test_band_powers_equal_the_periodogram_of_scipy():
    windows = noise(4, 1, 1001)
    frequencies, density = signal.periodogram(windows[:, 0], 100.0, window="hann", detrend="constant")
    found = extract(windows, 100.0, "eeg")
    for name, low, high in (("theta", 4, 8), ("alpha", 8, 13), ("beta", 13, 30), ("gamma", 30, 45)):
        inside = (frequencies >= low) & (frequencies < high)
        power = density[:, inside].sum(axis=1) * frequencies[1]
        np.testing.assert_allclose(found[f"{name}_log_power"], np.log10(power), rtol=1e-9)


@pytest.mark.parametrize(
    ("modality", "rate", "time", "bands"),
    [
        ("eeg", 64.0, 640, ["delta", "theta", "alpha", "beta"]),  # gamma reaches beyond 32 Hz
        ("eda", 4.0, 240, ["0.05_0.25hz", "0.25_0.5hz", "0.5_1hz"]),
        ("eda", 4.0, 8, ["0.5_1hz"]),  # two seconds hold no slower frequency
        ("acc", 32.0, 8, ["0.25_0.5_nyquist", "0.5_1_nyquist"]),
        ("acc", 32.0, 1, []),
    ],
)
def test_bands_lie_below_the_nyquist_frequency_and_hold_a_frequency_of_the_window(modality, rate, time, bands):
    found = extract(noise(1, 1, time), rate, modality)
    assert [name.removesuffix("_log_power") for name in found if name.endswith("_log_power")] == bands


# ----------------------------------------------------------------------------------------- beats


def test_intervals_between_bumps_give_the_textbook_values():
    times = np.cumsum([0.6, 0.8, 0.9, 0.7, 0.8, 0.85, 0.75, 0.8, 0.8, 0.9])
    interval = np.diff(times)
    found = extract(beats_at(times, 250, 9.5)[None, None], 250.0, "ecg")
    assert found["heart_rate_bpm"][0] == pytest.approx(60 / interval.mean(), rel=2e-3)
    assert found["sdnn_ms"][0] == pytest.approx(1000 * interval.std(ddof=1), rel=0.02)
    assert found["rmssd_ms"][0] == pytest.approx(1000 * np.sqrt((np.diff(interval) ** 2).mean()), rel=0.02)


def test_a_missed_and_a_false_beat_change_neither_rate_nor_variability():
    regular = np.arange(0.5, 20, 0.8)
    defective = np.sort(np.append(np.delete(regular, 10), regular[17] + 0.4))
    found = extract(beats_at(defective, 250, 20)[None, None], 250.0, "ecg")
    assert found["heart_rate_bpm"][0] == pytest.approx(75, rel=1e-3)
    assert found["rmssd_ms"][0] < 2
    assert found["sdnn_ms"][0] < 2


@pytest.mark.parametrize(
    ("beats", "known"),
    [
        ([], []),
        ([1.0], []),
        ([1.0, 1.8], []),
        ([1.0, 1.8, 2.6], ["heart_rate_bpm", "mean_nn_ms", "pnn20_percent", "pnn50_percent", "rmssd_ms", "sdnn_ms"]),
        (
            [0.4, 1.2, 2.0, 2.8],
            ["heart_rate_bpm", "mean_nn_ms", "pnn20_percent", "pnn50_percent", "rmssd_ms", "sdnn_ms", "sdsd_ms"],
        ),
    ],
)
def test_rate_and_variability_need_three_beats(beats, known):
    found = extract(beats_at(beats, 128, 4)[None, None], 128.0, "ecg")
    assert sorted(name for name in OPEN if name in found and np.isfinite(found[name][0])) == known


def test_the_core_is_some_of_all_features_with_the_same_values():
    windows = noise(3, 2, 2560)
    for modality in ("ecg", "bvp", "eda", "eeg", "resp", "temp"):
        names, values = Statistics().extract(windows, 256.0, modality, ("F3", "F4"))
        every, found = Statistics("all").extract(windows, 256.0, modality, ("F3", "F4"))
        np.testing.assert_array_equal(values, found[:, [every.index(name) for name in names]])
        assert (len(names) < len(every)) == (modality != "temp")


def test_equal_samples_at_a_summit_are_one_peak():
    row = np.zeros(100)
    row[[20, 21, 22, 60]] = 1.0
    assert find_peaks(row[None], 50.0, 0.5).sample.tolist() == [20, 60]


def test_pulse_and_heart_rate_of_a_real_recording_agree():
    heart = extract(recorded("bio_resting_5min_100hz.csv", "ECG", 100, 10), 100.0, "ecg")
    pulse = extract(recorded("bio_resting_5min_100hz.csv", "PPG", 100, 10), 100.0, "ppg")
    difference = np.abs(heart["heart_rate_bpm"] - pulse["pulse_rate_bpm"])
    assert np.median(difference) < 0.5
    assert difference.max() < 2.5
    assert np.median(np.abs(heart["sdnn_ms"] - pulse["sdnn_ms"])) < 5


@pytest.mark.parametrize(("rate", "frequency"), [(32, 1.0), (64, 1.5), (128, 1.2), (500, 2.0)])
def test_a_sine_is_a_pulse_with_its_frequency_and_height(rate, frequency):
    time = np.arange(20 * rate) / rate
    found = extract(2.5 * np.sin(2 * np.pi * frequency * time)[None, None] + 100, float(rate), "bvp")
    assert found["pulse_rate_bpm"][0] == pytest.approx(60 * frequency, rel=2e-3)
    assert found["pulse_amplitude"][0] == pytest.approx(5, rel=0.05)
    assert found["rmssd_ms"][0] < 6


# ---------------------------------------------------------------------------------- electrodermal


@pytest.mark.parametrize("responses", [0, 1, 3, 6])
@pytest.mark.parametrize("drift", [-0.02, 0.0, 0.02])
@pytest.mark.parametrize("rate", [4, 100])
def test_simulated_skin_responses_are_counted_and_the_drift_is_found(responses, drift, rate):
    time = np.arange(6000) / 100
    onsets = 4 + 50 * np.arange(responses)[:, None] / max(responses, 1)
    late = np.maximum(time - onsets, 0)
    shapes = np.exp(-late / 2) - np.exp(-late / 0.75)  # Bateman: rises within 1.2 s, halves within 2 s
    eda = 5 + drift * time + 0.8 * shapes.sum(axis=0) + 0.003 * noise(6000)
    found = extract(eda[None, None, :: 100 // rate], float(rate), "eda")
    assert found["scr_per_minute"][0] == pytest.approx(responses)
    assert found["tonic_slope_per_s"][0] == pytest.approx(drift, abs=3e-3)
    assert (found["scr_mean_amplitude"][0] > 0.1) == (responses > 0)


def test_a_smaller_threshold_finds_smaller_skin_responses():
    time = np.arange(0, 60, 0.25)
    eda = 0.05 * sum(np.exp(-(((time - centre) / 2) ** 2)) for centre in (10, 25, 45))
    count = []
    for scr in (0.01, 0.2):
        names, values = Statistics("all", scr=scr).extract(eda[None, None], 4.0, "eda", ())
        count.append(values[0, names.index("eda.scr_per_minute")])
    assert count == [3, 0]


# -------------------------------------------------------------------------------- all modalities


@pytest.mark.parametrize("modality", MODALITIES)
@pytest.mark.parametrize("time", [1, 2, 3, 5, 17, 300])
@pytest.mark.parametrize("rate", [1.0, 4.0, 128.0])
def test_short_windows_give_finite_values_but_for_what_they_cannot_tell(modality, time, rate):
    for name, values in extract(noise(3, 1, time), rate, modality).items():
        assert np.isfinite(values).all() or name in OPEN, name


@pytest.mark.parametrize("modality", MODALITIES)
@pytest.mark.parametrize("level", [0.0, 0.1, -1e6, 1e-9])
def test_constant_windows_give_defined_values(modality, level):
    found = extract(np.full((2, 1, 640), level), 64.0, modality)
    for name, values in found.items():
        if name in OPEN:
            assert np.isnan(values).all(), name
        elif name in ("mean", "min", "max", "tonic_level") or name.startswith("q"):
            assert (values == level).all(), name
        elif name.endswith("_log_power"):
            assert (values == -20).all(), name
        else:
            assert (values == 0).all(), name


@pytest.mark.parametrize("modality", MODALITIES)
def test_no_windows_give_the_same_columns_and_no_rows(modality):
    assert list(extract(noise(0, 1, 640), 64.0, modality)) == list(extract(noise(1, 1, 640), 64.0, modality))


@pytest.mark.parametrize("modality", MODALITIES)
@pytest.mark.parametrize("kind", [np.float32, np.int16, np.float64])
def test_any_layout_and_type_of_numbers_gives_the_values_of_contiguous_doubles(modality, kind):
    windows = np.asfortranarray((100 * noise(5, 2, 320)).astype(kind))[::2]
    plain = np.ascontiguousarray(windows, dtype=np.float64)
    given = Statistics("all").extract(windows, 64.0, modality, ())[1]
    np.testing.assert_array_equal(given, Statistics("all").extract(plain, 64.0, modality, ())[1])


@settings(max_examples=25, deadline=None)
@given(modality=st.sampled_from(MODALITIES), seed=st.integers(0, 1000), time=st.integers(2, 700), cut=st.integers(1, 8))
def test_a_row_depends_on_its_own_window_alone_bit_for_bit(modality, seed, time, cut):
    windows = np.cumsum(noise(9, 2, time, seed=seed), axis=2) + noise(9, 2, time, seed=seed + 1)
    whole = Statistics("all").extract(windows, 100.0, modality, ())[1]
    order = np.random.default_rng(seed).permutation(9)
    parts = [Statistics("all").extract(windows[rows], 100.0, modality, ())[1] for rows in (order[:cut], order[cut:])]
    np.testing.assert_array_equal(np.concatenate(parts), whole[order])


@pytest.mark.parametrize("modality", MODALITIES)
def test_more_windows_than_are_worked_on_at_once_give_the_rows_of_single_windows(modality):
    windows = np.cumsum(noise(7, 2, CHUNK // 5), axis=2)  # two windows at once, then one left over
    alone = [Statistics("all").extract(windows[[row]], 256.0, modality, ())[1] for row in range(7)]
    np.testing.assert_array_equal(Statistics("all").extract(windows, 256.0, modality, ())[1], np.concatenate(alone))


@settings(max_examples=30, deadline=None)
@given(
    windows=arrays.arrays(np.float64, (2, 1, 300), elements=st.integers(-50, 50).map(float)),
    modality=st.sampled_from(MODALITIES),
    shift=st.integers(-1000, 1000).map(float),
)
def test_adding_a_constant_changes_mean_and_quantiles_only(windows, modality, shift):
    before, after = extract(windows, 50.0, modality), extract(windows + shift, 50.0, modality)
    for name, values in before.items():
        level = name in ("mean", "min", "max", "tonic_level") or (name.startswith("q") and name[1:].isdigit())
        np.testing.assert_allclose(after[name], values + shift * level, rtol=1e-6, atol=1e-6, err_msg=name)
