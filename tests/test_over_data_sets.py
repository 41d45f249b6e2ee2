"""Fusions ranked over data sets."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from bench.cells.cell import Choice
from bench.leaderboard.comparison import comparisons
from bench.leaderboard.over_data_sets import ranked
from bench.leaderboard.pages.markdown import markdown
from bench.leaderboard.pages.page import page

SCORES = {"one": (0.7, 0.6, 0.8), "two": (0.65, 0.6, 0.9), "three": (0.5, 0.55, 0.6), "four": (0.7, 0.75, 0.8)}
FUSIONS = ("early", "feature", "late")


@pytest.fixture
def found(summary_of):
    def row(dataset, fusion, score):
        made = summary_of([score] * 3, "auroc", "tuned_balanced_accuracy", "accuracy", dataset=dataset, fusion=fusion)
        cell = replace(made.cell, dataset=Choice("dataset", dataset), modalities=("ecg", "eda"),
                       window={"length": 10.0, "hop": 5.0, "whole": False})  # fmt: skip
        return replace(made, comparison=dataset, key=f"{dataset}-{fusion}".ljust(16, "0"), cell=cell)

    return comparisons(row(name, fusion, score) for name, scores in SCORES.items()
                       for fusion, score in zip(FUSIONS, scores, strict=True))  # fmt: skip


def test_fusions_are_ranked_over_data_sets_as_scipy_does_it(found):
    [made] = ranked(found)
    ranks = stats.rankdata(-np.array([SCORES[name] for name in made.datasets]), axis=1).mean(axis=0)
    assert made.fusions == FUSIONS
    assert made.ranking.mean_ranks == pytest.approx(ranks)
    assert made.ranking.p == pytest.approx(stats.friedmanchisquare(*zip(*SCORES.values(), strict=True)).pvalue)
    assert [row["Fusion"] for row in made.columns] == [FUSIONS[place] for place in np.argsort(ranks)]
    assert made.ranking.critical_difference == pytest.approx(2.343 * np.sqrt(3 * 4 / (6 * 4)), abs=1e-3)  # Demšar 2006
    assert [row["Same as"] for row in made.columns] == ["early, feature", "feature, late", "early, late"]


def test_pages_show_ranks_where_there_are_three_data_sets(found):
    for write in (markdown, page):
        assert "Mean rank" in write(found)
        assert "Mean rank" not in write(found[:2])
    assert page(found).count("Critical difference diagram of") == 1
    assert "Critical difference diagram" not in page(found[:2])
