"""The tidy table of features: units, reasons, and features of skin, breath and brain."""

import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bench_statistics
from bench.errors import DataError
from bench_statistics import features
from bench_statistics.extractor import Statistics
from bench_statistics.feature import spelt

MODALITIES = ("ecg", "bvp", "eda", "eeg", "temp", "resp", "acc")
UNITS = {"uV", "uV/s", "uV²", "log10 uV²", "log10", "1/min", "ms", "ms²", "%", "s", "1"}


@pytest.fixture(scope="module")
def nk():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import neurokit2

        yield neurokit2


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def values(table, channel="1"):
    """Feature -> value of the first window."""
    rows = table[(table["window"] == 0) & (table["channel"] == channel)]
    return dict(zip(rows["feature"], rows["value"], strict=True))


# ------------------------------------------------------------------------------------- the table


@pytest.mark.parametrize("modality", MODALITIES)
@pytest.mark.parametrize("time", [1, 2, 3, 17, 640, 8000])
@pytest.mark.parametrize("rate", [0.2, 4.0, 64.0, 1000.0])
def test_a_value_is_there_or_a_reason_why_not_and_each_has_a_unit(modality, time, rate):
    windows = noise(4, 2, time).cumsum(axis=2)
    windows[1] = 7.0
    windows[2] += 1e9
    windows[3, 0, 0] = np.nan
    found = features(windows, rate, modality, ("F4", "F3"), "uV")
    assert list(found.columns) == ["window", "channel", "feature", "value", "unit", "reason"]
    assert not np.isinf(found["value"]).any()
    np.testing.assert_array_equal(found["value"].isna(), found["reason"] != "")
    assert set(found["unit"]) <= UNITS
    assert not found.duplicated(["window", "channel", "feature"]).any()
    broken = found[(found["window"] == 3) & (found["channel"] != "F3")]
    assert broken["value"].isna().all()
    assert (broken["reason"] == "samples are missing").any()


@pytest.mark.parametrize("modality", MODALITIES)
@pytest.mark.parametrize("time", [1, 40, 640])
def test_the_extractor_gives_the_values_of_the_table_without_what_no_window_can_have(modality, time):
    windows = noise(5, 2, time)
    names, extracted = Statistics("all").extract(windows, 64.0, modality, ("F4", "F3"))
    table = features(windows, 64.0, modality, ("F4", "F3"))
    table["name"] = [f"{modality}.{row.channel}.{row.feature}" for row in table.itertuples()]
    wide = table.pivot_table(index="window", columns="name", values="value", dropna=False)
    np.testing.assert_array_equal(wide[names].to_numpy(), extracted)
    excluded = table[~table["name"].isin(names)]
    assert excluded["reason"].str.startswith("needs ").all()


def test_units_are_those_of_the_signal_in_brackets_where_it_is_a_quotient():
    assert [spelt(unit, "m/s²") for unit in ("{u}", "{u}/s", "log10 {u}²", "ms")] == [
        "m/s²", "(m/s²)/s", "log10 (m/s²)²", "ms",
    ]  # fmt: skip
    assert spelt("{u}/s", "") == "a.u./s"


@pytest.mark.parametrize(
    ("windows", "rate", "channels", "message"),
    [
        (
            np.zeros(9), 4, (),
            "Features need windows (n, channels, time) and a rate above 0; the shape is (9,), the rate 4.",
        ),
        (
            np.zeros((1, 1, 9)), 0, (),
            "Features need windows (n, channels, time) and a rate above 0; the shape is (1, 1, 9), the rate 0.",
        ),
        (np.zeros((1, 2, 9)), 4, ("a",), "There are 1 names for 2 channels; give one name for each."),
    ],
)  # fmt: skip
def test_what_is_no_set_of_windows_is_refused(windows, rate, channels, message):
    with pytest.raises(DataError) as refused:
        features(windows, rate, "ecg", channels)
    assert str(refused.value) == message


def test_the_package_stays_light_until_features_are_asked_for():
    code = "import sys, bench_statistics; print('pandas' in sys.modules or 'scipy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
    with pytest.raises(AttributeError, match=r"^module 'bench_statistics' has no attribute 'nothing'$"):
        bench_statistics.nothing  # noqa: B018


@settings(max_examples=20, deadline=None)
@given(modality=st.sampled_from(MODALITIES), seed=st.integers(0, 1000), order=st.permutations(range(6)))
def test_a_long_window_gives_the_same_bits_whatever_stands_beside_it(modality, seed, order):
    time = np.arange(130 * 32) / 32
    windows = noise(6, 2, len(time), seed=seed) / 4 + np.sin(2 * np.pi * (1 + noise(6, 2, 1, seed=seed) / 5) * time)
    whole = Statistics("all").extract(windows, 32.0, modality, ("O2", "O1"))[1]
    parts = [
        Statistics("all").extract(windows[rows], 32.0, modality, ("O2", "O1"))[1] for rows in (order[:2], order[2:])
    ]
    np.testing.assert_array_equal(np.concatenate(parts), whole[list(order)])


# ------------------------------------------------------------------------------------------ skin


@pytest.mark.parametrize("responses", [1, 3, 6])
def test_responses_are_those_that_neurokit_counts(nk, responses):
    late = np.maximum(np.arange(6000) / 100 - (4 + 50 * np.arange(responses)[:, None] / responses), 0)
    eda = 5 + 0.8 * ((late / 3 * np.exp(1 - late / 3)) ** 2).sum(axis=0)  # peaks after 3 s
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        phasic = nk.eda_phasic(eda, sampling_rate=100, method="highpass")["EDA_Phasic"].to_numpy()
        theirs = nk.eda_peaks(phasic, sampling_rate=100)[1]
    ours = values(features(eda[None, None], 100, "eda", unit="uS"))
    assert ours["scr_count"] == responses == len(theirs["SCR_Peaks"])
    # Times differ by how each of the two smooths: theirs is a filter of the fast part, ours a moving average. Where
    # responses overlap, their rise is counted from a level that the filter has moved.
    if responses < 6:
        assert ours["scr_rise_time_s"] == pytest.approx(np.nanmean(theirs["SCR_RiseTime"]), abs=1.2)
        assert ours["scr_half_recovery_s"] == pytest.approx(np.nanmean(theirs["SCR_RecoveryTime"]), abs=2)


def test_a_triangular_response_has_the_times_and_the_level_that_it_was_made_with():
    time = np.arange(0, 60, 0.125)
    eda = 5 + np.interp(time, [0, 20, 23, 31, 60], [0, 0, 1, 0, 0])
    found = values(features(eda[None, None], 8, "eda"))
    assert found["scr_count"] == 1
    assert found["scr_mean_amplitude"] == pytest.approx(1, abs=0.2)
    assert found["scr_rise_time_s"] == pytest.approx(3, abs=1.2)
    assert found["scr_half_recovery_s"] == pytest.approx(4, abs=0.6)
    assert found["tonic_level"] == pytest.approx(5, abs=0.01)


@pytest.mark.parametrize("drift", [-0.03, 0.0, 0.03])
def test_the_tonic_level_is_that_of_the_middle_of_the_window(drift):
    time = np.arange(0, 60, 0.125)
    eda = 5 + drift * (time - 30) + sum(np.exp(-(((time - at) / 2) ** 2)) for at in (12, 40))
    assert values(features(eda[None, None], 8, "eda"))["tonic_level"] == pytest.approx(5, abs=0.05)


# ---------------------------------------------------------------------------------------- breath


@pytest.mark.parametrize("rate", [4, 32, 100, 700])
@pytest.mark.parametrize("per_minute", [9, 15, 24])
def test_a_sine_is_a_breath_with_its_rate_and_depth(rate, per_minute):
    time = np.arange(60 * rate) / rate
    found = values(features(3 * np.sin(2 * np.pi * per_minute / 60 * time)[None, None] - 40, rate, "resp"))
    assert found["breathing_rate_per_min"] == pytest.approx(per_minute, rel=0.02)
    assert found["breath_depth"] == pytest.approx(6, rel=0.1)
    assert found["breath_interval_sd_s"] < 0.25


def test_breathing_of_a_real_recording_agrees_with_neurokit(nk, recorded):
    folder = recorded("neurokit_bio") / "data"
    difference = []
    for file in ("bio_resting_5min_100hz.csv", "bio_resting_8min_100hz.csv"):
        rsp = pd.read_csv(folder / file)["RSP"].to_numpy()
        windows = rsp[: len(rsp) // 6000 * 6000].reshape(-1, 1, 6000)
        ours = features(windows, 100, "rsp").query("feature == 'breathing_rate_per_min'")["value"]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            cleaned = [nk.rsp_clean(row, sampling_rate=100) for row in windows[:, 0]]
            peaks = [nk.rsp_peaks(row, sampling_rate=100)[1]["RSP_Peaks"] for row in cleaned]
        theirs = [60 / np.diff(found / 100).mean() for found in peaks]
        difference.extend(np.abs(ours.to_numpy() - theirs))
    assert np.median(difference) < 0.3
    assert np.mean(np.array(difference) < 1.5) >= 0.8


# ----------------------------------------------------------------------------------------- brain


def test_the_relative_powers_of_bands_sum_to_one_and_follow_the_absolute_ones():
    found = values(features(noise(1, 1, 1280), 128, "eeg"))
    bands = ("delta", "theta", "alpha", "beta", "gamma")
    relative = np.array([found[f"{band}_relative_power"] for band in bands])
    absolute = np.array([10 ** found[f"{band}_log_power"] for band in bands])
    assert relative.sum() == pytest.approx(1)
    np.testing.assert_allclose(relative, absolute / absolute.sum())


@pytest.mark.parametrize(
    ("channels", "pairs"),
    [
        (("F3", "F4", "Cz", "O2"), ["F4-F3"]),
        (("AF3", "F7", "F8", "AF4", "T7", "T8"), ["F8-F7", "AF4-AF3", "T8-T7"]),
        (("Fc5.", "Fc6.", "Fp1.", "Fp2."), ["Fc6-Fc5", "Fp2-Fp1"]),
        (("EMG1", "EMG2", "2", "1"), []),
    ],
)
def test_asymmetry_is_of_electrodes_opposite_of_each_other(channels, pairs):
    found = features(noise(1, len(channels), 256), 128, "eeg", channels)
    assert list(dict.fromkeys(found.loc[found["feature"].str.endswith("_asymmetry"), "channel"])) == pairs


def test_asymmetry_is_the_log_power_of_the_right_less_that_of_the_left():
    left, right = noise(2, 512)
    found = features(np.stack([left, right, 0 * left])[None], 128, "eeg", ("F3", "F4", "O1"))
    sides = [values(found, channel) for channel in ("F4", "F3")]
    difference = sides[0]["alpha_log_power"] - sides[1]["alpha_log_power"]
    assert values(found, "F4-F3")["alpha_asymmetry"] == pytest.approx(difference)
    twice = features(np.stack([left, 10 * left])[None], 128, "eeg", ("F3", "F4"))
    assert values(twice, "F4-F3")["beta_asymmetry"] == pytest.approx(2)
    flat = features(np.stack([left, 0 * left])[None], 128, "eeg", ("F3", "F4")).query("channel == 'F4-F3'")
    assert set(flat["reason"]) == {"no power in one of the two channels"}
