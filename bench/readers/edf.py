"""EDF and EDF+ recordings, whose sizes and annotations have to agree before a value is believed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.errors import DataError
from bench.readers import disguises, edf_annotations

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.api import Array

FIXED = 256  # bytes of the header, and as many for each signal
WIDTHS = {"label": 16, "sensor": 80, "unit": 8, "low": 8, "high": 8, "least": 8, "most": 8, "filter": 80, "count": 8}
ANNOTATIONS = "EDF Annotations"
SIGNALS = 10_000


@dataclass(frozen=True)
class Edf:
    """A recording: what its header says, and its values on request."""

    path: Path
    labels: tuple[str, ...]
    rates: tuple[float, ...]
    units: tuple[str, ...]
    patient: str
    recording: str
    start: datetime
    seconds: float
    annotations: tuple[tuple[float, float, str], ...]  # onset and duration in seconds, text
    _records: Array = field(repr=False, compare=False)  # (records, samples of all signals)
    _layout: tuple[tuple[slice, float, float], ...] = field(repr=False, compare=False)  # columns, gain, offset

    def values(self, labels: Sequence[str]) -> Array:
        """Physical values, (channels, time)."""
        found = [self._one(label) for label in labels]
        if len({len(each) for each in found}) > 1:
            raise DataError(f"{self.path}: {', '.join(labels)} differ in their rates; ask for them one by one.")
        return np.array(found) if found else np.empty((0, 0))

    def _one(self, label: str) -> Array:
        if self.labels.count(label) != 1:
            how = "more than one signal" if label in self.labels else "no signal"
            raise DataError(f"{self.path} has {how} '{label}'; it has {', '.join(self.labels)}.")
        columns, gain, offset = self._layout[self.labels.index(label)]
        return self._records[:, columns].ravel() * gain + offset


class Header:
    """The fields of a header in their order."""

    def __init__(self, path: Path, raw: bytes) -> None:
        self.path, self.raw, self.place = path, raw, 0

    def text(self, width: int) -> str:
        taken = self.raw[self.place : self.place + width]
        self.place += width
        return taken.decode("latin1").strip(" \x00")

    def number(self, width: int, what: str, kind: type = float) -> Any:
        text = self.text(width)
        try:
            number = kind(text)
        except ValueError:
            shown = "".join(sign if sign.isprintable() else "?" for sign in text)
            raise DataError(f"{self.path} is not a sound EDF file: its {what} is '{shown}'.") from None
        if not np.isfinite(number) or "_" in text:
            raise DataError(f"{self.path} is not a sound EDF file: its {what} is '{text}'.")
        return number


def read(path: Path) -> Edf:
    """Read a recording whole."""
    head = disguises.refuse(path, "an EDF file")
    if head[:1] == b"\xff":
        raise DataError(f"{path} is a BDF file, not an EDF file.")
    if head[:8] != b"0       ":
        raise DataError(f"{path} is not an EDF file: it does not begin as one.")
    try:
        return parsed(path, path.read_bytes())
    except OSError as error:
        raise disguises.unreadable(path, error) from error


def parsed(path: Path, raw: bytes) -> Edf:
    header = Header(path, raw)
    header.text(8)
    patient, recording = header.text(80), header.text(80)
    start = moment(path, header.text(8), header.text(8))
    length, kind = header.number(8, "header size", int), header.text(44)
    records, duration = header.number(8, "number of records", int), header.number(8, "record duration")
    count = header.number(4, "number of signals", int)
    if not 0 < count <= SIGNALS or length != FIXED * (1 + count) or len(raw) < length:
        raise DataError(f"{path} is not a sound EDF file: {count} signals in a header of {length} bytes.")
    signals: dict[str, list[Any]] = {}
    for name, width in WIDTHS.items():
        if name in ("label", "sensor", "unit", "filter"):
            signals[name] = [header.text(width) for _ in range(count)]
        else:
            whole = int if name in ("least", "most", "count") else float
            signals[name] = [header.number(width, NAMES[name], whole) for _ in range(count)]
    check_signals(path, signals)
    body = sized(path, raw, length, records, sum(signals["count"]))
    return assembled(path, (patient, recording, start, kind, duration), signals, body)


NAMES = {"low": "physical minimum", "high": "physical maximum", "least": "digital minimum",
         "most": "digital maximum", "count": "number of samples in a record"}  # fmt: skip


def moment(path: Path, day: str, time: str) -> datetime:
    """Years of two digits are from 1985 to 2084."""
    try:
        date, month, year = (int(part) for part in day.split("."))
        hour, minute, second = (int(part) for part in time.split("."))
        return datetime(year + (1900 if year >= 85 else 2000), month, date, hour, minute, second)  # noqa: DTZ001 - local
    except (ValueError, OverflowError):
        raise DataError(f"{path} is not a sound EDF file: its start is no date and time.") from None


def check_signals(path: Path, signals: dict[str, list[Any]]) -> None:
    for place, label in enumerate(signals["label"]):
        least, most, low, high = (signals[name][place] for name in ("least", "most", "low", "high"))
        if not -32768 <= least < most <= 32767 or (low == high and label != ANNOTATIONS):
            raise DataError(f"{path} is not a sound EDF file: the range of signal {place + 1} is empty.")
        if signals["count"][place] <= 0:
            raise DataError(f"{path} is not a sound EDF file: signal {place + 1} has no samples in a record.")


def sized(path: Path, raw: bytes, length: int, records: int, samples: int) -> Array:
    """The records, as many as the header says."""
    body, record = len(raw) - length, 2 * samples
    if records == -1 and body % record == 0:  # a recorder that was switched off wrote no number
        records = body // record
    if body != records * record:
        if edf_annotations.changed(raw[length:]):
            raise DataError(edf_annotations.CHANGED.format(path=path))
        if body < records * record:
            raise DataError(
                f"{path} is cut off: {body // record} of {records} records are there; the download is incomplete."
            )
        raise DataError(f"{path} has {body - records * record} bytes more than its {records} records.")
    if records <= 0:
        raise DataError(f"{path} holds no record.")
    return np.frombuffer(raw, "<i2", records * samples, length).reshape(records, samples)


def assembled(path: Path, about: tuple[Any, ...], signals: dict[str, list[Any]], body: Array) -> Edf:
    patient, recording, start, kind, duration = about
    ends = np.cumsum(signals["count"])
    spans = [slice(end - count, end) for end, count in zip(ends.tolist(), signals["count"], strict=True)]
    shown = [place for place, label in enumerate(signals["label"]) if label != ANNOTATIONS]
    if shown and duration <= 0:
        raise DataError(f"{path} is not a sound EDF file: a record lasts {duration:g} s.")
    notes = [spans[place] for place, label in enumerate(signals["label"]) if label == ANNOTATIONS]
    annotations: tuple[tuple[float, float, str], ...] = ()
    if notes and kind.startswith("EDF+"):
        annotations = edf_annotations.read(path, body, notes, duration)
    elif kind.startswith("EDF+"):
        raise DataError(f"{path} is not a sound EDF+ file: it has no signal '{ANNOTATIONS}'.")
    layout = []
    for place in shown:
        least, most, low, high = (signals[name][place] for name in ("least", "most", "low", "high"))
        gain = (high - low) / (most - least)
        layout.append((spans[place], gain, low - least * gain))
    return Edf(
        path,
        tuple(signals["label"][place] for place in shown),
        tuple(signals["count"][place] / duration for place in shown),
        tuple(signals["unit"][place] for place in shown),
        patient,
        recording,
        start,
        len(body) * duration,
        annotations,
        body,
        tuple(layout),
    )
