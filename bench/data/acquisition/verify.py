"""Verification of a data set on this machine: every subject is loaded, every published digest compared."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from bench.data.acquisition.receipt import Receipt
from bench.data.validation import require_valid_recording
from bench.errors import BenchError, described, packages_of
from bench.readers import data_folders
from bench.readers.file_digests import file_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Container
    from pathlib import Path

    from bench.readers import FileDataset

    OnProgress = Callable[[str, int, int], None]

T = TypeVar("T")
MAX_TEXT_SIZE = 1 << 26  # bytes of a file that is also compared with other line endings


@dataclass
class Report:
    """The result of a verification."""

    subjects: list[str] = field(default_factory=list)
    recordings: int = 0
    segments: int = 0
    matching: int = 0  # files with the published digest
    absent: int = 0  # published files that are not here
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    excluded: Counter[str] = field(default_factory=Counter)  # reason -> count


def verify(dataset: FileDataset, on_progress: OnProgress) -> Report:
    """Compare digests, then load each subject and validate its recordings."""
    report = Report()
    folder = dataset.folder
    if not dataset.simulated:
        compare_digests(dataset, folder, report, on_progress)
    report.subjects = attempt("the list of subjects", report, lambda: list(dataset.subjects())) or []
    report.excluded.update(attempt("what is excluded", report, dataset.excluded) or {})
    for done, subject in enumerate(report.subjects):
        on_progress(f"loading {subject}", done, len(report.subjects))
        verify_subject(dataset, subject, report)
    on_progress("loading", len(report.subjects), len(report.subjects))
    if not report.subjects and not report.problems:
        report.problems.append(f"There are no subjects with recordings in {folder}.")
    return report


def verify_subject(dataset: FileDataset, subject: str, report: Report) -> None:
    """Check that every file exists, and that every recording can be loaded and keeps the contract."""
    packages = packages_of(dataset)
    files = attempt(f"the files of {subject}", report, lambda: list(dataset.files(subject)), packages) or []
    missing = [file for file in files if not file.exists()]
    report.problems += [f"{subject}: {file} is missing." for file in missing]
    if missing:
        return
    for recording in attempt(subject, report, lambda: dataset.load(subject), packages) or ():
        attempt(subject, report, lambda recording=recording: require_valid_recording(recording, dataset.targets))  # type: ignore[misc]
        report.recordings += 1
        report.segments += len(recording.segments)
        report.excluded.update(recording.excluded)


def attempt(what: str, report: Report, action: Callable[[], T], packages: Container[str] = ()) -> T | None:
    """The result of an action, or one line in the report; a plugin may raise anything, and the others still run."""
    try:
        return action()
    except BenchError as error:
        report.problems.append(f"{what}: {error}")
    except OSError as error:
        report.problems.append(f"{what}: {error.filename or 'a file'} cannot be read: {error.strerror or error}.")
    except Exception as error:  # noqa: BLE001 - as above
        report.problems.append(f"{what}: {described(error, packages)}")
    return None


def compare_digests(dataset: FileDataset, folder: Path, report: Report, on_progress: OnProgress) -> None:
    """Compare files with the published digest, or with that of their download."""
    own_folder = data_folders.data_root() / dataset.name
    receipt = Receipt(own_folder)
    for done, download in enumerate(dataset.downloads):
        on_progress("comparing digests", done, len(dataset.downloads))
        candidates = [base / download.file for base in (folder, own_folder)]
        file = next((file for file in candidates if file.is_file()), None)
        expected = receipt.sha256(download)
        if file is None:
            report.absent += not download.unpack  # an archive may be deleted once it is unpacked
        elif expected:
            digest = attempt(download.file, report, lambda file=file: file_digest(file))  # type: ignore[misc]
            if digest == expected:
                report.matching += 1
            elif digest and file.stat().st_size <= MAX_TEXT_SIZE and expected in other_line_endings(file.read_bytes()):
                report.warnings.append(f"{file} has other line endings than the published file.")
            elif digest:
                report.problems.append(
                    f"{file} differs from the published file: its SHA-256 is {digest}, not {expected}."
                )
    on_progress("comparing digests", len(dataset.downloads), len(dataset.downloads))


def other_line_endings(content: bytes) -> list[str]:
    """The digests of a text with LF and with CR LF; none for binary files."""
    if b"\0" in content:
        return []
    unix = content.replace(b"\r\n", b"\n")
    return [hashlib.sha256(each).hexdigest() for each in (unix, unix.replace(b"\n", b"\r\n"))]
