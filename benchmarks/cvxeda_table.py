"""Prints how fast cvxEDA is: `python benchmarks/cvxeda_table.py`; NeuroKit2's row needs cvxopt (GPL) installed."""

# ruff: noqa: E402 - threads are set before numpy is imported
import os
import time

for library in ("OMP", "OPENBLAS", "MKL", "NUMBA"):  # before numpy is imported: one thread on each side
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

import importlib.util
import statistics

import numpy as np
from scipy import signal
from sizes import pick

from bench_cvxeda import cvxeda
from bench_cvxeda.model import Model
from bench_cvxeda.reference import Problem

RATE, SAMPLES = 50.0, pick(2000, 500)
CLIPS, SOME, ROUNDS = pick((200, 10, 5), (2, 1, 1))


def clips(count, n=SAMPLES):
    """Standardised signals: kicks of sweat glands on a wandering level, and noise."""
    random = np.random.default_rng(0)
    ar, ma = Model(RATE).arma
    made = []
    for _ in range(count):
        driver = np.where(random.uniform(size=n) < 0.005, random.uniform(20, 80, n), 0)
        level = 0.3 * np.sin(2 * np.pi * np.arange(n) / RATE / 40 + random.uniform(0, 6))
        y = signal.lfilter(ma, ar, driver) + level + 0.02 * random.normal(size=n)
        made.append((y - y.mean()) / y.std())
    return np.stack(made)


def ours(y, threads=1):
    found = cvxeda(y, RATE, threads=threads)
    assert found.gap.max() <= 1e-6
    return found


def parametrised():
    """cvxpy and Clarabel, set up once and solved again for each clip."""
    problem = Problem(Model(RATE), SAMPLES)

    def solve(y):
        for one in y:
            problem.solve(one, 8e-4, 1e-8)

    return solve


def neurokit():
    """NeuroKit2's, or why not."""
    if importlib.util.find_spec("cvxopt") is None:
        return None
    import neurokit2

    def solve(y):
        for one in y:
            neurokit2.eda_phasic(one, RATE, method="cvxeda")

    return solve


def per_clip(function, y, clock=time.process_time):
    start = clock()
    function(y)
    return (clock() - start) / len(y) * 1e3


def main():
    y = clips(CLIPS)
    sides = {"ours, all side by side": (ours, y), "cvxpy + Clarabel, re-solved": (parametrised(), y[:SOME])}
    rival = neurokit()
    if rival is None:
        print("NeuroKit2's cvxEDA: left out, since cvxopt is not installed")
    else:
        sides["NeuroKit2, cvxopt"] = (rival, y[:SOME])
    sides["ours, one by one"] = (lambda some: [cvxeda(one, RATE) for one in some], y[:SOME])
    times = {name: [] for name in sides}
    for function, some in sides.values():
        function(some[:SOME])
    for _ in range(ROUNDS):
        for name, (function, some) in sides.items():
            times[name].append(per_clip(function, some))
    print(
        f"{CLIPS} clips of {SAMPLES} samples at {RATE:g} Hz, CPU time of one thread, median of {ROUNDS} rounds in turns"
    )
    mine = statistics.median(times["ours, all side by side"])
    for name, each in times.items():
        print(f"{name:32}{statistics.median(each):9.2f} ms per clip {statistics.median(each) / mine:8.1f}x")
    walls = {threads: [] for threads in (1, 2)}
    for _ in range(ROUNDS):
        for threads, each in walls.items():
            each.append(per_clip(lambda some, threads=threads: ours(some, threads), y, time.perf_counter))
    one, two = (min(each) for each in walls.values())
    print(
        f"two threads against one, wall time, best of {ROUNDS}: {one:.2f} and {two:.2f} ms per clip, {one / two:.2f}x"
    )
    for n in pick((8000, 32000, 128000), (1000,)):
        (long,) = clips(1, n)
        start = time.process_time()
        found = cvxeda(long, RATE)
        seconds = time.process_time() - start
        print(f"{n:7d} samples: {seconds:.2f} s, {seconds / n * 1e6:.2f} us per sample, "
              f"{found.iterations} iterations, gap {found.gap:.1e}")  # fmt: skip


if __name__ == "__main__":
    main()
