"""The columns of a table as texts, shared by Markdown, the page and the terminal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bench.leaderboard.comparison import FEWEST_FOLDS
from bench.leaderboard.seeds import seed_spread
from bench.scoring.scoring import in_per_cent, scoring

if TYPE_CHECKING:
    from bench.leaderboard.comparison import Row
    from bench.leaderboard.summary import Summary
    from bench.results.cell_record import AuditRecord
    from bench.results.row_record import MetricRecord
    from bench.scoring.intervals import Interval

TITLES = {"accuracy": "Accuracy", "macro_f1": "Macro-F1", "balanced_accuracy": "Balanced acc.",
          "rmse": "RMSE", "r": "r", "ccc": "CCC", "r2": "R2"}  # fmt: skip
NOTHING = "–"
#: notes that a reader of the table should know
SHOWN = ("stimulus confound", "names of trials", "subject on both sides", "probe: refit")


def columns(row: Row) -> dict[str, str]:
    """Title -> text."""
    summary = row.summary
    cell, chance, headline = summary.cell, summary.chance, scoring(summary.classes).headline
    return {
        "Model": summary.model + (f" + search {cell.search}" if cell.search else ""),
        "Fusion": NOTHING if row.baseline else summary.fusion,
        "Modalities": "+".join(cell.modalities) or NOTHING,
        **{TITLES[name]: with_interval(summary.metrics[name], name) for name in headline},
        **({"Chance": " / ".join(format_value(chance[name], name) for name in headline)} if chance else {}),
        "Gain over best single": gain(row.gain, leading(summary)),
        "Beats baselines": row.beats or "baseline",
        "Verdict": summary.audit.verdict,
        "Data": "simulated" if summary.simulated else "real",
        "Profile": cell.profile,
        "Seeds": seeds(summary),
        "Parameters": NOTHING if summary.parameters is None else f"{summary.parameters:,}",
        "Training": NOTHING if summary.train_seconds is None else duration(summary.train_seconds),
    }


def leading(summary: Summary) -> str:
    """The metric that rows are sorted and compared by."""
    return scoring(summary.classes).leading


def with_interval(metric: MetricRecord, name: str) -> str:
    """Mean over folds ± half the width of its 95 % interval, where there are enough folds for one."""
    if metric.mean is None or metric.low is None or metric.high is None or len(metric.folds) < FEWEST_FOLDS:
        return format_value(metric.mean, name)
    return f"{format_value(metric.mean, name)} ± {format_value((metric.high - metric.low) / 2, name)}"


def format_value(value: float | None, metric: str, sign: str = "") -> str:
    """In per cent, or unchanged for metrics of regression; with a sign where `sign` is '+'."""
    if value is None:
        return NOTHING
    return f"{100 * value:{sign}.1f}" if in_per_cent(metric) else f"{value:{sign}.3f}"


def seeds(summary: Summary) -> str:
    """`0, 1, 2 (SD 1.3)`: several seeds with the standard deviation of the leading metric over them."""
    names = ", ".join(map(str, summary.seeds))
    _, deviation = seed_spread(summary, leading(summary))
    return names if math.isnan(deviation) else f"{names} (SD {format_value(deviation, leading(summary))})"


def gain(interval: Interval | None, metric: str) -> str:
    """A difference and its 95 % interval; without the interval where there are too few folds for one."""
    if interval is None or not interval.n:
        return NOTHING
    mean, low, high = (format_value(value, metric, "+") for value in (interval.mean, interval.low, interval.high))
    return mean if interval.n < FEWEST_FOLDS else f"{mean} [{low}, {high}]"


def duration(seconds: float) -> str:
    """Seconds per fold, short enough for a column."""
    if seconds < 0.0095:
        return "< 0.01 s"
    return f"{seconds:.2f} s" if seconds < 100 else f"{seconds / 60:.1f} min"


def findings(audit: AuditRecord) -> list[str]:
    """What led to the verdict, and confounds; a finding of the inner split only where the outer split does not share
    it.
    """
    severities = {finding.name: finding.severity for finding in audit.findings}
    lines = []
    for finding in audit.findings:
        name = finding.name.removeprefix("inner: ")
        inner = name != finding.name
        grave = finding.severity != "note" or finding.name in SHOWN
        if grave and not (inner and severities.get(name, "note") != "note"):
            lines.append(("Inner validation: " if inner else "") + finding.text)
    return lines


def excluded(summary: Summary) -> str:
    """What is excluded and why, with counts."""
    windows = [f"{counted(count, 'window')} {reason}" for reason, count in summary.excluded_windows.items()]
    return "; ".join([*windows, *(f"{reason}: {count:,}" for reason, count in summary.excluded.items())])


def size(summary: Summary) -> str:
    """Counts of subjects, stimuli, windows and folds."""
    subjects = counted(summary.n_subjects, "simulated subject" if summary.simulated else "subject")
    tested = len(summary.subjects)
    some = "" if tested == summary.n_subjects else f" ({tested} of them tested)"
    stimuli = [counted(summary.n_stimuli, "stimulus", "stimuli")] if summary.n_stimuli else []
    return ", ".join(
        [f"{subjects}{some}", *stimuli, counted(summary.n_windows, "window"), counted(summary.n_folds, "fold")]
    )


def counted(number: int, noun: str, plural: str = "") -> str:
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"
