"""Data sets for pre-training: whole recordings, cut into windows."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np

from bench.cells.scalings import Scalings
from bench.data.cut import windowed_signal
from bench.data.index import index_of
from bench.data.preparation import prepare
from bench.data.sources import chained
from bench.data.windows import WindowSet
from bench.errors import DataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from bench.api import Array, Fold, Pretrainable, Rows
    from bench.cells.resolved import ResolvedCell, ResolvedCorpus
    from bench.data.cache import Cache
    from bench.data.preparation import OnProgress, Prepared


def load(parts: ResolvedCorpus, modalities: Sequence[str], cache: Cache, on_progress: OnProgress) -> WindowSet | None:
    """Windows in which all these modalities are usable, scaled by the chain; None where a modality is missing."""
    if not set(modalities) <= set(parts.corpus.modalities):
        return None
    prepared = prepared_corpus(parts, cache, on_progress)
    table = prepared.table
    usable = np.logical_and.reduce([(table[f"bad.{name}"] == "").to_numpy() for name in modalities])
    rows = np.flatnonzero(usable)
    if not len(rows):
        return None
    sources = {name: windowed_signal(prepared, name, rows) for name in modalities}
    table = table.iloc[rows]
    subjects = parts.name + "/" + table["subject"]
    windows = WindowSet(index_of(table) | {"subject": subjects.to_numpy()}, sources)
    steps = {
        name: [scaling for step, scaling in parts.scalings if name in (step.modalities or modalities)]
        for name in modalities
    }
    scalings = Scalings({name: found for name, found in steps.items() if found})
    return scalings.apply(windows, scalings.learn(windows))


def prepared_corpus(parts: ResolvedCorpus, cache: Cache, on_progress: OnProgress) -> Prepared:
    """The recordings after the chain, from the cache or prepared now."""
    modalities = parts.corpus.modalities
    return prepare(
        parts.dataset, parts.steps, parts.windowing, parts.key, cache, on_progress, modalities, whole_recordings=True
    )


def check_alike(named: Sequence[tuple[str, WindowSet]]) -> None:
    """Raise where corpora differ in sampling rate or number of channels."""
    (first_name, first), *others = named
    for name, windows in others:
        for modality in first.modalities:
            ours, theirs = first.recorded(modality), windows.recorded(modality)
            if (ours.rate, len(ours.channels)) != (theirs.rate, len(theirs.channels)):
                raise DataError(
                    f"{first_name} and {name} do not fit together: {modality} has {ours.rate:g} Hz and the channels "
                    f"{', '.join(ours.channels)} in one, {theirs.rate:g} Hz and {', '.join(theirs.channels)} in the "
                    "other. Steps such as 'resample(128)' and 'channels(...)' in --preprocess make them alike."
                )


def concatenated(sets: Sequence[WindowSet]) -> WindowSet:
    """The windows of several corpora as one set."""
    if len(sets) == 1:
        return sets[0]
    index = {name: np.concatenate([windows.index[name] for windows in sets]) for name in sets[0].index}
    sources = {name: chained([windows.recorded(name) for windows in sets]) for name in sets[0].modalities}
    return WindowSet(index, sources)


def visible(table: pd.DataFrame, train: Rows, test: Rows, unseen: str) -> Array:
    """The windows of a training part that pre-training may use: none of held-out trials or subjects."""
    if unseen == "windows":
        return np.ones(len(train), dtype=bool)
    column = table["trial" if unseen == "trials" else "subject"].to_numpy()
    return ~np.isin(column[train], np.unique(column[test]))


def check_left(parts: ResolvedCell, table: pd.DataFrame, folds: Sequence[Fold]) -> None:
    """Raise where the training part of a fold is the only corpus, and pre-training may use none of it."""
    if not parts.corpora or not all(corpus.corpus.own for corpus in parts.corpora):
        return
    unseen = cast("Pretrainable", parts.model).pretrain_exclude
    empty = [fold.name for fold in folds if not visible(table, fold.train, fold.test, unseen).any()]
    if empty:
        raise UsageError(
            f"Pre-training may not use held-out {unseen}, and under {parts.cell.protocol.name} none of "
            f"'{parts.cell.dataset.name}' is left in {len(empty)} of {len(folds)} folds; name a second data set after "
            "--pretrain, or another protocol."
        )
