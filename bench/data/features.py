"""Feature tables: the vectors of windows, computed by an extractor once and read from the cache from then on."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.code.core import FEATURES, core_digest
from bench.data.calls.runner import plugin_calls
from bench.data.cut import windowed_signal
from bench.data.sources import Vectors
from bench.digests import digest
from bench.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from bench.api import Array, Extractor
    from bench.data.cache import Cache
    from bench.data.preparation import OnProgress, Prepared
    from bench.data.sources import WindowedSignal

FORMAT = 1  # increase it when the layout of a table changes


@dataclass(frozen=True)
class FeatureTables:
    """The tables that one extractor makes of one prepared data set. They are memory-mapped."""

    prepared: Prepared
    extractor: Extractor
    identity: Sequence[Any]  # name, options and code of the extractor
    cache: Cache

    def of_all(self, modality: str, on_progress: OnProgress) -> Vectors:
        """Features of every window of the data set; NaN where a window cannot be used."""
        return self._cached([modality], lambda: features(self.prepared, self.extractor, modality, on_progress))

    def of_scaled(self, windows: WindowedSignal, modality: str) -> Vectors:
        """Features of these windows behind their scale. All cells with the same windows and scale share the table."""
        scale = [] if windows.scale is None else windows.scale.tolist()
        names_of_windows = [windows.recording, windows.start, windows.lengths]
        chosen = [windows.width, *(None if part is None else sha256(part) for part in names_of_windows)]
        calls = plugin_calls()
        return self._cached(
            [modality, chosen, scale], lambda: calls.features(self.extractor, windows, modality, lambda *_: None)
        )

    def _cached(self, key: list[Any], compute: Callable[[], tuple[list[str], Array]]) -> Vectors:
        def build(folder: Path) -> None:
            names, values = compute()
            np.save(folder / "values.npy", values)
            (folder / "names.json").write_text(json.dumps(names), encoding="utf-8")

        code = core_digest(FEATURES)
        folder = self.cache.folder("features", digest([FORMAT, self.prepared.key, self.identity, code, *key]), build)
        names = json.loads((folder / "names.json").read_text(encoding="utf-8"))
        return Vectors(np.asarray(np.load(folder / "values.npy", mmap_mode="r")), tuple(names))


def features(
    prepared: Prepared, extractor: Extractor, modality: str, on_progress: OnProgress
) -> tuple[list[str], Array]:
    """Names and vectors of all windows of a prepared data set."""
    table = prepared.table
    if modality not in prepared.meta["modalities"]:
        raise DataError(f"No recording holds '{modality}'; recorded: {', '.join(prepared.meta['modalities'])}.")
    usable = np.flatnonzero((table[f"bad.{modality}"] == "").to_numpy())
    windows = windowed_signal(prepared, modality, usable)
    names, vectors = plugin_calls().features(extractor, windows, modality, on_progress)
    values = np.full((len(table), len(names)), np.nan)
    values[usable] = vectors
    return names, values


def sha256(values: Array) -> str:
    """A digest of an array, the same for the same numbers of the same type."""
    return hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()
