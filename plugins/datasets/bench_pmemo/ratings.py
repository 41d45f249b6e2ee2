"""Ratings of songs: means over listeners in the release of 2019, of each listener in that of 2018."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.errors import DataError
from bench.readers import tables
from bench_pmemo.headers import header

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

MEANS = {"Arousal(mean)": "arousal", "Valence(mean)": "valence"}
STEP = 0.5  # seconds between dynamic ratings


def static(file: Path) -> dict[int, dict[str, float]]:
    """Song -> axis -> the mean rating of the whole clip."""
    table = tables.read(file, {"musicId": int, **dict.fromkeys(MEANS, float)})
    repeated = table["musicId"][table["musicId"].duplicated()]
    if len(repeated):
        raise DataError(f"{file} has more than one line of song {repeated.iloc[0]}; expected one.")
    check_range(file, table, tuple(MEANS))
    return by_song(table)


def dynamic(file: Path) -> dict[int, dict[str, float]]:
    """Song -> axis -> the mean of the ratings per half second."""
    table = tables.read(file, {"musicId": int, "frameTime": float, **dict.fromkeys(MEANS, float)})
    steps = table.groupby("musicId", sort=False)["frameTime"].diff()
    wrong = np.flatnonzero(steps.notna() & ((steps - STEP).abs() > 1e-6))
    if len(wrong):
        song, time = table["musicId"].iloc[wrong[0]], table["frameTime"].iloc[wrong[0]]
        raise DataError(
            f"{file} line {wrong[0] + 2}, column 'frameTime': {time:g} for song {song} "
            f"is not {STEP:g} s after the line above."
        )
    check_range(file, table, tuple(MEANS))
    return by_song(table.groupby("musicId", as_index=False)[list(MEANS)].mean())


def by_song(table: pd.DataFrame) -> dict[int, dict[str, float]]:
    """Song -> axis -> rating, without missing ratings."""
    songs = {}
    for song, *ratings in table[["musicId", *MEANS]].itertuples(index=False):
        by_axis = zip(MEANS.values(), ratings, strict=True)
        songs[int(song)] = {axis: float(rating) for axis, rating in by_axis if not np.isnan(rating)}
    return songs


def individual(file: Path) -> dict[str, float]:
    """Listener -> rating of the whole clip: the first and second column, whatever their names."""
    names = header(file)
    if len(names) < 2:
        raise DataError(f"{file} has {len(names)} column; expected the listener, a static rating and dynamic ones.")
    listener, rating = names[:2]
    table = tables.read(file, {listener: float, rating: float})
    for line, number in enumerate(table[listener], 2):
        if not 100_000 <= number < 1_000_000 or number % 1:
            raise DataError(f"{file} line {line}, column '{listener}': {number:g} is not a listener of six digits.")
    check_range(file, table, (rating,))
    rated = table[table[rating].notna()]
    repeated = rated[listener][rated[listener].duplicated()]
    if len(repeated):
        raise DataError(f"{file} has more than one rating of listener {repeated.iloc[0]:.0f}; expected one.")
    return {f"{number:.0f}": float(value) for number, value in zip(rated[listener], rated[rating], strict=True)}


def check_range(file: Path, table: pd.DataFrame, columns: Sequence[str]) -> None:
    """Raise where a rating is not from 0 to 1."""
    for column in columns:
        wrong = np.flatnonzero((table[column] < 0) | (table[column] > 1))
        if len(wrong):
            value = table[column].iloc[wrong[0]]
            raise DataError(f"{file} line {wrong[0] + 2}, column '{column}': {value:g} is not a rating from 0 to 1.")
