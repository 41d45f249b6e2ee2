"""The columns of a table as texts, shared by Markdown, the page and the terminal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bench.audit.repeats import KINDS as DUPLICATES
from bench.leaderboard.seeds import seed_spread
from bench.scoring.metrics import TUNED
from bench.scoring.scoring import in_per_cent, scoring
from bench.scoring.variance import FEWEST_UNITS
from bench.specs import format_spec

if TYPE_CHECKING:
    from bench.leaderboard.comparison import Comparison, Row
    from bench.leaderboard.summary import Summary
    from bench.results.cell_record import AuditRecord
    from bench.results.row_record import EstimateRecord
    from bench.scoring.intervals import Interval

TITLES = {"auroc": "AUROC", TUNED: "Balanced acc.", "balanced_accuracy": "Balanced acc. at 0.5", "accuracy": "Accuracy",
          "macro_f1": "Macro-F1", "brier": "Brier", "rmse": "RMSE", "r": "r", "ccc": "CCC", "r2": "R2"}  # fmt: skip
WORDS = {TUNED: "balanced accuracy", "balanced_accuracy": "balanced accuracy at 0.5", "accuracy": "accuracy",
         "macro_f1": "macro-F1"}  # fmt: skip
NOTHING = "–"
PERMUTED = "Perm. p"  # a column of tables in which a row has it
#: notes that a reader of the table should know
SHOWN = ("stimulus confound", "names of trials", "subject on both sides", *DUPLICATES, "gap", "tested again",
         "probe: refit", "not repeatable")  # fmt: skip


def columns(row: Row) -> dict[str, str]:
    """Title -> text."""
    summary, metric = row.summary, row.metric
    cell, chance, shown = summary.cell, summary.chance, shown_metrics(row)
    return {
        "Model": ", ".join([searched(summary), *row.alike]),
        "Fusion": NOTHING if row.baseline else summary.fusion,
        "Modalities": "+".join(cell.modalities) or NOTHING,
        **{title(name): with_interval(summary, name, interval=name == metric) for name in shown},
        **({"Chance": " / ".join(format_value(chance.get(name), name) for name in shown)} if chance else {}),
        "Gain over single": gain(row.gain, metric),
        "Beats baselines": row.beats or "baseline",
        PERMUTED: probability(summary.permutation.p) if summary.permutation else NOTHING,
        "Verdict": summary.audit.verdict,
        "Data": "simulated" if summary.simulated else "real",
        "Profile": cell.profile,
        "Seeds": seeds(summary, metric),
        "Parameters": NOTHING if summary.parameters is None else f"{summary.parameters:,}",
        "Training": NOTHING if summary.train_seconds is None else duration(summary.train_seconds),
        "Key": summary.key[:8],
    }


def searching(trials: int, objective: str, how: str) -> str:
    """`search 20 by auroc (sampler=gp)`."""
    by = f" by {objective}" if objective else ""
    return f"search {trials}{by} {how}".rstrip()


def searched(summary: Summary) -> str:
    """The model, and what was added to it: `svm + search 20 by auroc + temperature`."""
    cell = summary.cell
    search = f" + {searching(cell.search, cell.objective, format_spec('', cell.searching))}" if cell.search else ""
    return summary.model + search + (" + temperature" if cell.calibrate == "temperature" else "")


def table(comparison: Comparison) -> list[dict[str, str]]:
    """The rows of a table, without the column of permutations where nothing was permuted."""
    rows = comparison.shown
    known = any(row.summary.permutation for row in rows)
    return [{name: text for name, text in columns(row).items() if known or name != PERMUTED} for row in rows]


def compact(comparison: Comparison) -> list[dict[str, str]]:
    """The rows of a table without what is the same in all of them or is for experts, as pages have it elsewhere."""
    hidden = ["Parameters", "Training", "Data", "Profile"]
    if len({row.summary.audit.verdict for row in comparison.rows}) == 1:
        hidden.append("Verdict")
    if all(len(row.summary.seeds) == 1 for row in comparison.rows):
        hidden.append("Seeds")
    return [{name: text for name, text in texts.items() if name not in hidden} for texts in table(comparison)]


def permutation_legend(comparison: Comparison) -> str:
    """What the column is, where a table has it."""
    if not any(row.summary.permutation for row in comparison.rows):
        return ""
    return (
        f"{PERMUTED}: share of models, trained on labels that whole trials of a subject have exchanged, that score at "
        "least as high as the row, which counts as one of them."
    )


def shown_metrics(row: Row) -> tuple[str, ...]:
    """The metric that rows are compared by, then the others of the headline."""
    return tuple(dict.fromkeys((row.metric, *scoring(row.summary.classes).headline)))


def title(metric: str) -> str:
    return TITLES.get(metric, metric)


def in_words(metric: str) -> str:
    """Inside a sentence."""
    return WORDS.get(metric, title(metric))


def with_interval(summary: Summary, metric: str, *, interval: bool = True) -> str:
    """The mean over subjects and its 95 % interval, where there are enough subjects for one."""
    found = summary.estimates.get(metric)
    if found is None:
        return format_value(summary.metrics[metric].mean, metric)
    mean = format_value(found.mean, metric)
    return f"{mean} {bounds(found, metric)}" if interval and found.low is not None and found.n >= FEWEST_UNITS else mean


def bounds(found: EstimateRecord, metric: str) -> str:
    return f"[{format_value(found.low, metric)}, {format_value(found.high, metric)}]"


def format_value(value: float | None, metric: str, sign: str = "") -> str:
    """In per cent, or unchanged for metrics of regression; with a sign where `sign` is '+'."""
    if value is None:
        return NOTHING
    shown = round(100 * value, 1) if in_per_cent(metric) else round(value, 3)
    return f"{shown + 0.0:{sign}.{1 if in_per_cent(metric) else 3}f}"  # never -0.0


def seeds(summary: Summary, metric: str) -> str:
    """`3 (SD 1.3)`: the number of seeds, and the standard deviation of a metric over them."""
    _, deviation = seed_spread(summary, metric)
    count = str(len(summary.seeds))
    return count if math.isnan(deviation) else f"{count} (SD {format_value(deviation, metric)})"


def gain(interval: Interval | None, metric: str) -> str:
    """A difference and its 95 % interval; without the interval where there are too few subjects for one."""
    if interval is None or not interval.n:
        return NOTHING
    mean, low, high = (format_value(value, metric, "+") for value in (interval.mean, interval.low, interval.high))
    return mean if interval.n < FEWEST_UNITS else f"{mean} [{low}, {high}]"


def probability(p: float) -> str:
    if math.isnan(p):
        return NOTHING
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def duration(seconds: float) -> str:
    """`0.12 s`, `3.4 min`, `5.6 h` or `7.8 d`, short enough for a column."""
    if seconds < 0.0095:
        return "< 0.01 s" if seconds else "0 s"
    if seconds < 100:
        return f"{seconds:.2f} s"
    for unit, length, most in (("min", 60, 6000), ("h", 3600, 360_000)):
        if seconds < most:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds / 86_400:.1f} d"


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
