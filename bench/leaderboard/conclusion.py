"""What a comparison shows, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.leaderboard.baselines import knowing
from bench.leaderboard.columns import bounds, counted, format_value, probability, searched, title
from bench.leaderboard.columns import gain as difference_in_words
from bench.leaderboard.estimates import difference, scores_of, seen, trained_on
from bench.scoring import selection
from bench.scoring.comparisons import detectable
from bench.scoring.scoring import BOUNDED, in_per_cent, sign, within_limits
from bench.scoring.variance import FEWEST_UNITS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.leaderboard.comparison import Comparison, Row
    from bench.scoring.intervals import Interval

ENGINE = "precision"  # an option of networks alone


def conclusion(comparison: Comparison) -> str:
    """One paragraph: the best row, beside baselines and single modalities, and what so few subjects can show.

    Empty for results of older versions, which do not hold what it takes.
    """
    rows = [row for row in comparison.rows if not row.baseline]
    if not rows or not all(comparison.metric in row.summary.estimates for row in comparison.rows):
        return ""
    return " ".join(sentences(comparison, rows))


def sentences(comparison: Comparison, rows: list[Row]) -> Iterator[str]:
    best, metric = rows[0], comparison.metric
    baseline = next((row for row in comparison.rows if row.baseline), None)
    if baseline:
        yield against_baselines(rows, baseline, metric)
    yield f"{first(rows)} {described(best)} has {worth_of(rows, metric)}."
    if best.gain is not None and best.gain.n:
        over = comparison.against or "the best single modality"
        points = " points" if in_per_cent(metric) else ""
        yield f"Over {over}, fusion gains {difference_in_words(best.gain, metric)}{points}."
    yield from filter(None, (against_permutations(best), collapsed(rows), one_seed(rows), known_subjects(best)))
    found = difference(best.summary, baseline.summary, metric).estimate if baseline else None
    if baseline and found and found.n >= FEWEST_UNITS and found.error:
        smallest = format_value(detectable(found), metric)
        yield (
            f"With {known(best, found.n)}, differences of less than {smallest} to {baseline.summary.model} cannot be "
            "detected (power 80 %)."
        )
    elif found and found.n < FEWEST_UNITS:
        yield f"With {known(best, found.n)}, nothing can be concluded."


def known_subjects(row: Row) -> str:
    """That nothing follows for other subjects, where each fold tests subjects that it was trained on."""
    text = "Subjects are on both sides of folds, so intervals hold for these subjects alone."
    return text if seen(row.summary.design) else ""


def against_permutations(row: Row) -> str:
    """What the same model scores with permuted labels, where it was trained on these."""
    found = row.summary.permutation
    if found is None or found.mean is None or found.best_5_percent is None:
        return ""
    mean, best = (format_value(each, found.metric) for each in (found.mean, found.best_5_percent))
    return (
        f"Trained on permuted labels of trials, its {title(found.metric)} is {mean} on average and {best} in the best "
        f"5 % of {found.permutations} permutations (p {equals(probability(found.p))})."
    )


def equals(text: str) -> str:
    return text if text.startswith("<") else f"= {text}"


def known(row: Row, units: int) -> str:
    """What the scores of a row rest on: subjects, or stimuli where these alone are unseen."""
    design = row.summary.design
    noun = ("stimulus", "stimuli") if design and design.unseen == ("stimulus",) else ("subject", "subjects")
    return f"{counted(units, *noun)} and {counted(len(row.summary.seeds), 'seed')}"


def against_baselines(rows: list[Row], baseline: Row, metric: str) -> str:
    beating = sum(row.beats == "yes" for row in rows)
    name, score = baseline.summary.model, f"{title(metric)} {value(baseline, metric)}"
    if not beating:
        known = knowing(name)
        return f"No row is shown to beat the baseline {name}{known or ','} with {score}."
    verb = "beats" if beating == 1 else "beat"
    return f"{beating} of {counted(len(rows), 'row')} {verb} every baseline, of which the best is {name} ({score})."


def first(rows: list[Row]) -> str:
    which = "The only row" if len(rows) == 1 else f"The best of {len(rows)} rows"
    known = [row.summary.evaluations for row in rows if row.summary.evaluations is not None]
    if not known:
        return f"{which},"
    shown = sum(len(row.summary.seeds) for row in rows)  # more than any store has, where rows come from several
    return f"{which} after {counted(max(*known, shown), 'evaluation')} of these windows,"


def described(row: Row) -> str:
    """The row in words."""
    summary = row.summary
    modalities = " and ".join([", ".join(summary.cell.modalities[:-1]), *summary.cell.modalities[-1:]]).removeprefix(
        " and "
    )
    model = searched(summary)
    if len(summary.cell.modalities) < 2:
        return f"{model} on {modalities}," if modalities else f"{model},"
    return f"{model} with {summary.fusion} fusion of {modalities},"


def worth_of(rows: list[Row], metric: str) -> str:
    """The score of the best row with its interval; with several rows, without the optimism of having chosen it."""
    summaries = [row.summary for row in rows]
    one = summaries[0]
    if len(rows) == 1 or len(one.subjects) < FEWEST_UNITS:
        found = one.estimates[metric]
        interval = f" {bounds(found, metric)}" if found.low is not None else ""
        return f"{value(rows[0], metric)}{interval}"
    scores = scores_of(summaries, metric)
    chosen, _ = selection.best_row(scores, trained_on(one.design, scores.shape[1]), bounded=metric in BOUNDED)
    return f"{value(rows[0], metric)}; corrected for being the best of {len(rows)}, {corrected(chosen, metric)}"


def corrected(found: Interval, metric: str) -> str:
    """Scores of metrics whose lower values are better were negated."""
    values = sorted(within_limits(metric, sign(metric) * each) for each in (found.low, found.high))
    low, high = (format_value(each, metric) for each in values)
    return f"{format_value(sign(metric) * found.mean, metric)} [{low}, {high}]"


def value(row: Row, metric: str) -> str:
    found = row.summary.estimates.get(metric)
    return format_value(found.mean if found else row.summary.metrics[metric].mean, metric)


def collapsed(rows: list[Row]) -> str:
    """The rows that predict one class alone, at one half."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        predicted = np.array(row.summary.confusion or [[0, 0]]).sum(axis=0)
        if np.count_nonzero(predicted) == 1:
            found.setdefault(row.summary.classes[int(predicted.argmax())], []).append(row)
    texts = [f"'{name}' ({', '.join(short(row) for row in those)})" for name, those in found.items()]
    count = sum(map(len, found.values()))
    if not count:
        return ""
    which = "One row predicts" if count == 1 else f"{count} rows predict"
    return f"{which} one class for all windows at a threshold of one half: {', '.join(texts)}."


def short(row: Row) -> str:
    fusion = row.summary.fusion if len(row.summary.cell.modalities) > 1 else "+".join(row.summary.cell.modalities)
    return f"{searched(row.summary)} · {fusion}"


def one_seed(rows: list[Row]) -> str:
    """A warning where networks were trained with one seed only."""
    networks = [row for row in rows if ENGINE in row.summary.cell.engine]
    if not any(len(row.summary.seeds) == 1 for row in networks):
        return ""
    return "Networks were trained with one seed, and another seed can change their order; take five with --seeds 5."
