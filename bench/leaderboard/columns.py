"""The columns of a table, as texts: one place for Markdown, the page and the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.leaderboard.comparison import FEWEST_FOLDS
from bench.scoring.scoring import in_per_cent, scoring

if TYPE_CHECKING:
    from bench.leaderboard.comparison import Row
    from bench.scoring.intervals import Interval

TITLES = {"accuracy": "Accuracy", "macro_f1": "Macro-F1", "balanced_accuracy": "Balanced acc.",
          "rmse": "RMSE", "r": "r", "ccc": "CCC", "r2": "R2"}  # fmt: skip
NOTHING = "–"
SHOWN = ("stimulus confound", "subject on both sides")  # notes that a reader of the table should know


def columns(row: Row) -> dict[str, str]:
    """Title -> text."""
    summary = row.summary
    cell, labels = summary["cell"], summary["labels"]
    judged, chance = scoring(summary["classes"]), summary["chance"]
    model = labels["model"] + (f" + search {cell['search']}" if cell["search"] else "")
    return {
        "Model": model,
        "Fusion": NOTHING if row.baseline else labels["fusion"],
        "Modalities": "+".join(cell["modalities"]) or NOTHING,
        **{TITLES[name]: shown(summary["metrics"][name], name) for name in judged.headline},
        **({"Chance": " / ".join(shown({"mean": chance[name]}, name) for name in judged.headline)} if chance else {}),
        "Gain over best single": gain(row.gain, judged.leading),
        "Beats baselines": row.beats or "baseline",
        "Verdict": summary["audit"]["verdict"],
        "Data": "simulated" if summary["simulated"] else "real",
        "Profile": cell["profile"],
        "Seeds": ", ".join(map(str, summary["seeds"])),
        "Parameters": NOTHING if summary["parameters"] is None else f"{summary['parameters']:,}",
        "Training": duration(summary["train_seconds"]),
    }


def shown(interval: dict[str, Any], metric: str) -> str:
    """Mean over folds and half the width of its 95 % interval, where there are folds enough for one."""
    mean, low, high = interval["mean"], interval.get("low"), interval.get("high")
    if mean is None:
        return NOTHING
    if low is None or high is None or len(interval["folds"]) < FEWEST_FOLDS:
        return written(mean, metric)
    return f"{written(mean, metric)} ± {written((high - low) / 2, metric)}"


def written(value: float, metric: str, sign: str = "") -> str:
    """In per cent, or of metrics of numbers as it is; with its sign where that is asked for."""
    return f"{100 * value:{sign}.1f}" if in_per_cent(metric) else f"{value:{sign}.3f}"


def gain(interval: Interval | None, metric: str) -> str:
    if interval is None:
        return NOTHING
    mean, low, high = (written(value, metric, "+") for value in (interval.mean, interval.low, interval.high))
    if interval.n < FEWEST_FOLDS:  # nobody knows how sure that is
        return mean if interval.n else NOTHING
    return f"{mean} [{low}, {high}]"


def duration(seconds: float) -> str:
    """Seconds per fold, in words that fit a column."""
    if seconds < 0.0095:
        return "< 0.01 s"
    return f"{seconds:.2f} s" if seconds < 100 else f"{seconds / 60:.1f} min"


def findings(audit: dict[str, Any]) -> list[str]:
    """What led to the verdict, and confounds; of the inner validation split only what is not wrong outside as well."""
    severities = {finding["name"]: finding["severity"] for finding in audit["findings"]}
    lines = []
    for finding in audit["findings"]:
        name = finding["name"].removeprefix("inner: ")
        inner = name != finding["name"]
        grave = finding["severity"] != "note" or finding["name"] in SHOWN
        if grave and not (inner and severities.get(name, "note") != "note"):
            lines.append(("Inner validation: " if inner else "") + finding["text"])
    return lines


def excluded(summary: dict[str, Any]) -> str:
    """What is not used and why, with how many."""
    windows = [f"{counted(count, 'window')} {reason}" for reason, count in summary["exclusions"].items()]
    return "; ".join([*windows, *(f"{reason}: {count:,}" for reason, count in summary["left out"].items())])


def size(summary: dict[str, Any]) -> str:
    """People, windows and folds in words."""
    people = counted(summary["people"], "simulated person" if summary["simulated"] else "person")
    held = len(summary["subjects"])
    tested = "" if held == summary["people"] else f" ({held} of them held out)"
    shown = summary.get("stimuli")  # what was published before they were counted has none
    stimuli = [f"{shown:,} {'stimulus' if shown == 1 else 'stimuli'}"] if shown else []
    counts = [counted(summary[f"{noun}s"], noun) for noun in ("window", "fold")]
    return ", ".join([f"{people}{tested}", *stimuli, *counts])


def counted(number: int, noun: str) -> str:
    plural = f"{noun.removesuffix('person')}people" if noun.endswith("person") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"
