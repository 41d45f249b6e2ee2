"""Plugins that try to learn the labels of held-out windows. `places.py` is written where they are installed."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_models():
    return [
        Plugin("cheat", "cheating.model:Cheat", "It cheats in one way."),
        Plugin("cheat-signals", "cheating.model:CheatOnSignals", "It cheats in one way, and reads signals."),
    ]


@hookimpl
def bench_fusions():
    return [Plugin("peeking", "cheating.fusion:Peeking", "It reads labels while it combines predictions.")]


@hookimpl
def bench_datasets():
    return [Plugin("ordered", "cheating.ordered:Ordered", "Noise; the first half of each session is calm.")]
