"""The leaderboard as Markdown, for a forge: conclusions first, details folded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tabulate import tabulate

from bench.leaderboard.columns import (
    NOTHING,
    compact,
    gain,
    in_words,
    permutation_legend,
    shown_metrics,
    size,
    title,
    with_interval,
)
from bench.leaderboard.comparison import by_kind, in_order
from bench.leaderboard.conclusion import conclusion
from bench.leaderboard.facts import facts
from bench.leaderboard.matrix import SINGLE, matrix, single_name
from bench.leaderboard.over_data_sets import ranked
from bench.leaderboard.pages.escaping import IN_CELL, escape, escape_line
from bench.leaderboard.pages.ordering import Ordering, beating, gains
from bench.leaderboard.pages.overview import about, names, overview
from bench.leaderboard.pages.twins import twins
from bench.leaderboard.pairs import legend, tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bench.leaderboard.comparison import Comparison
    from bench.leaderboard.facts import Fact
    from bench.leaderboard.matrix import Line

NO_THRESHOLD = ", which no threshold moves"
DECISIONS = "Balanced accuracy is that at a\n  threshold chosen on inner folds; accuracy is that at one half."


SIMULATED = "Simulated rows show that the harness works, and nothing about people."
LUCK = """The top row of many is partly luck. A conclusion says of how many rows it is the best, and after how many
evaluations of the same test windows where that is known: rows × seeds in the store that it was published from, without
baselines. Searches of options evaluate inner splits alone, and do not count.
"""


def markdown(found: Iterable[Comparison], ordering: Ordering | None = None, *, beside: str = "") -> str:
    """Conclusions on real recordings first; simulated data are folded away. `beside`: a page with details, if any."""
    every = in_order(found)
    written = [section(each, name) for each, name in zip(every, names(every), strict=True)]
    real = [each for each in every if not each.first.simulated]
    simulated = every[len(real) :]
    lines = [introduction(ordering or Ordering(), beside), *written[: len(real)]]
    for each in ranked(real):
        lines += [f"## {escape(each.title)}", "", escape_line(each.legend), "", tabulated(each.columns), ""]
    if simulated:
        lines += ["## Simulated data and traps", "", SIMULATED, "", *twins_of(every), *glance(simulated)]
        lines += [folded(f"The {len(simulated)} comparisons", "\n".join(written[len(real) :]))]
    return "\n".join([*lines, "## How to read the tables", "", *legends(every)])


def introduction(ordering: Ordering, beside: str) -> str:
    details = f" [{beside}]({beside}) has all details." if beside else ""
    return f"""# Leaderboard

Which fusion of physiological signals recognises emotions best, by how much, and how sure that is. Cells of a matrix:
mean over subjects [95 % interval] (gain over the single modality that is best on the other subjects), and ✓ where a row
beats all baselines ([how to read the tables](#how-to-read-the-tables)).{details}

`bench leaderboard{ordering.options}` writes this page from the files in `results/`; `bench leaderboard --check` fails
where it is stale. `bench run --from leaderboard/results/NAME.jsonl` computes the rows of a comparison again.
"""


def legends(every: Sequence[Comparison]) -> list[str]:
    """What the columns of classification and of regression show."""
    kinds = by_kind(every)
    heads = [LEGENDS[kind](those[0]) for kind, those in kinds.items() if those]
    return [*heads, LUCK]


def classification(first: Comparison) -> str:
    metric = in_words(first.metric)
    shown = ", ".join(f"**{in_words(name)}**" for name in shown_metrics(first.rows[0]))
    return f"""### Classification

- {shown}: per cent, mean over subjects [95 % interval]. The interval
  counts that models share training subjects.
- **Rows are ordered and compared by {metric}**{NO_THRESHOLD if first.metric == "auroc" else ""}. {DECISIONS}
- **Gain over single**: {escape(gains(first))} [95 %].
- **Beats baselines**: whether {beating(first.metric)}, by the intervals of the differences.
- **Verdict**: result of the leakage audit, which precedes training. **Training**: time per fold.
- **Seeds**: for several seeds, scores are means over them; SD is the standard deviation of the {metric} over seeds.
- **Data**: *simulated* rows show that the harness works, and nothing about people.
"""


def regression(first: Comparison) -> str:
    return f"""### Regression

- **RMSE**: root mean squared error in the unit of the target, lower is better; **r**: Pearson's correlation; **CCC**:
  concordance correlation (Lin); **R2**: coefficient of determination. Mean over subjects [95 % interval]; – where it is
  not defined, as r for a constant prediction.
- **Rows are ordered and compared by {in_words(first.metric)}**.
- **Gain over single**: {escape(gains(first))} [95 %].
- **Beats baselines**: whether {beating(first.metric)}, by the intervals of the differences.
"""


LEGENDS = {"classes": classification, "numbers": regression}


def twins_of(every: Sequence[Comparison]) -> list[str]:
    """Leaky folds beside strict ones, where both were run."""
    found = twins(every)
    return (
        ["Folds that share what they should not, beside folds that do not:", "", tabulated(found), ""] if found else []
    )


def glance(those: list[Comparison]) -> list[str]:
    """A table of these comparisons; none for a single one."""
    if len(those) < 2:
        return []
    rows = [{"Comparison": name, **overview(each)} for name, each in zip(names(those), those, strict=True)]
    lines = [about(those[0].metric), "", tabulated(rows), ""]
    for each in ranked(those):
        lines += [escape_line(each.legend), "", tabulated(each.columns), ""]
    return lines


def section(comparison: Comparison, name: str) -> str:
    """The conclusion, the matrix and a picture; all rows, pairs and facts are folded."""
    words, below = escape_line(conclusion(comparison)), permutation_legend(comparison)
    alternative = escape(f"{title(comparison.metric)} of each row with its interval: {name}", IN_CELL)
    picture = f"![{alternative}]({comparison.figure})"
    about = f"{size(comparison.first)}; leakage audit: **{comparison.audit.verdict}**."
    facts_of = [*map(line, facts(comparison)), f"- file: [{comparison.file}]({comparison.file})"]
    rows = tabulated([without_chance(row) for row in compact(comparison)])
    parts = [
        f"## {escape(name)}",
        "",
        about,
        "",
        *([words, ""] if words else []),
        *in_matrix(comparison),
        *([] if comparison.first.simulated else [picture, ""]),
        folded(f"All {len(comparison.shown)} rows", "\n\n".join(filter(None, [rows, below]))),
        *(folded(name, f"{legend(comparison)}\n\n{tabulated(found)}") for name, found in tables(comparison)),
        folded("Data, preprocessing, audit", "\n".join(facts_of)),
    ]
    return "\n".join(parts)


def without_chance(row: Mapping[str, str]) -> dict[str, str]:
    """Narrow enough for a screen; the page shows chance."""
    return {name: text for name, text in row.items() if name != "Chance"}


def in_matrix(comparison: Comparison) -> list[str]:
    found = matrix(comparison)
    if not found.lines:
        return []
    rows = [
        {"Model": found.name(line), **{name: score(line, name, comparison.metric) for name in found.columns}}
        for line in found.lines
    ]
    return [tabulated(rows), ""]


def score(line: Line, name: str, metric: str) -> str:
    """The score of a cell, after the modality of a single one."""
    row = line.cells.get(name)
    if row is None:
        return NOTHING
    single = f"{single_name(row)}: " if name == SINGLE else ""
    gained = "" if name == SINGLE or row.gain is None else f" ({gain(row.gain, metric).partition(' ')[0]})"
    return f"{single}{with_interval(row.summary, metric)}{gained}{' ✓' if row.beats == 'yes' else ''}"


def folded(title: str, content: str) -> str:
    return f"<details><summary>{escape(title)}</summary>\n\n{content}\n\n</details>\n"


def tabulated(rows: Sequence[Mapping[str, str]]) -> str:
    """With every text escaped."""
    texts = [[escape(text, IN_CELL) for text in row.values()] for row in rows]
    return tabulate(texts, list(rows[0]), tablefmt="github", disable_numparse=True)


def line(fact: Fact) -> str:
    """A list item; findings are below the verdict of the audit."""
    strong = f"**{escape(fact.strong)}**" if fact.strong else ""
    text = escape_line(fact.text) + (" " if fact.text.endswith(" ") else "")
    return f"{'  ' if fact.finding else ''}- {text}{strong}"
