"""How long many tasks take on many workers that one driver feeds, simulated: the table of docs/clusters.md.

python benchmarks/cluster_sizes.py
"""

from tabulate import tabulate

from bench.cli.plan.simulation import Cluster, simulate

STORE = 0.008  # seconds in which the driver stores a result; `bench plan` measures them
ROWS = (  # tasks, seconds of each, workers, failures of each worker in an hour
    (100_000, 0.5, 16, 0.01),
    (100_000, 0.5, 1000, 0.01),
    (100_000, 5, 1000, 0.01),
    (16_666, 60, 1000, 0.01),
    (16_666, 60, 1000, 1),
    (1_666, 600, 100, 1),
)
HEADERS = ("tasks", "workers", "failures of each in an hour", "wall time", "efficiency", "driver busy")


def row(tasks, seconds, workers, failures):
    found = simulate([seconds] * tasks, Cluster(workers, failures, back=60, start=0.05, store=STORE, bundle=30))
    return (
        f"{tasks:,} of {seconds:g} s",
        f"{workers:,}",
        f"{failures:g}",
        f"{found.seconds / 60:.0f} min",
        f"{100 * found.efficiency:.0f} %",
        f"{100 * found.driver:.0f} %",
    )


def table():
    return tabulate([row(*each) for each in ROWS], HEADERS, tablefmt="github", disable_numparse=True)


if __name__ == "__main__":
    print(table())
