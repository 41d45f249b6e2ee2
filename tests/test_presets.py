"""Presets do what the papers say, in that order: against SciPy called directly, and what the audit says of them."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import signal as scipy_signal

from bench.api import Recording, Segment, Signal
from bench.audit.declared import declared
from bench.errors import UsageError
from bench.planning.expansion import Expander
from bench.planning.grid import Grid
from bench.registry import Registry
from bench_amigos import layout as amigos
from bench_cvxeda import cvxeda
from bench_dreamer import layout as dreamer
from bench_eegmmidb import layout as eegmmidb
from bench_large_eeg_bci import recording as large_eeg_bci
from bench_presets.transformer import Strict, Transformer
from bench_pspm.dataset import Pspm
from bench_way_eeg_gal import stand_in as way_eeg_gal

REGISTRY = Registry()
TEN = ("F7", "F3", "T7", "P7", "O1", "O2", "P8", "T8", "F4", "F8")


def parts(preset, *modalities, dataset="synthetic"):
    grid = Grid(dataset=(dataset,), preprocess=preset, modalities=modalities, baselines=False)
    return Expander(grid, REGISTRY).expand().cells[0]


def processed(preset, recordings, *modalities, dataset="synthetic"):
    found = list(recordings)
    for step in parts(preset, *modalities, dataset=dataset).steps:
        found = step.apply_all(found)
    return found


def noise(seconds, rate, channels=("x",), seed=0, unit=""):
    values = np.random.default_rng(seed).normal(size=(len(channels), round(seconds * rate))).cumsum(axis=1)
    return Signal(values, rate, unit, channels)


def recording(session="1", **signals):
    return Recording("P1", signals, [Segment(0, 40, "a", {"stress": "calm"})], session)


def z(values, *, mean=None, sd=None):
    return (values - (values.mean() if mean is None else mean)) / (values.std() if sd is None else sd)


def test_attx_filters_standardises_and_resamples_in_this_order():
    ecg, eda = noise(60, 700.0), noise(60, 700.0, seed=1)
    [found] = processed("attx", [recording(ecg=ecg, eda=eda)])
    chains = {"ecg": (ecg, "bandpass", (5, 15)), "eda": (eda, "lowpass", 3)}
    for name, (given, kind, edges) in chains.items():
        sections = scipy_signal.butter(4, edges, kind, fs=700, output="sos")
        expected = scipy_signal.resample_poly(z(scipy_signal.sosfiltfilt(sections, given.values[0])), 64, 175)
        assert found.signals[name].rate == 256
        np.testing.assert_allclose(found.signals[name].values[0], expected, atol=1e-8)


def test_transformer_takes_ten_electrodes_and_one_z_score_over_all_recordings_of_a_person():
    channels = (*reversed(TEN), "Cz")
    two = [
        recording(str(n), ecg=noise(60, 256.0, ("1", "2"), n), eeg=noise(40 + n, 256.0, channels, n)) for n in (1, 2)
    ]
    found = processed("transformer", two, "ecg", "eeg", dataset="dreamer")
    sections = scipy_signal.butter(8, (0.8, 50), "bandpass", fs=256, output="sos")
    for name, place in (("ecg", "1"), ("eeg", "O2")):
        halves = []
        for one in two:
            values = one.signals[name].values[one.signals[name].channels.index(place)]
            halves.append(scipy_signal.resample_poly(scipy_signal.sosfiltfilt(sections, values), 1, 2))
        everything = np.concatenate(halves)
        for half, after in zip(halves, found, strict=True):
            signal = after.signals[name]
            assert (signal.rate, signal.channels) == (128, TEN if name == "eeg" else ("1",))
            mine = signal.values[signal.channels.index(place)]
            np.testing.assert_allclose(mine, z(half, mean=everything.mean(), sd=everything.std()), atol=1e-7)


@pytest.mark.parametrize(
    ("dataset", "modality", "there", "kept"),
    [
        ("amigos", "ecg", ("Right", "Left"), ("left",)),
        ("ascertain", "ecg", ("R", "L"), ("L",)),
        ("dreamer", "ecg", ("1", "2"), ("1",)),
        ("synthetic", "ecg", ("II",), ("II",)),
        ("synthetic", "eeg", ("F3", "F4", "P3", "P4"), ("F3", "F4", "P3", "P4")),
        ("synthetic(eeg_channels=16)", "eeg", (*reversed(TEN), "Cz"), TEN),
        ("amigos", "eeg", amigos.EEG, TEN),
        ("dreamer", "eeg", dreamer.EEG, TEN),
        ("eegmmidb", "eeg", tuple(map(eegmmidb.electrode, eegmmidb.FILE_LABELS)), TEN),
        ("large-eeg-bci", "eeg", large_eeg_bci.CHANNELS, TEN),
        ("way-eeg-gal", "eeg", way_eeg_gal.CAP, TEN),
    ],
)
@pytest.mark.parametrize("preset", ["transformer(rate=32)", "transformer-strict(rate=32)"])
def test_transformer_makes_channels_of_all_corpora_alike(preset, dataset, modality, there, kept):
    [found] = processed(preset, [recording(**{modality: noise(20, 128.0, there)})], modality, dataset=dataset)
    assert (found.signals[modality].rate, found.signals[modality].channels) == (32, kept)


@pytest.mark.parametrize("preset", [Transformer, Strict])
def test_transformer_takes_the_first_ecg_of_files_that_may_have_several(preset):
    assert preset().chains(Pspm())["ecg"].startswith("channels(ecg1) | bandpass(")


def test_transformer_says_nothing_of_electrodes_that_are_not_documented():
    with pytest.raises(UsageError) as caught:
        parts("transformer", "eeg", dataset="ascertain")
    assert str(caught.value) == (
        "The preset 'transformer' is for ecg and says nothing of eeg; leave it out of --modalities, "
        "or write the steps as in --preprocess 'eeg: zscore'."
    )


def test_ressin_drops_15_seconds_before_anything_else():
    eda = noise(40, 50.0)
    [found] = processed("ressin", [recording(eda=eda)], "eda", dataset="pmemo-2018")
    given = z(eda.values[0, 750:])
    parts_of = cvxeda(given, 50, boundary="2017")
    assert [(one.start, one.stop) for one in found.segments] == [(15, 40)]
    for row, expected in zip(found.signals["eda"].values, (given, parts_of.phasic, parts_of.tonic), strict=True):
        assert np.isnan(row[:750]).all()
        np.testing.assert_allclose(row[750:], (expected - expected.min()) / np.ptp(expected), atol=1e-6)


def test_ressin_for_regression_filters_below_0_6_hertz_first():
    eda = noise(40, 50.0)
    [found] = processed("ressin-regression", [recording(eda=eda)], "eda", dataset="pmemo-2018")
    sections = scipy_signal.butter(4, 0.6, "lowpass", fs=50, output="sos")
    given = z(scipy_signal.sosfiltfilt(sections, eda.values[0, 750:]))
    np.testing.assert_allclose(found.signals["eda"].values[0, 750:], given, atol=1e-8)


@pytest.mark.parametrize(
    ("preset", "dataset", "modalities", "scopes"),
    [
        ("raw", "synthetic", (), set()),
        ("attx", "synthetic", (), {"window", "session"}),
        ("attx(statistics=causal)", "synthetic", (), {"window", "past"}),
        ("attx-strict", "synthetic", (), {"past", "window"}),
        ("transformer", "amigos", (), {"window", "recording", "session"}),
        ("transformer-strict", "amigos", (), {"past", "window"}),
        ("ressin", "pmemo-2018", ("eda",), {"window", "recording"}),
        ("ressin-strict", "pmemo-2018", ("eda",), {"window", "past"}),
    ],
)
def test_strict_twins_look_at_nothing_that_a_held_out_person_has_not_given_yet(preset, dataset, modalities, scopes):
    cell = parts(preset, *modalities, dataset=dataset)
    assert {scope for _, scope in declared(cell, [False] * len(cell.steps))} == scopes


@pytest.mark.parametrize("preset", ["attx", "transformer", "ressin"])
def test_strict_twins_see_no_future_sample(preset):
    """Whatever happens after second 30, the signal before it stays as it was."""
    dataset, modalities = {"attx": ("synthetic", ("ecg", "eda")), "transformer": ("dreamer", ("ecg", "eeg")),
                           "ressin": ("pmemo-2018", ("eda",))}[preset]  # fmt: skip
    signals = {name: noise(60, 128.0, TEN if name == "eeg" else ("1",)) for name in modalities}
    kept = np.arange(60 * 128) < 30 * 128
    other = {name: replace(one, values=np.where(kept, one.values, -3 * one.values)) for name, one in signals.items()}
    before, after = (processed(f"{preset}-strict", [recording(**given)], *modalities, dataset=dataset)[0]
                     for given in (signals, other))  # fmt: skip
    for name in modalities:
        early = round(29.8 * before.signals[name].rate)  # resampling looks ten samples ahead
        np.testing.assert_array_equal(before.signals[name].values[:, :early], after.signals[name].values[:, :early])
        assert not np.array_equal(before.signals[name].values, after.signals[name].values, equal_nan=True)


def test_info_says_how_a_recipe_cuts(bench):
    assert "\nWindows of 10 s every 5 s.\n" in bench("info", "attx").ok().out
    assert "Windows are whole segments of 3 s or more.\n" in bench("info", "ressin").ok().out


def test_info_prints_the_exact_steps(bench):
    told = bench("info", "attx").ok().out
    assert "  bandpass(5, 15, order=4)\n  zscore(statistics=session)\n  resample(256)\n" in told
    assert "  lowpass(3, order=4)\n  zscore(statistics=session)\n  resample(256)\n" in told
    assert "Windows of 10 s every 5 s." in told
