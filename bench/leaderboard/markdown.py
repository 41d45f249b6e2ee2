"""The leaderboard as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tabulate import tabulate

from bench.data.segmentation import Windowing
from bench.leaderboard.columns import columns, excluded, findings, size
from bench.leaderboard.comparison import by_kind
from bench.leaderboard.overview import LEGEND, names, overview
from bench.leaderboard.pairs import LEGENDS, tables

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bench.leaderboard.comparison import Comparison

INTRODUCTION = """# Leaderboard

`bench leaderboard` writes this page from the files in `results/`; `bench leaderboard --check` fails where it is stale.
`bench run --from leaderboard/results/NAME.jsonl` computes the rows of a comparison again. Each line of such a file is a
row with its command, environment, date, and values per fold, seed and subject.

- **Accuracy**, **macro-F1**, **balanced accuracy**: per cent, mean over folds ± half of the 95 % t interval.
- **Chance**: the same metrics for predictions with the same class frequencies, made without seeing the signals.
- **Gain over best single**: accuracy minus that of the best single modality of the same model, over subjects [95 %].
- **Beats baselines**: whether accuracy and macro-F1 are above those of every baseline, over subjects and over folds
  (95 %).
- **Verdict**: result of the leakage audit, which precedes training. **Training**: time per fold.
- **Seeds**: for several seeds, scores are means over them; SD is the standard deviation of the accuracy over seeds.
- **Data**: *simulated* rows show that the harness works, and nothing about people.
"""


REGRESSION = """# Regression

- **RMSE**: root mean squared error in the unit of the target, lower is better; **r**: Pearson's correlation; **CCC**:
  concordance correlation (Lin); **R2**: coefficient of determination. Mean over folds ± half of the 95 % t interval;
  – where it is not defined, as r for a constant prediction.
- **Gain over best single**: RMSE of the best single modality of the same model minus that of the row, over subjects
  [95 %].
- **Beats baselines**: whether the RMSE is below that of every baseline, over subjects and over folds (95 %).
"""

BAR = r"\|"  # inside a table


def markdown(found: Iterable[Comparison]) -> str:
    """Classification first, then regression."""
    kinds = by_kind(found)
    parts = {kind: "\n".join([*glance(those, kind), *sections(those, kind)]) for kind, those in kinds.items() if those}
    return "\n".join([INTRODUCTION, *([parts["classes"]] if kinds["classes"] else []),
                      *([REGRESSION, parts["numbers"]] if kinds["numbers"] else [])])  # fmt: skip


def glance(those: list[Comparison], kind: str) -> list[str]:
    """A table of all comparisons with links; none for a single comparison."""
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
    data = "simulated data" if first.simulated else "real recordings"
    cut = Windowing(**first.cell.window).about
    lines = [
        f"{data}: {size(first)}; {cut}",
        f"preprocessing: {comparison.preprocessing or 'none'}",
    ]
    if first.remark:
        lines.append(f"**{first.remark}**")
    if first.label_rule:
        lines.append(f"labels: {first.label_rule}")
    if texts := excluded(first):
        lines.append(f"excluded: {texts}")
    lines.append(f"audit: **{comparison.audit.verdict}**")
    return [*(f"- {line}" for line in lines), *(f"  - {line}" for line in findings(comparison.audit))]
