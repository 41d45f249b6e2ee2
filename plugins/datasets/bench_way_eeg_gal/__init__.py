"""WAY-EEG-GAL: EEG and EMG while 12 people grasp and lift; which weight and surface."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_datasets() -> list[Plugin]:
    about = "WAY-EEG-GAL: EEG and EMG while 12 people grasp and lift; which weight and surface."
    return [Plugin("way-eeg-gal", "bench_way_eeg_gal.dataset:WayEegGal", about)]
