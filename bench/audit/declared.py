"""What plugins declare about themselves that can leak: scopes of steps, labels and pre-training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.audit.pretraining_leakage import pretraining_scopes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.cells.resolved import ResolvedCell


def declared(
    resolved: ResolvedCell, single_window: Sequence[bool], *, calibrated: bool = False
) -> list[tuple[str, str]]:
    """Each declaration and its scope.

    `single_window` is true for steps whose recordings are one window each, `calibrated` where steps calibrate on
    windows that are scored.
    """
    cell, dataset = resolved.cell, resolved.dataset
    inputs = cell.modalities or cell.required_modalities  # a baseline is audited like the rows beside it
    steps: list[tuple[str, str]] = [
        (f"step '{choice.name}'", "alone" if single and step.scope == "recording" else step.scope)
        for choice, step, single in zip(cell.steps, resolved.steps, single_window, strict=True)
        if not choice.modalities or set(choice.modalities) & set(inputs)
    ]
    steps += [
        (f"step '{choice.name}'", "calibration")
        for choice, step in zip(cell.steps, resolved.steps, strict=True)
        if calibrated and step.calibrates_on
    ]
    labels = [(f"{what} of '{cell.dataset.name}'", "everything") for what in dataset.fitted_on_all_subjects]
    rule = resolved.rule
    rules = [(f"the threshold of {cell.target}", "everything")] if rule and rule.scope == "everything" else []
    timed = [("the search", "time")] if cell.searching.get("seconds") else []
    # once each: a step may appear once per modality
    return list(dict.fromkeys([*steps, *labels, *rules, *timed, *pretraining_scopes(resolved)]))
