"""The data of a cell: its index table, its windows, and parts of them that cannot see the rest."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bench.data import segmentation
from bench.data.preparation import extract, prepare
from bench.data.sources import Source, Stretches, Vectors
from bench.data.windows import INDEX, LabelledWindowSet, WindowSet
from bench.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.api import Array, Rows
    from bench.data.cache import Cache
    from bench.data.preparation import Prepared, Tell
    from bench.evaluation.cell import Parts


@dataclass(frozen=True)
class Part:
    """Windows with their labels: all that a fit may see."""

    columns: Mapping[str, Array]  # the index table of these windows, and of no others
    windows: WindowSet
    classes: tuple[str, ...]

    @classmethod
    def of(cls, table: pd.DataFrame, windows: WindowSet, classes: tuple[str, ...]) -> Part:
        return cls({str(name): table[name].to_numpy() for name in table}, windows, classes)

    @cached_property
    def table(self) -> pd.DataFrame:
        return pd.DataFrame(dict(self.columns))

    @property
    def labels(self) -> Array:
        return self.columns["label"]

    def take(self, rows: Rows) -> Part:
        """Some of the windows; what belongs to the others is not reachable from the result."""
        return Part(
            {name: values[rows] for name, values in self.columns.items()}, self.windows.take(rows), self.classes
        )

    def labelled(self, windows: WindowSet | None = None) -> LabelledWindowSet:
        """What an estimator learns from; a fusion may have merged the windows before."""
        return (windows or self.windows).labelled(self.labels, self.classes)


@dataclass(frozen=True)
class CellData:
    """A cell's whole data, of which only the evaluator cuts parts."""

    everything: Part
    exclusions: dict[str, int]  # reason -> windows

    @property
    def table(self) -> pd.DataFrame:
        return self.everything.table


def load(parts: Parts, cache: Cache, tell: Tell) -> CellData:
    """The windows that can be used, with their labels, and why the others cannot."""
    cell = parts.cell
    prepared = prepare(parts.dataset, parts.steps, parts.windowing, parts.data_key, cache, tell)
    reasons = exclusion_reasons(prepared.table, cell.target, cell.cohort, parts.classes)
    rows = np.flatnonzero(reasons == "")
    exclusions = {str(reason): int(count) for reason, count in reasons[reasons != ""].value_counts().items()}
    if not len(rows):
        told = ", ".join(f"{count} {reason}" for reason, count in exclusions.items())
        raise DataError(f"No window of '{cell.dataset.name}' can be used for the target '{cell.target}' ({told}).")
    table = prepared.table.iloc[rows].reset_index(drop=True)
    labels = table[f"target.{cell.target}"].map({name: place for place, name in enumerate(parts.classes)})
    table = table[["subject", "session", "trial", "stimulus", "recording", "start", "stop"]].assign(
        label=labels.to_numpy(np.int64)
    )
    sources = {modality: source(parts, prepared, modality, rows, cache, tell) for modality in cell.modalities}
    windows = WindowSet({name: table[name].to_numpy() for name in INDEX}, sources)
    exclusions |= lost_people(prepared, set(table["subject"]))
    return CellData(Part.of(table, windows, parts.classes), exclusions)


def exclusion_reasons(
    table: pd.DataFrame, target: str, cohort: tuple[str, ...], classes: tuple[str, ...]
) -> pd.Series[str]:
    """Why each window cannot be used; empty where it can."""
    column = f"target.{target}"
    labels = table[column] if column in table else table["subject"].map(lambda _: "")
    wrong = sorted(set(labels) - {*classes, ""})
    if wrong:
        raise DataError(f"The target '{target}' has the label '{wrong[0]}'; its classes are {', '.join(classes)}.")
    reasons = labels.map(lambda label: "" if label else f"without a label for {target}")
    for modality in cohort:
        bad = table[f"bad.{modality}"]
        reasons = reasons.where((reasons != "") | (bad == ""), bad + f" in {modality}")
    return reasons


def lost_people(prepared: Prepared, kept: set[str]) -> dict[str, int]:
    """People none of whose windows can be used, also those too short for a single one."""
    counts = prepared.table["subject"].value_counts().to_dict()
    lost = sorted({*prepared.meta["subjects"], *counts} - kept)
    return {f"all of {subject} (no window of this person can be used)": int(counts.get(subject, 0)) for subject in lost}


def source(parts: Parts, prepared: Prepared, modality: str, rows: Rows, cache: Cache, tell: Tell) -> Source:
    """Vectors for models that learn from features, stretches of signal for the others."""
    if parts.features is not None and parts.cell.features is not None:
        choice = parts.cell.features
        identity = [choice.name, dict(choice.options), choice.code(parts.registry)]
        names, values = extract(prepared, parts.features, identity, modality, cache, tell)
        return Vectors(np.asarray(values)[rows], names)
    meta = prepared.meta["modalities"][modality]
    table = prepared.table.iloc[rows]
    width, first = segmentation.span(table["start"].to_numpy(), prepared.length, meta["rate"])
    recordings = table["recording"].to_numpy()
    signals = {int(number): signal for number in np.unique(recordings)
               if (signal := prepared.signal(modality, int(number))) is not None}  # fmt: skip
    return Stretches(signals, recordings, first, width, meta["rate"], tuple(meta["channels"]))
