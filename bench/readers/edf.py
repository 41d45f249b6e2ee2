"""EDF and EDF+ recordings, read after sizes and annotations have been checked against the header.

pyedflib and MNE are no substitute here. pyedflib refuses intact recordings with free text in the patient or recording
field, labels or units beyond ASCII, or an unknown number of records; it reports a text-mode transfer, a gap and damaged
annotations with the same words, accepts trailing bytes, and prints to the output of the process. To tell these apart,
the header and the annotations have to be parsed anyway, and the values are a view of the rest. Tests compare the values
with those of both libraries.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.errors import DataError
from bench.readers import edf_annotations
from bench.readers.file_checks import printable, read_bytes, read_head

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.api import Array
    from bench.readers.edf_annotations import Annotation

HEADER_SIZE = 256  # bytes of the fixed part, and as many for each signal
MAX_SIGNALS = 10_000
ANNOTATIONS = "EDF Annotations"  # the label of a signal that contains annotations
WIDTHS = {"label": 16, "sensor": 80, "unit": 8, "physical minimum": 8, "physical maximum": 8, "digital minimum": 8,
          "digital maximum": 8, "filter": 80, "number of samples in a record": 8}  # fmt: skip
TEXT_FIELDS = ("label", "sensor", "unit", "filter")
FLOAT_FIELDS = ("physical minimum", "physical maximum")


@dataclass(frozen=True)
class Edf:
    """A recording: the fields of its header, its annotations, and its values on request."""

    path: Path
    labels: tuple[str, ...]
    rates: tuple[float, ...]
    units: tuple[str, ...]
    patient: str
    recording: str
    start: datetime
    seconds: float
    annotations: tuple[Annotation, ...]  # onset and duration in seconds, text
    _records: Array = field(repr=False, compare=False)  # (records, samples of all signals)
    _scaling: tuple[tuple[slice, float, float], ...] = field(repr=False, compare=False)  # columns, gain, offset

    def values(self, labels: Sequence[str]) -> Array:
        """Physical values, (channels, time)."""
        rows = [self._signal(label) for label in labels]
        if len({len(row) for row in rows}) > 1:
            raise DataError(f"{self.path}: {', '.join(labels)} have different rates; read them one by one.")
        return np.array(rows) if rows else np.empty((0, 0))

    def _signal(self, label: str) -> Array:
        if self.labels.count(label) != 1:
            count = "more than one signal" if label in self.labels else "no signal"
            raise DataError(f"{self.path} has {count} '{label}'; it has {', '.join(self.labels)}.")
        columns, gain, offset = self._scaling[self.labels.index(label)]
        return self._records[:, columns].ravel() * gain + offset


class HeaderReader:
    """Reads the fields of a header in their order."""

    def __init__(self, path: Path, raw: bytes) -> None:
        self.path, self.raw, self.offset = path, raw, 0

    def text(self, width: int) -> str:
        raw = self.raw[self.offset : self.offset + width]
        self.offset += width
        return raw.decode("latin1").strip(" \x00")

    def number(self, width: int, name: str, type_: type = float) -> Any:
        text = self.text(width)
        try:
            number = type_(text)
        except ValueError:
            raise invalid(self.path, f"its {name} is '{printable(text)}'") from None
        if not np.isfinite(number) or "_" in text:
            raise invalid(self.path, f"its {name} is '{text}'")
        return number


def invalid(path: Path, reason: str) -> DataError:
    return DataError(f"{path} is not a valid EDF file: {reason}.")


def read(path: Path) -> Edf:
    """Read an EDF or EDF+ recording."""
    head = read_head(path, "an EDF file")
    if head[:1] == b"\xff":
        raise DataError(f"{path} is a BDF file, not an EDF file.")
    if head[:8] != b"0       ":
        raise DataError(f"{path} is not an EDF file.")
    return parse(path, read_bytes(path))


def parse(path: Path, raw: bytes) -> Edf:
    header = HeaderReader(path, raw)
    header.text(8)
    patient, recording = header.text(80), header.text(80)
    start = parse_start(path, header.text(8), header.text(8))
    header_size, kind = header.number(8, "header size", int), header.text(44)
    n_records, duration = header.number(8, "number of records", int), header.number(8, "record duration")
    n_signals = header.number(4, "number of signals", int)
    if not 0 < n_signals <= MAX_SIGNALS or header_size != HEADER_SIZE * (1 + n_signals) or len(raw) < header_size:
        raise invalid(path, f"{n_signals} signals in a header of {header_size} bytes")
    fields: dict[str, list[Any]] = {}
    for name, width in WIDTHS.items():
        if name in TEXT_FIELDS:
            fields[name] = [header.text(width) for _ in range(n_signals)]
        else:
            type_ = float if name in FLOAT_FIELDS else int
            fields[name] = [header.number(width, name, type_) for _ in range(n_signals)]
    check_signals(path, fields)
    samples = fields["number of samples in a record"]
    records = read_records(path, raw, header_size, n_records, sum(samples))
    ends = np.cumsum(samples).tolist()
    columns = [slice(end - count, end) for end, count in zip(ends, samples, strict=True)]
    signals = [index for index, label in enumerate(fields["label"]) if label != ANNOTATIONS]
    if signals and duration <= 0:
        raise invalid(path, f"a record lasts {duration:g} s")
    annotations = read_annotations(path, kind, records, duration, fields["label"], columns)
    return Edf(
        path,
        tuple(fields["label"][index] for index in signals),
        tuple(samples[index] / duration for index in signals),
        tuple(fields["unit"][index] for index in signals),
        patient,
        recording,
        start,
        len(records) * duration,
        annotations,
        records,
        tuple((columns[index], *scaling(fields, index)) for index in signals),
    )


def parse_start(path: Path, day: str, time: str) -> datetime:
    """Two-digit years are from 1985 to 2084."""
    try:
        date, month, year = (int(part) for part in day.split("."))
        hour, minute, second = (int(part) for part in time.split("."))
        return datetime(year + (1900 if year >= 85 else 2000), month, date, hour, minute, second)  # noqa: DTZ001 - local
    except (ValueError, OverflowError):
        raise invalid(path, "its start is not a date and time") from None


def check_signals(path: Path, fields: dict[str, list[Any]]) -> None:
    for index, label in enumerate(fields["label"]):
        low, high = fields["physical minimum"][index], fields["physical maximum"][index]
        minimum, maximum = fields["digital minimum"][index], fields["digital maximum"][index]
        if not -32768 <= minimum < maximum <= 32767 or (low == high and label != ANNOTATIONS):
            raise invalid(path, f"the range of signal {index + 1} is empty")
        if fields["number of samples in a record"][index] <= 0:
            raise invalid(path, f"signal {index + 1} has no samples in a record")


def read_records(path: Path, raw: bytes, header_size: int, n_records: int, samples: int) -> Array:
    """(records, samples of all signals); raises unless there are as many records as the header declares."""
    size, record_size = len(raw) - header_size, 2 * samples
    if n_records == -1 and size % record_size == 0:  # unknown, where a recorder was switched off
        n_records = size // record_size
    if size != n_records * record_size:
        if edf_annotations.is_text_transfer(raw[header_size:]):
            raise DataError(edf_annotations.TEXT_TRANSFER.format(path=path))
        if size < n_records * record_size:
            raise DataError(
                f"{path} is truncated: it has {size // record_size} of {n_records} records; the download is incomplete."
            )
        raise DataError(f"{path} has {size - n_records * record_size} bytes after its {n_records} records.")
    if n_records <= 0:
        raise DataError(f"{path} has no records.")
    return np.frombuffer(raw, "<i2", n_records * samples, header_size).reshape(n_records, samples)


def read_annotations(
    path: Path, kind: str, records: Array, duration: float, labels: Sequence[str], columns: Sequence[slice]
) -> tuple[Annotation, ...]:
    """All annotations; none in plain EDF."""
    if not kind.startswith("EDF+"):
        return ()
    channels = [columns[index] for index, label in enumerate(labels) if label == ANNOTATIONS]
    if not channels:
        raise DataError(f"{path} is not a valid EDF+ file: it has no signal '{ANNOTATIONS}'.")
    return edf_annotations.read(path, records, channels, duration)


def scaling(fields: dict[str, list[Any]], index: int) -> tuple[float, float]:
    """Gain and offset from stored to physical values."""
    low, high = fields["physical minimum"][index], fields["physical maximum"][index]
    minimum, maximum = fields["digital minimum"][index], fields["digital maximum"][index]
    gain = (high - low) / (maximum - minimum)
    return gain, low - minimum * gain
