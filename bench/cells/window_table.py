"""The windows that a comparison uses: one table with labels, shared by all of its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.cells.ratings import PREFIX, Ratings, has, rated
from bench.data import stimuli
from bench.data.preparation import prepare
from bench.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from bench.api import Array, Rows
    from bench.cells.resolved import ResolvedCell
    from bench.data.cache import Cache
    from bench.data.preparation import OnProgress, Prepared

COLUMNS = ["subject", "session", "trial", "stimulus", "recording", "start", "stop"]


@dataclass(frozen=True)
class StimulusTable:
    """The vectors of a stimulus modality."""

    names: list[str]
    rows: dict[str, int]  # stimulus -> row of `values`
    values: Array


@dataclass(frozen=True)
class WindowTable:
    """Usable windows with their labels, and why others are excluded."""

    prepared: Prepared
    rows: Rows  # of the prepared table
    table: pd.DataFrame  # COLUMNS and `label`
    stimuli: Mapping[str, StimulusTable]
    exclusions: dict[str, int]  # reason -> windows
    ratings: Ratings | None = None  # where a rule learns labels from ratings inside each fold

    @property
    def excluded(self) -> dict[str, int]:
        """Reason -> subjects, trials or files that the data set itself leaves out."""
        return dict(self.prepared.meta["excluded"])

    @property
    def single_window(self) -> tuple[bool, ...]:
        """For each step, whether every recording that it changed consisted of one window and nothing else."""
        return tuple(self.prepared.meta["alone"])

    @property
    def calibrated(self) -> bool:
        """Whether a step calibrates on the condition of a window that is used."""
        return bool(self.prepared.table["calibrates"].iloc[self.rows].any())


def load_table(cell: ResolvedCell, cache: Cache, on_progress: OnProgress) -> WindowTable:
    """Prepare the data, unless the cache has them, and label the windows that every required modality can use."""
    prepared = prepare(cell.dataset, cell.steps, cell.windowing, cell.data_key, cache, on_progress, cell.recorded)
    vectors = {}
    for modality in cell.dataset.stimulus_modalities:
        if modality in cell.cell.required_modalities:
            files = cell.stimulus_files.get(modality)
            vectors[modality] = StimulusTable(
                *stimuli.stimuli(cell.dataset, modality, cell.data_key, cache, on_progress, files)
            )
    bad = {f"bad.{name}": stimuli.absent(prepared.table, found.rows) for name, found in vectors.items()}
    reasons = exclusion_reasons(prepared.table.assign(**bad), cell)
    rows = np.flatnonzero(reasons == "")
    exclusions = {str(reason): int(count) for reason, count in reasons[reasons != ""].value_counts().items()}
    if not len(rows):
        counts = ", ".join(f"{count} {reason}" for reason, count in exclusions.items()) or "there is none"
        raise DataError(
            f"No window of '{cell.cell.dataset.name}' can be used for the target '{cell.cell.target}' ({counts})."
        )
    table = prepared.table.iloc[rows].reset_index(drop=True)
    ratings = Ratings.of(cell.rule, table) if cell.rule else None
    labels = ratings.labels(ratings.learn()) if ratings else labels_of(table, cell)
    table = table[COLUMNS].assign(label=labels)
    exclusions |= excluded_subjects(prepared, set(table["subject"]))
    return WindowTable(prepared, rows, table, vectors, exclusions, ratings)


def labels_of(table: pd.DataFrame, cell: ResolvedCell) -> Array:
    """Class numbers, or for regression the rating that is predicted."""
    if cell.quantity:
        return table[f"{PREFIX}{cell.quantity}"].to_numpy(np.float64)
    numbers = {name: number for number, name in enumerate(cell.classes)}
    return table[f"target.{cell.cell.target}"].map(numbers).to_numpy(np.int64)


def exclusion_reasons(table: pd.DataFrame, cell: ResolvedCell) -> pd.Series[str]:
    """Why each window cannot be used; empty where it can."""
    target = cell.cell.target
    column = f"target.{target}"
    if cell.quantity:
        labelled = has(table, [f"{PREFIX}{cell.quantity}"])
    elif rule := cell.rule:
        labelled = rated(table, rule)
    else:
        labels = table[column] if column in table else table["subject"].map(lambda _: "")
        labelled = labels != ""
    reasons = labelled.map({True: "", False: f"without a label for {target}"})
    for modality in cell.cell.required_modalities:
        bad = table[f"bad.{modality}"]
        reasons = reasons.where((reasons != "") | (bad == ""), bad + f" in {modality}")
    return reasons


def excluded_subjects(prepared: Prepared, kept: set[str]) -> dict[str, int]:
    """Subjects without a usable window, also those whose segments are shorter than a window."""
    counts = prepared.table["subject"].value_counts().to_dict()
    lost = sorted({*prepared.meta["subjects"], *counts} - kept)
    return {
        f"all of {subject} (no window of this subject can be used)": int(counts.get(subject, 0)) for subject in lost
    }
