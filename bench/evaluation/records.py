"""What is kept of a task: scores, predictions, which code took part, and what it cost."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pandas as pd

import bench
from bench.data.digests import code_digest, digest
from bench.evaluation import metrics

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.api import Array
    from bench.evaluation.cell import Parts


def scored(table: pd.DataFrame, probabilities: Array, classes: tuple[str, ...]) -> dict[str, Any]:
    """Metrics of a fold, its confusion matrix, and the metrics of each person in it."""
    labels = table["label"].to_numpy()
    whole = metrics.scores(labels, probabilities)
    people = table["subject"].to_numpy()
    names = pd.unique(people)
    if len(names) == 1:
        each = {str(names[0]): whole}
    else:
        each = {str(name): metrics.scores(labels[people == name], probabilities[people == name]) for name in names}
    confusion = metrics.confusion(labels, probabilities.argmax(axis=1), len(classes))
    return {"metrics": whole, "subjects": each, "confusion": confusion}


def predictions(table: pd.DataFrame, probabilities: Array, classes: tuple[str, ...]) -> dict[str, Array]:
    """One row per held-out window: its identity, the truth, and a probability per class."""
    identity = {str(name): table[name].to_numpy() for name in table}
    return identity | {f"p.{name}": probabilities[:, place] for place, name in enumerate(classes)}


def code(parts: Parts) -> Mapping[str, Any]:
    """Which code took part, by role."""
    cell = parts.cell
    steps = {f"step {step.name}": step for step in (*cell.steps, *cell.scalings)}
    chosen = {"dataset": cell.dataset, "model": cell.model, "fusion": cell.fusion, "protocol": cell.protocol,
              "features": cell.features, **steps}  # fmt: skip
    modules = ["data", "evaluation", "files", "thresholds", *(["deep"] if cell.engine else [])]
    core = {
        "version": bench.__version__,
        "digest": digest([code_digest(f"bench.{name}") for name in modules]),
    }
    return {"core": core, **{role: choice.code(parts.registry) for role, choice in chosen.items() if choice}}


def peak_memory() -> float | None:
    """The largest resident size of this process so far in megabytes, where the system tells it."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(size / (1024**2 if sys.platform == "darwin" else 1024), 1)
