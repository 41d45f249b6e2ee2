"""DREAMER: EEG and ECG while 23 people watch 18 film clips; arousal and valence."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_datasets() -> list[Plugin]:
    about = "DREAMER: EEG and ECG while 23 people watch 18 film clips; arousal and valence."
    return [Plugin("dreamer", "bench_dreamer.dataset:Dreamer", about)]
