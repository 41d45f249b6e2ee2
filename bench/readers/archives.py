"""Zip archives from strangers: every name, size and kind is checked before a byte is written."""

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
from bench.readers import disguises

if TYPE_CHECKING:
    from collections.abc import Sequence

MEMBERS = 100_000
TOTAL = 200 * 10**9  # bytes that an archive may unpack to
SMALL = 256 * 10**6  # bytes that a member may have that is read into memory
RATIO = 200  # text packs to a tenth; what packs better than this was made to fill a disk
FREE = 10**6  # bytes of which no ratio is asked
DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)", re.IGNORECASE)
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, struct.error, ValueError, NotImplementedError, RuntimeError,
          OverflowError, LookupError, MemoryError)  # fmt: skip


def extract(archive: Path, folder: Path) -> list[Path]:
    """Unpack all files of an archive into a folder: all of them, or none."""
    try:
        with opened(archive) as packed:
            members = checked(archive, packed.infolist())
            folder.mkdir(parents=True, exist_ok=True)
            needed, free = sum(each.file_size for each in members.values()), shutil.disk_usage(folder).free
            if needed > free:
                raise DataError(f"{archive} unpacks to {size(needed)}, but only {size(free)} are free in {folder}.")
            partial = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=folder))
            try:
                for path, member in members.items():
                    write(packed, member, partial / path)
                return [placed(archive, partial, folder, path) for path in members]
            finally:
                shutil.rmtree(partial, ignore_errors=True)
    except OSError as error:
        raise DataError(f"{archive} cannot be unpacked to {folder}: {error.strerror or error}.") from error
    except BROKEN as error:
        raise damaged(archive, error) from error


def member(archive: Path, name: str) -> bytes:
    """The content of one small file in an archive."""
    try:
        with opened(archive) as packed:
            members = checked(archive, packed.infolist())
            found = members.get(name)
            if found is None:
                listed = ", ".join(list(members)[:20])
                raise DataError(f"{archive} holds no '{name}'; it holds {listed or 'nothing'}.")
            if found.file_size > SMALL:
                raise DataError(f"{archive}: '{name}' has {size(found.file_size)}, more than can be meant.")
            return packed.read(found)
    except OSError as error:
        raise disguises.unreadable(archive, error) from error
    except BROKEN as error:
        raise damaged(archive, error) from error


def opened(archive: Path) -> zipfile.ZipFile:
    disguises.refuse(archive, "a zip archive")
    return zipfile.ZipFile(archive)


def damaged(archive: Path, error: Exception) -> DataError:
    return DataError(f"{archive} is damaged or not a zip archive ({shown(str(error))}); get it again.")


def checked(archive: Path, listed: Sequence[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    """The files of an archive by their path, all of which are safe to write."""
    if len(listed) > MEMBERS:
        raise DataError(f"{archive} holds {len(listed)} files, more than the {MEMBERS} that can be meant.")
    found: dict[str, zipfile.ZipInfo] = {}
    taken: set[str] = set()
    for each in listed:
        refusal = unsafe(each)
        if refusal:
            raise DataError(f"{archive} holds '{shown(each.orig_filename)}', {refusal}; nothing was unpacked.")
        if each.is_dir():
            continue
        path = "/".join(parts(each))
        key = same(path)
        if key in taken:
            raise DataError(f"{archive} holds '{shown(path)}' twice; nothing was unpacked.")
        taken.add(key)
        found[path] = each
    for path in found:
        for above in list(Path(path).parents)[:-1]:
            if same(above.as_posix()) in taken:
                raise DataError(f"{archive} holds '{shown(above.as_posix())}' as a file and as a folder.")
    total, packed = sum(each.file_size for each in found.values()), archive.stat().st_size
    if total > TOTAL or total > FREE + RATIO * packed:
        raise DataError(f"{archive} of {size(packed)} would unpack to {size(total)}, more than can be meant.")
    return found


def unsafe(each: zipfile.ZipInfo) -> str:
    """Why a member is not written, or nothing."""
    name, kind, pieces = each.orig_filename, stat.S_IFMT(each.external_attr >> 16), parts(each)
    reasons = {
        "a path that leads out of the folder": name.startswith(("/", "\\")) or ".." in pieces or ":" in name,
        "a name that some systems take for something else": not pieces
        or not name.isprintable()
        or any(DEVICES.match(piece) or piece != piece.rstrip(" .") for piece in pieces),
        "a name that is too long": len(name) > 1000 or any(len(piece.encode()) > 255 for piece in pieces),
        "a link or a device": kind not in (0, stat.S_IFREG, stat.S_IFDIR),
        "which is encrypted": bool(each.flag_bits & 0x1),
        "packed in a way that is not supported": each.compress_type not in METHODS,
        "which packs better than any recording": each.file_size > FREE + RATIO * each.compress_size,
    }
    return next((reason for reason, found in reasons.items() if found), "")


def parts(each: zipfile.ZipInfo) -> list[str]:
    return [piece for piece in re.split(r"[/\\]", each.orig_filename) if piece not in ("", ".")]


def same(path: str) -> str:
    """Names that are one file on some system."""
    return unicodedata.normalize("NFC", path).casefold()


def write(packed: zipfile.ZipFile, each: zipfile.ZipInfo, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with packed.open(each) as source, path.open("xb") as target:
        shutil.copyfileobj(source, target, 1 << 20)


def placed(archive: Path, partial: Path, folder: Path, path: str) -> Path:
    """Move a file to its place, unless a link in the folder leads elsewhere."""
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.parent.resolve().is_relative_to(folder.resolve()):
        raise DataError(f"{archive} would be unpacked out of {folder}: {target.parent} is a link.")
    (partial / path).replace(target)
    return target


def size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 10**9 else f"{count / 1e6:.1f} MB"


def shown(text: str) -> str:
    """Text from a file, without what would disturb a terminal."""
    return "".join(sign if sign.isprintable() else "?" for sign in text[:200])
