"""Annotations of EDF+: lists of onset, duration and texts, of which the first in each record tells its time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bench.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.api import Array

CHANGED = "{path} was changed by a text-mode transfer (LF became CR LF); download it again in binary mode."
BROKEN = "{path} is damaged: the annotations of record {record} cannot be read; get it again."
LIST = re.compile(rb"([+-]\d+(?:\.\d*)?)(?:\x15(\d+(?:\.\d*)?))?\x14((?:[^\x00\x14]*\x14)*)\x00", re.DOTALL)
SLACK = 1e-3  # seconds by which a record may seem to begin too early or too late


def read(
    path: Path, records: Array, channels: Sequence[slice], duration: float
) -> tuple[tuple[float, float, str], ...]:
    """All annotations in order, in seconds after the first sample."""
    found: list[tuple[float, float, str]] = []
    begins: list[float] = []
    for number in range(len(records)):
        for place, channel in enumerate(channels):
            lists = parsed(records[number, channel].tobytes())
            if lists is None or (place == 0 and (not lists or lists[0][2][0])):
                raise DataError(
                    (CHANGED if changed(records.tobytes(), 4) else BROKEN).format(path=path, record=number + 1)
                )
            if place == 0:
                begins.append(lists[0][0])
                check_time(path, begins, duration)
            found.extend((onset - begins[0], lasts, text) for onset, lasts, texts in lists for text in texts if text)
    return tuple(sorted(found, key=lambda each: each[0]))


def parsed(raw: bytes) -> list[tuple[float, float, list[str]]] | None:
    """The lists of one record, or nothing where there is a byte too much."""
    lists, place = [], 0
    raw = raw.rstrip(b"\x00") + b"\x00"
    while place < len(raw) - 1:
        match = LIST.match(raw, place)
        if match is None:
            return None
        texts = [text.decode("utf-8", "replace") for text in match[3].split(b"\x14")[:-1]]
        lists.append((float(match[1]), float(match[2] or 0), texts or [""]))
        place = match.end()
    return lists


def check_time(path: Path, begins: Sequence[float], duration: float) -> None:
    """Records follow each other without a gap, whatever the header calls it."""
    expected = begins[0] + (len(begins) - 1) * duration
    if abs(begins[-1] - expected) > SLACK:
        raise DataError(
            f"{path} is interrupted: record {len(begins)} begins at {begins[-1]:g} s, not at {expected:g} s; "
            f"recordings with gaps (EDF+D) are not supported."
        )


def changed(raw: bytes, enough: int = 16) -> bool:
    """Whether every LF follows a CR, which in samples happens by a transfer only."""
    ends = raw.count(b"\n")
    return ends >= enough and raw.count(b"\r\n") == ends
