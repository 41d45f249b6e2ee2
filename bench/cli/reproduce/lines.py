"""The lines of tables in which printed numbers stand beside ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tabulate import tabulate

from bench.leaderboard.columns import NOTHING, gain, percent
from bench.leaderboard.pairs import probability

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from bench.leaderboard.comparison import Summary
    from bench.leaderboard.contrast import Contrast
    from bench.leaderboard.reproduction import Difference, Reproduced

STYLES = {"text": "simple", "md": "github"}
PAPER = "Paper"
TITLES = {"accuracy": "Accuracy", "macro_f1": "Macro-F1", "weighted_f1": "Weighted-F1"}


def metric_lines(rows: Sequence[Reproduced], metric: str) -> list[dict[str, str]]:
    """One line per row of ours, with a column for each reading of the paper."""
    readings = tuple(dict.fromkeys(each.row.reading for each in rows if each.row.reading)) or (PAPER,)
    lines = []
    for identity in dict.fromkeys(each.identity for each in rows):
        candidates = [each for each in rows if each.identity == identity]
        by_reading = {each.row.reading: each.differences().get(metric) for each in candidates}
        found = {reading: by_reading.get(reading, by_reading.get("")) for reading in readings}
        titles = {reading: reading if reading == PAPER else f"{PAPER}, {reading}" for reading in readings}
        lines.append({
            **naming(candidates[0], rows),
            **{titles[name]: printed(each) for name, each in found.items()},
            "Ours": ours(candidates[0], metric),
            **{f"Ours - {name.lower()}": apart(each) for name, each in found.items()},
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
    """With the options that a profile changed, where there is a result."""
    return str(one.summary["labels"]["protocol"]) if one.summary else one.protocol


def title(one: Reproduced, rows: Sequence[Reproduced]) -> str:
    """The same in words."""
    columns = naming(one, rows)
    trained = {"yes": "pre-trained", "no": "not pre-trained"}
    words = [trained.get(word, word) if column == "Pre-trained" else word for column, word in columns.items()]
    return ", ".join(word for word in words if word != NOTHING)


def baseline_lines(baselines: Collection[Summary], metric: str) -> list[dict[str, str]]:
    """For each target and protocol the trivial baseline that is best in this metric."""
    best: dict[tuple[str, str], Summary] = {}
    for summary in baselines:
        where, mean = (summary["cell"]["target"], summary["labels"]["protocol"]), summary["metrics"][metric]["mean"]
        if mean is not None and (where not in best or mean > best[where]["metrics"][metric]["mean"]):
            best[where] = summary
    return [
        {"Row": f"best baseline: {summary['labels']['model']}", "Target": target, "Protocol": protocol,
         "Ours": percent(summary["metrics"][metric])}
        for (target, protocol), summary in best.items()
    ]  # fmt: skip


def contrast_lines(found: Sequence[Contrast], rows: Sequence[Reproduced]) -> list[dict[str, str]]:
    """What the paper compares, one line per metric."""
    return [
        {"First": title(each.first, rows), "Second": title(each.second, rows),
         "Metric": TITLES.get(each.metric, each.metric), PAPER: f"{each.printed:+.2f}",
         "Ours": gain(each.corrected.interval), "p": probability(each.plain.p),
         "p (corrected)": probability(each.corrected.p), "p (Holm)": probability(each.adjusted)}
        for each in found
    ]  # fmt: skip


def printed(found: Difference | None) -> str:
    """As the paper has it, with half of its interval where it prints one."""
    if found is None:
        return NOTHING
    return f"{found.printed:.2f}" + ("" if found.half_width is None else f" ± {found.half_width:.2f}")


def ours(found: Reproduced, metric: str) -> str:
    if found.summary is None:
        return found.problem.partition(":")[0]
    return percent(found.summary["metrics"][metric])


def apart(found: Difference | None) -> str:
    """Ours less the printed number, and whether that lies in our interval."""
    if found is None or found.value is None:
        return NOTHING
    return f"{found.value:+.1f}" + {None: "", True: " inside", False: " outside"}[found.inside]


def tabulated(lines: Sequence[Mapping[str, Any]], style: str) -> str:
    titles = list(lines[0])
    cells = [[shown(line.get(title, NOTHING)) for title in titles] for line in lines]
    return tabulate(cells, titles, tablefmt=STYLES[style], disable_numparse=True)


def shown(value: Any) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)
