"""Is a data set on this machine whole and readable? Every person is tried, every published digest compared."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from bench.data.acquisition.receipt import Receipt
from bench.errors import BenchError
from bench.readers import data_folders, file_digests

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bench.api import Recording
    from bench.readers import FileDataset

T = TypeVar("T")
TEXT_AT_MOST = 1 << 26  # bytes of a file that is looked at for other line endings


@dataclass
class Report:
    """What was found."""

    people: list[str] = field(default_factory=list)
    recordings: int = 0
    segments: int = 0
    files: int = 0  # whose digests are as they were published
    absent: int = 0  # published, but not here
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    excluded: Counter[str] = field(default_factory=Counter)  # reason -> how many


def verify(dataset: FileDataset, sound: Callable[[Recording], None], tell: Callable[[str, int, int], None]) -> Report:
    """Compare digests, then load each person; `sound` raises where a recording breaks the contract."""
    report = Report()
    folder = dataset.folder
    if not dataset.simulated:
        compare(dataset, folder, report, tell)
    report.people = trying("the list of people", report, lambda: list(dataset.subjects())) or []
    report.excluded.update(trying("what is left out", report, dataset.excluded) or {})
    for done, subject in enumerate(report.people):
        tell(f"loading {subject}", done, len(report.people))
        load(dataset, subject, sound, report)
    tell("loading", len(report.people), len(report.people))
    if not report.people and not report.problems:
        report.problems.append(f"There is no person with recordings in {folder}.")
    return report


def load(dataset: FileDataset, subject: str, sound: Callable[[Recording], None], report: Report) -> None:
    """One person: every file is there, every recording can be read and keeps the contract."""
    files = trying(f"the files of {subject}", report, lambda: list(dataset.files(subject))) or []
    lost = [file for file in files if not file.exists()]
    report.problems += [f"{subject}: {file} is missing." for file in lost]
    if lost:
        return
    for recording in trying(subject, report, lambda: dataset.load(subject)) or ():
        trying(subject, report, lambda recording=recording: sound(recording))  # type: ignore[misc]
        report.recordings += 1
        report.segments += len(recording.segments)
        report.excluded.update(recording.excluded)


def trying(what: str, report: Report, action: Callable[[], T]) -> T | None:
    """The result, or one line that says what went wrong; a plugin may raise anything, and the others go on."""
    try:
        return action()
    except BenchError as error:
        report.problems.append(f"{what}: {error}")
    except OSError as error:
        report.problems.append(f"{what}: {error.filename or 'a file'} cannot be read: {error.strerror or error}.")
    except Exception as error:  # noqa: BLE001 - as above
        report.problems.append(f"{what}: {type(error).__name__}: {error}")
    return None


def compare(dataset: FileDataset, folder: Path, report: Report, tell: Callable[[str, int, int], None]) -> None:
    """Files that have a published digest, or one from when they were downloaded."""
    receipt = Receipt(data_folders.data_root() / dataset.name)
    for done, download in enumerate(dataset.downloads):
        tell("comparing digests", done, len(dataset.downloads))
        near = [base / download.file for base in (folder, data_folders.data_root() / dataset.name)]
        file = next((file for file in near if file.is_file()), None)
        expected = receipt.sha256(download)
        if file is None:
            report.absent += not download.unpack  # an archive may be gone once it is unpacked
        elif expected:
            found = trying(download.file, report, lambda file=file: file_digests.file_digest(file))  # type: ignore[misc]
            if found == expected:
                report.files += 1
            elif found and file.stat().st_size <= TEXT_AT_MOST and expected in other_endings(file.read_bytes()):
                report.warnings.append(f"{file} has other line endings than the file that was published.")
            elif found:
                report.problems.append(f"{file} is not as it was published: its SHA-256 is {found}, not {expected}.")
    tell("comparing digests", len(dataset.downloads), len(dataset.downloads))


def other_endings(content: bytes) -> list[str]:
    """The digests that a text would have with the line endings of other systems; none for what is no text."""
    if b"\0" in content:
        return []
    unix = content.replace(b"\r\n", b"\n")
    return [hashlib.sha256(each).hexdigest() for each in (unix, unix.replace(b"\n", b"\r\n"))]
