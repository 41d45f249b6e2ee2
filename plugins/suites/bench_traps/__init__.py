"""Common evaluation traps on simulated data, each with the protocol that avoids it."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_suites() -> list[Plugin]:
    about = "Evaluation traps on simulated subjects: a random split and the strict protocol for each."
    return [Plugin("traps", "bench_traps.traps:Traps", about)]
