"""What it costs that a task travels to another machine and back, without the network: from one record to the next."""

import pickle
import statistics
import time
from dataclasses import dataclass
from importlib import util
from pathlib import Path

import numpy as np
import pytest
from sizes import pick

from bench.api import Executor
from bench.planning.grid import Grid
from bench.session import Session
from bench_local.local import Local

FOLDS, TURNS = pick((60, 3), (3, 1))
BUNDLED, RAY_TURNS = pick((100, 5), (3, 1))
CORES = 2


@dataclass(frozen=True)
class Travelling(Executor):
    """Jobs go through parcels, as on another machine, and come back; all of it in this process."""

    cache: Path

    def run(self, jobs):
        for job in jobs:
            shipment = job.ship()
            parcel = pickle.loads(pickle.dumps(shipment.parcel))
            inputs = shipment.inputs
            content = parcel(lambda name, inputs=inputs: inputs[name].read_bytes(), self.cache)
            yield from shipment.receive(content)


@pytest.mark.parametrize(("model", "fusion"), [("majority", "none"), ("knn", "early")])
def test_overhead_of_a_task_that_travels(model, fusion, tmp_path, benchmark, capsys):
    dataset = f"synthetic(n_subjects={FOLDS},minutes=4)"
    grid = Grid(dataset=(dataset,), model=(model,), fusion=(fusion,), baselines=False, calibrate="none")
    executors = {"local": Local(1), "shipped": Travelling(tmp_path / "machine")}
    times = {name: [] for name in executors}

    def measure(name):
        out = tmp_path / name
        session = Session(out=out, cache=tmp_path / "cache", executor=executors[name], fresh=True)
        assert not session.carry_out(session.plan([grid])).failures
        stored = sorted(path.stat().st_mtime_ns for path in out.glob("cells/*/tasks/*/record.json"))
        times[name] += np.diff(stored).tolist()

    benchmark.pedantic(lambda: [measure(name) for name in executors], rounds=TURNS)
    local, shipped = (statistics.median(times[name]) / 1e6 for name in executors)
    benchmark.extra_info["ratio"] = shipped / local
    with capsys.disabled():
        print(f"\n{benchmark.name}: {shipped:.1f} ms a task, {local:.1f} ms local, ratio {shipped / local:.2f}")


@pytest.mark.skipif(util.find_spec("ray") is None, reason="needs the package ray: pip install 'affectbench[ray]'")
@pytest.mark.filterwarnings("ignore")  # of Ray, on what its next versions will change
@pytest.mark.parametrize("model", ["majority", "logistic"])
def test_bundled_tasks_on_a_ray_cluster(model, tmp_path, benchmark, capsys):
    import ray

    from bench_ray.executor import RayExecutor

    dataset = f"synthetic(n_subjects={BUNDLED},minutes=4)"
    axes = {"dataset": (dataset,), "model": (model,), "fusion": ("none",), "modalities": ("eda",)}
    grid = Grid(**axes, baselines=False, calibrate="none")
    ray_executor = RayExecutor("local", CORES, cache=str(tmp_path / "machine"))
    executors = {"local": Local(CORES), "ray": ray_executor}
    runs = {name: [] for name in executors}  # seconds of whole runs
    steady = {name: [] for name in executors}  # seconds a task, after the first ones

    def measure(name):
        out = tmp_path / name
        session = Session(out=out, cache=tmp_path / "cache", executor=executors[name], fresh=True)
        plan = session.plan([grid])
        begun = time.perf_counter()
        assert not session.carry_out(plan).failures
        runs[name].append(time.perf_counter() - begun)
        stored = sorted(path.stat().st_mtime_ns for path in out.glob("cells/*/tasks/*/record.json"))
        steady[name].append((stored[-1] - stored[CORES - 1]) / 1e9 / (len(stored) - CORES))

    try:
        benchmark.pedantic(lambda: [measure(name) for name in executors], rounds=RAY_TURNS)
    finally:
        ray.shutdown()
    local, there = (statistics.median(steady[name]) * 1e3 for name in executors)
    first, later = runs["ray"][0], statistics.median(runs["ray"][1:] or runs["ray"])
    benchmark.extra_info["ratio"] = there / local
    with capsys.disabled():
        print(f"\n{benchmark.name}: {there:.1f} ms a task, {local:.1f} ms local, ratio {there / local:.2f}")
        print(f"a run {later:.1f} s, local {statistics.median(runs['local']):.1f} s, the first one {first:.1f} s")
