"""Stress-Predict: wrist recordings of 35 subjects at rest and under three stressful tasks."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_datasets() -> list[Plugin]:
    about = "Stress-Predict: wrist recordings of 35 subjects at rest and under three stressful tasks."
    return [Plugin("stress-predict", "bench_stress_predict.dataset:StressPredict", about)]
