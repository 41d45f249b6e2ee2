"""Presets: the chains of published systems as printed, and strict twins without leakage."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_preprocessors() -> list[Plugin]:
    return [
        Plugin("raw", "bench_presets.raw:Raw", "Preset: signals as recorded."),
        Plugin("attx", "bench_presets.attx:AttX", "Preset: ECG and EDA as in the AttX paper (transductive z-score)."),
        Plugin("attx-strict", "bench_presets.attx:Strict", "Preset: attx with causal filters, scaled inside folds."),
        Plugin(
            "transformer",
            "bench_presets.transformer:Transformer",
            "Preset: ECG and EEG as in the paper on pre-trained Transformers (transductive z-score).",
        ),
        Plugin(
            "transformer-strict",
            "bench_presets.transformer:Strict",
            "Preset: transformer with causal filters, scaled inside folds.",
        ),
        Plugin("ressin", "bench_presets.ressin:ResSIN", "Preset: EDA and its components as in the Res-SIN paper."),
        Plugin(
            "ressin-strict",
            "bench_presets.ressin:Strict",
            "Preset: EDA from the past alone, scaled inside folds, without a decomposition of the whole clip.",
        ),
        Plugin(
            "ressin-regression",
            "bench_presets.ressin:Regression",
            "Preset: EDA and its components as for the regressions of the Res-SIN paper.",
        ),
    ]
