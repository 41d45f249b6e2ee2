"""Rows that a permutation test cannot judge, known before anything is trained."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.api import Staged
from bench.errors import Refused
from bench.planning.expansion import Refusal
from bench.planning.plan import reasons
from bench.scoring.permutation import permute_trials

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.planning.planner import PlannedCell

FEWEST, MOST = 19, 100_000  # permutations; with fewer, no p reaches 0.05
NETWORKS = (
    "--permute trains a model hundreds of times, which takes too long for a network; leave the network out with "
    "--model, or judge its row by the interval"
)
SEARCH = (
    "the true labels have chosen its options, so they would have an advantage over permuted ones; leave out --search "
    "and name options with -o"
)
PRETRAINED = (
    "--permute trains a model hundreds of times, which takes too long with pre-training; leave out --pretrain, or "
    "judge the row by the interval"
)
LEARNT_LABELS = (
    "folds learn their classes from ratings of subjects that they also test, so exchanged labels would follow from "
    "other classes; hold whole subjects out, as in --protocol loso"
)


def permuted(cells: Sequence[PlannedCell]) -> tuple[list[PlannedCell], list[Refusal]]:
    """The cells whose labels can be permuted, and the others with reasons; baselines are not permuted at all.

    Raise if no cell can be permuted, before anything is trained.
    """
    found: list[PlannedCell] = []
    refusals: list[Refusal] = []
    for cell in cells:
        if is_baseline(cell):
            continue
        reason = refusal(cell)
        if reason:
            refusals.append(Refusal(f"--permute for {cell.resolved.label}", reason))
        else:
            found.append(cell)
    if not found:
        why = "; ".join(reasons(refusals)) or "all rows are baselines; name a model with --model"
        raise Refused(f"Nothing is left to permute: {why}.")
    return found, refusals


def is_baseline(cell: PlannedCell) -> bool:
    resolved = cell.resolved
    return "baseline" in resolved.registry.get("model", resolved.cell.model.name).plugin.tags


def refusal(cell: PlannedCell) -> str:
    """Why labels of a cell cannot be permuted; empty where they can."""
    resolved, windows = cell.resolved, cell.windows
    if isinstance(resolved.model, Staged):
        return NETWORKS
    if resolved.cell.search:
        return SEARCH
    if resolved.cell.corpora or resolved.cell.weights:
        return PRETRAINED
    names = windows.table["subject"].to_numpy()
    if windows.ratings is not None and windows.ratings.rule.scope == "train" and shares_subjects(cell, names):
        return LEARNT_LABELS
    try:
        trials, labels = windows.table["trial"].to_numpy(), windows.table["label"].to_numpy()
        permute_trials(names, trials, labels, np.random.default_rng(0))
    except Refused as error:
        text = str(error).removesuffix(".")
        return text[0].lower() + text[1:]
    return ""


def shares_subjects(cell: PlannedCell, names: np.ndarray) -> bool:
    """Whether a fold trains on subjects that it tests."""
    return any(bool({*names[fold.train], *names[fold.validation]} & {*names[fold.test]}) for fold in cell.folds)
