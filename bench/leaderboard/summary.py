"""The summary of one cell: each metric over folds and pooled, per person, and what the audit said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bench.scoring import metrics
from bench.scoring.intervals import t_interval
from bench.scoring.scoring import columns, scores

if TYPE_CHECKING:
    from collections.abc import Collection

    from bench.results.store import Store

DIGITS = 6


def summarise(store: Store, key: str, asked: Collection[int] | None = None) -> dict[str, Any] | None:
    """All seeds whose folds are complete; None where there is no such seed. Numbers and plain texts only."""
    cell = store.read_cell(key)
    seeds = [seed for seed in complete_seeds(store, key, cell["folds"]) if asked is None or seed in asked]
    if not seeds:
        return None
    tasks = [f"{fold}.s{seed}" for seed in seeds for fold in cell["folds"]]
    records = [store.record(key, task) for task in tasks]
    predictions = pd.concat([store.predictions(key, task).assign(seed=record["seed"])
                             for task, record in zip(tasks, records, strict=True)], ignore_index=True)  # fmt: skip
    classes = cell["classes"]
    pooled = [score(part, classes) for _, part in predictions.groupby("seed")]
    people = {
        str(person): averaged([score(part, classes) for _, part in of_person.groupby("seed")])
        for person, of_person in predictions.groupby("subject")
    }
    return {
        "key": key,
        **{name: cell[name] for name in ("cell", "labels", "classes", "simulated", "baseline", "comparison", "audit")},
        **{name: cell[name] for name in ("windows", "exclusions", "left out")},
        "label rule": cell.get("label rule", ""),
        **{name: cell.get(name, "") for name in ("held out", "remark")},
        "stimuli": cell.get("stimuli", 0),
        "people": len(cell["subjects"]),
        "seeds": seeds,
        "folds": len(cell["folds"]),
        "metrics": {name: fold_interval(records, name, len(cell["folds"])) for name in records[0]["metrics"]},
        "chance": chance([record["confusion"] for record in records]) if classes else None,
        "pooled": averaged(pooled),
        "subjects": people,
        "confusion": np.sum([record["confusion"] for record in records], axis=0).tolist() if classes else None,
        "parameters": mean_count([record["parameters"] for record in records]),
        "train_seconds": rounded(np.mean([seconds(record) for record in records])),
        "device": records[0]["device"],
    }


def complete_seeds(store: Store, key: str, folds: list[str]) -> list[int]:
    """Seeds all of whose folds are stored and intact."""
    found = {path.name for path in (store.cell(key) / "tasks").glob("*.s*")}
    seeds = sorted({int(name.rpartition(".s")[2]) for name in found if not name.startswith(".")})
    return [seed for seed in seeds if all(store.state(key, f"{fold}.s{seed}") == "done" for fold in folds)]


def score(part: pd.DataFrame, classes: list[str]) -> dict[str, float]:
    return scores(part["label"].to_numpy(), part[columns(classes)].to_numpy(), classes)


def fold_interval(records: list[dict[str, Any]], metric: str, folds: int) -> dict[str, Any]:
    """Mean over folds and its t interval; several seeds of a fold are averaged first."""
    found = np.array([record["metrics"][metric] for record in records], dtype=float).reshape(-1, folds)
    known = np.isfinite(found)
    each = np.where(known, found, 0).sum(axis=0) / np.where(known.any(axis=0), known.sum(axis=0), np.nan)
    interval = t_interval(each)
    return {"mean": rounded(interval.mean), "low": rounded(interval.low), "high": rounded(interval.high),
            "folds": [rounded(value) for value in each]}  # fmt: skip


def chance(confusions: list[Any]) -> dict[str, float | None]:
    """What the headline metrics would be if the predictions of each fold had not looked at its windows."""
    found = metrics.at_chance(np.array(confusions))
    return {name: rounded(np.nanmean(found[name])) for name in metrics.HEADLINE}


def averaged(seeds: list[dict[str, float]]) -> dict[str, float | None]:
    """The mean of each metric over seeds."""
    return {name: rounded(np.mean([found[name] for found in seeds])) for name in seeds[0]}


def seconds(record: dict[str, Any]) -> float:
    return float(record["cost"]["fit_seconds"] + record["cost"]["search_seconds"])


def mean_count(counts: list[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return round(float(np.mean(known))) if known else None


def rounded(value: Any) -> float | None:
    """Enough digits for any table; None where the value is not defined."""
    return round(float(value), DIGITS) if np.isfinite(value) else None
