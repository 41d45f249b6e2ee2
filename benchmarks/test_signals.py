"""A person of 6,000 s at 700 Hz, ECG and EDA, from raw to 256 Hz as AttX does, against SciPy and NeuroKit2."""

import tracemalloc

import neurokit2
import numpy as np
import pytest
from scipy import signal as scipy_signal

from bench.api import Recording, Signal
from bench_filters.butterworth import BandPass, LowPass
from bench_filters.resampling import Resample
from bench_normalise.zscore import ZScore

RATE, NEW = 700, 256
FILTERS = {"ecg": BandPass(5, 15), "eda": LowPass(3)}


@pytest.fixture(scope="module")
def person():
    noise = np.random.default_rng(0).normal(size=(2, 6000 * RATE))
    signals = {"ecg": noise[:1], "eda": noise[1:].cumsum(axis=1) / 1000 + 5}
    return Recording("S2", {name: Signal(values, float(RATE)) for name, values in signals.items()}, [])


def chain(person, modality):
    changed = Recording("S2", {modality: person.signals[modality]}, [])
    for step in (FILTERS[modality], ZScore(), Resample(NEW)):
        changed = step.apply(changed)
    return changed.signals[modality].values


def scipy_chain(person, modality):
    sections = scipy_signal.butter(*{"ecg": (4, [5, 15], "bandpass"), "eda": (4, 3)}[modality], fs=RATE, output="sos")
    values = scipy_signal.sosfiltfilt(sections, person.signals[modality].values)
    values = (values - values.mean(axis=1, keepdims=True)) / values.std(axis=1, keepdims=True)
    return scipy_signal.resample_poly(values, 64, 175, axis=1)


def neurokit_chain(person, modality):
    band = {"ecg": {"lowcut": 5, "highcut": 15}, "eda": {"highcut": 3}}[modality]
    values = neurokit2.signal_filter(person.signals[modality].values[0], sampling_rate=RATE, **band)
    return neurokit2.signal_resample(values, sampling_rate=RATE, desired_sampling_rate=NEW)


def test_chain_against_scipy(person, ratio):
    """The same steps written directly, whose numbers are the same."""
    for modality in FILTERS:
        np.testing.assert_allclose(chain(person, modality), scipy_chain(person, modality), rtol=0, atol=1e-9)
    ratio(lambda: [chain(person, each) for each in FILTERS], lambda: [scipy_chain(person, each) for each in FILTERS])


def test_chain_against_neurokit(person, ratio):
    """Its filter and its resampling as they are by default: order 2, and interpolation without a filter."""
    ratio(lambda: [chain(person, each) for each in FILTERS], lambda: [neurokit_chain(person, each) for each in FILTERS])


def numpy_session(values):
    return (values - values.mean()) / values.std()


def numpy_trimmed(values):
    middle = np.sort(values[0])[int(0.025 * values.size) : int(0.975 * values.size)]
    return (values - values.mean()) / middle.std()


def numpy_causal(values):
    """From the sums of the samples and of their squares so far, which cancel where the mean is far from zero."""
    number = np.arange(1, values.size + 1)
    mean = values.cumsum() / number
    spread = np.sqrt((values[0] ** 2).cumsum() / number - mean**2)
    with np.errstate(invalid="ignore"):  # the first sample has no spread
        return (values - mean) / spread


@pytest.mark.parametrize("theirs", [numpy_session, numpy_trimmed, numpy_causal])
def test_zscore(theirs, person, ratio):
    """Against the same in NumPy, without gaps."""
    ecg, values = Recording("S2", {"ecg": person.signals["ecg"]}, []), person.signals["ecg"].values
    step = ZScore(theirs.__name__.removeprefix("numpy_"))
    known = slice(30 * RATE, None)  # after the warm-up of the causal one
    np.testing.assert_allclose(
        step.apply(ecg).signals["ecg"].values[0, known], theirs(values)[0, known], rtol=0, atol=1e-9
    )
    ratio(lambda: step.apply(ecg), lambda: theirs(values))


def test_memory(person, benchmark, capsys):
    """The peak beside the raw signal, as a multiple of its size in double precision."""

    def peak(run):
        tracemalloc.start()
        run(person, "ecg")
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest / person.signals["ecg"].values.nbytes

    ours, theirs = benchmark.pedantic(lambda: (peak(chain), peak(scipy_chain)), rounds=1)
    benchmark.extra_info |= {"ours": ours, "theirs": theirs}
    with capsys.disabled():
        print(f"\n{benchmark.name}: ours {ours:.2f}, theirs {theirs:.2f} times the signal")
    assert ours < 5
