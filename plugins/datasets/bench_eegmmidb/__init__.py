"""PhysioNet EEG motor movement and imagery of 109 people; rest against movement, left against right."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_datasets() -> list[Plugin]:
    about = "PhysioNet EEG motor movement and imagery of 109 people; rest against movement, left against right."
    return [Plugin("eegmmidb", "bench_eegmmidb.dataset:Eegmmidb", about)]
