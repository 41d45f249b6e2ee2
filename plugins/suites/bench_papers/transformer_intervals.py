"""Findings about the printed intervals of the pre-trained Transformers: folds, P values, digits."""

from __future__ import annotations

from itertools import product
from math import sqrt

from bench.api.papers import Finding
from bench.forensics.folds import binomial, deviation, quantile, unpaired, usual_ratios
from bench_papers.printed import Line, lines

FOLDS = 10
HALF_DIGIT = 5e-3  # the largest error of rounding a value to two decimals
HALF_DIGIT_OF_WIDTH = 5e-5
SEGMENTS = 65 * 3600 / 10 / FOLDS  # held out in a fold: 65 h in segments of 10 s
PEOPLE, TRIALS = 40 / FOLDS, 788 / FOLDS  # held out in a fold, were it made of them
TARGETS, METRICS = ("arousal", "valence"), ("accuracy", "macro_f1")


def table(number: int) -> list[Line]:
    return lines(f"transformer_table{number}")


def folds(number: int) -> Finding:
    """How much folds differ by the printed intervals, and by chance alone."""
    told: list[dict[str, str | float]] = []
    spread = []
    for line, target in product(table(number), TARGETS):
        value, half_width = printed(line, f"{target}_accuracy")
        found, chance = deviation(half_width, FOLDS), binomial(value, SEGMENTS)
        told.append({"row": name(line), "target": target, "accuracy": line[f"{target}_accuracy"],
                     "± printed": f"{half_width:.4f}", "SD of folds": f"{found:.4f}", "binomial SD": f"{chance:.4f}",
                     "ratio": found / chance, "SD if whole trials": f"{binomial(value, TRIALS):.4f}"})  # fmt: skip
        spread.append((found, chance, found / chance, sqrt(PEOPLE * max(found**2 - chance**2, 0))))
    deviations, chances, ratios, people = (sorted(values) for values in zip(*spread, strict=True))
    low, high = usual_ratios(FOLDS)
    usual = sum(low <= ratio <= high for ratio in ratios)
    return Finding(
        "Folds differ too little for whole people or trials",
        f"A half-width h of ten folds is of an SD of h √{FOLDS} / {quantile(FOLDS):.6f}: here {deviations[0]:.4f} to "
        f"{deviations[-1]:.4f} for accuracy. Were the {SEGMENTS:,.0f} segments of a fold right or wrong independently "
        f"of each other, chance alone would make it {chances[0]:.4f} to {chances[-1]:.4f}, and ten folds would have a "
        f"ratio of {low:.2f} to {high:.2f} in 95 of 100 cases: {usual} of {len(told)} have. Folds of "
        f"people or of trials would differ more. With {PEOPLE:g} people held out in each fold, accuracies of people "
        f"would have an SD of {people[-1]:.3f} where folds differ most, and of 0 in {people.count(0)} of {len(told)}; "
        "with whole trials, whose segments are right or wrong together, folds would differ as the last column says. So "
        "neighbours of held-out segments are trained on, as under kfold. Under kfold-trial they are not, and under "
        "subject-independent nobody who is held out is.",
        told,
    )


def claims(number: int, pairs: list[tuple[Line, Line]], claim: float) -> Finding:
    """What the paper says of P values, against what its own intervals give."""
    told, verdicts = [], []
    for (one, other), target, metric in product(pairs, TARGETS, METRICS):
        column = f"{target}_{metric}"
        first, second = printed(one, column), printed(other, column)
        test = unpaired(first, second, FOLDS, (HALF_DIGIT, HALF_DIGIT_OF_WIDTH))
        verdicts.append((test.verdict(claim), f"{name(one)} against {name(other)}, {target} {said(metric)}", test))
        told.append({"row": name(one), "against": name(other), "target": target, "metric": said(metric),
                     "difference": f"{first[0] - second[0]:+.2f}", "p": f"{test.p:.2g}",
                     "lowest": f"{test.lowest:.1g}", "highest": f"{test.highest:.1g}",
                     "claim": f"< {claim:.0e}", "verdict": verdicts[-1][0]})  # fmt: skip
    fitting = sum(verdict in ("follows", "consistent") for verdict, *_ in verdicts)
    odd = [
        f"{pair} gives p = {test.p:.4f} ({test.lowest:.0e} to {test.highest:.0g} by rounding), not p < {claim:.0e}: "
        "that takes a paired test, or luck with digits that are not printed."
        for verdict, pair, test in verdicts if verdict not in ("follows", "consistent")
    ]  # fmt: skip
    return Finding(
        "Claims about P values",
        f"All differences of Table {number} are said to have a two-tailed P below {claim:.0e}; of which test is not "
        "said. Below, p of Student's unpaired test from printed values and half-widths, and what the hidden digits "
        f"allow. {fitting} of {len(verdicts)} go with the claim. {' '.join(odd)}".rstrip(),
        told,
    )


def rounding(number: int) -> Finding:
    widths = sorted(printed(line, f"{target}_{metric}")[1]
                    for line, target, metric in product(table(number), TARGETS, METRICS))  # fmt: skip
    return Finding(
        "Values are rounded as widely as their intervals",
        f"Values have two decimals, so each may be {HALF_DIGIT:g} off; half-widths of {widths[0]:.4f} to "
        f"{widths[-1]:.4f} have four. Whether a printed number lies inside our interval can depend on that.",
    )


def printed(line: Line, column: str) -> tuple[float, float]:
    """A value and half of its interval, as shares."""
    return float(line[column]), float(line[f"{column}_ci"])


def name(line: Line) -> str:
    return line["model"] + (", pre-trained" if line["pretrain"] == "yes" else ", not pre-trained")


def said(metric: str) -> str:
    return {"accuracy": "accuracy", "macro_f1": "F1"}[metric]
