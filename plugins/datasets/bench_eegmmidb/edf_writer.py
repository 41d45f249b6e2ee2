"""EDF+ as BCI2000 wrote it: one record per second, 64 electrodes in whole microvolts, and a channel of annotations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench_eegmmidb.layout import SPELLED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.api import Array

NOTES = 160  # bytes for annotations in a record
START = ("12-AUG-2009", "12.08.09", "16.15.00")
FILTER = "HP:0Hz LP:0Hz N:0Hz"
LIMIT = 8092  # microvolts that the files can hold


def encoded(values: Array, rate: int, annotations: Sequence[tuple[float, float, str]]) -> bytes:
    """A file of (64, time) in microvolts, of which whole seconds are kept."""
    seconds = values.shape[1] // rate
    whole = np.clip(np.rint(values[:, : seconds * rate]), -LIMIT, LIMIT).astype("<i2")
    records = whole.reshape(len(SPELLED), seconds, rate).swapaxes(0, 1).reshape(seconds, -1)
    parts = [header(rate, seconds)]
    for second in range(seconds):
        here = [note for note in annotations if second <= note[0] < second + 1]
        parts += [records[second].tobytes(), notes(second, here)]
    return b"".join(parts)


def header(rate: int, seconds: int) -> bytes:
    """16896 bytes for 65 signals."""
    signals = len(SPELLED) + 1
    fixed = (
        (8, "0"), (80, "X X X X"), (80, f"Startdate {START[0]} X X BCI2000"), (8, START[1]), (8, START[2]),
        (8, 256 * (1 + signals)), (44, "EDF+C"), (8, seconds), (8, 1), (4, signals),
    )  # fmt: skip
    each = (
        (16, SPELLED, "EDF Annotations"), (80, "BCI2000", ""), (8, "uV", "-"), (8, -LIMIT, -32768), (8, LIMIT, 32767),
        (8, -LIMIT, -32768), (8, LIMIT, 32767), (80, FILTER, FILTER), (8, rate, NOTES // 2), (32, "", ""),
    )  # fmt: skip
    fields = [padded(text, width) for width, text in fixed]
    for width, electrodes, last in each:
        names = electrodes if isinstance(electrodes, tuple) else (electrodes,) * len(SPELLED)
        fields += [padded(text, width) for text in (*names, last)]
    return b"".join(fields)


def padded(text: object, width: int) -> bytes:
    return str(text).encode("ascii").ljust(width)


def notes(second: int, here: Sequence[tuple[float, float, str]]) -> bytes:
    """The time of a record, then what is annotated in it."""
    lists = [f"+{second}\x14\x14\x00", *(f"{onset:+g}\x15{lasts:g}\x14{text}\x14\x00" for onset, lasts, text in here)]
    return "".join(lists).encode("ascii").ljust(NOTES, b"\x00")
