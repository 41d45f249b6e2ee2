"""Simulated physiology with a known answer: an effect, no effect, or one of the traps of the field."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_datasets() -> list[Plugin]:
    about = "Simulated ECG, EDA, BVP and EEG under stress; `mode`: an effect, a structure, no effect, or a trap."
    return [Plugin("synthetic", "bench_synthetic.dataset:Synthetic", about, ("simulator",))]
