"""Res-SIN: skin conductance as images through a residual network, beside features of music."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_models() -> list[Plugin]:
    about = "Signals as images through ResNet-18, beside vectors such as features of music (Res-SIN)."
    return [Plugin("ressin", "bench_ressin.ressin:ResSIN", about)]
