"""How close in time test windows are to training windows, against how long signals resemble themselves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from bench.audit.overlap import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import pandas as pd

    from bench.api import Array, Rows
    from bench.audit.overlap import Codes
    from bench.data.cache import Cache
    from bench.data.preparation import Prepared

FORMAT = 1  # increase it when other times are computed
STEP = 1.0  # seconds; mean and spread of each are a cheap stand-in for features
LONGEST = 600  # steps that are looked at
FEWEST = 60  # steps of a recording, or it tells too little
DECAYED = 1 / np.e  # a signal has forgotten itself where its autocorrelation is lower


class Gaps:
    """The smallest time between a training and a test window of one recording, over all folds."""

    def __init__(self, codes: Codes, table: pd.DataFrame) -> None:
        self.codes = codes
        self.start, self.stop = (table[name].to_numpy(np.float64) for name in ("start", "stop"))
        self.order = np.argsort(self.start, kind="stable")
        self.order = self.order[np.argsort(codes.recording[self.order], kind="stable")]
        self.smallest = np.inf

    def add(self, train: Rows, test: Rows) -> None:
        """Count one fold. Of windows in order of time, the closest two of both parts are neighbours."""
        side = np.zeros(len(self.codes), dtype=np.int8)
        side[train], side[test] = 1, 2
        rows = self.order[side[self.order] > 0]
        recording, side = self.codes.recording[rows], side[rows]
        meet = (recording[1:] == recording[:-1]) & (side[1:] != side[:-1])
        gaps = (self.start[rows][1:] - self.stop[rows][:-1])[meet]
        self.smallest = min(self.smallest, max(0.0, float(gaps.min())) if len(gaps) else np.inf)

    @property
    def same_recording(self) -> bool:
        return bool(np.isfinite(self.smallest))

    def findings(self, times: Mapping[str, float]) -> Iterator[Finding]:
        """`times` holds for each modality the seconds after which it has forgotten itself."""
        if not self.same_recording or not times:
            return
        slowest = max(times, key=lambda name: times[name])
        text = f"Training and test windows of one recording lie {self.smallest:.3g} s apart at least"
        lasting = f"level or spread of {slowest} correlate over {times[slowest]:.0f} s"
        close = self.smallest < times[slowest]
        yield Finding("gap", "note", f"{text}, {'but' if close else 'and'} {lasting}.", float(close))


def correlation_times(prepared: Prepared, cache: Cache) -> dict[str, float]:
    """By modality: the seconds after which its level and its spread have forgotten themselves, as prepared."""

    def build(folder: Path) -> None:
        found = {name: time for name in prepared.meta["modalities"] if (time := time_of(prepared, name))}
        (folder / "times.json").write_text(json.dumps(found), encoding="utf-8")

    folder = cache.folder("autocorrelation", f"{prepared.key}-{FORMAT}", build)
    return {name: float(time) for name, time in json.loads((folder / "times.json").read_text("utf-8")).items()}


def time_of(prepared: Prepared, modality: str) -> float:
    """The longer one of level and spread, pooled over recordings; 0 where recordings are too short."""
    length = max(1, round(STEP * prepared.meta["modalities"][modality]["rate"]))
    totals = np.zeros((2, LONGEST + 1))
    for number in range(int(prepared.meta["recordings"])):
        signal = prepared.signal(modality, number)
        if signal is None or signal.shape[1] < FEWEST * length:
            continue
        for place, series in enumerate(level_and_spread(signal[0], length)):
            totals[place] += autocovariance(series)
    return max((decay(total) for total in totals if total[0] > 0), default=0.0)


def level_and_spread(channel: Array, length: int) -> tuple[Array, Array]:
    """Of each step; missing samples count as the mean of the rest."""
    steps = np.asarray(channel[: len(channel) // length * length], np.float64).reshape(-1, length)
    steps = np.where(np.isfinite(steps), steps, np.nanmean(steps) if np.isfinite(steps).any() else 0.0)
    level = steps.mean(axis=1)
    # of the whole step and the change to the next one, so that one sample a second has a spread too
    change = np.abs(np.diff(steps, axis=1, prepend=np.concatenate([steps[:1, :1], steps[:-1, -1:]])))
    return level, np.log(change.mean(axis=1) + 1e-12)


def autocovariance(series: Array) -> Array:
    """Sums of products at each lag in steps, each divided by the number of products, times that of steps."""
    centred = series - series.mean()
    count = len(centred)
    spectrum = np.fft.rfft(centred, 2 * count)
    sums = np.fft.irfft(np.abs(spectrum) ** 2, 2 * count)[: min(count // 2, LONGEST) + 1]
    found = np.zeros(LONGEST + 1)
    found[: len(sums)] = sums * count / np.arange(count, count - len(sums), -1)
    return found


def decay(total: Array) -> float:
    """The first lag at which the correlation is below 1/e, in seconds."""
    below = np.flatnonzero(total / total[0] < DECAYED)
    return float((below[0] if len(below) else len(total) - 1) * STEP)
