"""Workers that take tasks from one driver, some of which fail: how long it takes, and where the time goes.

Assumptions: a worker takes the next bundle of tasks when it is free, the longest tasks first. It fails after a time
that is exponentially distributed, whatever it does; the task that it was running is lost and runs again on another one,
and it is back after some seconds. Each result is stored as soon as its task has ended, by one driver, one after the
other. A worker does not wait for the driver, and does not share its processor with another.
"""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence


PER_WORKER = 4  # bundles, at least, so that no worker waits long for the last one


@dataclass(frozen=True)
class Cluster:
    """What is simulated."""

    workers: int
    failures: float = 0.0  # of a worker in an hour, on average
    back: float = 60.0  # seconds until a worker that has failed is back
    start: float = 0.0  # seconds that a bundle takes beside its tasks
    store: float = 0.0  # seconds in which the driver stores a result
    bundle: float = 0.0  # seconds of tasks in a bundle, at least


@dataclass(frozen=True)
class Simulated:
    """What came of it."""

    seconds: float  # until the last result is stored
    efficiency: float  # share of the time of all workers that was spent on tasks whose results count
    driver: float  # share of the time in which the driver stores results
    lost: float  # seconds of work that was done again
    failures: int


def bundles(tasks: Sequence[float], least: float) -> list[list[float]]:
    """The longest tasks first; short ones together, until they take so many seconds."""
    found: list[list[float]] = []
    for seconds in sorted(tasks, reverse=True):
        if found and sum(found[-1]) + seconds <= least:
            found[-1].append(seconds)
        else:
            found.append([seconds])
    return found


def simulate(tasks: Sequence[float], cluster: Cluster, seed: int = 0) -> Simulated:
    """Run these tasks, given in seconds, on a cluster."""
    random = np.random.default_rng(seed)
    mean = 3600 / cluster.failures if cluster.failures else np.inf
    share = float(np.sum(tasks)) / cluster.workers
    waiting = deque(bundles(tasks, min(cluster.bundle, share / PER_WORKER)))
    free = [(0.0, worker) for worker in range(cluster.workers)]  # when each worker can begin
    fails = [float(random.exponential(mean)) if cluster.failures else np.inf for _ in range(cluster.workers)]
    ended: list[float] = []
    lost, failures = 0.0, 0
    while waiting:
        now, worker = heapq.heappop(free)
        if fails[worker] <= now:  # it has failed while it was idle
            now = fails[worker] + cluster.back
            fails[worker] = now + float(random.exponential(mean))
            failures += 1
            heapq.heappush(free, (now, worker))
            continue
        bundle = waiting.popleft()
        now += cluster.start
        for number, seconds in enumerate(bundle):
            if now + seconds > fails[worker]:
                lost += max(0.0, fails[worker] - now)
                waiting.append(bundle[number:])
                failures += 1
                now = fails[worker] + cluster.back
                fails[worker] = now + float(random.exponential(mean))
                break
            now += seconds
            ended.append(now)
        heapq.heappush(free, (now, worker))
    last = 0.0
    for each in sorted(ended):
        last = max(last, each) + cluster.store
    work = float(np.sum(tasks))
    return Simulated(last, work / (cluster.workers * last), len(ended) * cluster.store / last, lost, failures)
