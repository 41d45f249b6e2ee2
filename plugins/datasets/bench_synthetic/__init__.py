"""Simulated physiology with a known answer: a real effect, none at all, or one of the traps of the field."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_datasets() -> list[Plugin]:
    about = "Simulated ECG, EDA, BVP and EEG under stress; `mode` chooses an effect, a structure, none, or a trap."
    return [Plugin("synthetic", "bench_synthetic.dataset:Synthetic", about, ("simulator",))]
