"""Measures how often intervals hold the truth, how often tests find what is not there, and how often what is there.

`python docs/simulations.py [--worlds N]` prints the tables of docs/statistics.md. Worlds are in `worlds.py`, and every
interval and test is that of `bench` (`evaluations.py`). Seeds are fixed, so the same command prints the same tables.
"""

from __future__ import annotations

import argparse
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from evaluations import (
    SCORES,
    Folds,
    Null,
    alone,
    baselines,
    beating,
    covered,
    evaluated,
    gains_of,
    intervals,
    leave_one_out,
    of_crossed,
    pairs_of,
    rows,
)
from scipy import special
from tabulate import tabulate
from worlds import crossed, truths, world

from bench.results.environment import processor
from bench.scoring.intervals import t_interval
from bench.scoring.variance import Units, estimate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

EFFECTS = (0.0, 0.5, 1.0)
FOLDS = (
    *(Folds(subjects, subjects) for subjects in (10, 20)),
    *(Folds(20, folds, repeats) for folds in (5, 10) for repeats in (1, 5, 10)),
    Folds(20, 1),
    *(Folds(subjects, subjects, features=features) for features in (2, 1) for subjects in (10, 20)),
)
NULLS = (
    *(Null("no effect", subjects) for subjects in (10, 20)),
    *(Null("no effect, two features", subjects, 2) for subjects in (10, 20)),
    *(Null("no effect, one feature", subjects, 1) for subjects in (10, 20)),
    *(Null("time, random beginnings", subjects, timed=True) for subjects in (10, 20)),
    *(Null("time, random beginnings and lengths", subjects, timed=True, lengths=True) for subjects in (10, 20)),
)


def coverage_table(worlds: int) -> list[dict[str, str]]:
    lines = []
    for folds in FOLDS:
        found: dict[str, list[float]] = {"AUROC": [], "Accuracy": [], "AUROC, t interval": []}
        below = 0.0
        for effect in EFFECTS:
            result = evaluated(folds, effect, worlds)
            values = truths(folds.trained, effect, folds.features)
            for name, metric in (("AUROC", "auroc"), ("Accuracy", "accuracy")):
                found[name].append(covered(intervals(result[metric][0], folds.trained, metric), values[metric]))
            found["AUROC, t interval"].append(covered(map(t_interval, result["auroc"][1]), values["auroc"]))
            if not effect:
                below = covered(
                    (estimate(Units(each, folds.trained), bounded=True) for each in result["auroc"][0]), 0.5
                )
        texts = {name: in_words(each) for name, each in found.items()}
        lines.append({"Folds": str(folds)} | texts | {"AUROC, not up to chance": in_words([below])})
    for rated in (False, True):
        found = {"AUROC": [], "Accuracy": []}
        for effect in EFFECTS:
            make = partial(crossed, subjects=10, stimuli=10, effect=effect, rated=rated)
            result, many = make(np.random.default_rng(1), worlds), make(np.random.default_rng(2), 2 * worlds)
            for name, metric in (("AUROC", "auroc"), ("Accuracy", "accuracy")):
                value = float(np.nanmean(many.by_subject(SCORES[metric]))) if effect else 0.5
                found[name].append(covered(of_crossed(result, metric), value))
        who = "subjects rate stimuli" if rated else "a stimulus has one class"
        title = f"5 × 5 folds of 10 subjects and 10 stimuli, {who}"
        lines.append({"Folds": title} | {name: in_words(each) for name, each in found.items()})
    return lines


def in_words(shares: Sequence[float]) -> str:
    return " / ".join(f"{100 * share:.1f}" for share in shares)


def null_table(worlds: int) -> list[dict[str, str]]:
    lines = []
    for null in NULLS:
        modalities, when = null.draw(worlds)
        simple = baselines(when) if null.features > 2 else None
        for shared in (False, True):
            scores = rows(modalities, shared=shared)
            gains = gains_of(scores)
            line = {
                "Worlds": null.name,
                "Subjects": str(null.subjects),
                "Rows": "share modalities" if shared else "independent",
                "Pairs": share([pair.p < 0.05 for pair in pairs_of(scores)]),
                "Pairs, of the difference alone": share([pair.p < 0.05 for pair in alone(scores)]),
                "Gain": share([each.low > 0 or each.high < 0 for each in gains]),
                "Bias of gain": f"{100 * np.mean([each.mean for each in gains]):+.1f}",
            }
            if simple is not None:
                line["Beats baselines"] = share(beating(scores, simple))
                line["Without relative time and order"] = share(beating(scores, simple[:, :2]))
            lines.append(line)
    return lines


def share(found: Sequence[bool]) -> str:
    """Per cent, with the 95 % interval of Clopper and Pearson."""
    yes, no = sum(found), len(found) - sum(found)
    low = special.betaincinv(yes, no + 1, 0.025) if yes else 0.0
    high = special.betaincinv(yes + 1, no, 0.975) if no else 1.0
    return f"{100 * yes / (yes + no):.1f} [{100 * low:.1f}, {100 * high:.1f}]"


def power_table(worlds: int) -> list[dict[str, str]]:
    """What is found of true differences: the first row has an effect, and two others have another one."""
    lines = []
    for subjects in (10, 20):
        for better, worse in ((0.5, 0.0), (1.0, 0.0), (0.8, 0.5), (1.0, 0.5)):
            random = np.random.default_rng(4)
            scores = np.stack(
                [leave_one_out(world(random, worlds, subjects, effect)) for effect in (better, worse, worse)], axis=1
            )
            true = truths(subjects - 1, better)["auroc"] - truths(subjects - 1, worse)["auroc"]
            lines.append(
                {
                    "Subjects": str(subjects),
                    "Effects": f"{better:g} and {worse:g}",
                    "True difference": f"{100 * true:.1f}",
                    "Pairs": share([pair.estimate.low > 0 for pair in pairs_of(scores)]),
                    "Pairs, of the difference alone": share([pair.estimate.low > 0 for pair in alone(scores)]),
                    "Gain over the best of two": share([each.low > 0 for each in gains_of(scores)]),
                }
            )
    return lines


PARTS = {
    "Coverage of 95 % intervals": coverage_table,
    "What is found in null worlds": null_table,
    "What is found of true differences": power_table,
}


def printed(worlds: int) -> Iterator[str]:
    for title, table in PARTS.items():
        yield f"### {title}\n\n{tabulate(table(worlds), headers='keys', tablefmt='github', disable_numparse=True)}\n"
        command = f"python docs/simulations.py --worlds {worlds}"
        yield f"Per cent of {worlds:,} worlds; `{command}` on {processor()}, one core.\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--worlds", type=int, default=1000, help="number of worlds of each line")
    for text in printed(parser.parse_args().worlds):
        print(text, flush=True)


if __name__ == "__main__":
    main()
