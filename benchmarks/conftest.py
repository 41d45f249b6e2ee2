"""Speed as a ratio against what a user would use instead, both in one run and in turns."""

import gc
import os
import statistics
import time

import pytest

# Before numpy is imported: one thread for both sides, as `bench run` sets it.
for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")


@pytest.fixture
def ratio(benchmark, capsys):
    """`ratio(ours, theirs)`: median times of both, taken in turns; the benchmark's table shows ours.

    The clock is CPU time where everything happens in this process, since other work on a shared machine
    would otherwise be measured too; give `clock=time.perf_counter` where subprocesses are timed.
    """

    def measure(ours, theirs, rounds=7, clock=time.process_time):
        ours()
        theirs()
        gc.collect()
        gc.freeze()  # what the test runner has imported is not to be searched for garbage meanwhile
        times = {"ours": [], "theirs": []}
        for _ in range(rounds):
            for name, function in (("ours", ours), ("theirs", theirs)):
                start = clock()
                function()
                times[name].append(clock() - start)
        gc.unfreeze()
        benchmark.pedantic(ours, rounds=1)
        mine, others = statistics.median(times["ours"]), statistics.median(times["theirs"])
        benchmark.extra_info["ratio"] = mine / others
        with capsys.disabled():
            print(f"\n{benchmark.name}: ours {mine:.3f} s, theirs {others:.3f} s, ours / theirs {mine / others:.2f}")
        return mine / others

    return measure
