"""The lines of tables with printed numbers beside ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tabulate import tabulate

from bench.leaderboard.columns import NOTHING, gain, probability
from bench.leaderboard.reproduction import difference
from bench.scoring import regression

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from bench.leaderboard.contrast import Contrast
    from bench.leaderboard.reproduction import Difference, Reproduced
    from bench.leaderboard.summary import Summary

STYLES = {"text": "simple", "md": "github"}
PAPER = "Paper"
TITLES = {
    "accuracy": "Accuracy", "macro_f1": "Macro-F1", "weighted_f1": "Weighted-F1", "f1": "F1 of the positive class",
    "precision": "Precision of the positive class", "recall": "Recall of the positive class", "rmse": "RMSE",
    "r": "Correlation r",
}  # fmt: skip
LOW_IS_GOOD = ("rmse", "mae")


def metric_lines(rows: Sequence[Reproduced], metric: str) -> list[dict[str, str]]:
    """One line per row of ours, with a column for each reading of the paper that has this metric."""
    with_it = [each.row.reading for each in rows if each.row.reading and metric in each.row.printed]
    readings = tuple(dict.fromkeys(with_it)) or (PAPER,)
    lines = []
    for identity in dict.fromkeys(each.identity for each in rows):
        candidates = [each for each in rows if each.identity == identity]
        by_reading = {each.row.reading: each.differences()[metric] for each in candidates if metric in each.row.printed}
        found = {reading: by_reading.get(reading, by_reading.get("")) for reading in readings}
        titles = {reading: reading if reading == PAPER else f"{PAPER}, {reading}" for reading in readings}
        lines.append({
            **naming(candidates[0], rows),
            **{titles[name]: printed(each, digits(metric)) for name, each in found.items()},
            "Ours": ours(candidates[0], metric),
            **{f"Ours - {name.lower()}": apart(each, digits(metric, of_ours=True)) for name, each in found.items()},
        })  # fmt: skip
    return lines


def naming(one: Reproduced, rows: Sequence[Reproduced]) -> dict[str, str]:
    """The columns that tell the rows of a table apart."""
    columns = {"Row": one.row.label}
    if any(each.row.target for each in rows):
        columns["Target"] = one.row.target
    if any(each.row.pretrain for each in rows):
        columns["Pre-trained"] = "yes" if one.row.pretrain else "no" if one.row.model else NOTHING
    if len({each.protocol for each in rows}) > 1:
        columns["Protocol"] = protocol(one) if one.row.model else NOTHING
    return columns


def protocol(one: Reproduced) -> str:
    """With the options that the profile changes, where there is a result."""
    return one.summary.protocol if one.summary else one.protocol


def title(one: Reproduced, rows: Sequence[Reproduced]) -> str:
    """The same columns as one text."""
    columns = naming(one, rows)
    trained = {"yes": "pre-trained", "no": "not pre-trained"}
    words = [trained.get(word, word) if column == "Pre-trained" else word for column, word in columns.items()]
    return ", ".join(word for word in words if word != NOTHING)


def baseline_lines(baselines: Collection[Summary], metric: str) -> list[dict[str, str]]:
    """For each target and protocol the trivial baseline that is best in this metric."""
    best: dict[tuple[str, str], Summary] = {}
    sign = -1 if metric in LOW_IS_GOOD else 1
    for summary in baselines:
        where, mean = (summary.target, summary.protocol), summary.metrics[metric].mean
        other = best[where].metrics[metric].mean if where in best else None
        if mean is not None and (other is None or sign * (mean - other) > 0):
            best[where] = summary
    return [
        {"Row": f"best baseline: {summary.model}", "Target": target, "Protocol": protocol,
         "Ours": score(summary, metric)}
        for (target, protocol), summary in best.items()
    ]  # fmt: skip


def contrast_lines(found: Sequence[Contrast], rows: Sequence[Reproduced]) -> list[dict[str, str]]:
    """What the paper compares, one line per metric."""
    return [
        {"First": title(each.first, rows), "Second": title(each.second, rows),
         "Metric": TITLES.get(each.metric, each.metric),
         PAPER: NOTHING if each.printed is None else f"{each.printed:+.2f}",
         "Ours": gain(each.ours, each.metric), **{
             name: probability(p) if each.sure else NOTHING
             for name, p in (("p", each.plain.p), ("p (corrected)", each.corrected.p), ("p (Holm)", each.adjusted))}}
        for each in found
    ]  # fmt: skip


def digits(metric: str, *, of_ours: bool = False) -> int:
    """Decimal places: two for printed per cent, one for ours, whose second is noise; four for regression."""
    return 4 if metric in regression.NAMES else 1 if of_ours else 2


def printed(found: Difference | None, places: int = 2) -> str:
    """As in the paper, with half of its interval where it prints one."""
    if found is None:
        return NOTHING
    return f"{found.printed:.{places}f}" + ("" if found.half_width is None else f" ± {found.half_width:.{places}f}")


def ours(found: Reproduced, metric: str) -> str:
    return found.problem.partition(":")[0] if found.summary is None else score(found.summary, metric)


def score(summary: Summary, metric: str) -> str:
    """Mean over folds and half of the 95 % interval, in per cent or as it is."""
    found = difference(0.0, summary, metric)
    if found.ours is None:
        return NOTHING
    places = digits(metric, of_ours=True)
    mean = f"{found.ours:.{places}f}"
    return mean if found.low is None or found.high is None else f"{mean} ± {(found.high - found.low) / 2:.{places}f}"


def apart(found: Difference | None, places: int = 1) -> str:
    """Ours minus the printed number, and whether that number is inside our interval."""
    if found is None or found.value is None:
        return NOTHING
    return f"{found.value:+.{places}f}" + {None: "", True: " inside", False: " outside"}[found.inside]


def tabulated(lines: Sequence[Mapping[str, Any]], style: str) -> str:
    titles = list(lines[0])
    cells = [[shown(line.get(title, NOTHING)) for title in titles] for line in lines]
    return tabulate(cells, titles, tablefmt=STYLES[style], disable_numparse=True)


def shown(value: Any) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)
