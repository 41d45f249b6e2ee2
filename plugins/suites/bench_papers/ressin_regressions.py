"""Findings about the printed regressions of Res-SIN."""

from __future__ import annotations

from math import sqrt

from bench.api.papers import Finding
from bench_papers.printed import Line, lines


def findings() -> list[Finding]:
    return [explained(), other_ratings(), disagreements()]


def explained() -> Finding:
    """How little of the ratings is told by a correlation that low."""
    rows = lines("ressin_table1")
    highest = max(rows, key=lambda line: float(line["r"]))
    r = float(highest["r"])
    return Finding(
        "How much the correlations explain",
        f"The highest correlation is {r:.4f} ({regression(highest)}): at best, predictions explain "
        f"{100 * r * r:.2f} % of the variance of ratings, and their RMSE is {100 * (1 - sqrt(1 - r * r)):.2f} % below "
        "that of always saying the mean. The paper prints no such row.",
    )


def other_ratings() -> Finding:
    """Whether rows of one target can be of the same ratings."""
    told, more = [], 0
    for model, target in dict.fromkeys((line["model"], line["target"]) for line in lines("ressin_table1")):
        quoted, *own = (line for line in lines("ressin_table1") if (line["model"], line["target"]) == (model, target))
        best = min(own, key=lambda line: float(line["rmse"]))
        drop, possible = 1 - float(best["rmse"]) / float(quoted["rmse"]), 1 - sqrt(1 - float(best["r"]) ** 2)
        more += drop > possible
        told.append({"model": model, "target": target, "RMSE of [13]": quoted["rmse"], "own": best["rmse"],
                     "lower by (%)": percent(drop), "its r allows (%)": percent(possible)})  # fmt: skip
    return Finding(
        "Errors that fall without correlation",
        "Against a model that says the mean, a correlation r lowers the RMSE by a factor of √(1 - r²) at best. The "
        f"paper's best component is below the quoted RMSE by more than that in {more} of {len(told)} cases. What falls "
        "is then not the error of prediction: the quoted models were worse than the mean, or their ratings were spread "
        "wider.",
        told,
    )


def disagreements() -> Finding:
    """Tonic against phasic, by both metrics."""
    rows = {(line["model"], line["target"], line["input"]): line for line in lines("ressin_table1")}
    odd, pairs = [], list(dict.fromkeys((model, target) for model, target, _ in rows))
    for model, target in pairs:
        tonic, phasic = (rows[model, target, kept] for kept in ("tonic", "phasic"))
        by_error = float(tonic["rmse"]) - float(phasic["rmse"])
        by_correlation = float(phasic["r"]) - float(tonic["r"])
        if by_error * by_correlation <= 0:
            both = " and ".join(f"{line['rmse']}, r {line['r']}" for line in (tonic, phasic))
            odd.append(f"{model}, {target} (RMSE {both})")
    return Finding(
        "Tonic or phasic",
        f"In {len(odd)} of {len(pairs)} cases the component with the higher correlation does not have the lower RMSE: "
        f"{'; '.join(odd)}.",
    )


def regression(line: Line) -> str:
    return f"{line['model']}, {line['target']}, {line['input']}"


def percent(value: float) -> float:
    return round(100 * value, 2)
