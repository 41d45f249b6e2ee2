"""The files of a data set come to this machine: several at a time, each complete or absent, archives unpacked."""

from __future__ import annotations

import shutil
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from filelock import FileLock

from bench.data.acquisition.receipt import Receipt
from bench.data.acquisition.sizes import size
from bench.data.acquisition.transfer import fetch
from bench.errors import BenchError, DataError, StorageError, UsageError
from bench.readers import data_folders, file_digests

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bench.readers import Download, FileDataset

AT_ONCE = 4  # connections, enough for thousands of small files without being a burden
MOST_FAILURES = 3  # files that fail before the others are not even tried


class Watch(Protocol):
    """Who is told how far it is; any thread may call."""

    def planned(self, files: Sequence[Download]) -> None:
        """These are not there yet."""

    def arrived(self, file: str, there: int, total: int) -> None:
        """So many bytes of a file are there, of so many in all (0 where nobody knows)."""

    def done(self, file: str) -> None:
        """A file is there, complete and right."""

    def unpacking(self, file: str) -> None:
        """An archive is being unpacked."""


@dataclass
class Fetched:
    """What a download did."""

    new: list[str] = field(default_factory=list)
    there: int = 0  # files that had not to be fetched
    size: int = 0  # bytes of what is new
    unpacked: list[str] = field(default_factory=list)


class StoppedError(Exception):
    """Somebody pressed Ctrl-C, or another file failed for good."""


def folder_of(dataset: FileDataset) -> Path:
    """Where its files are brought; what a person has linked is not written to."""
    folder = data_folders.data_root() / dataset.name
    if folder.is_symlink():
        raise UsageError(
            f"'{dataset.name}' is linked to {folder.readlink()}, and nothing is downloaded into a linked folder; "
            f"remove {folder} first, or name another folder with --data."
        )
    if (folder / data_folders.MARKER).exists():
        raise UsageError(f"{folder} is a simulated stand-in; move it away, or name another folder with --data.")
    return folder


def lock_of(folder: Path) -> FileLock:
    """Held by the one process that downloads into a folder."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"Cannot write {folder}: {error.strerror}; name another folder with --data.") from error
    return FileLock(folder / ".download.lock")


def bring(chosen: Sequence[Download], folder: Path, watch: Watch) -> Fetched:
    """Fetch what is not there, and unpack it; the caller holds `lock_of` the folder."""
    receipt = Receipt(folder)
    absent = [each for each in chosen if not right(each, folder, receipt)]
    result = Fetched(there=len(chosen) - len(absent))
    require_space(absent, folder)
    watch.planned(absent)
    for download, sha256 in fetched(absent, folder, watch):
        result.new.append(download.file)
        result.size += (folder / download.file).stat().st_size
        watch.done(download.file)
        if not download.sha256:
            receipt.note(download, sha256)
    for download in chosen:
        if download.unpack and not is_unpacked(download, folder, receipt):
            watch.unpacking(download.file)
            receipt.note_unpacked(download, unpack(download, folder))
            result.unpacked.append(download.file)
    return result


def fetched(absent: Sequence[Download], folder: Path, watch: Watch) -> Iterator[tuple[Download, str]]:
    """Each file with its SHA-256 as soon as it is there; the first failure is told when the others had their turn."""
    stop = threading.Event()

    def one(download: Download) -> str:
        def tell(there: int, total: int) -> None:
            if stop.is_set():
                raise StoppedError
            watch.arrived(download.file, there, total)

        def pause(seconds: float) -> None:
            if stop.wait(seconds):
                raise StoppedError

        return fetch(download, folder / download.file, tell, pause)

    failures: list[BenchError] = []
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        waiting = {pool.submit(one, download): download for download in absent}
        for future in as_completed(waiting):
            try:
                yield waiting[future], future.result()
            except DataError as error:
                failures.append(error)
                if len(failures) == MOST_FAILURES:
                    break
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)
    if failures:
        more = f" {len(failures) - 1} more failed." if len(failures) > 1 else ""
        raise DataError(f"{failures[0]}{more}")


def right(download: Download, folder: Path, receipt: Receipt) -> bool:
    """Whether a file is there as its owners published it; an archive may be gone once it is unpacked."""
    if is_unpacked(download, folder, receipt):
        return True
    file = folder / download.file
    if not file.is_file() or (download.size and file.stat().st_size != download.size):
        return False
    sha256 = receipt.sha256(download)
    return not sha256 or file_digests.file_digest(file) == sha256


def is_unpacked(download: Download, folder: Path, receipt: Receipt) -> bool:
    names = receipt.unpacked(download)
    return bool(names) and all((folder / name).exists() for name in names)


def require_space(absent: Sequence[Download], folder: Path) -> None:
    """Say before the first byte what cannot fit: what is to come, and an archive's content at least once more."""
    need = 0
    for download in absent:
        part = folder / f"{download.file}.part"
        need += download.size * (1 + download.unpack) - (part.stat().st_size if part.exists() else 0)
    nearest = next(each for each in (folder, *folder.parents) if each.exists())
    free = shutil.disk_usage(nearest).free
    if need > free:
        raise StorageError(
            f"The download needs {size(need)} at least, and {nearest} has {size(free)} left; "
            "free some space, or name another folder with --data."
        )


def unpack(download: Download, folder: Path) -> list[str]:
    """Unpack beside the archive, out of sight until it is whole; gives what it held at the top, below the folder."""
    from bench.readers import archives

    archive = folder / download.file
    hidden = archive.with_name(f".{archive.name}.partial")
    shutil.rmtree(hidden, ignore_errors=True)
    require_space_unpacked(archive)
    try:
        archives.extract(archive, hidden)
        tops = [archive.parent / each.name for each in sorted(hidden.iterdir())]
        for file in sorted(each for each in hidden.rglob("*") if not each.is_dir()):
            place = archive.parent / file.relative_to(hidden)
            place.parent.mkdir(parents=True, exist_ok=True)
            file.replace(place)
    except DataError as error:
        if download.sha256:
            raise
        archive.unlink()  # nothing but its content tells that it is damaged
        raise DataError(f"{error} It was deleted, and the same command fetches it again.") from error
    except OSError as error:
        raise StorageError(f"Cannot unpack {archive}: {error.strerror or error}.") from error
    finally:
        shutil.rmtree(hidden, ignore_errors=True)
    return [top.relative_to(folder).as_posix() for top in tops]


def require_space_unpacked(archive: Path) -> None:
    """A zip archive says how large its content is."""
    if not zipfile.is_zipfile(archive):
        return
    with zipfile.ZipFile(archive) as content:
        need = sum(member.file_size for member in content.infolist())
    free = shutil.disk_usage(archive.parent).free
    if need > free:
        raise StorageError(
            f"{archive} needs {size(need)} to be unpacked, and {size(free)} are left; "
            "free some space, and the same command goes on from there."
        )
