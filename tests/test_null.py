"""Every first-party model is at chance in a sandbox where signals say nothing, with nested search and pre-training.

Labels are drawn for each session by permutation, half of them of each class, whatever the signals are. So for a
subject whom a model has not seen, the correlation of predictions with the truth has the mean 0, and at most the
variance 1 / (S (n - 1)) over such draws, for S sessions of n trials of one window: each session leaves n - 1 labels
free. Accuracy minus 1/2 is at most half of a correlation, and the area under the curve minus 1/2 at most 1/sqrt(3) of
one, that of ranks. Subjects of one fold are independent of each other. The two folds of a data set train on each
other's test subjects, so they count as one. Hence the mean over all subjects has at most the standard deviation

    factor / sqrt(subjects of one fold, of all data sets * S (n - 1)),

and is further than 3.29 of them from chance in one of 1,000 draws. The draws are fixed by seeds.
"""

import math

import numpy as np
import pytest

from bench.registry import Registry
from bench.worker import confinement

# Others cover the lines that these go through; tracing what libraries do here would take half as long again.
pytestmark = [
    pytest.mark.no_cover,
    pytest.mark.skipif(not confinement.available(), reason="this platform cannot confine processes"),
]

SUBJECTS, SESSIONS, TRIALS = 16, 3, 6
QUANTILE = 3.29  # of the normal distribution, for 1 in 1,000 on both sides
FACTORS = {"accuracy": 0.5, "auroc": 1 / math.sqrt(3), "r": 1.0}
CHANCE = {"accuracy": 0.5, "auroc": 0.5, "r": 0.0}
DATA = "synthetic(mode={}, n_subjects=16, sessions=3, minutes=4, trial_seconds=10, gap_seconds=0, seed={})"
FOLDS = ("--protocol", "subject-independent(k=2)", "--profile", "smoke", "--isolation", "sandbox")
ONE = ("--modalities", "eda", "--fusion", "none", "--search", 3)
PAIR = ("--modalities", "ecg,eda", "--fusion", "none,early,late(rule=stacking, parts=2)", "--search", 3)
SIGNALS = ("--modalities", "ecg,eda", "--no-baselines", "--search", 2)
CLASSIFIERS = "logistic,svm,forest,boosting,knn"
RUNS = {
    "classifiers": ("--model", CLASSIFIERS, *ONE),
    "fused classifiers": ("--model", "logistic,knn", "--no-baselines", *PAIR),
    "regressors": ("--model", "linear,svr", "--target", "effort", *ONE),
    "attx": ("--model", "attx", "--fusion", "attentive", *SIGNALS),
    "ressin": ("--model", "ressin", "--fusion", "feature", *SIGNALS),
    "transformer": ("--model", "transformer", "--fusion", "middle", *SIGNALS),
    "pre-trained": ("--model", "transformer", "--fusion", "late-frozen", "--pretrain", DATA, *SIGNALS),
}


def bound(metric, datasets):
    """How far the mean over subjects may be from chance."""
    free = SESSIONS * (TRIALS - 1)
    return QUANTILE * FACTORS[metric] / math.sqrt(datasets * SUBJECTS / 2 * free)


def measured(bench, arguments, mode, seeds):
    """(model, fusion, modalities) -> metric -> mean over the subjects of all data sets."""
    scores = {}
    for seed in seeds:
        data = DATA.format(mode, seed)
        given = [str(argument).replace(DATA, data) for argument in arguments]
        for cell in bench("run", "--dataset", data, *FOLDS, *given, "--json").ok().json["cells"]:
            row = cell["cell"]["model"]["name"], cell["fusion"], "+".join(cell["cell"]["modalities"])
            assert len(cell["subjects"]) == SUBJECTS
            assert cell["n_windows"] == SUBJECTS * SESSIONS * TRIALS
            for subject in cell["subjects"].values():
                for metric in FACTORS.keys() & subject.keys():
                    score = CHANCE[metric] if subject[metric] is None else subject[metric]  # of equal predictions
                    scores.setdefault(row, {}).setdefault(metric, []).append(score)
    return {row: {name: np.mean(values) for name, values in found.items()} for row, found in scores.items()}


def distances(found):
    return {(*row, name): abs(mean - CHANCE[name]) for row, means in found.items() for name, mean in means.items()}


def test_every_model_has_a_run():
    """Those that no line names are trivial baselines, which runs of one modality include."""
    named = {name for arguments in RUNS.values() for name in arguments[1].split(",")}
    known = Registry()
    assert named == {name for name in known.names("model") if "baseline" not in known.get("model", name).plugin.tags}


def test_a_nested_search_on_one_data_set_is_at_chance_without_an_effect_and_not_with_one(bench):
    arguments = ("--model", "logistic", *ONE, "--no-baselines")
    [null] = measured(bench, arguments, "null", [0]).values()
    [effect] = measured(bench, arguments, "effect", [0]).values()
    for metric in ("accuracy", "auroc"):
        assert abs(null[metric] - 0.5) < bound(metric, 1) < effect[metric] - 0.5


@pytest.mark.slow
@pytest.mark.parametrize("name", RUNS)
def test_a_model_is_at_chance_where_there_is_no_effect(bench, name):
    found = distances(measured(bench, RUNS[name], "null", range(3)))
    assert found
    assert {row: value for row, value in found.items() if not value < bound(row[-1], 3)} == {}
