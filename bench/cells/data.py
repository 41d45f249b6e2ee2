"""The data of a cell: its index table, its windows, and parts of them that cannot see the rest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bench.cells.ratings import PREFIX, Ratings, has, rated
from bench.cells.scalings import Scalings
from bench.data import stimuli
from bench.data.cut import windowed_signal
from bench.data.preparation import extract, prepare
from bench.data.shared import SharedVectors
from bench.data.sources import Source, Vectors
from bench.data.windows import INDEX, LabelledWindowSet, WindowSet
from bench.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.api import Array, Fold, Rows
    from bench.cells.cell import ResolvedCell
    from bench.cells.scalings import Learnt
    from bench.data.cache import Cache
    from bench.data.preparation import Prepared, Tell


@dataclass(frozen=True)
class Part:
    """Windows with their labels: all that a fit may see."""

    columns: Mapping[str, Array]  # the index table of these windows, and of no others
    windows: WindowSet
    classes: tuple[str, ...]
    shown: Array | None = None  # which windows pre-training may see; all, if nothing is said

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
            {name: values[rows] for name, values in self.columns.items()},
            self.windows.take(rows),
            self.classes,
            None if self.shown is None else self.shown[rows],
        )

    def relabelled(self, labels: Array) -> Part:
        return replace(self, columns={**self.columns, "label": labels})

    def labelled(self, windows: WindowSet | None = None) -> LabelledWindowSet:
        """What an estimator learns from; a fusion may have merged the windows before."""
        return (windows or self.windows).labelled(self.labels, self.classes)


@dataclass(frozen=True)
class Split:
    """A fold with its values: what it learns from, and what it is asked about."""

    part: Part
    test: WindowSet
    table: pd.DataFrame  # of what is held out, with labels
    rule: Any = None  # what its label rule has learnt
    scale: Learnt | None = None  # what its scalings have learnt


@dataclass(frozen=True)
class CellData:
    """A cell's whole data, of which only the evaluator cuts parts."""

    everything: Part
    exclusions: dict[str, int]  # reason -> windows
    excluded: dict[str, int]  # reason -> trials, people or files that the data set itself leaves out
    ratings: Ratings | None = None  # where labels follow from ratings by a rule that each fold learns
    scalings: Scalings | None = None  # where each fold learns the level and spread of signals
    alone: tuple[bool, ...] = ()  # for each step, whether all recordings that it saw were one window and nothing else

    @property
    def table(self) -> pd.DataFrame:
        """The index table; where each fold learns its labels, with those that all ratings together would give."""
        return self.everything.table

    def of_fold(self, fold: Fold) -> Split:
        """What a fold learns from and is asked about; everything that it learns from data is learnt here."""
        rows = np.sort(np.concatenate([fold.train, fold.validation]))
        whole, rule = self.everything, None
        if self.ratings is not None:
            rule = self.ratings.learn(rows if self.ratings.rule.scope == "train" else None)
            whole = whole.relabelled(self.ratings.labels(rule))
        part, test, table = whole.take(rows), whole.windows.take(fold.test), whole.table.iloc[fold.test]
        if self.scalings is None:
            return Split(part, test, table, rule)
        scale = self.scalings.learn(part.windows)
        part = replace(part, windows=self.scalings.apply(part.windows, scale))
        return Split(part, self.scalings.apply(test, scale), table, rule, scale)


def load(parts: ResolvedCell, cache: Cache, tell: Tell) -> CellData:
    """The windows that can be used, with their labels, and why the others cannot."""
    cell = parts.cell
    recorded = [name for name in cell.required_modalities if name not in parts.dataset.stimulus_modalities]
    prepared = prepare(parts.dataset, parts.steps, parts.windowing, parts.data_key, cache, tell, recorded)
    shown = {name: stimuli.stimuli(parts.dataset, name, parts.data_key, cache, tell, parts.described.get(name))
             for name in parts.dataset.stimulus_modalities if name in cell.required_modalities}  # fmt: skip
    bad = {f"bad.{name}": stimuli.absent(prepared.table, rows) for name, (_, rows, _) in shown.items()}
    rule = parts.rule
    reasons = exclusion_reasons(prepared.table.assign(**bad), parts)
    rows = np.flatnonzero(reasons == "")
    exclusions = {str(reason): int(count) for reason, count in reasons[reasons != ""].value_counts().items()}
    if not len(rows):
        told = ", ".join(f"{count} {reason}" for reason, count in exclusions.items()) or "there is none"
        raise DataError(f"No window of '{cell.dataset.name}' can be used for the target '{cell.target}' ({told}).")
    table = prepared.table.iloc[rows].reset_index(drop=True)
    ratings = Ratings.of(rule, table) if rule else None
    labels = ratings.labels(ratings.learn()) if ratings else labels_of(table, parts)
    table = table[["subject", "session", "trial", "stimulus", "recording", "start", "stop"]].assign(label=labels)
    scalings = scalings_of(parts)
    sources: dict[str, Source] = {
        modality: source(parts, prepared, modality, rows, bool(scalings and modality in scalings.steps), cache, tell)
        for modality in cell.modalities
        if modality not in shown
    }
    for modality, (names, numbered, values) in shown.items():
        if modality in cell.modalities:
            shared = SharedVectors(values, stimuli.places(table, numbered), tuple(names))
            networks = parts.model.inputs == "signals"
            sources[modality] = shared if networks else Vectors(shared.values, shared.names)
    vectors = {modality: found for modality in cell.modalities if isinstance(found := sources[modality], Vectors)}
    if vectors:
        sources |= Vectors.in_one_table(vectors)
    windows = WindowSet({name: table[name].to_numpy() for name in INDEX}, sources)
    exclusions |= lost_people(prepared, set(table["subject"]))
    return CellData(Part.of(table, windows, parts.classes), exclusions, prepared.meta["excluded"], ratings, scalings,
                    tuple(prepared.meta["alone"]))  # fmt: skip


def labels_of(table: pd.DataFrame, parts: ResolvedCell) -> Array:
    """What segments say: the number of a class, or the rating that is predicted."""
    if parts.quantity:
        return table[f"{PREFIX}{parts.quantity}"].to_numpy(np.float64)
    numbers = {name: place for place, name in enumerate(parts.classes)}
    return table[f"target.{parts.cell.target}"].map(numbers).to_numpy(np.int64)


def exclusion_reasons(table: pd.DataFrame, parts: ResolvedCell) -> pd.Series[str]:
    """Why each window cannot be used; empty where it can."""
    cell, classes = parts.cell, parts.classes
    column = f"target.{cell.target}"
    if parts.quantity:
        labelled = has(table, [f"{PREFIX}{parts.quantity}"])
    elif rule := parts.rule:
        labelled = rated(table, rule)
    else:
        labels = table[column] if column in table else table["subject"].map(lambda _: "")
        wrong = sorted(set(labels) - {*classes, ""})
        if wrong:
            raise DataError(
                f"The target '{cell.target}' has the label '{wrong[0]}'; its classes are {', '.join(classes)}."
            )
        labelled = labels != ""
    reasons = labelled.map({True: "", False: f"without a label for {cell.target}"})
    for modality in cell.required_modalities:
        bad = table[f"bad.{modality}"]
        reasons = reasons.where((reasons != "") | (bad == ""), bad + f" in {modality}")
    return reasons


def lost_people(prepared: Prepared, kept: set[str]) -> dict[str, int]:
    """People none of whose windows can be used, also those too short for a single one."""
    counts = prepared.table["subject"].value_counts().to_dict()
    lost = sorted({*prepared.meta["subjects"], *counts} - kept)
    return {f"all of {subject} (no window of this person can be used)": int(counts.get(subject, 0)) for subject in lost}


def scalings_of(parts: ResolvedCell) -> Scalings | None:
    """The scalings of the modalities that the model is given, vectors of stimuli included."""
    steps = {
        modality: [scaling for step, scaling in parts.scalings if modality in (step.modalities or (modality,))]
        for modality in parts.cell.modalities
    }
    chosen = {modality: found for modality, found in steps.items() if found}
    return Scalings(chosen, parts.features) if chosen else None


def source(
    parts: ResolvedCell, prepared: Prepared, modality: str, rows: Rows, scaled: bool, cache: Cache, tell: Tell
) -> Source:
    """Vectors for models that learn from features, stretches of signal for the others and where folds scale them."""
    if parts.features is not None and parts.cell.features is not None and not scaled:
        choice = parts.cell.features
        identity = [choice.name, dict(choice.options), choice.code(parts.registry)]
        names, values = extract(prepared, parts.features, identity, modality, cache, tell)
        return Vectors(np.asarray(values)[rows], names)
    return windowed_signal(prepared, modality, rows)
