"""Files that are not what their name says: nothing at all, a page of a web site, a pointer to a file elsewhere."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from bench.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

HEAD = 1024
PAGES = (b"<!doctype html", b"<html", b"<head", b"<?xml", b"<!--", b"<body", b"<script")
POINTERS = (b"version https://git-lfs.github.com/spec/", b"/annex/objects/", b"../.git/annex/", b".git/annex/objects/")


def refuse(path: Path, wanted: str) -> bytes:
    """Say it in a sentence if a file is something else than the wanted kind; give its first bytes otherwise."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a folder cannot be read, and a pipe or a device would never end
            raise DataError(f"{path} is not a plain file.")
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError as error:
        raise unreadable(path, error) from error
    if not head:
        raise DataError(f"{path} is empty: the download was probably cut off; get it again.")
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith(PAGES):
        raise DataError(f"{path} is an HTML page, not {wanted}: the download was probably refused; look into it.")
    if start.startswith(POINTERS):
        raise DataError(f"{path} is a pointer of Git LFS or git-annex, not {wanted}: fetch the content itself.")
    return head


def unreadable(path: Path, error: OSError) -> DataError:
    """The sentence for what the system refuses."""
    return DataError(f"{path} cannot be read: {error.strerror or error}.")
