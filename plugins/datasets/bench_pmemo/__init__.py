"""PMEmo: skin conductance of subjects listening to choruses of songs, with ratings of the songs."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_datasets() -> list[Plugin]:
    return [
        Plugin("pmemo-2018", "bench_pmemo.dataset:Pmemo2018",
               "PMEmo as released in 2018: EDA per listener and song, with the ratings of each listener."),
        Plugin("pmemo-2019", "bench_pmemo.dataset:Pmemo2019",
               "PMEmo as released in 2019: EDA per listener and song, with mean ratings per song and music features."),
    ]  # fmt: skip
