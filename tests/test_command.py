"""The command of a row: what it is, and that it gives the row again."""

import shlex

import pytest

from bench.cli.grid_options import grids_of
from bench.cli.run import command
from bench.planning.command import command_line, command_of
from bench.planning.expansion import Expander
from bench.planning.grid import Grid
from bench.registry import Registry

KNOWN = Registry()
SMALL = "synthetic(n_subjects=3)"

GRIDS = {
    "the defaults": Grid(),
    "another profile": Grid(profile="smoke", protocol=("kfold(k=3)", "subject-independent")),
    "a chain for each modality": Grid(
        preprocess="ecg: bandpass(5,15); eda: lowpass(3); statistics",
        modalities=("ecg", "eda"),
        options={"window.length": "5", "late.rule": "vote"},
    ),
    "steps learnt in folds, and an extractor with options": Grid(
        preprocess="zscore(statistics=causal) | standardise | statistics(scr=0.05)",
        fusion=("none", "late(parts=4)"),
        options={"window.whole": "true"},
    ),
    "a preset and models of two kinds": Grid(
        model=("logistic", "attx"),
        options={"features.scr": "0.05", "window.hop": "2.5"},
        precision="bf16",
        compile=True,
        deterministic=True,
    ),
    "a search, which leaves typed options alone": Grid(
        model=("attx", "logistic(C=1)"), dataset=(SMALL,), search=3, fusion=("late(rule=vote)", "none"), profile="smoke"
    ),
    "pre-training": Grid(
        model=("transformer",), dataset=(SMALL,), modalities=("ecg", "eda"), pretrain=(SMALL,), preprocess="standardise"
    ),
    "a regression with a preset": Grid(
        dataset=("pmemo-2018",),
        target=("arousal-rating",),
        model=("linear",),
        preprocess="ressin-regression(keep=tonic)",
    ),
}


@pytest.mark.parametrize("grid", GRIDS.values(), ids=GRIDS)
def test_the_command_of_each_row_gives_that_row_again(grid):
    expansion = Expander(grid, KNOWN).expand()
    assert expansion.cells
    for resolved in expansion.cells:
        cell = resolved.cell
        program, name, *arguments = shlex.split(command_of(cell, KNOWN))
        assert (program, name) == ("bench", "run")
        typed = command.make_context("run", arguments, obj=KNOWN).params
        [again] = grids_of(typed, KNOWN)
        assert cell in [found.cell for found in Expander(again, KNOWN).expand().cells]


@pytest.mark.parametrize(
    ("grid", "expected"),
    [
        (Grid(), "bench run"),
        (Grid(model=("knn(k=3)", "svm"), seed=(0, 1)), "bench run --model 'knn(k=3),svm' --seed 0,1"),
        (Grid(preprocess="ecg: zscore"), "bench run --preprocess 'ecg: zscore'"),
        (Grid(baselines=False, compile=True, search=5), "bench run --search 5 --no-baselines --compile"),
        (Grid(search=5, objective="auroc"), "bench run --search 5 --objective auroc"),
        (Grid(options={"model.C": "0.1"}), "bench run -o model.C=0.1"),
    ],
)
def test_a_grid_as_a_command_line(grid, expected):
    assert command_line(grid) == expected


def test_a_command_has_only_what_differs_from_the_defaults():
    [resolved] = Expander(Grid(fusion=("late",), baselines=False), KNOWN).expand().cells
    assert command_of(resolved.cell, KNOWN) == (
        "bench run --target stress --modalities ecg,eda,bvp,eeg --fusion late --no-baselines"
    )
