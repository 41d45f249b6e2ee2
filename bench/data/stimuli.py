"""Vectors that belong to a stimulus, not to a person: read once, kept in the cache, gathered for windows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from bench.data.recordings import reading
from bench.digests import digest
from bench.errors import PluginError

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from bench.api import Array, Dataset, Rows
    from bench.data.cache import Cache
    from bench.data.preparation import OnProgress
    from bench.data.stimulus_features import StimulusFiles


def stimuli(
    dataset: Dataset, modality: str, key: str, cache: Cache, on_progress: OnProgress, described: StimulusFiles | None
) -> tuple[list[str], dict[str, int], Array]:
    """Names of the columns, the row of each stimulus, and the table; what a step computes goes before what was read."""

    def build(folder: Path) -> None:
        if described:
            names, vectors = described.vectors(cache, on_progress, modality)
        else:
            what = f"the {modality} of the stimuli"
            [(names, vectors)] = reading(lambda: [dataset.stimulus_vectors(modality)], dataset, what)
        for stimulus, vector in vectors.items():
            if np.shape(vector) != (len(names),):
                raise PluginError(
                    f"The {modality} of '{stimulus}' has the shape {np.shape(vector)}; expected ({len(names)},)."
                )
        np.save(folder / "values.npy", np.array(list(vectors.values()), dtype=float).reshape(len(vectors), len(names)))
        text = {"names": [f"{modality}.{name}" for name in names], "stimuli": list(vectors)}
        (folder / "names.json").write_text(json.dumps(text), encoding="utf-8")

    folder = cache.folder("stimuli", digest([key, modality]), build)
    text = json.loads((folder / "names.json").read_text(encoding="utf-8"))
    rows = {stimulus: row for row, stimulus in enumerate(text["stimuli"])}
    return text["names"], rows, np.load(folder / "values.npy", mmap_mode="r")


def absent(table: pd.DataFrame, rows: dict[str, int]) -> pd.Series[str]:
    """Why each window cannot be used: its stimulus has no vector."""
    return table["stimulus"].map(lambda stimulus: "" if stimulus in rows else "missing")


def places(table: pd.DataFrame, rows: dict[str, int]) -> Rows:
    """The row of each window's stimulus."""
    return np.asarray(table["stimulus"].map(rows), dtype=np.intp)
