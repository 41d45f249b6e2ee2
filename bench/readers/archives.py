"""Zip archives: the name, size and type of every member are checked before a byte is written."""

from __future__ import annotations

import re
import shutil
import stat
import struct
import tempfile
import unicodedata
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from bench.errors import DataError
from bench.readers.file_checks import format_size, printable, read_head

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_MEMBERS = 100_000
MAX_TOTAL = 200 * 10**9  # bytes after unpacking
MAX_RATIO = 200  # of unpacked to packed size; text reaches about 10
RATIO_ALLOWANCE = 10**6  # bytes to which the ratio does not apply
DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)", re.IGNORECASE)  # reserved on Windows
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, struct.error, ValueError, NotImplementedError, RuntimeError,
          OverflowError, LookupError, MemoryError)  # fmt: skip


def extract(archive: Path, folder: Path) -> list[Path]:
    """Unpack all files of a zip archive into a folder, or none of them."""
    try:
        with open_archive(archive) as opened:
            members = check_members(archive, opened.infolist())
            folder.mkdir(parents=True, exist_ok=True)
            needed, free = sum(info.file_size for info in members.values()), shutil.disk_usage(folder).free
            if needed > free:
                raise DataError(
                    f"{archive} needs {format_size(needed)} when unpacked, but only {format_size(free)} are free in "
                    f"{folder}."
                )
            partial = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=folder))
            try:
                for path, info in members.items():
                    write_member(opened, info, partial / path)
                return [move_member(archive, partial, folder, path) for path in members]
            finally:
                shutil.rmtree(partial, ignore_errors=True)
    except OSError as error:
        raise DataError(f"{archive} cannot be unpacked to {folder}: {error.strerror or error}.") from error
    except DAMAGE as error:
        raise damaged(archive, error) from error


def open_archive(archive: Path) -> zipfile.ZipFile:
    read_head(archive, "a zip archive")
    return zipfile.ZipFile(archive)


def damaged(archive: Path, error: Exception) -> DataError:
    return DataError(f"{archive} is damaged or not a zip archive ({printable(str(error))}); download it again.")


def check_members(archive: Path, infos: Sequence[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    """Path -> file of an archive; raises unless all of them are safe to write."""
    if len(infos) > MAX_MEMBERS:
        raise DataError(f"{archive} contains {len(infos)} files, more than the limit of {MAX_MEMBERS}.")
    members: dict[str, zipfile.ZipInfo] = {}
    keys: set[str] = set()
    for info in infos:
        if reason := unsafe(info):
            raise DataError(f"{archive} contains '{printable(info.orig_filename)}', {reason}; nothing was unpacked.")
        if info.is_dir():
            continue
        path = "/".join(path_parts(info))
        key = path_key(path)
        if key in keys:
            raise DataError(f"{archive} contains '{printable(path)}' twice; nothing was unpacked.")
        keys.add(key)
        members[path] = info
    for path in members:
        for parent in list(Path(path).parents)[:-1]:
            if path_key(parent.as_posix()) in keys:
                raise DataError(f"{archive} contains '{printable(parent.as_posix())}' both as a file and as a folder.")
    total, packed = sum(info.file_size for info in members.values()), archive.stat().st_size
    if total > MAX_TOTAL or total > RATIO_ALLOWANCE + MAX_RATIO * packed:
        raise DataError(
            f"{archive} has {format_size(packed)} and would unpack to {format_size(total)}; the limits are "
            f"{MAX_RATIO} times its size and {format_size(MAX_TOTAL)}."
        )
    return members


def unsafe(info: zipfile.ZipInfo) -> str:
    """Why a member must not be written; empty where it may."""
    name, file_type, parts = info.orig_filename, stat.S_IFMT(info.external_attr >> 16), path_parts(info)
    reasons = {
        "whose path leads out of the folder": name.startswith(("/", "\\")) or ".." in parts or ":" in name,
        "whose name is reserved or invalid on some systems": not parts
        or not name.isprintable()
        or any(DEVICES.match(part) or part != part.rstrip(" .") for part in parts),
        "whose name is too long": len(name) > 1000 or any(len(part.encode()) > 255 for part in parts),
        "which is a link or a device": file_type not in (0, stat.S_IFREG, stat.S_IFDIR),
        "which is encrypted": bool(info.flag_bits & 0x1),
        "which uses an unsupported compression method": info.compress_type not in METHODS,
        f"which is compressed by more than {MAX_RATIO} to 1": info.file_size
        > RATIO_ALLOWANCE + MAX_RATIO * info.compress_size,
    }
    return next((reason for reason, applies in reasons.items() if applies), "")


def path_parts(info: zipfile.ZipInfo) -> list[str]:
    return [part for part in re.split(r"[/\\]", info.orig_filename) if part not in ("", ".")]


def path_key(path: str) -> str:
    """Equal for names that are one file on some systems."""
    return unicodedata.normalize("NFC", path).casefold()


def write_member(opened: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with opened.open(info) as source, path.open("xb") as target:
        shutil.copyfileobj(source, target, 1 << 20)


def move_member(archive: Path, partial: Path, folder: Path, path: str) -> Path:
    """Move a file to its place, unless a link in the folder leads elsewhere."""
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.parent.resolve().is_relative_to(folder.resolve()):
        raise DataError(f"{archive} would be unpacked outside {folder}: {target.parent} is a link.")
    (partial / path).replace(target)
    return target
