"""Annotations of EDF+: lists of onset, duration and texts; the first list of each record gives its start time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bench.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.api import Array

    Annotation = tuple[float, float, str]  # onset and duration in seconds, text

TEXT_TRANSFER = "{path} was changed by a text-mode transfer (LF became CR LF); download it again in binary mode."
DAMAGED = "{path} is damaged: the annotations of record {record} cannot be read; download it again."
LIST = re.compile(rb"([+-]\d+(?:\.\d*)?)(?:\x15(\d+(?:\.\d*)?))?\x14((?:[^\x00\x14]*\x14)*)\x00", re.DOTALL)
TOLERANCE = 1e-3  # seconds between the expected and the written start of a record


def read(path: Path, records: Array, channels: Sequence[slice], duration: float) -> tuple[Annotation, ...]:
    """All annotations in order; onsets count from the first sample."""
    annotations: list[Annotation] = []
    starts: list[float] = []
    for number in range(len(records)):
        for index, channel in enumerate(channels):
            lists = parse(records[number, channel].tobytes())
            if lists is None or (index == 0 and (not lists or lists[0][2][0])):
                message = TEXT_TRANSFER if is_text_transfer(records.tobytes(), 4) else DAMAGED
                raise DataError(message.format(path=path, record=number + 1))
            if index == 0:
                starts.append(lists[0][0])
                check_start(path, starts, duration)
            annotations += [(onset - starts[0], lasts, text) for onset, lasts, texts in lists for text in texts if text]
    return tuple(sorted(annotations, key=lambda annotation: annotation[0]))


def parse(raw: bytes) -> list[tuple[float, float, list[str]]] | None:
    """Onset, duration and texts of each list of a record; None where a byte does not fit."""
    lists, offset = [], 0
    raw = raw.rstrip(b"\x00") + b"\x00"
    while offset < len(raw) - 1:
        match = LIST.match(raw, offset)
        if match is None:
            return None
        texts = [text.decode("utf-8", "replace") for text in match[3].split(b"\x14")[:-1]]
        lists.append((float(match[1]), float(match[2] or 0), texts or [""]))
        offset = match.end()
    return lists


def check_start(path: Path, starts: Sequence[float], duration: float) -> None:
    """Records must follow each other without a gap, whatever the header calls the file."""
    expected = starts[0] + (len(starts) - 1) * duration
    if abs(starts[-1] - expected) > TOLERANCE:
        raise DataError(
            f"{path} is interrupted: record {len(starts)} starts at {starts[-1]:g} s, not at {expected:g} s; "
            "recordings with gaps (EDF+D) are not supported."
        )


def is_text_transfer(raw: bytes, minimum: int = 16) -> bool:
    """Whether every LF follows a CR, which does not happen by chance in at least `minimum` of them."""
    line_feeds = raw.count(b"\n")
    return line_feeds >= minimum and raw.count(b"\r\n") == line_feeds
