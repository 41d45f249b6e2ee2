"""`NAME.part`: what has arrived of a file, and what tells whether the rest still belongs to it."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class Part:
    """The beginning of a file, beside its place."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.file = target.with_name(f"{target.name}.part")
        self._notes = target.with_name(f"{target.name}.part.json")

    @property
    def size(self) -> int:
        return self.file.stat().st_size if self.file.exists() else 0

    def resumable(self, url: str, *, trusted: bool) -> tuple[int, str]:
        """From which byte to go on, and the version it belongs to; from the start where nothing can tell."""
        try:
            notes: dict[str, Any] = json.loads(self._notes.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            notes = {}
        validator = str(notes.get("validator", "")) if notes.get("url") == url else ""
        return (self.size, validator) if validator or trusted else (0, "")

    def continues(self, headers: Mapping[str, str], start: int, validator: str) -> bool:
        """Whether an answer begins where the part ends, in the same version."""
        range_ = headers.get("Content-Range", "")
        return range_.startswith(f"bytes {start}-") and (not validator or version(headers) in ("", validator))

    def begin(self, url: str, headers: Mapping[str, str], start: int) -> None:
        """Keep what is there up to that byte, and whose beginning it is."""
        with self.file.open("ab") as out:
            out.truncate(start)
        self._notes.write_text(json.dumps({"url": url, "validator": version(headers)}), encoding="utf-8")

    def discard(self) -> None:
        self.file.unlink(missing_ok=True)
        self._notes.unlink(missing_ok=True)

    def finish(self, sha256: str) -> str:
        """Check the bytes on disk, and give them their name; ValueError where they are others."""
        with self.file.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if sha256 and found != sha256.lower():
            raise ValueError(f"its SHA-256 is {found}, not {sha256}")
        self.file.replace(self.target)
        self.discard()
        return found


def version(headers: Mapping[str, str]) -> str:
    """What a server calls this version of a file: a strong tag, or its date."""
    tag = headers.get("ETag", "")
    return tag if tag and not tag.startswith("W/") else headers.get("Last-Modified", "")
