"""Test windows again, after steps over sessions that contain little, or almost nothing but one class."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bench.api import Segment
from bench.cells import data
from bench.cells.window_table import WindowTable
from bench.data import segmentation
from bench.data.cache import Cache
from bench.data.preparation import Prepared, processed, save_signals
from bench.data.recordings import recordings
from bench.running.isolation import preparing
from bench.scoring.scoring import columns

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from bench.api import Recording, Rows, Signal
    from bench.cells.resolved import ResolvedCell
    from bench.data.windows import WindowSet
    from bench.planning.plan import RunSettings
    from bench.running.refit import StoredCell

SHARES = (0.1, 0.9)
CLASS = 1  # whose share is changed
MOST = 0.05  # by which the predicted share of the same windows may move


@dataclass(frozen=True)
class Moved:
    """The predicted share of one class among the same windows, in whole and in subsampled sessions."""

    name: str
    share: float  # of the class in the subsampled sessions
    before: float
    after: float

    def __str__(self) -> str:
        return (
            f"where {self.share:.0%} of a session is '{self.name}', the share of windows predicted as such moves from "
            f"{self.before:.0%} to {self.after:.0%}"
        ).replace("%", " %")


def concerns(resolved: ResolvedCell) -> bool:
    """Whether a step uses whole sessions or recordings, and their composition can be changed.

    Scalings would have to be learnt again, and a step that calibrates needs its condition.
    """
    steps = resolved.steps
    wide = any(step.scope in ("session", "recording") for step in steps)
    learnt = resolved.scalings or resolved.quantity or resolved.rule or any(step.calibrates_on for step in steps)
    return wide and not learnt and resolved.model.inputs != "index"


def moves(stored: StoredCell, task: str, settings: RunSettings) -> Iterator[Moved]:
    """For each share, how predictions of the windows that are left change; the task is trained again."""
    opened = stored.opened
    resolved, test = opened.resolved, opened.folds[int(task.partition("-")[0])].test
    usual = stored.store.predictions(stored.key, task)[columns(resolved.classes)].to_numpy(np.float64)
    for share in SHARES:
        with tempfile.TemporaryDirectory() as folder, preparing(settings, resolved.registry):
            found = subsampled(resolved, opened.data.windows, test, share, Path(folder), settings.cache)
            if found is None:
                continue
            windows, places = found
            values = stored.predict(task, windows)
        before, after = (float((each.argmax(axis=1) == CLASS).mean()) for each in (usual[places], values))
        yield Moved(resolved.classes[CLASS], share, before, after)


def subsampled(
    resolved: ResolvedCell, windows: WindowTable, test: Rows, share: float, folder: Path, cache: Path
) -> tuple[WindowSet, Rows] | None:
    """Test windows whose sessions have this share of the class, and their places in the test part."""
    table = windows.table.iloc[test].reset_index(drop=True)
    found: list[pd.DataFrame] = []
    meta: dict[str, Any] = {"window_seconds": resolved.windowing.seconds, "modalities": {}, "excluded": {}}
    number = 0
    for subject, mine in table.groupby("subject", sort=False):
        pieces = {str(session): chosen(rows, share) for session, rows in mine.groupby("session", sort=False)}
        if not all(pieces.values()):
            continue
        every = recordings(resolved.dataset, str(subject), Cache(cache))
        cut = [joined(one, pieces[one.session]) for one in every if one.session in pieces]
        for recording in processed(cut, resolved.steps, resolved.recorded, resolved.dataset)[0]:
            rows = pd.DataFrame(segmentation.rows(recording, number, resolved.windowing, resolved.recorded))
            save_signals({number: recording}, number, folder, meta["modalities"])
            number += 1
            if len(rows):
                found.append(rows.assign(place=places_of(rows, pieces[recording.session])))
    if not found:
        return None
    every_row = pd.concat(found, ignore_index=True)
    bad = (every_row[[f"bad.{name}" for name in resolved.recorded]] != "").any(axis=1)
    kept = np.flatnonzero(~bad & (every_row["place"] >= 0))
    meta |= {"recordings": number, "subjects": sorted(set(table["subject"])), "alone": [False] * len(resolved.steps)}
    every_row.to_parquet(folder / "table.parquet")
    (folder / "meta.json").write_text(json.dumps(meta), encoding="utf-8")
    places = every_row["place"].to_numpy()[kept]
    cut_table = table.iloc[places].reset_index(drop=True)
    renamed = {name: every_row[name].to_numpy()[kept] for name in ("trial", "recording", "start", "stop")}
    cut_table = cut_table.assign(**renamed)
    prepared = Prepared(folder, folder.name)
    mine_only = WindowTable(prepared, kept, cut_table, windows.stimuli, {}, None)
    loaded = data.load_windows(resolved, mine_only, Cache(folder / "cache"), lambda *_: None)
    return loaded.everything.windows, places


Piece = tuple[float, float, list[int]]  # start, stop, and the places of its windows in the test part


def chosen(rows: pd.DataFrame, share: float) -> list[Piece]:
    """Pieces of a session, one per trial: of one class all, of the others as much as the share leaves."""
    of_class = rows["label"] == CLASS
    rare = of_class if share < 0.5 else ~of_class
    quota = min(share, 1 - share)
    common = [piece(trial) for _, trial in rows[~rare].groupby("trial", sort=False)]
    left = sum(stop - start for start, stop, _ in common) * quota / (1 - quota)
    found = list(common)
    for _, trial in rows[rare].groupby("trial", sort=False):
        window = trial["stop"].iloc[0] - trial["start"].iloc[0]
        if left < window / 2 and len(found) > len(common):
            break
        count = max(1, int((trial["stop"] - trial["start"].iloc[0] <= left).sum()))
        found.append(piece(trial.iloc[:count]))
        left -= found[-1][1] - found[-1][0]
    return sorted(found) if common and len(found) > len(common) else []


def piece(trial: pd.DataFrame) -> Piece:
    return float(trial["start"].iloc[0]), float(trial["stop"].iloc[-1]), trial.index.tolist()


def joined(recording: Recording, pieces: Sequence[Piece]) -> Recording:
    """The pieces of a recording one after another, each as a segment."""
    lengths = [stop - start for start, stop, _ in pieces]
    ends = np.cumsum(lengths).tolist()
    segments = [Segment(end - length, end, str(number), {})
                for number, (end, length) in enumerate(zip(ends, lengths, strict=True))]  # fmt: skip
    signals = {name: cut_out(signal, pieces) for name, signal in recording.signals.items()}
    return replace(recording, signals=signals, segments=segments, excluded={})


def cut_out(signal: Signal, pieces: Sequence[Piece]) -> Signal:
    values = np.atleast_2d(signal.values)
    parts = [values[:, (at := round(start * signal.rate)) : at + round((stop - start) * signal.rate)]
             for start, stop, _ in pieces]  # fmt: skip
    return replace(signal, values=np.concatenate(parts, axis=1))


def places_of(rows: pd.DataFrame, pieces: Sequence[Piece]) -> Rows:
    """The place of each window in the test part; -1 where a step has changed how its piece is cut."""
    found = np.full(len(rows), -1, dtype=np.intp)
    for number, (_, _, places) in enumerate(pieces):
        mine = np.flatnonzero(rows["trial"].str.endswith(f"/{number}"))
        if len(mine) == len(places):
            found[mine] = places
    return found
