"""The cells of a person's file, checked against what is documented; each contradiction is a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.errors import DataError
from bench.readers import matlab
from bench_amigos.layout import BASELINE, COLUMNS, EMOTIONS, LONG, RATINGS, SCALES, SHORT, VIDEOS, episodes

if TYPE_CHECKING:
    from pathlib import Path

    from bench.api import Array

VARIABLES = ("VideoIDs", "joined_data", "labels_selfassessment", "labels_ext_annotation")
SLACK = 1  # stretches that the outside raters may be off, at the end of a video


@dataclass(frozen=True, eq=False)
class Cell:
    """One video as one person saw it; what is missing is empty."""

    video: str
    data: Array  # (time, 17)
    rating: Array  # (12,)
    outside: Array  # (stretches, 3): number, valence, arousal


def read(file: Path) -> list[Cell]:
    """The videos of a person, in the order of the file, which differs."""
    variables = matlab.load(file, VARIABLES)
    for name in VARIABLES:
        found = variables[name]
        if not isinstance(found, np.ndarray) or found.dtype != object or found.shape != (1, VIDEOS):
            raise DataError(f"{file}: {name} is {shown(found)}; expected a cell array (1, {VIDEOS}), a cell per video.")
    cells = [
        checked(file, video, *parts)
        for video, *parts in zip(*(variables.pop(name)[0] for name in VARIABLES), strict=True)
    ]
    videos = [cell.video for cell in cells if cell.video]
    double = next((video for video in videos if videos.count(video) > 1), None)
    if double:
        raise DataError(f"{file}: VideoIDs names the video '{double}' twice; each was shown once.")
    return cells


def checked(file: Path, video: Any, data: Any, rating: Any, outside: Any) -> Cell:
    """One video; its parts are what they should be, or empty."""
    name = str(video) if np.size(video) else ""
    if name and name not in {**SHORT, **LONG}:
        raise DataError(f"{file}: VideoIDs names the video '{name}'; known are {', '.join((*SHORT, *LONG))}.")
    where = f"{file}, video {name or 'without a name'}"
    signals = matrix(where, "joined_data", data, COLUMNS)
    if len(signals) and not name:
        raise DataError(f"{where}: joined_data has {len(signals)} samples; expected its name in VideoIDs.")
    if len(signals) and len(signals) <= BASELINE:
        raise DataError(
            f"{where}: joined_data has {len(signals)} samples; the first {BASELINE} are the baseline alone."
        )
    ratings = matrix(where, "labels_selfassessment", rating, RATINGS)
    if len(ratings) > 1:
        raise DataError(f"{where}: labels_selfassessment has {len(ratings)} rows; expected one.")
    if len(ratings):
        in_range(where, ratings[0])
    judged = matrix(where, "labels_ext_annotation", outside, 3)
    if len(signals) and len(judged):
        expected = episodes(len(signals) - BASELINE)
        if abs(len(judged) - expected) > SLACK:
            raise DataError(
                f"{where}: outside raters judged {len(judged)} stretches of 20 s, but joined_data is long enough for "
                f"{expected}; it is cut off, or the cells of two videos are exchanged."
            )
    return Cell(name, signals, ratings[0] if len(ratings) else np.full(RATINGS, np.nan), judged)


def matrix(where: str, name: str, found: Any, columns: int) -> Array:
    """Rows of numbers, none where the cell is empty."""
    if isinstance(found, np.ndarray) and not found.size:
        return np.zeros((0, columns))
    if (
        not isinstance(found, np.ndarray)
        or found.dtype.kind not in "fiu"
        or found.ndim != 2
        or found.shape[1] != columns
    ):
        raise DataError(f"{where}: {name} is {shown(found)}; expected numbers with {columns} columns, or nothing.")
    return found


def in_range(where: str, row: Array) -> None:
    """What is rated from 1 to 9, and what is ticked."""
    for scale, value in zip(SCALES, row, strict=False):
        if not (np.isnan(value) or 1 <= value <= 9):
            raise DataError(f"{where}: labels_selfassessment says {scale} {value:g}; expected 1 to 9.")
    for emotion, value in zip(EMOTIONS, row[len(SCALES) :], strict=True):
        if not (np.isnan(value) or value in {0, 1}):
            raise DataError(f"{where}: labels_selfassessment says {emotion} {value:g}; expected 0 or 1.")


def shown(found: Any) -> str:
    """What a variable is, in words."""
    if isinstance(found, np.ndarray):
        return f"{'a cell array' if found.dtype == object else f'an array of {found.dtype}'} {found.shape}"
    return (
        "a text" if isinstance(found, str) else "a structure" if isinstance(found, dict) else f"{type(found).__name__}"
    )
