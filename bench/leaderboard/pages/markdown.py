"""The leaderboard as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tabulate import tabulate

from bench.leaderboard.columns import permutation_legend, table
from bench.leaderboard.comparison import by_kind
from bench.leaderboard.conclusion import conclusion
from bench.leaderboard.facts import facts
from bench.leaderboard.over_data_sets import ranked
from bench.leaderboard.pages.escaping import IN_CELL, escape, escape_line, link
from bench.leaderboard.pages.overview import LEGEND, names, overview
from bench.leaderboard.pairs import legend, tables

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bench.leaderboard.comparison import Comparison
    from bench.leaderboard.facts import Fact

INTRODUCTION = """# Leaderboard

`bench leaderboard` writes this page from the files in `results/`; `bench leaderboard --check` fails where it is stale.
`bench run --from leaderboard/results/NAME.jsonl` computes the rows of a comparison again. Each line of such a file is a
row with its command, environment, date, and values per fold, seed and subject.

- **AUROC**, **balanced accuracy**, **accuracy**: per cent, mean over subjects [95 % interval]. The interval counts that
  models share training subjects. Rows are ordered and compared by AUROC, which no threshold moves.
- **Chance**: the same metrics for predictions with the same class frequencies, made without seeing the signals.
- **Gain over single**: AUROC minus that of the single modality of the same model that is best on the other subjects
  [95 %].
- **Beats baselines**: whether AUROC is above that of every baseline, by the intervals of the differences.
- **Verdict**: result of the leakage audit, which precedes training. **Training**: time per fold.
- **Seeds**: for several seeds, scores are means over them; SD is the standard deviation of the AUROC over seeds.
- **Data**: *simulated* rows show that the harness works, and nothing about people.
"""


REGRESSION = """# Regression

- **RMSE**: root mean squared error in the unit of the target, lower is better; **r**: Pearson's correlation; **CCC**:
  concordance correlation (Lin); **R2**: coefficient of determination. Mean over subjects [95 % interval]; – where it is
  not defined, as r for a constant prediction.
- **Gain over single**: RMSE of the best single modality of the same model minus that of the row [95 %].
- **Beats baselines**: whether the RMSE is below that of every baseline, by the intervals of the differences.
"""


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
        {"Comparison": link(name, f"#{kind}-{number}"), **escaped(overview(each))}
        for number, (name, each) in enumerate(zip(names(those), those, strict=True), 1)
    ]
    lines = [LEGEND, "", tabulated(rows), ""]
    for each in ranked(those):
        lines += [escape_line(each.legend), "", tabulated(list(map(escaped, each.columns))), ""]
    return lines


def sections(those: list[Comparison], kind: str) -> list[str]:
    return [f'<a id="{kind}-{number}"></a>\n\n{section(each)}' for number, each in enumerate(those, 1)]


def section(comparison: Comparison) -> str:
    found, legend_below = tabulated(list(map(escaped, table(comparison)))), permutation_legend(comparison)
    lines = [*map(line, facts(comparison)), f"- file: [{comparison.file}]({comparison.file})"]
    words = escape_line(conclusion(comparison))
    return "\n".join([f"## {escape(comparison.title)}", "", *([words, ""] if words else []), *lines, "", found, "",
                      *([legend_below, ""] if legend_below else []), *in_pairs(comparison)])  # fmt: skip


def escaped(row: dict[str, str]) -> dict[str, str]:
    return {title: escape(text, IN_CELL) for title, text in row.items()}


def tabulated(rows: list[dict[str, str]]) -> str:
    return tabulate([list(row.values()) for row in rows], list(rows[0]), tablefmt="github", disable_numparse=True)


def in_pairs(comparison: Comparison) -> list[str]:
    """Rows against each other, folded away."""
    lines = []
    for title, found in tables(comparison):
        lines += [
            f"<details><summary>{title}</summary>",
            "",
            legend(comparison),
            "",
            tabulated(list(map(escaped, found))),
            "",
            "</details>",
            "",
        ]
    return lines


def line(fact: Fact) -> str:
    """A list item; findings are below the verdict of the audit."""
    strong = f"**{escape(fact.strong)}**" if fact.strong else ""
    text = escape_line(fact.text) + (" " if fact.text.endswith(" ") else "")
    return f"{'  ' if fact.finding else ''}- {text}{strong}"
