"""Any PsPM data set (FR, HRM5, RRM, VIS): ECG, respiration and skin conductance from its .mat files."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_datasets() -> list[Plugin]:
    about = "Any PsPM data set (FR, HRM5, RRM, VIS): ECG, respiration and skin conductance from its .mat files."
    return [Plugin("pspm", "bench_pspm.dataset:Pspm", about)]
