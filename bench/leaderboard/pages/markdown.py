"""The leaderboard as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tabulate import tabulate

from bench.leaderboard.columns import in_words, permutation_legend, shown_metrics, table
from bench.leaderboard.comparison import by_kind
from bench.leaderboard.conclusion import conclusion
from bench.leaderboard.facts import facts
from bench.leaderboard.over_data_sets import ranked
from bench.leaderboard.pages.escaping import IN_CELL, escape, escape_line, link
from bench.leaderboard.pages.ordering import Ordering, beating, gains
from bench.leaderboard.pages.overview import about, names, overview
from bench.leaderboard.pairs import legend, tables

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bench.leaderboard.comparison import Comparison
    from bench.leaderboard.facts import Fact

NO_THRESHOLD = ", which no threshold moves"
DECISIONS = "Balanced accuracy is that at a\n  threshold chosen on inner folds; accuracy is that at one half."


def markdown(found: Iterable[Comparison], ordering: Ordering | None = None) -> str:
    """Classification first, then regression."""
    kinds = by_kind(found)
    parts = {kind: "\n".join([*glance(those, kind), *sections(those, kind)]) for kind, those in kinds.items() if those}
    heads = {kind: LEGENDS[kind](those[0]) for kind, those in kinds.items() if those}
    return "\n".join([introduction(ordering or Ordering()), *(f"{heads[kind]}\n{parts[kind]}" for kind in parts)])


def introduction(ordering: Ordering) -> str:
    return f"""# Leaderboard

`bench leaderboard{ordering.options}` writes this page from the files in `results/`;
`bench leaderboard --check` fails where it is stale. `bench run --from leaderboard/results/NAME.jsonl` computes the rows
of a comparison again. Each line of such a file is a row with its command, environment, date, and values per fold, seed
and subject.

The top row of many is partly luck. A conclusion says of how many rows it is the best, and after how many evaluations of
the same test windows where that is known: rows × seeds in the store that it was published from, without baselines.
Searches of options evaluate inner splits alone, and do not count.
"""


def classification(first: Comparison) -> str:
    metric = in_words(first.metric)
    shown = ", ".join(f"**{in_words(name)}**" for name in shown_metrics(first.rows[0]))
    return f"""- {shown}: per cent, mean over subjects [95 % interval]. The interval
  counts that models share training subjects.
- **Rows are ordered and compared by {metric}**{NO_THRESHOLD if first.metric == "auroc" else ""}. {DECISIONS}
- **Chance**: the same metrics for predictions with the same class frequencies, made without seeing the signals.
- **Gain over single**: {escape(gains(first))} [95 %].
- **Beats baselines**: whether {beating(first.metric)}, by the intervals of the differences.
- **Verdict**: result of the leakage audit, which precedes training. **Training**: time per fold.
- **Seeds**: for several seeds, scores are means over them; SD is the standard deviation of the {metric} over seeds.
- **Data**: *simulated* rows show that the harness works, and nothing about people.
"""


def regression(first: Comparison) -> str:
    return f"""# Regression

- **RMSE**: root mean squared error in the unit of the target, lower is better; **r**: Pearson's correlation; **CCC**:
  concordance correlation (Lin); **R2**: coefficient of determination. Mean over subjects [95 % interval]; – where it is
  not defined, as r for a constant prediction.
- **Rows are ordered and compared by {in_words(first.metric)}**.
- **Gain over single**: {escape(gains(first))} [95 %].
- **Beats baselines**: whether {beating(first.metric)}, by the intervals of the differences.
"""


LEGENDS = {"classes": classification, "numbers": regression}


def glance(those: list[Comparison], kind: str) -> list[str]:
    """A table of all comparisons with links; none for a single comparison."""
    if len(those) < 2:
        return []
    rows = [
        {"Comparison": link(name, f"#{kind}-{number}"), **escaped(overview(each))}
        for number, (name, each) in enumerate(zip(names(those), those, strict=True), 1)
    ]
    lines = [about(those[0].metric), "", tabulated(rows), ""]
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
