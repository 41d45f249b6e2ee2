"""Preparation: a data set after its steps, as contiguous signals and an index table in the cache."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bench.api import Segment
from bench.data import segmentation
from bench.data.calls.runner import plugin_calls
from bench.data.calls.unlabelled import through_steps
from bench.data.parallel import ahead, cores
from bench.data.recordings import named, reading, recordings
from bench.data.signal_files import SignalFiles
from bench.data.validation import require_known_labels
from bench.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from bench.api import Array, Dataset, Preprocessor, Recording
    from bench.data.cache import Cache
    from bench.data.calls.unlabelled import Stepped
    from bench.data.segmentation import Windowing

    OnProgress = Callable[[str, int, int], None]  # description, steps done, all steps

FORMAT = 4  # increase it when the layout in the cache changes


@dataclass(frozen=True)
class Prepared:
    """A prepared data set: the index table of all windows, and memory-mapped signals."""

    folder: Path
    key: str

    @cached_property
    def table(self) -> pd.DataFrame:
        return pd.read_parquet(self.folder / "table.parquet")

    @cached_property
    def meta(self) -> dict[str, Any]:
        """Rate, unit, channels and the places of signals per modality; the number of recordings; and, as `alone`, for
        each step whether all recordings that it changed consisted of one window.
        """
        return dict(json.loads((self.folder / "meta.json").read_text(encoding="utf-8")))

    @cached_property
    def seconds(self) -> float | None:
        """The length of every window; None where windows differ in length."""
        return None if self.meta["window_seconds"] is None else float(self.meta["window_seconds"])

    @cached_property
    def _files(self) -> SignalFiles:
        return SignalFiles(self.folder)

    def signal(self, modality: str, recording: int) -> Array | None:
        place = self.meta["modalities"][modality]["places"].get(str(recording))
        return None if place is None else self._files.read(place)


def prepare(  # noqa: PLR0913 - what prepared data depend on
    dataset: Dataset,
    steps: Sequence[Preprocessor],
    windowing: Windowing,
    key: str,
    cache: Cache,
    on_progress: OnProgress,
    modalities: Sequence[str],
    *,
    whole_recordings: bool = False,
) -> Prepared:
    """The prepared data set of that key, from the cache or prepared now, with one subject per core in memory."""

    def read(subject: str, one_reads: Lock) -> Sequence[Recording]:
        with one_reads:
            return list(recordings(dataset, subject, cache))

    def build(folder: Path) -> None:
        subjects = list(reading(dataset.subjects, dataset, "the list of subjects"))
        table: list[dict[str, Any]] = []
        meta: dict[str, Any] = {"window_seconds": windowing.seconds, "modalities": {}}
        excluded, targets = Counter(dataset.excluded()), dataset.targets
        number, longest = 0, 0.0
        conditions = {step.calibrates_on for step in steps} - {""}
        one_reads = Lock()  # converting files needs memory; steps work on memory-mapped signals
        changed = ahead(
            lambda subject: processed(read(subject, one_reads), steps, modalities, dataset), subjects, cores()
        )
        alone = np.full(len(steps), windowing.whole)
        on_progress("reading", 0, len(subjects))
        for done, (found, each_alone) in enumerate(changed):
            alone = np.logical_and(alone, each_alone)
            mine = [as_one_segment(recording) for recording in found] if whole_recordings else found
            for place, recording in enumerate(mine, number):
                require_known_labels(recording, targets)
                table += segmentation.rows(recording, place, windowing, modalities, conditions)
                excluded.update(recording.excluded)
                longest = max([longest, *(segment.stop - segment.start for segment in recording.segments)])
            save_signals(dict(enumerate(mine, number)), done, folder, meta["modalities"])
            number += len(mine)
            on_progress(f"read {subjects[done]}", done + 1, len(subjects))
        if not table:
            raise DataError(
                f"No segment is as long as a window of {windowing.length:g} s; the longest has {longest:.4g} s, "
                f"so set -o window.length={longest:.4g} or less."
            )
        columns = pd.DataFrame(table)
        labels = [str(name) for name in columns if str(name).startswith("target.")]
        columns = columns.assign(**{name: columns[name].fillna("") for name in labels})
        columns.to_parquet(folder / "table.parquet")
        meta |= {"recordings": number, "subjects": subjects, "excluded": dict(excluded), "alone": alone.tolist()}
        (folder / "meta.json").write_text(json.dumps(meta), encoding="utf-8")

    return Prepared(cache.folder("prepared", key, build), key)


def processed(
    found: Sequence[Recording], steps: Sequence[Preprocessor], modalities: Sequence[str], dataset: Dataset
) -> Stepped:
    """The recordings of one subject after all steps, with these modalities only; and for each step whether all
    recordings before it consisted of a single segment.
    """
    found = [replace(one, signals={name: one.signals[name] for name in modalities if name in one.signals})
             for one in found]  # fmt: skip
    return through_steps(plugin_calls().steps, steps, found, named(dataset))


def as_one_segment(recording: Recording) -> Recording:
    """The recording with one segment from start to end, whatever its own segments."""
    seconds = max(np.atleast_2d(signal.values).shape[1] / signal.rate for signal in recording.signals.values())
    return replace(recording, segments=[Segment(0.0, seconds, "whole", {})])


def save_signals(recordings: Mapping[int, Recording], subject: int, folder: Path, meta: dict[str, Any]) -> None:
    """Write each modality of a subject as one file. Rate and channels must not differ between recordings."""
    signals: dict[str, dict[int, Array]] = {}
    for number, recording in recordings.items():
        for modality, signal in recording.signals.items():
            signals.setdefault(modality, {})[number] = np.asarray(signal.values)
            channels = list(signal.channels) or [str(place) for place in range(len(signal.values))]
            first = meta.setdefault(
                modality, {"rate": signal.rate, "unit": signal.unit, "channels": channels, "places": {}}
            )
            if (first["rate"], first["channels"]) != (signal.rate, channels):
                raise DataError(
                    f"Recording {recording.subject}/{recording.session}: {modality} has {signal.rate:g} Hz and "
                    f"channels {', '.join(channels)}, the recordings before it {first['rate']:g} Hz and "
                    f"{', '.join(first['channels'])}; a preprocessing step must make them alike."
                )
    for modality, mine in signals.items():
        meta[modality]["places"] |= SignalFiles(folder).write(f"{modality}-{subject}.f32", mine)
