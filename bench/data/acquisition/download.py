"""Download of the files of a data set: several at a time, each complete or absent, archives unpacked."""

from __future__ import annotations

import shutil
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from filelock import FileLock

from bench.data.acquisition.receipt import Receipt
from bench.data.acquisition.sizes import format_size
from bench.data.acquisition.transfer import fetch
from bench.errors import BenchError, DataError, StorageError, UsageError
from bench.readers import data_folders
from bench.readers.file_digests import file_digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bench.readers import Download, FileDataset

MAX_CONNECTIONS = 4  # enough for thousands of small files without straining the server
MAX_FAILURES = 3  # failed files after which the others are not tried


class ProgressListener(Protocol):
    """Receives the progress of a download, from any thread."""

    def planned(self, files: Sequence[Download]) -> None:
        """These files have to be downloaded."""

    def received(self, file: str, size: int, total: int) -> None:
        """So many bytes of a file have been received, of a total that may be 0 where it is unknown."""

    def done(self, file: str) -> None:
        """A file is complete and verified."""

    def unpacking(self, file: str) -> None:
        """An archive is being unpacked."""


@dataclass
class DownloadResult:
    """What a download did."""

    new: list[str] = field(default_factory=list)
    present: int = 0  # files that were downloaded before
    size: int = 0  # bytes of the new files
    unpacked: list[str] = field(default_factory=list)


class StoppedError(Exception):
    """The user pressed Ctrl-C, or too many files failed."""


def folder_of(dataset: FileDataset) -> Path:
    """The folder for its files; nothing is written into a linked folder."""
    folder = data_folders.data_root() / dataset.name
    if folder.is_symlink():
        raise UsageError(
            f"'{dataset.name}' is linked to {folder.readlink()}, and a linked folder is not written to; "
            f"remove {folder} first, or name another folder with --data."
        )
    if (folder / data_folders.MARKER).exists():
        raise UsageError(f"{folder} is a simulated stand-in; move it away, or name another folder with --data.")
    return folder


def lock_of(folder: Path) -> FileLock:
    """The lock of the one process that downloads into a folder."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"Cannot write {folder}: {error.strerror}; name another folder with --data.") from error
    return FileLock(folder / ".download.lock")


def download_files(selected: Sequence[Download], folder: Path, listener: ProgressListener) -> DownloadResult:
    """Download the missing files and unpack archives; the caller holds `lock_of` the folder."""
    receipt = Receipt(folder)
    missing = [each for each in selected if not is_present(each, folder, receipt)]
    result = DownloadResult(present=len(selected) - len(missing))
    require_space(missing, folder)
    listener.planned(missing)
    for download, sha256 in fetch_all(missing, folder, listener):
        result.new.append(download.file)
        result.size += (folder / download.file).stat().st_size
        listener.done(download.file)
        if not download.sha256:
            receipt.add(download, sha256)
    for download in selected:
        if download.unpack and not is_unpacked(download, folder, receipt):
            listener.unpacking(download.file)
            receipt.add_unpacked(download, unpack(download, folder))
            result.unpacked.append(download.file)
    return result


def fetch_all(missing: Sequence[Download], folder: Path, listener: ProgressListener) -> Iterator[tuple[Download, str]]:
    """Each file with its SHA-256 as soon as it is complete; raises the first failure after the others were tried."""
    stop = threading.Event()

    def fetch_one(download: Download) -> str:
        def on_progress(size: int, total: int) -> None:
            if stop.is_set():
                raise StoppedError
            listener.received(download.file, size, total)

        def pause(seconds: float) -> None:
            if stop.wait(seconds):
                raise StoppedError

        return fetch(download, folder / download.file, on_progress, pause)

    failures: list[BenchError] = []
    pool = ThreadPoolExecutor(MAX_CONNECTIONS)
    try:
        futures = {pool.submit(fetch_one, download): download for download in missing}
        for future in as_completed(futures):
            try:
                yield futures[future], future.result()
            except DataError as error:
                failures.append(error)
                if len(failures) == MAX_FAILURES:
                    break
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)
    if failures:
        more = f" {len(failures) - 1} more failed." if len(failures) > 1 else ""
        raise DataError(f"{failures[0]}{more}")


def is_present(download: Download, folder: Path, receipt: Receipt) -> bool:
    """Whether a file is here as published; an archive may be deleted once it is unpacked."""
    if is_unpacked(download, folder, receipt):
        return True
    file = folder / download.file
    if not file.is_file() or (download.size and file.stat().st_size != download.size):
        return False
    sha256 = receipt.sha256(download)
    return not sha256 or file_digest(file) == sha256


def is_unpacked(download: Download, folder: Path, receipt: Receipt) -> bool:
    names = receipt.unpacked(download)
    return bool(names) and all((folder / name).exists() for name in names)


def require_space(missing: Sequence[Download], folder: Path) -> None:
    """Raise where the files cannot fit; the content of an archive needs at least its size again."""
    need = 0
    for download in missing:
        part = folder / f"{download.file}.part"
        need += download.size * (1 + download.unpack) - (part.stat().st_size if part.exists() else 0)
    nearest = next(each for each in (folder, *folder.parents) if each.exists())
    free = shutil.disk_usage(nearest).free
    if need > free:
        raise StorageError(
            f"The download needs at least {format_size(need)}, and {nearest} has {format_size(free)} left; "
            "free some space, or name another folder with --data."
        )


def unpack(download: Download, folder: Path) -> list[str]:
    """Unpack next to the archive, in a hidden folder until it is complete; returns its top-level names."""
    from bench.readers import archives

    archive = folder / download.file
    hidden = archive.with_name(f".{archive.name}.partial")
    shutil.rmtree(hidden, ignore_errors=True)
    require_space_unpacked(archive)
    try:
        archives.extract(archive, hidden)
        tops = [archive.parent / each.name for each in sorted(hidden.iterdir())]
        for file in sorted(each for each in hidden.rglob("*") if not each.is_dir()):
            target = archive.parent / file.relative_to(hidden)
            target.parent.mkdir(parents=True, exist_ok=True)
            file.replace(target)
    except DataError as error:
        if download.sha256:
            raise
        archive.unlink()  # without a digest, only unpacking shows the damage
        raise DataError(f"{error} It was deleted; the same command downloads it again.") from error
    except OSError as error:
        raise StorageError(f"Cannot unpack {archive}: {error.strerror or error}.") from error
    finally:
        shutil.rmtree(hidden, ignore_errors=True)
    return [top.relative_to(folder).as_posix() for top in tops]


def require_space_unpacked(archive: Path) -> None:
    """Raise where the declared content of a zip archive cannot fit."""
    if not zipfile.is_zipfile(archive):
        return
    with zipfile.ZipFile(archive) as content:
        need = sum(member.file_size for member in content.infolist())
    free = shutil.disk_usage(archive.parent).free
    if need > free:
        raise StorageError(
            f"{archive} needs {format_size(need)} when unpacked, and {format_size(free)} are left; "
            "free some space and run the same command again."
        )
