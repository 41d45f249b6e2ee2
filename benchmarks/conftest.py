"""Speed as a ratio against what a user would use instead, both in one run and in turns."""

import gc
import os
import statistics
import sys
import time
from pathlib import Path

import pytest

# Before numpy is imported: one thread for both sides, as `bench run` sets it.
for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

sys.path.insert(0, str(Path(__file__).parent))  # benchmarks import each other by name, as scripts do


def pytest_ignore_collect(collection_path):
    """At full size each script is run by itself."""
    from sizes import TINY

    return True if collection_path.name == "test_scripts.py" and not TINY else None


@pytest.fixture
def all_cores():
    """torch computes an operation on all cores, where the engine trains as many networks at once."""
    import torch
    from sizes import pick

    from bench.data.parallel import cores

    before = torch.get_num_threads()
    torch.set_num_threads(pick(cores(), 1))  # threads that wait for each other take long on a busy machine
    yield
    torch.set_num_threads(before)


@pytest.fixture
def ratio(benchmark, capsys):
    """`ratio(ours, theirs)`: median times of both, taken in turns; the benchmark's table shows ours.

    `theirs` is None where the other library is not installed: ours is measured all the same.
    The clock is CPU time where everything happens in this process, since other work on a shared machine
    would otherwise be measured too; give `clock=time.perf_counter` where subprocesses are timed.
    """

    from sizes import TINY

    def measure(ours, theirs, rounds=7, clock=time.process_time, at_most=None):
        sides = {"ours": ours, "theirs": theirs} if theirs else {"ours": ours}
        if TINY:
            benchmark.pedantic(lambda: [side() for side in sides.values()], rounds=1)
            return
        for side in sides.values():
            side()
        gc.collect()
        gc.freeze()  # what the test runner has imported is not to be searched for garbage meanwhile
        times = {name: [] for name in sides}
        for _ in range(rounds):
            for name, function in sides.items():
                start = clock()
                function()
                times[name].append(clock() - start)
        gc.unfreeze()
        benchmark.pedantic(ours, rounds=1)
        medians = {name: statistics.median(found) for name, found in times.items()}
        shown = ", ".join(f"{name} {seconds:.3f} s" for name, seconds in medians.items())
        if theirs:
            benchmark.extra_info["ratio"] = medians["ours"] / medians["theirs"]
            shown += f", ours / theirs {benchmark.extra_info['ratio']:.2f}"
        with capsys.disabled():
            print(f"\n{benchmark.name}: {shown}")
        if theirs and at_most is not None:
            assert benchmark.extra_info["ratio"] < at_most

    return measure
