"""ASCERTAIN: ECG, GSR and EEG of 58 subjects watching 36 film clips; arousal and valence."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_datasets() -> list[Plugin]:
    about = "ASCERTAIN: ECG, GSR and EEG of 58 subjects watching 36 film clips; arousal and valence."
    return [Plugin("ascertain", "bench_ascertain.dataset:Ascertain", about)]
