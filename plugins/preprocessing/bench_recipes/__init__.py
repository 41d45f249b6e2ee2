"""Recipes: the chains of published systems as they were printed, and as a careful person would do it."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_preprocessors() -> list[Plugin]:
    return [
        Plugin("raw", "bench_recipes.raw:Raw", "Recipe: signals as they were recorded."),
        Plugin("attx", "bench_recipes.attx:AttX", "Recipe: ECG and EDA as in the AttX paper (transductive z-score)."),
        Plugin("attx-strict", "bench_recipes.attx:Strict", "Recipe: attx with causal filters, scaled inside folds."),
        Plugin(
            "transformer",
            "bench_recipes.transformer:Transformer",
            "Recipe: ECG and EEG as in the paper on pre-trained Transformers (transductive z-score).",
        ),
        Plugin(
            "transformer-strict",
            "bench_recipes.transformer:Strict",
            "Recipe: transformer with causal filters, scaled inside folds.",
        ),
        Plugin("ressin", "bench_recipes.ressin:ResSIN", "Recipe: EDA and its components as in the Res-SIN paper."),
        Plugin(
            "ressin-strict",
            "bench_recipes.ressin:Strict",
            "Recipe: EDA from the past alone, scaled inside folds, without a decomposition of the whole clip.",
        ),
        Plugin(
            "ressin-regression",
            "bench_recipes.ressin:Regression",
            "Recipe: EDA and its components as for the regressions of the Res-SIN paper.",
        ),
    ]
