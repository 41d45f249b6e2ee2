"""Plain values of a schema -> those of the next one."""

from __future__ import annotations

from typing import Any

Plain = dict[str, Any]


def renamed(values: Plain, names: dict[str, str]) -> Plain:
    return {names.get(name, name): value for name, value in values.items()}


def spec_from_1(values: Plain) -> Plain:
    """A cell; three of its fields had other names at first."""
    names = {"cohort": "required_modalities", "recipe": "preset", "descriptions": "stimulus_steps"}
    return renamed(values, names)


def environment_from_1(values: Plain) -> Plain:
    return renamed(values, {"code": "commit", "processor": "cpu"})


def cell_from_1(values: Plain) -> Plain:
    names = {"left out": "excluded", "exclusions": "excluded_windows", "held out": "test_windows",
             "label rule": "label_rule", "windows": "n_windows", "stimuli": "n_stimuli"}  # fmt: skip
    found = renamed(values, names)
    return found | {"cell": spec_from_1(found["cell"])}


def task_from_1(values: Plain) -> Plain:
    return values | {"cell": spec_from_1(values["cell"]), "environment": environment_from_1(values["environment"])}


def run_from_1(values: Plain) -> Plain:
    items = [item | {"cell": spec_from_1(item["cell"])} for item in values["items"]]
    kept = {name: value for name, value in values.items() if name != "cells"}
    return kept | {"items": items, "environment": environment_from_1(values["environment"])}


def row_from_2(values: Plain) -> Plain:
    """A published row of two classes or more, without thresholds, which were not chosen at first."""
    plain, tuned = "balanced_accuracy", "tuned_balanced_accuracy"

    def with_tuned(scores: Any) -> Any:
        return scores | {tuned: scores[plain]} if scores and plain in scores else scores

    found = dict(values)
    for name in ("metrics", "chance", "estimates", "pooled"):
        if name in found:
            found[name] = with_tuned(found[name])
    for name in ("subjects", "stimuli"):
        if name in found:
            found[name] = {unit: with_tuned(scores) for unit, scores in found[name].items()}
    return found


def unchanged(values: Plain) -> Plain:
    """Of a schema that differs from the next one in its seal alone, or in the rows below it."""
    return values


#: schema -> the function that leads to the next one
CELL, TASK, RUN = {1: cell_from_1, 2: unchanged}, {1: task_from_1}, {1: run_from_1, 2: unchanged}
FAILURE, COMPARISON, ROW = {1: unchanged}, {1: unchanged, 2: unchanged}, {1: unchanged, 2: row_from_2}
