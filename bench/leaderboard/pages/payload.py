"""What the script of the page shows of a row once somebody opens it, as JSON in the page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bench.leaderboard.columns import findings, gain, searched, title
from bench.scoring.scoring import in_per_cent

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bench.leaderboard.comparison import Comparison, Row
    from bench.results.environment import Environment


class Texts:
    """Texts that many rows share, each once."""

    def __init__(self) -> None:
        self.places: dict[str, int] = {}

    def place(self, text: str) -> int:
        return self.places.setdefault(text, len(self.places))


def payload(anchors: Sequence[str], found: Sequence[Comparison]) -> str:
    """Rows by key; a `<` is escaped, so that no text ends the element that it stands in."""
    texts = Texts()
    rows = {
        row.summary.key[:8]: details(row, anchor, texts)
        for anchor, comparison in zip(anchors, found, strict=True)
        for row in comparison.rows
    }
    comparisons = {anchor: shared(comparison) for anchor, comparison in zip(anchors, found, strict=True)}
    content = {"comparisons": comparisons, "rows": rows, "texts": list(texts.places)}
    return json.dumps(content, separators=(",", ":"), sort_keys=True, allow_nan=False).replace("<", "\\u003c")


def shared(comparison: Comparison) -> dict[str, Any]:
    first = comparison.first
    return {
        "title": comparison.title,
        "facets": {"data set": first.dataset, "target": first.target, "protocol": first.protocol,
                   "data": "simulated" if first.simulated else "real"},
        "metric": title(comparison.metric),
        "percent": in_per_cent(comparison.metric),
        "classes": list(first.classes),
        "file": comparison.file,
        "subjects": list(first.subjects),
    }  # fmt: skip


def details(row: Row, anchor: str, texts: Texts) -> dict[str, Any]:
    """Scores in thousandths where tables show per cent."""
    summary, metric = row.summary, row.metric
    found = {
        "in": anchor,
        "facets": {
            "model": searched(summary), "fusion": "baseline" if row.baseline else summary.fusion,
            "modality": list(summary.cell.modalities), "verdict": summary.audit.verdict,
            "isolation": summary.isolation or "not recorded", "seeds": len(summary.seeds),
            "profile": summary.cell.profile,
        },
        "score": score(row),
        "gain": "" if row.gain is None else gain(row.gain, metric),
        "beats": row.beats,
        "people": [short(scores.get(metric), metric) for scores in summary.subjects.values()],
        "folds": folds(row),
        "seeds": several([short(value, metric) for value in summary.metrics[metric].seed_means]),
        "seed names": ", ".join(map(str, summary.seeds)),
        "command": summary.command,
        "date": summary.date,
        "parameters": summary.parameters,
        "seconds": summary.train_seconds and float(f"{summary.train_seconds:.3g}"),
        "confusion": summary.confusion,
        "reliability": [[each.windows, round(1000 * each.confidence), round(1000 * each.accuracy)]
                        for each in summary.reliability],
        "audit": [texts.place(text) for text in findings(summary.audit)],
        "environment": texts.place(in_one_line(summary.environment)),
        "code": texts.place(code(summary.code)),
        "key": summary.key,
    }  # fmt: skip
    return {name: value for name, value in found.items() if value not in (None, [], "")}


def score(row: Row) -> list[float | None]:
    found = row.summary.estimates.get(row.metric)
    return [] if found is None else [short(value, row.metric) for value in (found.mean, found.low, found.high)]


def several(values: list[float | None]) -> list[float | None]:
    """A single one says nothing that the score does not say."""
    return values if len(values) > 1 else []


def folds(row: Row) -> list[float | None]:
    """Of each fold, where folds are not subjects."""
    found = [short(value, row.metric) for value in row.summary.metrics[row.metric].folds]
    return [] if len(found) == len(row.summary.subjects) else found


def short(value: float | None, metric: str) -> float | None:
    if value is None:
        return None
    return round(1000 * value) if in_per_cent(metric) else float(f"{value:.4g}")


def in_one_line(environment: Environment | None) -> str:
    """The machine and the versions that a row was computed with."""
    if environment is None:
        return "not recorded"
    libraries = ", ".join(f"{name} {version}" for name, version in environment.libraries.items())
    return f"bench {environment.bench}, Python {environment.python}, {libraries}; {hardware(environment)}"


def hardware(environment: Environment) -> str:
    kernels = f", {environment.cpu_capability} kernels" if environment.cpu_capability else ""
    return f"{environment.cpu}, {environment.cores} cores{kernels}, {environment.system}"


def code(found: Any) -> str:
    """The digests of the code that made a row."""
    if not found:
        return "not recorded"
    return ", ".join(f"{role} {each.get('digest', '')[:8]}" for role, each in found.items())


def machines(found: Iterable[Comparison]) -> list[str]:
    """The hardware of all rows."""
    environments = (row.summary.environment for comparison in found for row in comparison.rows)
    return sorted({hardware(each) for each in environments if each is not None})
