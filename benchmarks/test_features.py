"""Features of 10,000 windows of 10 s at 256 Hz against a loop over them with NeuroKit2, the same ones on both sides.

Theirs does a fiftieth of the windows, each like every other, and is multiplied.
"""

import time
import tracemalloc
import warnings

import numpy as np
import pytest
from sizes import pick

from bench_statistics import features

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import neurokit2 as nk

RATE, SECONDS = 256, 10
COUNT, PART, ROUNDS = pick((10_000, 200, 3), (4, 2, 1))


def recording(simulate):
    """Windows (COUNT, 1, time) that start at different places of a simulated recording."""
    signal = np.asarray(simulate(duration=pick(600, 20), sampling_rate=RATE, random_state=1), np.float32)
    starts = np.random.default_rng(0).integers(0, len(signal) - RATE * SECONDS, COUNT)
    return np.stack([signal[start : start + RATE * SECONDS] for start in starts])[:, None]


def heart(row):
    clean = nk.ecg_clean(row, sampling_rate=RATE)
    peaks, _ = nk.ecg_peaks(clean, sampling_rate=RATE)
    return nk.hrv_time(peaks, sampling_rate=RATE)


def skin(row):
    phasic = nk.eda_phasic(row, sampling_rate=RATE, method="highpass")
    return nk.eda_peaks(phasic["EDA_Phasic"].to_numpy(), sampling_rate=RATE)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("modality", "simulate", "single"), [("ecg", nk.ecg_simulate, heart), ("eda", nk.eda_simulate, skin)]
)
def test_features(modality, simulate, single, benchmark, capsys):
    windows = recording(simulate)
    times = {"ours": [], "theirs": []}
    for _ in range(ROUNDS):
        start = time.process_time()
        table = features(windows, RATE, modality)
        times["ours"].append(time.process_time() - start)
        start = time.process_time()
        for row in windows[:PART, 0].astype(float):
            single(row)
        times["theirs"].append((time.process_time() - start) * COUNT / PART)
    tracemalloc.start()
    benchmark.pedantic(lambda: features(windows, RATE, modality), rounds=1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    ours, theirs = (sorted(times[side])[ROUNDS // 2] for side in ("ours", "theirs"))
    benchmark.extra_info |= {"ratio": ours / theirs, "bytes": peak}
    with capsys.disabled():
        print(f"\n{modality}: ours {ours:.1f} s, theirs {theirs:.1f} s, ours / theirs {ours / theirs:.3f}; "
              f"{peak / 1e6:.0f} MB at most, of which the table of {len(table)} rows is "
              f"{table.memory_usage(deep=True).sum() / 1e6:.0f} MB")  # fmt: skip
