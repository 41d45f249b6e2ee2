"""The leaderboard as one static page: a template, its style and its script, and what they show."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape

from bench.data.segmentation import Windowing
from bench.leaderboard.columns import (
    NOTHING,
    bounds,
    counted,
    format_value,
    gain,
    permutation_legend,
    size,
    table,
    title,
)
from bench.leaderboard.comparison import in_order
from bench.leaderboard.conclusion import conclusion
from bench.leaderboard.facts import facts
from bench.leaderboard.matrix import SINGLE, matrix, single_name
from bench.leaderboard.over_data_sets import ranked
from bench.leaderboard.pages import forest
from bench.leaderboard.pages.diagram import diagram
from bench.leaderboard.pages.explanations import explanations
from bench.leaderboard.pages.ordering import Ordering
from bench.leaderboard.pages.overview import names
from bench.leaderboard.pages.payload import machines, payload
from bench.leaderboard.pages.twins import twins
from bench.leaderboard.pairs import grids, legend, tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bench.leaderboard.comparison import Comparison, Row
    from bench.leaderboard.matrix import Line

TITLE = "affectbench leaderboard"
TONES = {"clean": "good", "yes": "good", "no": "bad", "leaky": "bad", "transductive": "bad", "subject-dependent": "bad"}
NAMED = ("Model", "Fusion", "Modalities", "Data")  # columns that the name of a row and its section have
PLOT = "95 % interval"
FIRST = ("Gain over single", "Beats baselines", "Verdict", "Seeds")  # columns that follow the scores


def page(found: Iterable[Comparison], ordering: Ordering | None = None) -> str:
    """Real recordings first; classification before regression."""
    every = in_order(found)
    anchors = anchors_of(every)
    cards = [card(*each) for each in zip(every, anchors, names(every), strict=True)]
    real = sum(not each.first.simulated for each in every)
    return str(
        template().render(
            title=TITLE,
            description=description(every),
            dates=dates(every),
            versions=versions(every),
            machines="; ".join(machines(every)),
            command=f"bench leaderboard{(ordering or Ordering()).options}",
            real=cards[:real],
            simulated=cards[real:],
            twins=twins(every),
            ranks=[
                {"legend": each.legend, "diagram": Markup(diagram(each, f"ranks-{number}")), "columns": each.columns}  # noqa: S704 - it escapes texts
                for number, each in enumerate(ranked(every), 1)
            ],
            explanations=list(explanations(every)),
            data=Markup(payload(anchors, every)),  # noqa: S704 - no text in it can end the element
            style=Markup(file("page.css")),  # noqa: S704 - a file of ours
            script=Markup(file("page.js")),  # noqa: S704 - a file of ours
        )
    )


@cache
def template() -> Any:
    """With every text escaped that is not marked up by us."""
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)
    return environment.from_string(file("page.html.jinja"))


def file(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def description(every: Sequence[Comparison]) -> str:
    real = [each for each in every if not each.first.simulated]
    sets = len({each.first.cell.dataset.name for each in real})
    rows = sum(len(each.shown) for each in every)
    return (
        "Which fusion of physiological signals recognises emotions best, by how much, and how sure that is: "
        f"{counted(len(real), 'comparison')} on {counted(sets, 'data set')} of real recordings, and "
        f"{len(every) - len(real)} on simulated data; {rows:,} rows, where equal baselines are one."
    )


def dates(every: Sequence[Comparison]) -> str:
    known = sorted({row.summary.date for each in every for row in each.rows} - {""})
    return " to ".join(dict.fromkeys((known[0], known[-1]))) if known else "at unknown dates"


def versions(every: Sequence[Comparison]) -> str:
    environments = (row.summary.environment for each in every for row in each.rows)
    return ", ".join(sorted({each.bench for each in environments if each})) or "of an unknown version"


def anchors_of(every: Sequence[Comparison]) -> list[str]:
    """`stress-predict/stress/loso`, with a number where several have the same words."""
    found, seen = [], Counter[str]()
    for each in every:
        words = (each.first.dataset, each.first.target, each.first.protocol)
        anchor = "/".join(re.sub(r"[^a-z0-9]+", "-", word.lower()).strip("-") for word in words)
        seen[anchor] += 1
        found.append(anchor if seen[anchor] == 1 else f"{anchor}/{seen[anchor]}")
    return found


def card(comparison: Comparison, anchor: str, name: str) -> dict[str, Any]:
    """What the template shows of a comparison."""
    axis, verdict = forest.axis_of(comparison), comparison.audit.verdict
    found = table(comparison)
    titles = ordered(found[0], title(comparison.metric))
    rows = [
        {
            "key": row.summary.key[:8],
            "name": breakable(texts["Model"] if row.baseline else forest.name_of(row)),
            "baseline": row.baseline,
            "plot": Markup(forest.cell(row, axis)),  # noqa: S704 - numbers alone
            "texts": [{"text": texts.get(each, ""), "tone": TONES.get(texts.get(each, ""), "")} for each in titles],
        }
        for row, texts in zip(comparison.shown, found, strict=True)
    ]
    return {
        "anchor": anchor,
        "name": name,
        "about": f"{size(comparison.first)}; {Windowing(**comparison.first.cell.window).about}",
        "verdict": verdict,
        "tone": TONES[verdict],
        "words": conclusion(comparison),
        **fusions(comparison),
        "titles": ["Row", *titles],
        "plot": titles.index(PLOT) + 1,
        "scale": Markup(forest.scale(axis, comparison.metric)),  # noqa: S704 - numbers alone
        "rows": rows,
        "note": permutation_legend(comparison),
        "squares": grids(comparison),
        "pairs": [{"title": each, "legend": legend(comparison), "rows": those} for each, those in tables(comparison)],
        "facts": facts(comparison),
        "file": comparison.file,
    }


def breakable(name: str) -> Markup:
    """A line may end after each plus."""
    return escape(name).replace("+", Markup("+<wbr>"))


def ordered(texts: Iterable[str], leading: str) -> list[str]:
    """The columns after the name: the picture, what rows are compared by, the most telling ones, all others."""
    rest = [each for each in texts if each not in (*NAMED, leading, *FIRST)]
    return [PLOT, leading, *(each for each in FIRST if each in set(texts)), *rest]


def fusions(comparison: Comparison) -> dict[str, Any]:
    """The matrix, and what stands above it; none where nothing is fused."""
    found = matrix(comparison)
    if not found.lines:
        return {"matrix": None}
    baseline = forest.best_baseline(comparison)
    caption = (
        f"{title(comparison.metric)} [95 % interval]. Gain: over the single modality that is best on the other "
        "subjects, which may differ from the last column; green where its interval is above 0, red where it is below."
    )
    return {
        "caption": f"{caption} Best baseline: {baseline}." if baseline else caption,
        "matrix": {
            "columns": found.columns,
            "lines": [
                {"name": found.name(line), "cells": [cell(line, name, comparison.metric) for name in found.columns]}
                for line in found.lines
            ],
        },
    }


def cell(line: Line, name: str, metric: str) -> dict[str, str] | None:
    row = line.cells.get(name)
    if row is None:
        return None
    found = row.summary.estimates.get(metric)
    mean = format_value(found.mean if found else row.summary.metrics[metric].mean, metric)
    return {
        "anchor": row.summary.key[:8],
        "mean": mean,
        "bounds": bounds(found, metric) if found and found.low is not None else "",
        "beats": " ✓" if row.beats == "yes" else "",
        "more": single_name(row) if name == SINGLE else gain_of(row, metric),
        "tone": "" if name == SINGLE else tone(row),
    }


def gain_of(row: Row, metric: str) -> str:
    text = gain(row.gain, metric)
    return "" if text == NOTHING else f"gain {text.partition(' ')[0]}"


def tone(row: Row) -> str:
    """Of the gain: sure where its interval excludes 0."""
    if row.gain is None or not row.gain.n:
        return ""
    if row.gain.low > 0:
        return "gain"
    return "loss" if row.gain.high < 0 else ""
