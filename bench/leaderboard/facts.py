"""What all rows of a comparison share, one item each."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from bench.data.segmentation import Windowing
from bench.leaderboard.columns import excluded, findings, size

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
    """The versions of bench that made the rows; empty for a single one."""
    environments = (row.summary.environment for row in comparison.rows)
    rows = Counter(each.bench if each else "an unknown version" for each in environments)
    if len(rows) < 2:
        return ""
    return "rows of " + ", ".join(f"bench {version} ({count})" for version, count in sorted(rows.items()))


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
