"""The cells of a subject's file, validated against the documented layout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.errors import DataError
from bench.readers import matlab
from bench_amigos.layout import BASELINE, COLUMNS, EMOTIONS, LONG, N_VIDEOS, RATINGS, SCALES, SHORT, rated_intervals

if TYPE_CHECKING:
    from pathlib import Path

    from bench.api import Array

VARIABLES = ("VideoIDs", "joined_data", "labels_selfassessment", "labels_ext_annotation")
TOLERANCE = 1  # intervals by which the annotations may be longer or shorter than a video


@dataclass(frozen=True, eq=False)
class Cell:
    """One video of a subject; missing parts are empty."""

    video: str
    data: Array  # (time, 17)
    rating: Array  # (12,)
    external: Array  # (intervals, 3) of external annotators: number, valence, arousal


def read(file: Path) -> list[Cell]:
    """The videos of a subject in the order of the file, which differs between subjects."""
    variables = matlab.read(file, VARIABLES)
    for name in VARIABLES:
        value = variables[name]
        if not isinstance(value, np.ndarray) or value.dtype != object or value.shape != (1, N_VIDEOS):
            raise DataError(
                f"{file}: {name} is {describe(value)}; expected a cell array (1, {N_VIDEOS}), one cell per video."
            )
    cells = [
        check_cell(file, video, *parts)
        for video, *parts in zip(*(variables.pop(name)[0] for name in VARIABLES), strict=True)
    ]
    videos = [cell.video for cell in cells if cell.video]
    repeated = next((video for video in videos if videos.count(video) > 1), None)
    if repeated:
        raise DataError(f"{file}: VideoIDs contains the video '{repeated}' twice; each was shown once.")
    return cells


def check_cell(file: Path, video: Any, data: Any, rating: Any, external: Any) -> Cell:
    """One video, whose parts are valid or empty."""
    name = str(video) if np.size(video) else ""
    if name and name not in {**SHORT, **LONG}:
        raise DataError(f"{file}: VideoIDs contains the video '{name}'; known are {', '.join((*SHORT, *LONG))}.")
    where = f"{file}, video {name or 'without a name'}"
    signals = check_matrix(where, "joined_data", data, COLUMNS)
    if len(signals) and not name:
        raise DataError(f"{where}: joined_data has {len(signals)} samples; expected its name in VideoIDs.")
    if len(signals) and len(signals) <= BASELINE:
        raise DataError(f"{where}: joined_data has {len(signals)} samples; the first {BASELINE} are the baseline.")
    ratings = check_matrix(where, "labels_selfassessment", rating, RATINGS)
    if len(ratings) > 1:
        raise DataError(f"{where}: labels_selfassessment has {len(ratings)} rows; expected one.")
    if len(ratings):
        check_ranges(where, ratings[0])
    annotated = check_matrix(where, "labels_ext_annotation", external, 3)
    if len(signals) and len(annotated):
        expected = rated_intervals(len(signals) - BASELINE)
        if abs(len(annotated) - expected) > TOLERANCE:
            raise DataError(
                f"{where}: labels_ext_annotation has {len(annotated)} intervals of 20 s, but joined_data is long "
                f"enough for {expected}; it is truncated, or the cells of two videos are exchanged."
            )
    return Cell(name, signals, ratings[0] if len(ratings) else np.full(RATINGS, np.nan), annotated)


def check_matrix(where: str, name: str, value: Any, columns: int) -> Array:
    """Rows of numbers; no rows where the cell is empty."""
    if isinstance(value, np.ndarray) and not value.size:
        return np.zeros((0, columns))
    if (
        not isinstance(value, np.ndarray)
        or value.dtype.kind not in "fiu"
        or value.ndim != 2
        or value.shape[1] != columns
    ):
        raise DataError(f"{where}: {name} is {describe(value)}; expected numbers with {columns} columns, or nothing.")
    return value


def check_ranges(where: str, row: Array) -> None:
    """Raise unless scales are from 1 to 9, and emotions 0 or 1."""
    for scale, value in zip(SCALES, row, strict=False):
        if not (np.isnan(value) or 1 <= value <= 9):
            raise DataError(f"{where}: {scale} in labels_selfassessment is {value:g}; expected 1 to 9.")
    for emotion, value in zip(EMOTIONS, row[len(SCALES) :], strict=True):
        if not (np.isnan(value) or value in {0, 1}):
            raise DataError(f"{where}: {emotion} in labels_selfassessment is {value:g}; expected 0 or 1.")


def describe(value: Any) -> str:
    """A variable in words, for error messages."""
    if isinstance(value, np.ndarray):
        return f"{'a cell array' if value.dtype == object else f'an array of {value.dtype}'} {value.shape}"
    return "a text" if isinstance(value, str) else "a struct" if isinstance(value, dict) else type(value).__name__
