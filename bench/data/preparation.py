"""Preparation: a dataset through a chain of steps into contiguous signals and an index table, once, in the cache."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from mmap import mmap
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bench.data import segmentation
from bench.data.cut import windowed_signal
from bench.data.digests import digest
from bench.data.parallel import ahead, cores
from bench.data.recordings import reading, recordings
from bench.errors import DataError, PluginError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from bench.api import Array, Dataset, Extractor, Preprocessor, Recording
    from bench.data.cache import Cache
    from bench.data.segmentation import Windowing

    OnProgress = Callable[[str, int, int], None]  # what is being done, steps done, steps in all

FORMAT = 3  # counts up when the layout in the cache changes
CHUNK = 256  # windows that an extractor is given at a time


@dataclass(frozen=True)
class Prepared:
    """A dataset ready to be cut: the index table of all windows, and signals that are memory-mapped."""

    folder: Path
    key: str

    @cached_property
    def table(self) -> pd.DataFrame:
        return pd.read_parquet(self.folder / "table.parquet")

    @cached_property
    def meta(self) -> dict[str, Any]:
        """Per modality: rate, unit, channels; `recordings`: how many; `alone`: for each step, whether all recordings
        that it was given were one window and nothing else.
        """
        return dict(json.loads((self.folder / "meta.json").read_text(encoding="utf-8")))

    @cached_property
    def seconds(self) -> float | None:
        """In every window; None where windows are of different lengths."""
        return None if self.meta["window_seconds"] is None else float(self.meta["window_seconds"])

    def signal(self, modality: str, recording: int) -> Array | None:
        path = self.folder / f"{modality}-{recording}.npy"
        return np.load(path, mmap_mode="r") if path.exists() else None


def prepare(
    dataset: Dataset,
    steps: Sequence[Preprocessor],
    windowing: Windowing,
    key: str,
    cache: Cache,
    on_progress: OnProgress,
    modalities: Sequence[str],
) -> Prepared:
    """The prepared dataset of that key, from the cache or made now, a person per core in memory at a time."""

    def read(subject: str, one_reads: Lock) -> Sequence[Recording]:
        with one_reads:
            return list(recordings(dataset, subject, cache))

    def build(folder: Path) -> None:
        people = list(reading(dataset.subjects, "the list of people"))
        table: list[dict[str, Any]] = []
        meta: dict[str, Any] = {"window_seconds": windowing.seconds, "modalities": {}}
        excluded = Counter(dataset.excluded())
        number, longest = 0, 0.0
        one_reads = Lock()  # files that are being converted need memory; steps work on what is mapped
        changed = ahead(lambda subject: processed(read(subject, one_reads), steps, modalities), people, cores())
        alone = np.full(len(steps), windowing.whole)
        on_progress("reading", 0, len(people))
        for done, (found, each_alone) in enumerate(changed):
            alone = np.logical_and(alone, each_alone)
            for recording in found:
                table += segmentation.rows(recording, number, windowing, modalities)
                save_signals(recording, number, folder, meta["modalities"])
                excluded.update(recording.excluded)
                longest = max([longest, *(segment.stop - segment.start for segment in recording.segments)])
                number += 1
            on_progress(f"read {people[done]}", done + 1, len(people))
        if not table:
            raise DataError(
                f"No segment is as long as a window of {windowing.length:g} s; the longest has {longest:.4g} s, "
                f"so set -o window.length={longest:.4g} or less."
            )
        columns = pd.DataFrame(table)
        targets = [str(name) for name in columns if str(name).startswith("target.")]
        columns = columns.assign(**{name: columns[name].fillna("") for name in targets})
        columns.to_parquet(folder / "table.parquet")
        meta |= {"recordings": number, "subjects": people, "excluded": dict(excluded), "alone": alone.tolist()}
        (folder / "meta.json").write_text(json.dumps(meta), encoding="utf-8")

    return Prepared(cache.folder("prepared", key, build), key)


def processed(
    found: Sequence[Recording], steps: Sequence[Preprocessor], modalities: Sequence[str]
) -> tuple[Sequence[Recording], list[bool]]:
    """The recordings of one person after all steps, with these modalities alone; and before which steps each of them
    was known in a single segment and nowhere else.
    """
    alone = []
    found = [replace(one, signals={name: one.signals[name] for name in modalities if name in one.signals})
             for one in found]  # fmt: skip
    for step in steps:
        alone.append(all(segmentation.alone(recording) for recording in found))
        found = step.apply_all(found)
    return found, alone


def save_signals(recording: Recording, number: int, folder: Path, meta: dict[str, Any]) -> None:
    """Each signal as one contiguous file; a modality has the same rate and channels in all recordings."""
    for modality, signal in recording.signals.items():
        values = np.ascontiguousarray(np.atleast_2d(signal.values), dtype=np.float32)
        if values.shape[0] > values.shape[1]:
            raise DataError(
                f"Recording {recording.subject}/{recording.session}: {modality} has {values.shape[0]} channels of "
                f"{values.shape[1]} samples; values are (channels, time), so transpose them."
            )
        channels = list(signal.channels) or [str(place) for place in range(len(values))]
        mine = {"rate": signal.rate, "unit": signal.unit, "channels": channels}
        first = meta.setdefault(modality, mine)
        if (first["rate"], first["channels"]) != (mine["rate"], mine["channels"]):
            raise DataError(
                f"Recording {recording.subject}/{recording.session}: {modality} has {mine['rate']:g} Hz and channels "
                f"{', '.join(channels)}, the recordings before it {first['rate']:g} Hz and "
                f"{', '.join(first['channels'])}; a preprocessing step must make them alike."
            )
        keep(signal.values, values, folder / f"{modality}-{number}.npy")


def keep(original: Array, values: Array, file: Path) -> None:
    """Write a signal; one that no step has changed is a second name of the file in which it lies already."""
    if isinstance(original, np.memmap) and isinstance(original.base, mmap) and original.filename:
        try:
            os.link(original.filename, file)
        except OSError:  # another disk, or one that knows no second names
            shutil.copyfile(original.filename, file)
    else:
        np.save(file, values)


def extract(
    prepared: Prepared,
    extractor: Extractor,
    identity: Sequence[Any],
    modality: str,
    cache: Cache,
    on_progress: OnProgress,
) -> tuple[tuple[str, ...], Array]:
    """Feature names and vectors of all windows (NaN where a window cannot be used), from the cache or made now."""

    def build(folder: Path) -> None:
        names, values = features(prepared, extractor, modality, on_progress)
        np.save(folder / "values.npy", values)
        (folder / "names.json").write_text(json.dumps(names), encoding="utf-8")

    key = digest([FORMAT, prepared.key, identity, modality])
    folder = cache.folder("features", key, build)
    names = json.loads((folder / "names.json").read_text(encoding="utf-8"))
    return tuple(names), np.load(folder / "values.npy", mmap_mode="r")


def features(
    prepared: Prepared, extractor: Extractor, modality: str, on_progress: OnProgress
) -> tuple[list[str], Array]:
    """Names and vectors, computed a few windows at a time."""
    table = prepared.table
    if modality not in prepared.meta["modalities"]:
        raise DataError(f"No recording holds '{modality}'; recorded: {', '.join(prepared.meta['modalities'])}.")
    usable = np.flatnonzero((table[f"bad.{modality}"] == "").to_numpy())
    source = windowed_signal(prepared, modality, usable)
    names: list[str] = []
    values = np.empty((0, 0))
    for number in range(prepared.meta["recordings"]):
        on_progress(f"features of {modality}", number, prepared.meta["recordings"])
        here = np.flatnonzero(source.recording == number)
        for rows, windows in source.take(here).batches(CHUNK):
            names, vectors = extracted(extractor, windows, source.rate, modality, source.channels)
            if not len(values):
                values = np.full((len(table), len(names)), np.nan)
            values[usable[here[rows]]] = vectors
    on_progress(f"features of {modality}", 1, 1)
    return names, values if len(values) else np.full((len(table), 0), np.nan)


def extracted(
    extractor: Extractor, windows: Array, rate: float, modality: str, channels: Sequence[str]
) -> tuple[list[str], Array]:
    """Names and vectors of some windows, in the shape that the contract wants."""
    names, vectors = extractor.extract(windows, rate, modality, channels)
    if np.shape(vectors) != (len(windows), len(names)):
        raise PluginError(
            f"Features of {modality} have the shape {np.shape(vectors)}; expected ({len(windows)}, {len(names)})."
        )
    return names, vectors
