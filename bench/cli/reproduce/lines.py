"""The lines of a table in which printed numbers stand beside ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tabulate import tabulate

from bench.leaderboard.columns import NOTHING, percent

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from bench.leaderboard.comparison import Summary
    from bench.leaderboard.reproduction import Difference, Reproduced

STYLES = {"text": "simple", "md": "github"}
PAPER = "Paper"


def metric_lines(rows: Sequence[Reproduced], metric: str) -> list[dict[str, str]]:
    """One line per row of ours, with a column for each reading of the paper."""
    readings = tuple(dict.fromkeys(each.row.reading for each in rows if each.row.reading)) or (PAPER,)
    lines = []
    for label in dict.fromkeys(each.row.label for each in rows):
        candidates = [each for each in rows if each.row.label == label]
        by_reading = {each.row.reading: each.differences().get(metric) for each in candidates}
        found = {reading: by_reading.get(reading, by_reading.get("")) for reading in readings}
        titles = {reading: reading if reading == PAPER else f"{PAPER}, {reading}" for reading in readings}
        lines.append({
            "Row": label,
            **{titles[name]: f"{each.printed:.2f}" if each else NOTHING for name, each in found.items()},
            "Ours": ours(candidates[0], metric),
            **{f"Ours - {name.lower()}": apart(each) for name, each in found.items()},
        })  # fmt: skip
    return lines


def baseline_line(baselines: Collection[Summary], metric: str) -> list[dict[str, str]]:
    """The trivial baseline that is best in this metric."""
    scores = [(summary["metrics"][metric], summary["labels"]["model"]) for summary in baselines]
    known = [(interval, model) for interval, model in scores if interval["mean"] is not None]
    if not known:
        return []
    interval, model = max(known, key=lambda each: each[0]["mean"])
    return [{"Row": f"best baseline: {model}", "Ours": percent(interval)}]


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
