"""Large EEG BCI (Kaya 2018): motor imagery of 13 subjects in 75 sessions."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_datasets() -> list[Plugin]:
    about = "Large EEG BCI (Kaya 2018): motor imagery of 13 subjects in 75 sessions."
    return [Plugin("large-eeg-bci", "bench_large_eeg_bci.dataset:LargeEegBci", about)]
