"""The leaderboard as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tabulate import tabulate

from bench.data.segmentation import Windowing
from bench.leaderboard.columns import columns, excluded, findings, size
from bench.leaderboard.comparison import apart
from bench.leaderboard.overview import LEGEND, names, overview
from bench.leaderboard.pairs import LEGENDS, tables

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bench.leaderboard.comparison import Comparison

INTRODUCTION = """# Leaderboard

Written by `bench leaderboard` from the files in `results/`; `bench leaderboard --check` tells when it is stale.

- **Accuracy**, **macro-F1**, **balanced accuracy**: per cent, mean over folds ± half of the 95 % t interval.
- **Chance**: the same three for predictions that are as often of each class, but do not look at the windows.
- **Gain over best single**: accuracy, person by person, over the best single modality of the same model [95 %].
- **Beats baselines**: whether accuracy and macro-F1 lie above every baseline below, by people and by folds (95 %).
- **Training**: per fold. **Verdict**: what the leakage audit found before anything was trained.
- **Data**: *simulated* means that no person was recorded: such rows show that the harness works, nothing more.
"""


REGRESSION = """# Targets that are numbers

- **RMSE**: root mean squared error in the unit of the target, lower is better; **r**: Pearson's correlation; **CCC**:
  concordance correlation (Lin); **R2**: 1 less the squared error over that of the mean of the held-out numbers.
  Mean over folds ± half of the 95 % t interval; – where it is not defined, as r of a constant prediction.
- **Gain over best single**: how much lower the RMSE is, person by person, than that of the best single modality of the
  same model [95 %].
- **Beats baselines**: whether the RMSE lies below that of every baseline below, by people and by folds (95 %).
"""

BAR = r"\|"  # inside a table


def markdown(found: Iterable[Comparison]) -> str:
    """Classes first, then numbers."""
    kinds = apart(found)
    parts = {kind: "\n".join([*glance(those, kind), *sections(those, kind)]) for kind, those in kinds.items() if those}
    return "\n".join([INTRODUCTION, *([parts["classes"]] if kinds["classes"] else []),
                      *([REGRESSION, parts["numbers"]] if kinds["numbers"] else [])])  # fmt: skip


def glance(those: list[Comparison], kind: str) -> list[str]:
    """What there is, with links; one comparison alone needs none."""
    if len(those) < 2:
        return []
    rows = [
        {"Comparison": f"[{name.replace('|', BAR)}](#{kind}-{number})", **overview(each)}
        for number, (name, each) in enumerate(zip(names(those), those, strict=True), 1)
    ]
    return [LEGEND, "", tabulated(rows), ""]


def sections(those: list[Comparison], kind: str) -> list[str]:
    return [f'<a id="{kind}-{number}"></a>\n\n{section(each)}' for number, each in enumerate(those, 1)]


def section(comparison: Comparison) -> str:
    table = tabulated([columns(row) for row in comparison.rows])
    return "\n".join([f"## {comparison.title}", "", *facts(comparison), "", table, "", *in_pairs(comparison)])


def tabulated(rows: list[dict[str, str]]) -> str:
    return tabulate([list(row.values()) for row in rows], list(rows[0]), tablefmt="github", disable_numparse=True)


def in_pairs(comparison: Comparison) -> list[str]:
    """Rows against each other, folded away."""
    lines = []
    for title, found in tables(comparison):
        legend = LEGENDS[comparison.predicted]
        lines += [f"<details><summary>{title}</summary>", "", legend, "", tabulated(found), "", "</details>", ""]
    return lines


def facts(comparison: Comparison) -> list[str]:
    """What all rows of a comparison share, one item each."""
    first = comparison.first
    data = "simulated data" if first["simulated"] else "real recordings"
    cut = Windowing(**first["cell"]["window"]).about
    lines = [
        f"{data}: {size(first)}; {cut}",
        f"preprocessing: {comparison.preprocessing or 'none'}",
    ]
    if first.get("remark"):
        lines.append(f"**{first['remark']}**")
    if first.get("label rule"):  # results that were published before there were rules have none
        lines.append(f"labels: {first['label rule']}")
    if told := excluded(first):
        lines.append(f"left out: {told}")
    lines.append(f"audit: **{comparison.audit['verdict']}**")
    return [*(f"- {line}" for line in lines), *(f"  - {line}" for line in findings(comparison.audit))]
