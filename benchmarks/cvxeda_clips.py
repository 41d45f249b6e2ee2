"""Prints how long cvxEDA takes for all clips of PMEmo: `python benchmarks/cvxeda_clips.py`."""

# ruff: noqa: E402 - threads are set before numpy is imported
import os
import time

for library in ("OMP", "OPENBLAS", "MKL", "NUMBA"):  # before numpy is imported
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

import numpy as np
from cvxeda_table import RATE, clips
from sizes import pick

from bench.api import Recording, Signal
from bench.data.parallel import ahead
from bench_cvxeda import cvxeda
from bench_cvxeda.step import CvxEDA

# What 15 s less of each clip leaves, on average and in standard deviation.
RECORDINGS, SECONDS, SPREAD = pick(7962, 8), 23, 8
CORES = 2


def recordings():
    """Of different lengths, as choruses are."""
    lengths = np.clip(np.random.default_rng(0).normal(SECONDS, SPREAD, RECORDINGS), 3, 60)
    longest = clips(200, round(60 * RATE))
    return [longest[number % 200][: round(length * RATE)] for number, length in enumerate(lengths)]


def timed(what, function):
    wall, cpu = time.perf_counter(), time.process_time()
    function()
    print(f"{what:46}{time.perf_counter() - wall:6.1f} s wall {time.process_time() - cpu:6.1f} s CPU", flush=True)


def step(y):
    """One recording, as a run prepares it."""
    CvxEDA().apply(Recording("S", {"eda": Signal(y[None], RATE)}, ()))


def main():
    signals = recordings()
    cvxeda(signals[:8], RATE, threads=CORES)
    load = os.getloadavg()[0]
    samples = sum(map(len, signals))
    print(f"{RECORDINGS} clips of {samples / RATE / RECORDINGS:.1f} s at {RATE:g} Hz, load {load:.1f} before")
    timed(f"all in one call, {CORES} threads", lambda: cvxeda(signals, RATE, threads=CORES))
    timed("all in one call, 1 thread", lambda: cvxeda(signals, RATE))
    timed(f"recording by recording, {CORES} at once as in a run", lambda: list(ahead(step, signals, CORES)))


if __name__ == "__main__":
    main()
