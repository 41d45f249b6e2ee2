"""AMIGOS: EEG, ECG and GSR of 40 subjects watching short and long videos; arousal and valence."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_datasets() -> list[Plugin]:
    about = "AMIGOS: EEG, ECG and GSR of 40 subjects watching short and long videos; arousal and valence."
    return [Plugin("amigos", "bench_amigos.dataset:Amigos", about)]
