"""Beats of the heart and their variability against NeuroKit2, SciPy, formulas, real and simulated recordings."""
# ruff: noqa: PD011 - values of a feature or a signal, not of a table

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import lombscargle

from bench.errors import DataError
from bench_statistics import features
from bench_statistics.beats import pulse_peaks, r_peaks
from bench_statistics.heart import of_time, variability
from bench_statistics.intervals import Intervals
from bench_statistics.peaks import Peaks
from bench_statistics.variability import of_frequencies

# Coverage is measured of bench, which these hardly enter; tracing NeuroKit2 would take half as long again.
pytestmark = pytest.mark.no_cover

REAL = {
    "ecg_1000hz.csv": 1000,
    "bio_resting_5min_100hz.csv": 100,
    "bio_resting_8min_100hz.csv": 100,
    "bio_eventrelated_100hz.csv": 100,
}


@pytest.fixture(scope="module")
def nk():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import neurokit2

        yield neurokit2


def peaks_at(*rows):
    """Peaks of some rows at these seconds."""
    row = np.repeat(np.arange(len(rows)), [len(seconds) for seconds in rows])
    seconds = np.concatenate([np.asarray(seconds, float) for seconds in rows])
    return Peaks(len(rows), row, np.rint(seconds * 1000).astype(np.intp), seconds)


def modulated(frequency, amplitude, seconds, mean=0.8):
    """Seconds of beats whose intervals follow a sine, its amplitude in seconds."""
    beats = [0.3]
    while beats[-1] < seconds - 1:
        length = mean
        for _ in range(5):  # an interval is as long as the sine says where it ends
            length = mean + amplitude * np.sin(2 * np.pi * frequency * (beats[-1] + length))
        beats.append(beats[-1] + length)
    return np.array(beats)


#: Seconds from the R peak, width in seconds and height of P, Q, R, S and T.
WAVES = ((-0.2, 0.025, 0.12), (-0.03, 0.01, -0.1), (0.0, 0.012, 1.0), (0.03, 0.012, -0.2), (0.28, 0.05, 0.3))


def irregular(random, bpm, seconds):
    """Seconds of the beats of a heart at that rate, whose intervals differ by 3 %."""
    beats = 0.4 + np.cumsum(60 / bpm * random.normal(1, 0.03, int(seconds * bpm / 60)))
    return beats[beats < seconds - 0.4]


def electrocardiogram(beats, rate, seconds):
    """Millivolts of a heart that beats at these seconds."""
    time = np.arange(round(seconds * rate)) / rate
    ecg = np.zeros(len(time))
    for beat in beats:
        near = slice(*np.searchsorted(time, (beat - 0.4, beat + 0.6)))
        ecg[near] += sum(h * np.exp(-(((time[near] - beat - at) / width) ** 2) / 2) for at, width, h in WAVES)
    return ecg


def value(table, name):
    return table.loc[table["feature"] == name, "value"].to_numpy()


# --------------------------------------------------------------------------------------- R peaks


def neurokit_peaks(nk, ecg, rate):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return nk.ecg_peaks(nk.ecg_clean(ecg, sampling_rate=rate), sampling_rate=rate)[1]["ECG_R_Peaks"] / rate


def found_again(beats, others, within):
    """Which beats have another one that near."""
    return np.abs(beats[:, None] - others).min(axis=1) <= within


def test_r_peaks_of_whole_real_recordings_are_within_20_ms_of_those_of_neurokit(nk, recorded):
    """The beats that differ are those of one recording, nearly all in artefacts that hide the R wave."""
    folder = recorded("neurokit_bio") / "data"
    recall, precision = [], []
    for file, rate in REAL.items():
        ecg = pd.read_csv(folder / file)["ECG"].to_numpy()
        expected, found = neurokit_peaks(nk, ecg, rate), r_peaks(ecg, rate)
        recall.append(found_again(expected, found, 0.02))
        precision.append(found_again(found, expected, 0.02))
    assert sum(map(len, recall)) > 1000
    assert np.concatenate(recall).mean() >= 0.99
    assert np.concatenate(precision).mean() >= 0.99
    for perfect in (0, 2, 3):
        assert recall[perfect].all()
        assert precision[perfect].all()


@pytest.mark.parametrize("length", [10, 30])
def test_r_peaks_of_a_window_are_those_of_the_whole_recording(recorded, length):
    ecg = pd.read_csv(recorded("neurokit_bio") / "data" / "bio_resting_8min_100hz.csv")["ECG"].to_numpy()
    whole, wrong = r_peaks(ecg, 100), 0
    for start in np.arange(0, 500 - length, length):
        inside = whole[(whole > start + 0.2) & (whole < start + length - 0.2)]
        found = r_peaks(ecg[start * 100 : (start + length) * 100], 100) + start
        wrong += (~found_again(inside, found, 0.005)).sum()
    assert wrong <= 1


@pytest.mark.parametrize("sign", [1, -1])
def test_beats_are_found_in_every_stretch_between_gaps(sign):
    beats = irregular(np.random.default_rng(0), 70, 300)
    ecg = sign * electrocardiogram(beats, 200, 300) + 1e4
    ecg[10000:12000] = np.nan
    ecg[30000:30100] = np.nan
    found = r_peaks(ecg, 200)
    gap = ((beats > 49.5) & (beats < 60.5)) | ((beats > 149.5) & (beats < 151))
    assert found_again(beats[~gap], found, 0.002).all()
    assert not (((found >= 50) & (found < 60)) | ((found >= 150) & (found < 150.5))).any()


def weak_parts(kind, time, start, strength):
    """What an electrocardiogram is multiplied by to become weak, and perhaps strong again, from a second on."""
    return {
        "from then on": np.where(time < start, 1, strength),
        "until then": np.where(time < start, strength, 1),
        "for 9 s": np.where((time >= start) & (time < start + 9), strength, 1),
        "gradually": np.exp(np.interp(time, (start, start + 5), (0, np.log(strength)))),
    }[kind]


def errors(beats, found, seconds):
    """How many beats are missed, and how many are false, away from the edges of the recording."""
    inside = beats[(beats > 0.2) & (beats < seconds - 0.3)]
    return (~found_again(inside, found, 0.02)).sum(), (~found_again(found, beats, 0.02)).sum()


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("start", np.arange(200, 202.01, 0.25))
def test_beats_are_found_wherever_the_signal_becomes_weak(start, sign):
    """The usual height is that of blocks of 2 s: beats up to the end of a block were compared with strong ones."""
    random = np.random.default_rng(1)
    beats = irregular(random, 70, 300)
    ecg = electrocardiogram(beats, 200, 300) + 0.01 * random.normal(size=60000)
    ecg *= sign * weak_parts("from then on", np.arange(60000) / 200, start, 0.05)
    clear = np.abs(beats - start) > 0.25  # nearer, the change itself may have more energy than the beat
    found = r_peaks(ecg + 1e4, 200)
    assert found_again(beats[clear], found, 0.01).all()
    assert len(found) == pytest.approx(len(beats), abs=1)


@st.composite
def weak_recordings(draw):
    """An electrocardiogram that becomes weak, its rate, its seconds, its beats and how often it changes."""
    random = np.random.default_rng(draw(st.integers(0, 1000)))
    rate, seconds = draw(st.sampled_from([100, 200, 256])), draw(st.sampled_from([20, 60, 90]))
    kind = draw(st.sampled_from(["from then on", "until then", "for 9 s", "gradually"]))
    start, strength = draw(st.floats(0.15, 0.7)) * seconds, draw(st.floats(0.05, 0.8))
    beats = irregular(random, draw(st.integers(50, 100)), seconds)
    ecg = electrocardiogram(beats, rate, seconds)
    ecg *= weak_parts(kind, np.arange(len(ecg)) / rate, start, strength)
    ecg += draw(st.floats(0, 0.02)) * strength * random.normal(size=len(ecg))
    return ecg, rate, seconds, beats, 2 if kind == "for 9 s" else 1


@settings(max_examples=60, deadline=None)
@given(weak_recordings())
def test_only_the_beat_at_a_change_may_be_hidden_by_it(recording):
    ecg, rate, seconds, beats, changes = recording
    missed, false = errors(beats, r_peaks(ecg, rate), seconds)
    assert missed <= changes
    assert false <= changes


@pytest.mark.parametrize("noise", [0.001, 0.01, 0.03])
@pytest.mark.parametrize("seed", range(5))
def test_the_search_for_missed_beats_adds_none_to_noise_or_pauses(seed, noise):
    random = np.random.default_rng(seed)
    beats = irregular(random, 70, 60)
    off = (beats > 30) & (beats < 50)  # the electrode is off
    pauses = random.choice(np.flatnonzero(~off)[3:-3:3], 4, replace=False)
    kept = np.delete(beats, np.union1d(np.flatnonzero(off), pauses))
    ecg = electrocardiogram(kept, 128, 60) + noise * random.normal(size=60 * 128)
    assert errors(kept, r_peaks(ecg, 128), 60) == (0, 0)


@pytest.mark.parametrize("find", [r_peaks, pulse_peaks])
@pytest.mark.parametrize("time", [0, 1, 2, 5, 500])
@pytest.mark.parametrize("level", [0.0, -1e9, np.nan])
def test_a_signal_without_beats_has_none(find, time, level):
    assert find(np.full(time, level), 100).shape == (0,)


def test_beats_of_a_slow_signal_or_of_several_channels_are_refused():
    with pytest.raises(DataError) as slow:
        r_peaks(np.zeros(100), 20)
    assert str(slow.value) == (
        "Beats need one channel (time,) with more than 24 samples per second; there are 20 and the shape is (100,)."
    )
    with pytest.raises(DataError, match=r"there are 64 and the shape is \(2, 100\)\.$"):
        pulse_peaks(np.zeros((2, 100)), 64)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("rate", [100, 128, 256, 700])
@pytest.mark.parametrize("heart_rate", [50, 75, 120])
def test_heart_rate_and_variability_are_those_of_the_beats_of_a_simulated_heart(heart_rate, rate, sign):
    random = np.random.default_rng(heart_rate)
    beats = irregular(random, heart_rate, 30)
    ecg = sign * (electrocardiogram(beats, rate, 30) + 0.02 * random.normal(size=30 * rate))
    found, interval = features(ecg[None, None], rate, "ecg"), np.diff(beats)
    assert value(found, "heart_rate_bpm")[0] == pytest.approx(60 / interval.mean(), abs=0.2)
    rmssd = 1000 * np.sqrt((np.diff(interval) ** 2).mean())
    assert value(found, "rmssd_ms")[0] == pytest.approx(rmssd, abs=3)


# ----------------------------------------------------------------------------------- variability


@pytest.mark.parametrize("seed", range(5))
def test_variability_equals_that_of_neurokit_from_the_same_peaks(nk, seed):
    random = np.random.default_rng(seed)
    samples = np.cumsum(random.integers(700, 900, 60))
    theirs = nk.hrv_time({"ECG_R_Peaks": samples}, sampling_rate=1000).iloc[0]
    intervals = peaks_at(samples / 1000).intervals()
    ours = of_time(intervals) | {"sdsd_ms": 1000 * intervals.changes().sd()}
    for name, their in (
        ("mean_nn_ms", "HRV_MeanNN"),
        ("sdnn_ms", "HRV_SDNN"),
        ("rmssd_ms", "HRV_RMSSD"),
        ("sdsd_ms", "HRV_SDSD"),
        ("pnn20_percent", "HRV_pNN20"),
        ("pnn50_percent", "HRV_pNN50"),
    ):
        assert ours[name][0] == pytest.approx(theirs[their], rel=1e-9), name


def test_variability_of_beats_worked_by_hand():
    found = variability("heart_rate_bpm", peaks_at([1, 2, 3.1, 4.1, 5.13]), 6.0)
    values = {name: feature.values[0] for name, feature in found.items() if feature.values is not None}
    change = np.array([100, -100, 30])
    assert values == pytest.approx(
        {
            "heart_rate_bpm": 60 * 4 / 4.13,
            "mean_nn_ms": 4130 / 4,
            "sdnn_ms": np.std([1000, 1100, 1000, 1030], ddof=1),
            "rmssd_ms": np.sqrt((change**2).mean()),
            "sdsd_ms": np.std(change, ddof=1),
            "pnn20_percent": 75,
            "pnn50_percent": 50,
            "beat_count": 5,
        }
    )


@pytest.mark.parametrize(
    ("seconds", "missing"),
    [
        (59.9, {"lf_power_ms2": "needs 120 s", "hf_power_ms2": "needs 60 s", "lf_hf_ratio": "needs 120 s"}),
        (60, {"lf_power_ms2": "needs 120 s", "lf_hf_ratio": "needs 120 s"}),
        (120, {}),
    ],
)
def test_fluctuations_need_windows_long_enough(seconds, missing):
    found = of_frequencies(peaks_at(modulated(0.25, 0.03, seconds)).intervals(), seconds)
    assert {name: feature.missing for name, feature in found.items() if feature.values is None} == missing


@pytest.mark.parametrize(("frequency", "band", "other"), [(0.1, "lf", "hf"), (0.25, "hf", "lf")])
@pytest.mark.parametrize("seconds", [120, 300])
def test_a_sine_in_the_intervals_has_half_its_squared_amplitude_in_its_band(frequency, band, other, seconds):
    found = of_frequencies(peaks_at(modulated(frequency, 0.03, seconds)).intervals(), seconds)
    assert found[f"{band}_power_ms2"].values[0] == pytest.approx(450, rel=0.06)
    assert found[f"{other}_power_ms2"].values[0] < 20
    ratio = found["lf_power_ms2"].values[0] / found["hf_power_ms2"].values[0]
    assert found["lf_hf_ratio"].values[0] == pytest.approx(ratio)


def test_power_is_the_periodogram_of_scipy_without_the_intervals_left_out():
    random = np.random.default_rng(2)
    length = random.normal(0.8, 0.05, 180)
    good = random.random(180) > 0.1
    end = np.cumsum(length)
    found = of_frequencies(Intervals(1, np.zeros(180, int), end, length, good), 150.0)
    frequencies = np.arange(150)[1:] / 150
    value = 1000 * (length[good] - length[good].mean())
    density = lombscargle(end[good], value, 2 * np.pi * frequencies) * 2 / good.sum()
    for band, low, high in (("lf", 0.04, 0.15), ("hf", 0.15, 0.4)):
        inside = (frequencies >= low - 1e-9) & (frequencies < high - 1e-9)
        assert found[f"{band}_power_ms2"].values[0] == pytest.approx(density[inside].sum(), rel=1e-6)


def test_beats_that_fill_less_than_half_of_a_window_tell_no_fluctuation():
    found = of_frequencies(peaks_at(modulated(0.25, 0.03, 55)).intervals(), 120)
    assert np.isnan(found["hf_power_ms2"].values[0])
    assert found["hf_power_ms2"].missing == "plausible intervals fill less than half of the window"


# --------------------------------------------------------------------------------------- a wrist


@pytest.mark.parametrize(("length", "median", "high"), [(10, 1.0, 4.0), (30, 1.0, 3.0)])
def test_pulse_rate_on_a_wrist_is_that_of_the_beats_that_the_device_trusts(recorded, length, median, high):
    """Median and 95th percentile of the absolute error in beats per minute, where those beats fill most of a window."""
    from bench.readers.empatica import signals
    from bench_stress_predict.layout import RAW

    error = []
    for person in ("S02", "S11", "S20", "S29"):
        folder = recorded("stress_predict") / RAW / person
        bvp = signals(folder)[1]["bvp"]
        count = int(bvp.values.shape[1] / bvp.rate) // length
        windows = bvp.values[:, : round(count * length * bvp.rate)].reshape(count, 1, -1)
        ours = value(features(windows, bvp.rate, "bvp"), "pulse_rate_bpm")
        end, interval = np.loadtxt(folder / "IBI.csv", delimiter=",", skiprows=1).T
        for number in range(count):
            inside = interval[(end - interval >= number * length) & (end <= (number + 1) * length)]
            if inside.sum() >= 0.7 * length:
                error.append(abs(ours[number] - 60 / inside.mean()))
    assert len(error) > 30
    assert np.median(error) < median
    assert np.percentile(error, 95) < high


@pytest.mark.parametrize("heart_rate", [40, 48, 60, 90, 120, 150, 180])
def test_pulse_rate_is_that_of_simulated_pulses(heart_rate):
    """Each has a systolic and a dicrotic wave, which follow each other closer where the heart is fast."""
    random = np.random.default_rng(heart_rate)
    length = 60 / heart_rate
    beats = irregular(random, heart_rate, 60)
    time = np.arange(60 * 64) / 64
    late = (time - beats[:, None]) / length
    pulses = np.exp(-(((late - 0.25) / 0.1) ** 2) / 2) + 0.3 * np.exp(-(((late - 0.6) / 0.12) ** 2) / 2)
    ppg = pulses.sum(axis=0) + 0.02 * random.normal(size=len(time)) + 0.3 * np.sin(2 * np.pi * 0.2 * time)
    found = value(features(ppg[None, None], 64, "ppg"), "pulse_rate_bpm")[0]
    assert found == pytest.approx(60 / np.diff(beats).mean(), rel=0.02)
