"""`NAME.part`: the downloaded beginning of a file, and the version of the remote file that it belongs to."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class PartialFile:
    """The beginning of a file, stored next to its final path."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.file = target.with_name(f"{target.name}.part")
        self._notes = target.with_name(f"{target.name}.part.json")

    @property
    def size(self) -> int:
        return self.file.stat().st_size if self.file.exists() else 0

    def resume_point(self, url: str, *, has_digest: bool) -> tuple[int, str]:
        """The byte to continue from and the version of the file; 0 where a changed file would go unnoticed."""
        try:
            notes: dict[str, Any] = json.loads(self._notes.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            notes = {}
        validator = str(notes.get("validator", "")) if notes.get("url") == url else ""
        return (self.size, validator) if validator or has_digest else (0, "")

    def is_continued_by(self, headers: Mapping[str, str], start: int, validator: str) -> bool:
        """Whether a response starts where this file ends, in the same version."""
        content_range = headers.get("Content-Range", "")
        return content_range.startswith(f"bytes {start}-") and (not validator or version(headers) in ("", validator))

    def begin(self, url: str, headers: Mapping[str, str], start: int) -> None:
        """Keep the first bytes, and note which version they belong to."""
        with self.file.open("ab") as out:
            out.truncate(start)
        self._notes.write_text(json.dumps({"url": url, "validator": version(headers)}), encoding="utf-8")

    def discard(self) -> None:
        self.file.unlink(missing_ok=True)
        self._notes.unlink(missing_ok=True)

    def finish(self, sha256: str) -> str:
        """Check the digest and move the file to its final path; raises ValueError where the digest differs."""
        with self.file.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if sha256 and digest != sha256.lower():
            raise ValueError(f"its SHA-256 is {digest}, not {sha256}")
        self.file.replace(self.target)
        self.discard()
        return digest


def version(headers: Mapping[str, str]) -> str:
    """What identifies a version of a remote file: a strong ETag, or its date."""
    tag = headers.get("ETag", "")
    return tag if tag and not tag.startswith("W/") else headers.get("Last-Modified", "")
