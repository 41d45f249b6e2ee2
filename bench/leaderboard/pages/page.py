"""The leaderboard as one static page, without scripts or anything loaded from elsewhere."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from bench.leaderboard.columns import in_words, permutation_legend, table, title
from bench.leaderboard.comparison import by_kind
from bench.leaderboard.conclusion import conclusion
from bench.leaderboard.facts import facts
from bench.leaderboard.over_data_sets import ranked
from bench.leaderboard.pages.diagram import diagram
from bench.leaderboard.pages.ordering import Ordering, beating, gains
from bench.leaderboard.pages.overview import about, names, overview
from bench.leaderboard.pairs import legend, tables
from bench.scoring.scoring import BOUNDED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bench.leaderboard.comparison import Comparison, Row
    from bench.leaderboard.facts import Fact
    from bench.leaderboard.over_data_sets import Ranked

STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --good: #1a7f37; --bad: #c2410c; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 110rem; padding: 0 1rem; }
h1 { font-size: 1.7rem; } h2 { font-size: 1.15rem; margin-top: 2.5rem; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { padding: .35rem .7rem; text-align: left; border-bottom: 1px solid var(--line); white-space: nowrap; }
td.number { font-variant-numeric: tabular-nums; } tr.baseline { color: #888; }
ul { color: #777; padding-left: 1.2rem; }
.why { margin-left: 1.2rem; } .good { color: var(--good); } .bad { color: var(--bad); font-weight: 600; }
.bar { display: inline-block; height: .5rem; background: #4c8bf5; border-radius: 2px; vertical-align: middle; }
.glance td { white-space: normal; }
.glance td:nth-child(2), .glance td:nth-child(5), .glance td:nth-child(7) { white-space: nowrap; }
.track { display: inline-block; width: 6rem; background: var(--soft); margin-right: .6rem; line-height: 0; }
"""
GOOD, BAD = {"clean", "yes"}, {"leaky", "subject-dependent", "transductive", "no"}


def page(found: Iterable[Comparison], ordering: Ordering | None = None) -> str:
    sections = "\n".join(part(those, kind) for kind, those in by_kind(found).items() if those)
    command = f"bench leaderboard{(ordering or Ordering()).options}"
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Leaderboard</title><style>{STYLE}</style></head><body>
<h1>Leaderboard</h1>
<p><code>{escape(command)}</code> writes this page from published results. <em>Simulated</em> rows show that the
harness works, and nothing about people. Evaluations of windows, in conclusions: rows times seeds in the store that a
row was published from, without baselines and searches.</p>
{sections}
</body></html>
"""


def part(those: list[Comparison], kind: str) -> str:
    """Classification, or regression."""
    every = [section(each, f"{kind}-{number}") for number, each in enumerate(those, 1)]
    return "\n".join([introduction(those[0]), glance(those, kind), *every])


def introduction(first: Comparison) -> str:
    """What the columns of classification or of regression show."""
    texts = {
        "classes": "Per cent: mean over subjects [95 % interval]. Chance: predictions with the same class frequencies, "
        "made without seeing the signals.",
        "numbers": "RMSE in the unit of the target (lower is better), Pearson's r, Lin's concordance correlation and "
        "R2; mean over subjects [95 % interval].",
    }
    head = "<h1>Regression</h1>\n" if first.predicted == "numbers" else ""
    text = (
        f"{texts[first.predicted]} Rows are ordered and compared by {in_words(first.metric)}. Gain: {gains(first)} "
        f"[95 %]. A row beats the baselines if its {beating(first.metric)}, by the intervals of the differences."
    )
    return f"{head}<p>{escape(text)}</p>"


def glance(those: list[Comparison], kind: str) -> str:
    """A table of all comparisons with links; none for a single comparison."""
    if len(those) < 2:
        return ""
    rows = "\n".join(
        f'<tr><td><a href="#{kind}-{number}">{escape(name)}</a></td>{cells(overview(each))}</tr>'
        for number, (name, each) in enumerate(zip(names(those), those, strict=True), 1)
    )
    titles = headed(["Comparison", *overview(those[0])])
    ranks = "".join(ranks_of(each, f"{kind}-ranks-{number}") for number, each in enumerate(ranked(those), 1))
    table = f'<div class="scroll glance"><table>{titles}<tbody>\n{rows}\n</tbody></table></div>'
    return f"<p>{escape(about(those[0].metric))}</p>{table}{ranks}"


def ranks_of(found: Ranked, anchor: str) -> str:
    text = f"{found.legend} Bars join these in the diagram."
    return f"<p>{escape(text)}</p>{diagram(found, anchor)}{plain_table(found.columns)}"


def plain_table(found: list[dict[str, str]]) -> str:
    rows = "\n".join(f"<tr>{cells(each)}</tr>" for each in found)
    return f'<div class="scroll"><table>{headed(found[0])}<tbody>\n{rows}\n</tbody></table></div>'


def cells(texts: dict[str, str]) -> str:
    return "".join(f"<td{style(text)}>{escape(text)}</td>" for text in texts.values())


def section(comparison: Comparison, anchor: str) -> str:
    found, below = table(comparison), escape(permutation_legend(comparison))
    rows = "\n".join(table_row(row, texts) for row, texts in zip(comparison.shown, found, strict=True))
    file = f"<li>file: <code>{comparison.file}</code></li>"
    items, words = "".join(map(item, facts(comparison))) + file, conclusion(comparison)
    paragraph = f"<p>{escape(words)}</p>" if words else ""
    return (
        f'<h2 id="{anchor}">{escape(comparison.title)}</h2>{paragraph}<ul>{items}</ul><div class="scroll"><table>'
        f"{headed(found[0])}<tbody>\n{rows}\n</tbody></table></div>{below and f'<p>{below}</p>'}{in_pairs(comparison)}"
    )


def item(fact: Fact) -> str:
    """A list item; the findings of an audit are below its verdict."""
    under = ' class="why"' if fact.finding else ""
    return f"<li{under}>{escape(fact.text + fact.strong)}</li>"


def headed(titles: Iterable[str]) -> str:
    return f"<thead><tr>{''.join(f'<th>{escape(title)}</th>' for title in titles)}</tr></thead>"


def in_pairs(comparison: Comparison) -> str:
    """Rows against each other, folded away."""
    return "".join(folded(name, legend(comparison), found) for name, found in tables(comparison))


def folded(title: str, legend: str, found: list[dict[str, str]]) -> str:
    return f"<details><summary>{title}</summary><p>{escape(legend)}</p>{plain_table(found)}</details>"


def table_row(row: Row, texts: dict[str, str]) -> str:
    found = "".join(f"<td{style(text)}>{bar(row, name)}{escape(text)}</td>" for name, text in texts.items())
    kind = ' class="baseline"' if row.baseline else ""
    return f"<tr{kind}>{found}</tr>"


def style(text: str) -> str:
    kind = "good" if text in GOOD else "bad" if text in BAD else "number" if "[" in text else ""
    return f' class="{kind}"' if kind else ""


def bar(row: Row, column: str) -> str:
    """A bar beside what rows are compared by, so that a column can be read at a glance."""
    found = row.summary.estimates.get(row.metric)
    if column != title(row.metric) or row.metric not in BOUNDED or found is None or found.mean is None:
        return ""
    width = 100 * found.mean
    return f'<span class="track"><span class="bar" style="width:{width:.0f}%"></span></span>'
