"""WAY-EEG-GAL: EEG and EMG of 12 subjects who grasp and lift an object; its weight and surface."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_datasets() -> list[Plugin]:
    about = "WAY-EEG-GAL: EEG and EMG of 12 subjects who grasp and lift an object; its weight and surface."
    return [Plugin("way-eeg-gal", "bench_way_eeg_gal.dataset:WayEegGal", about)]
