"""Stretches of signals that occur twice: in two recordings of different subjects or of one, or inside a recording."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.audit.fingerprints import SECONDS, Fingerprints, fingerprints
from bench.cells.keys import prepared_key
from bench.data.recordings import recordings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from bench.api import Array
    from bench.cells.resolved import ResolvedCell
    from bench.data.cache import Cache
    from bench.data.preparation import OnProgress, Prepared

    Channel = tuple[Array, float]  # the first channel that moves, and its rate
    Rows = np.ndarray[tuple[int], np.dtype[np.int64]]

FORMAT = 1  # increase it when other stretches are found
SHORTEST = 20.0  # seconds; shorter ones are ignored
CORRELATED = 0.99  # the least correlation that confirms equal fingerprints


@dataclass(frozen=True)
class Duplicate:
    """A stretch of a signal that is found in two places."""

    modality: str
    first: int  # the recording, as numbered in the index table
    second: int  # the same one where it repeats itself
    start: float  # seconds from the beginning of the first recording
    lag: float  # the copy begins so many seconds later, each counted from the beginning of its recording
    seconds: float
    correlation: float


def duplicates(resolved: ResolvedCell, prepared: Prepared, cache: Cache, on_progress: OnProgress) -> list[Duplicate]:
    """Of the modalities of a cell, as the data set loads them; computed once for all chains of steps.

    Steps would hide what is equal: a filter carries the past on, and a z-score differs between sessions.
    """
    cell = resolved.cell
    used = cell.required_modalities
    key = prepared_key(resolved.registry, cell.dataset, (), resolved.data_digest, {}, used, f"duplicates {FORMAT}")

    def build(folder: Path) -> None:
        reader = Reader(resolved, prepared, cache)
        found = [asdict(each) for each in confirmed(reader.stretches(on_progress), reader)]
        (folder / "duplicates.json").write_text(json.dumps(found), encoding="utf-8")

    folder = cache.folder("duplicates", key, build)
    return [Duplicate(**each) for each in json.loads((folder / "duplicates.json").read_text(encoding="utf-8"))]


class Reader:
    """The channels of recordings as loaded: those that are prepared where no step has changed them."""

    def __init__(self, resolved: ResolvedCell, prepared: Prepared, cache: Cache) -> None:
        self.dataset, self.modalities, self.cache = resolved.dataset, resolved.recorded, cache
        self.prepared = None if resolved.steps else prepared
        self.subjects: list[str] = list(prepared.meta["subjects"])
        self.count = int(prepared.meta["recordings"])
        self.firsts: list[int] = []  # for each subject, the number of its first recording

    def everything(self, on_progress: OnProgress) -> Iterator[tuple[int, Mapping[str, Channel]]]:
        """The number and channels of each recording in order."""
        if self.prepared is not None:
            for number in range(self.count):
                yield number, self.kept(number)
            return
        number = 0
        for done, subject in enumerate(self.subjects):
            on_progress(f"looking for duplicates in {subject}", done, len(self.subjects))
            self.firsts.append(number)
            for channels in self.loaded(subject):
                yield number, channels
                number += 1

    def kept(self, number: int) -> dict[str, Channel]:
        assert self.prepared is not None
        rates = {name: float(self.prepared.meta["modalities"][name]["rate"]) for name in self.modalities}
        signals = {name: self.prepared.signal(name, number) for name in self.modalities}
        return {name: (moving(values), rates[name]) for name, values in signals.items() if values is not None}

    def loaded(self, subject: str) -> Iterator[dict[str, Channel]]:
        for recording in recordings(self.dataset, subject, self.cache):
            signals = {name: recording.signals[name] for name in self.modalities if name in recording.signals}
            yield {name: (moving(np.atleast_2d(found.values)), found.rate) for name, found in signals.items()}

    def channels(self, number: int) -> Mapping[str, Channel]:
        """Those of one recording."""
        if self.prepared is not None:
            return self.kept(number)
        owner = int(np.searchsorted(self.firsts, number, side="right")) - 1
        return list(self.loaded(self.subjects[owner]))[number - self.firsts[owner]]

    def stretches(self, on_progress: OnProgress) -> list[tuple[Duplicate, float]]:
        """What has equal fingerprints, with its rate."""
        found: dict[tuple[str, float], list[tuple[int, Fingerprints]]] = {}
        for number, channels in self.everything(on_progress):
            for modality, (samples, rate) in channels.items():
                found.setdefault((modality, rate), []).append((number, fingerprints(samples, rate)))
        return [(one, rate) for (modality, rate), parts in found.items() for one in equal(modality, rate, parts)]


def moving(values: Array) -> Array:
    """The first channel that is not constant, or the first."""
    return next((channel for channel in values if len(channel) and (channel != channel[0]).any()), values[0])


def equal(modality: str, rate: float, parts: Sequence[tuple[int, Fingerprints]]) -> Iterator[Duplicate]:
    """Runs of equal fingerprints at one lag, in the recordings of one modality and rate."""
    hashes = np.concatenate([part.hashes for _, part in parts])
    order = np.argsort(hashes, kind="stable")
    recording = np.repeat([number for number, _ in parts], [len(part.hashes) for _, part in parts])[order]
    start = np.concatenate([part.starts for _, part in parts])[order]
    group = np.cumsum(np.concatenate([[0], np.diff(hashes[order]) > 0])) if len(order) else np.zeros(0, np.int64)
    again = np.flatnonzero(np.diff(group) == 0) + 1  # fingerprints that have occurred before
    length = round(SECONDS * rate)
    # a signal that resembles itself within a stretch is periodic, such as the hum of an electrode that is off
    near = again[(recording[again] == recording[again - 1]) & (start[again] - start[again - 1] <= length)]
    again = again[~np.isin(group[again], group[near])]
    opening = np.searchsorted(group, group[again])  # where the fingerprint occurs first
    # with the one before it and with the first, so that three copies are three pairs
    pairs = np.unique(np.concatenate([np.stack([opening, again]), np.stack([again - 1, again])], axis=1), axis=1)
    first, second = recording[pairs]
    begin, lag = start[pairs[0]], start[pairs[1]] - start[pairs[0]]
    for members in runs(first, second, lag, begin, 2 * length):
        low, high = begin[members[0]], begin[members[-1]] + length
        if high - low >= SHORTEST * rate:
            where = int(first[members[0]]), int(second[members[0]]), float(low / rate), float(lag[members[0]] / rate)
            yield Duplicate(modality, *where, float((high - low) / rate), 1.0)


def runs(first: Rows, second: Rows, lag: Rows, begin: Rows, apart: int) -> Iterator[Rows]:
    """Pairs of the same two recordings at the same lag that lie at most so many samples apart."""
    order = np.lexsort((begin, lag, second, first))
    if not len(order):
        return
    breaks = np.diff(begin[order]) > apart
    for values in (first, second, lag):
        breaks |= np.diff(values[order]) != 0
    yield from np.split(order, np.flatnonzero(breaks) + 1)


def confirmed(found: Sequence[tuple[Duplicate, float]], reader: Reader) -> Iterator[Duplicate]:
    """Those whose samples, not rounded, correlate."""
    latest: dict[int, Mapping[str, Channel]] = {}

    def channel(number: int, modality: str) -> Array:
        if number not in latest:
            if len(latest) > 1:
                latest.pop(next(iter(latest)))
            latest[number] = reader.channels(number)
        return latest[number][modality][0]

    for each, rate in sorted(found, key=lambda pair: (pair[0].first, pair[0].second)):
        begin, count, lag = (round(value * rate) for value in (each.start, each.seconds, each.lag))
        one = channel(each.first, each.modality)[begin : begin + count]
        other = channel(each.second, each.modality)[begin + lag : begin + lag + count]
        correlation = correlate(one, other)
        if correlation >= CORRELATED:
            yield Duplicate(**{**asdict(each), "correlation": correlation})


def correlate(one: Array, other: Array) -> float:
    """Pearson's, of the samples that both have."""
    known = np.isfinite(one) & np.isfinite(other)
    first, second = (np.asarray(values[known], np.float64) for values in (one, other))
    first, second = first - first.mean(), second - second.mean()
    return float(first @ second / np.sqrt((first @ first) * (second @ second)))
