"""Memory of windows: it grows with the signals, not with the overlap."""

import tracemalloc

import numpy as np
import pytest
from sizes import pick

from bench.data.sources import WindowedSignal


@pytest.mark.parametrize("overlap", [0.0, 0.5, 0.9])
def test_windows(overlap, benchmark, capsys):
    """One hour of one channel at 700 Hz, windows of 10 s."""
    signal = np.zeros((1, pick(3600, 60) * 700), np.float32)
    width = 7000
    start = np.arange(0, signal.shape[1] - width, round(width * (1 - overlap)))
    tracemalloc.start()
    windowed_signal = WindowedSignal({0: signal}, np.zeros(len(start), int), start, width, 700.0, ("ecg",))
    benchmark.pedantic(lambda: windowed_signal.take(np.arange(len(start))), rounds=1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    copied = len(start) * width * 4
    benchmark.extra_info |= {"windows": len(start), "bytes": peak, "bytes if copied": copied}
    with capsys.disabled():
        print(f"\noverlap {overlap:.0%}: {len(start)} windows, {peak / 1e6:.2f} MB beside the signal, "
              f"{copied / 1e6:.0f} MB if they were copied")  # fmt: skip
