"""Whether a protocol chooses test windows by their labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bench.errors import BenchError, PluginError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from bench.api import Fold, Protocol, Rows

SHUFFLES = 40  # of the labels of trials, for what test parts look like that do not follow labels
MARGIN = 0.05  # by which the class shares of test parts must differ more than without labels, beside 3 deviations


def require_label_free_tests(protocol: Protocol, table: pd.DataFrame, folds: Sequence[Fold]) -> None:
    """Raise if test parts have more of one class than they would if chosen without labels.

    Labels may be used to spread classes evenly. The labels of trials are shuffled, so that nothing else in the table
    predicts them. A test part with other frequencies than all test parts together then follows labels, unless that is
    as common where the labels are shuffled once more. From such test parts, the training part gives labels away.
    """
    labels, trials = table["label"].to_numpy(), pd.factorize(table["trial"])[0]
    by_trial = labels[np.unique(trials, return_index=True)[1]]
    random = np.random.default_rng(0)
    shuffled = [random.permutation(by_trial) for _ in range(SHUFFLES)]
    try:
        drawn = [(name, test) for name, _, test in protocol.outer(table.assign(label=shuffled[0][trials]))]
    except BenchError:  # such as that a class is too small
        return
    if len(drawn) == len(folds) and all(
        np.array_equal(fold.test, test) for fold, (_, test) in zip(folds, drawn, strict=True)
    ):
        return
    threshold = np.median(by_trial) if labels.dtype.kind == "f" else None
    classes = np.array(shuffled if threshold is None else shuffled > threshold, dtype=np.intp)
    apart = deviations(classes, trials, [test for _, test in drawn])
    share, blind = np.average(apart[:, 0]), apart[:, 1:].mean(axis=0)
    if share > blind.mean() + 3 * blind.std() + MARGIN:
        name = drawn[int(np.argmax(apart[:, 0]))][0]
        raise PluginError(
            f"Fold '{name}' chooses test rows by their labels, also where labels are shuffled; "
            "use labels only to spread classes evenly."
        )


def deviations(classes: Rows, trials: Rows, tests: Sequence[Rows]) -> npt.NDArray[np.float64]:
    """How far class shares of each test part are from those of all, for each shuffle (rows of `classes`)."""
    members = classes.T[:, :, None] == np.arange(classes.max() + 1)  # trial, shuffle, class
    counts = np.empty((len(tests), *members.shape[1:]))
    for number, test in enumerate(tests):
        inside, count = np.unique(trials[test], return_counts=True)
        counts[number] = np.tensordot(count, members[inside], axes=1)
    shares = counts / counts.sum(axis=2, keepdims=True)
    pooled = counts.sum(axis=0) / counts.sum(axis=(0, 2))[:, None]
    found: npt.NDArray[np.float64] = np.abs(shares - pooled).sum(axis=2) / 2
    return found
