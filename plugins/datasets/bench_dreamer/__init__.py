"""DREAMER: EEG and ECG of 23 subjects watching 18 film clips; arousal and valence."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_datasets() -> list[Plugin]:
    about = "DREAMER: EEG and ECG of 23 subjects watching 18 film clips; arousal and valence."
    return [Plugin("dreamer", "bench_dreamer.dataset:Dreamer", about)]
