"""PhysioNet EEG of motor movement and imagery, 109 subjects: rest or movement, left or right."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_datasets() -> list[Plugin]:
    about = "PhysioNet EEG of motor movement and imagery, 109 subjects: rest or movement, left or right."
    return [Plugin("eegmmidb", "bench_eegmmidb.dataset:Eegmmidb", about)]
