"""Checks before a file is parsed: empty files, web pages saved as data, and Git LFS or git-annex pointers."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from bench.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

HEAD_SIZE = 1024  # bytes
HTML_STARTS = (b"<!doctype html", b"<html", b"<head", b"<?xml", b"<!--", b"<body", b"<script")
POINTER_STARTS = (
    b"version https://git-lfs.github.com/spec/", b"/annex/objects/", b"../.git/annex/", b".git/annex/objects/",
)  # fmt: skip
MAX_BYTES = 4 * 10**9
PRINTABLE_LENGTH = 200


def read_head(path: Path, expected: str) -> bytes:
    """The first bytes of a file; raises where it cannot be `expected`, such as "a zip archive"."""
    require_regular(path)
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_SIZE)
    except OSError as error:
        raise unreadable(path, error) from error
    if not head:
        raise DataError(f"{path} is empty: the download was probably interrupted; download it again.")
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith(HTML_STARTS):
        raise DataError(
            f"{path} is an HTML page, not {expected}: the download was probably refused; open it to see why."
        )
    if start.startswith(POINTER_STARTS):
        raise DataError(f"{path} is a Git LFS or git-annex pointer, not {expected}: fetch the file it points to.")
    return head


def require_regular(path: Path) -> None:
    """Raise before a pipe or a device is opened, which might never end."""
    try:
        regular = stat.S_ISREG(path.stat().st_mode)
    except (OSError, ValueError) as error:  # a name with a null character
        raise unreadable(path, error) from error
    if not regular:
        raise DataError(f"{path} is not a regular file.")


def read_bytes(path: Path) -> bytes:
    """A whole file, unless no memory would suffice for it, as for a sparse file of a terabyte."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise DataError(
                f"{path} has {format_size(size)}; a file that is read at once may have {format_size(MAX_BYTES)}."
            )
        return path.read_bytes()
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: OSError | ValueError) -> DataError:
    """The error for a file that the operating system refuses to read."""
    return DataError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}.")


def printable(text: str) -> str:
    """Text from a file, shortened, without control characters that a terminal would interpret."""
    return "".join(character if character.isprintable() else "?" for character in text[:PRINTABLE_LENGTH])


def format_size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 10**9 else f"{count / 1e6:.1f} MB"
