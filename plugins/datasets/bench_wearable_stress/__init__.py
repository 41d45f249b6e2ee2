"""Wearable stress: wrist recordings of 36 subjects under stressful tasks, and of 31 on a bicycle."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_datasets() -> list[Plugin]:
    about = "Wearable stress: wrist recordings of 36 subjects under stressful tasks, and of 31 on a bicycle."
    return [Plugin("wearable-stress", "bench_wearable_stress.dataset:WearableStress", about)]
