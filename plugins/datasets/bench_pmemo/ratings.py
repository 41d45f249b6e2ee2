"""How songs are rated: means over listeners in 2019, each listener's own ratings in 2018."""

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
STEP = 0.5  # seconds from one dynamic rating to the next


def static(file: Path) -> dict[int, dict[str, float]]:
    """Song -> axis -> the mean rating of the whole clip."""
    table = tables.read(file, {"musicId": int, **dict.fromkeys(MEANS, float)})
    double = table["musicId"][table["musicId"].duplicated()]
    if len(double):
        raise DataError(f"{file} rates song {double.iloc[0]} more than once; expected one line for each song.")
    in_range(file, table, tuple(MEANS))
    return by_song(table)


def dynamic(file: Path) -> dict[int, dict[str, float]]:
    """Song -> axis -> the mean of the ratings that were given every half second."""
    table = tables.read(file, {"musicId": int, "frameTime": float, **dict.fromkeys(MEANS, float)})
    steps = table.groupby("musicId", sort=False)["frameTime"].diff()
    wrong = np.flatnonzero(steps.notna() & ((steps - STEP).abs() > 1e-6))
    if len(wrong):
        song, time = table["musicId"].iloc[wrong[0]], table["frameTime"].iloc[wrong[0]]
        raise DataError(
            f"{file} line {wrong[0] + 2}, column 'frameTime': {time:g} for song {song} "
            f"is not {STEP:g} s after the line above."
        )
    in_range(file, table, tuple(MEANS))
    return by_song(table.groupby("musicId", as_index=False)[list(MEANS)].mean())


def by_song(table: pd.DataFrame) -> dict[int, dict[str, float]]:
    """A rating that is not there is left out."""
    found = {}
    for song, *ratings in table[["musicId", *MEANS]].itertuples(index=False):
        named = zip(MEANS.values(), ratings, strict=True)
        found[int(song)] = {axis: float(rating) for axis, rating in named if not np.isnan(rating)}
    return found


def individual(file: Path) -> dict[str, float]:
    """Listener -> rating of the whole clip: the first and second column, whatever they are called."""
    names = header(file)
    if len(names) < 2:
        raise DataError(f"{file} has {len(names)} column; expected the listener, a static rating and dynamic ones.")
    listener, rating = names[:2]
    table = tables.read(file, {listener: float, rating: float})
    for line, number in enumerate(table[listener], 2):
        if not 100_000 <= number < 1_000_000 or number % 1:
            raise DataError(f"{file} line {line}, column '{listener}': {number:g} is no listener of six digits.")
    in_range(file, table, (rating,))
    rated = table[table[rating].notna()]
    double = rated[listener][rated[listener].duplicated()]
    if len(double):
        raise DataError(f"{file} has more than one rating of listener {double.iloc[0]:.0f}; expected one.")
    return {f"{number:.0f}": float(given) for number, given in zip(rated[listener], rated[rating], strict=True)}


def in_range(file: Path, table: pd.DataFrame, columns: Sequence[str]) -> None:
    """Raise where a rating is not from 0 to 1."""
    for column in columns:
        wrong = np.flatnonzero((table[column] < 0) | (table[column] > 1))
        if len(wrong):
            value = table[column].iloc[wrong[0]]
            raise DataError(f"{file} line {wrong[0] + 2}, column '{column}': {value:g} is not a rating from 0 to 1.")
