"""The traps of this field on simulated data, each beside the protocol that avoids it."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_suites() -> list[Plugin]:
    about = "Each trap on simulated people: a protocol that falls for it beside its strict twin."
    return [Plugin("traps", "bench_traps.traps:Traps", about)]
