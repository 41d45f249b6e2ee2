"""What all rows of a comparison share, one item each."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from bench.data.segmentation import Windowing
from bench.leaderboard.columns import counted, excluded, findings, size

if TYPE_CHECKING:
    from bench.leaderboard.comparison import Comparison


class Fact(NamedTuple):
    """A line; what is strong comes last."""

    text: str
    strong: str = ""
    finding: bool = False  # of the audit, below its verdict


def isolation_of(comparison: Comparison) -> str:
    """The levels of isolation of the rows; empty where none is recorded."""
    return ", ".join(sorted({row.summary.isolation for row in comparison.rows} - {""}))


def versions_of(comparison: Comparison) -> str:
    """The versions of the harness that made the rows, the newest first; empty for a single one."""
    dates: dict[str, str] = {}
    rows: Counter[str] = Counter()
    for row in comparison.rows:
        digest = (row.summary.code or {}).get("core", {}).get("digest", "not recorded")[:8]
        dates[digest] = max(dates.get(digest, ""), row.summary.date)
        rows[digest] += 1
    if len(rows) < 2:
        return ""
    ordered = sorted(rows, key=lambda digest: dates[digest], reverse=True)
    return f"rows of {len(rows)} versions, " + ", ".join(
        f"{digest} ({counted(rows[digest], 'row')}, {dates[digest]})" for digest in ordered
    )


def facts(comparison: Comparison) -> list[Fact]:
    first = comparison.first
    data = "simulated data" if first.simulated else "real recordings"
    profiles = ", ".join(sorted({row.summary.cell.profile for row in comparison.rows}))
    found = [
        Fact(f"{data}: {size(first)}; {Windowing(**first.cell.window).about}"),
        Fact(f"preprocessing: {comparison.preprocessing or 'none'}; profile: {profiles}"),
    ]
    if first.remark:
        found.append(Fact("", first.remark))
    if first.label_rule:
        found.append(Fact(f"labels: {first.label_rule}"))
    if texts := excluded(first):
        found.append(Fact(f"excluded: {texts}"))
    if isolation := isolation_of(comparison):
        found.append(Fact(f"isolation: {isolation}"))
    if text := versions_of(comparison):
        found.append(Fact(f"code: {text}"))
    if suites := sorted({row.summary.suite for row in comparison.rows} - {""}):
        found.append(Fact(f"suite: {', '.join(suites)}"))
    found.append(Fact("audit: ", comparison.audit.verdict))
    return [*found, *(Fact(line, finding=True) for line in findings(comparison.audit))]
