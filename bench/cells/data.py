"""The data of a cell: its windows with labels, and the parts that folds cut from them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.cells.keys import code_of
from bench.cells.scalings import Scalings
from bench.cells.window_table import load_table
from bench.data import stimuli
from bench.data.cut import windowed_signal
from bench.data.features import FeatureTables
from bench.data.index import index_of
from bench.data.part import Part
from bench.data.shared import SharedVectors
from bench.data.sources import Source, Vectors, taken
from bench.data.windows import WindowSet

if TYPE_CHECKING:
    import pandas as pd

    from bench.api import Fold, Rows
    from bench.cells.resolved import ResolvedCell
    from bench.cells.scalings import Learnt
    from bench.cells.window_table import WindowTable
    from bench.data.cache import Cache
    from bench.data.preparation import OnProgress


@dataclass(frozen=True)
class Split:
    """A fold with its data: the training part, and the windows to predict."""

    part: Part
    test: WindowSet
    table: pd.DataFrame  # of the test windows, with labels
    rows: Rows  # of the training part
    whole: WindowSet  # all windows of the cell
    rule: Any = None  # what the label rule has learnt
    scale: Learnt | None = None  # what the scalings have learnt


@dataclass(frozen=True)
class CellData:
    """All data of a cell. Only the harness holds it; a fit sees the parts that `of_fold` cuts."""

    windows: WindowTable
    everything: Part
    scalings: Scalings | None = None  # where each fold learns the level and spread of signals

    @property
    def table(self) -> pd.DataFrame:
        """The index table. Where folds learn their labels, it has those that all ratings together would give."""
        return self.everything.table

    def cut(self, fold: Fold) -> Split:
        """The parts of a fold, not scaled yet. Label rules are fitted here, on its training part."""
        rows = np.sort(np.concatenate([fold.train, fold.validation]))
        whole, rule, ratings = self.everything, None, self.windows.ratings
        if ratings is not None:
            rule = ratings.learn(rows if ratings.rule.scope == "train" else None)
            whole = whole.relabelled(ratings.labels(rule))
        part, test, table = whole.take(rows), whole.windows.take(fold.test), whole.table.iloc[fold.test]
        return Split(part, test, table, rows, whole.windows, rule)

    def of_fold(self, fold: Fold) -> Split:
        """The parts of a fold after its scalings, which are fitted on its training part too."""
        split = self.cut(fold)
        if self.scalings is None:
            return split
        scale = self.scalings.learn(split.part.windows)
        features = self.scalings.features(split.whole, scale)
        part = replace(split.part, windows=self.scalings.apply(split.part.windows, scale, taken(features, split.rows)))
        return replace(split, part=part, test=self.scalings.apply(split.test, scale, taken(features, fold.test)),
                       scale=scale)  # fmt: skip


def load(cell: ResolvedCell, cache: Cache, on_progress: OnProgress) -> CellData:
    """Everything from the beginning."""
    return load_windows(cell, load_table(cell, cache, on_progress), cache, on_progress)


def load_windows(cell: ResolvedCell, windows: WindowTable, cache: Cache, on_progress: OnProgress) -> CellData:
    """The inputs of the model for a table that is loaded already."""
    sources: dict[str, Source] = {}
    tables = feature_tables(cell, windows, cache)
    scalings = scalings_of(cell, tables)
    for modality in cell.cell.modalities:
        if modality in windows.stimuli:
            vectors = windows.stimuli[modality]
            shared = SharedVectors(vectors.values, stimuli.places(windows.table, vectors.rows), tuple(vectors.names))
            sources[modality] = shared if cell.model.inputs == "signals" else Vectors(shared.values, shared.names)
        elif tables and not (scalings and modality in scalings.steps):
            sources[modality] = tables.of_all(modality, on_progress).take(windows.rows)
        else:
            sources[modality] = windowed_signal(windows.prepared, modality, windows.rows)
    vectors_of = {modality: source for modality, source in sources.items() if isinstance(source, Vectors)}
    if vectors_of:
        sources |= Vectors.in_one_table(vectors_of)
    given = WindowSet(index_of(windows.table, windows.prepared.table), sources)
    return CellData(windows, Part.of(windows.table, given, cell.classes), scalings)


def prepare_features(cell: ResolvedCell, windows: WindowTable, cache: Cache, on_progress: OnProgress) -> None:
    """Compute the features of all windows into the cache, as far as they do not depend on the fold."""
    tables = feature_tables(cell, windows, cache)
    scalings = scalings_of(cell, tables)
    for modality in cell.cell.modalities:
        if tables and modality not in windows.stimuli and not (scalings and modality in scalings.steps):
            tables.of_all(modality, on_progress)


def feature_tables(cell: ResolvedCell, windows: WindowTable, cache: Cache) -> FeatureTables | None:
    """The feature tables that the model learns from; None where it learns from signals."""
    choice = cell.cell.features
    if choice is None or cell.features is None:
        return None
    identity = [choice.name, dict(choice.options), code_of(choice, cell.registry)]
    return FeatureTables(windows.prepared, cell.features, identity, cache)


def scalings_of(cell: ResolvedCell, tables: FeatureTables | None) -> Scalings | None:
    """The scalings of the modalities that are inputs of the model, vectors of stimuli included."""
    steps = {
        modality: [scaling for step, scaling in cell.scalings if modality in (step.modalities or (modality,))]
        for modality in cell.cell.modalities
    }
    used = {modality: found for modality, found in steps.items() if found}
    return Scalings(used, tables) if used else None
