"""How to read the page of a leaderboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.leaderboard.baselines import KNOWS
from bench.leaderboard.columns import in_words
from bench.leaderboard.comparison import by_kind
from bench.leaderboard.pages.ordering import beating, gains

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.leaderboard.comparison import Comparison

UNITS = {
    "classes": "Per cent: mean over subjects [95 % interval]. Chance: the metrics of predictions with the same class "
    "frequencies, made without seeing the signals.",
    "numbers": "RMSE in the unit of the target (lower is better), Pearson's r, Lin's concordance correlation and R2; "
    "mean over subjects [95 % interval].",
}
PICTURES = (
    "In a matrix, ✓ marks rows that beat all baselines. In a picture, the dashed line is chance, and the orange one "
    "the best baseline. Evaluations of windows, in conclusions: rows times seeds in the store that a row was "
    "published from, without baselines and searches. Where all subjects have 100, the interval is that of the rule of "
    "three."
)
VERDICTS = (
    "Leakage audit: clean (nothing was found), transductive (a step uses the whole session of the test subject, "
    "without labels), subject-dependent (subjects are on both sides of folds), leaky (test data reach the training "
    "part, as with overlapping windows in random folds). Isolation sandbox: the kernel kept plugins from test labels."
)
NAMES = (
    "Protocols: loso leaves one subject out, subject-independent some subjects at a time, kfold draws windows at "
    "random, kfold-trial whole trials, stimulus-independent leaves stimuli out. Fusions: early joins features or "
    "signals, feature and middle join what branches have computed, attentive lets branches attend to each other, late "
    "joins decisions. Profile small: networks with fewer units than published ones."
)


def explanations(every: Sequence[Comparison]) -> Iterator[str]:
    """A paragraph each."""
    for kind, those in by_kind(every).items():
        if those:
            yield (
                f"{UNITS[kind]} Rows are ordered and compared by {in_words(those[0].metric)}. Gain: {gains(those[0])} "
                f"[95 %]. A row beats the baselines if its {beating(those[0].metric)}, by the intervals of the "
                "differences."
            )
    yield PICTURES
    names = {row.summary.model for each in every for row in each.rows if row.baseline}
    if known := sorted(names & KNOWS.keys()):
        yield f"Baselines see no signal. What they know: {'; '.join(f'{name}: {KNOWS[name]}' for name in known)}."
    yield VERDICTS
    yield NAMES
