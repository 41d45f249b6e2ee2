"""A writer of EDF+ files like those of BCI2000: records of 1 s, 64 electrodes in whole microvolts, annotations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench_eegmmidb.layout import FILE_LABELS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.api import Array

ANNOTATION_BYTES = 160  # in a record
START = ("12-AUG-2009", "12.08.09", "16.15.00")
FILTER = "HP:0Hz LP:0Hz N:0Hz"
LIMIT = 8092  # microvolts


def encode(values: Array, rate: int, annotations: Sequence[tuple[float, float, str]]) -> bytes:
    """The file of (64, time) in microvolts; incomplete seconds at the end are dropped."""
    seconds = values.shape[1] // rate
    rounded = np.clip(np.rint(values[:, : seconds * rate]), -LIMIT, LIMIT).astype("<i2")
    records = rounded.reshape(len(FILE_LABELS), seconds, rate).swapaxes(0, 1).reshape(seconds, -1)
    parts = [header(rate, seconds)]
    for second in range(seconds):
        starting = [annotation for annotation in annotations if second <= annotation[0] < second + 1]
        parts += [records[second].tobytes(), annotation_bytes(second, starting)]
    return b"".join(parts)


def header(rate: int, seconds: int) -> bytes:
    """16896 bytes for 65 signals."""
    signals = len(FILE_LABELS) + 1
    fixed = (
        (8, "0"), (80, "X X X X"), (80, f"Startdate {START[0]} X X BCI2000"), (8, START[1]), (8, START[2]),
        (8, 256 * (1 + signals)), (44, "EDF+C"), (8, seconds), (8, 1), (4, signals),
    )  # fmt: skip
    per_signal = (
        (16, FILE_LABELS, "EDF Annotations"), (80, "BCI2000", ""), (8, "uV", "-"), (8, -LIMIT, -32768),
        (8, LIMIT, 32767), (8, -LIMIT, -32768), (8, LIMIT, 32767), (80, FILTER, FILTER),
        (8, rate, ANNOTATION_BYTES // 2), (32, "", ""),
    )  # fmt: skip
    fields = [pad(text, width) for width, text in fixed]
    for width, electrodes, last in per_signal:
        names = electrodes if isinstance(electrodes, tuple) else (electrodes,) * len(FILE_LABELS)
        fields += [pad(text, width) for text in (*names, last)]
    return b"".join(fields)


def pad(text: object, width: int) -> bytes:
    return str(text).encode("ascii").ljust(width)


def annotation_bytes(second: int, annotations: Sequence[tuple[float, float, str]]) -> bytes:
    """The start of a record, then the annotations that start in it."""
    lists = [f"+{second}\x14\x14\x00"]
    lists += [f"{onset:+g}\x15{lasts:g}\x14{text}\x14\x00" for onset, lasts, text in annotations]
    return "".join(lists).encode("ascii").ljust(ANNOTATION_BYTES, b"\x00")
