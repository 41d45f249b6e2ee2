"""`download.json` in the folder of a data set: the accepted licence, and digests that the owners do not publish."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import bench
from bench.errors import DataError, StorageError
from bench.readers.text_files import parse_json, read_text

if TYPE_CHECKING:
    from pathlib import Path

    from bench.api import Card
    from bench.readers import Download

NAME = "download.json"


def well_formed(content: Any) -> bool:
    files = content.get("files", {}) if isinstance(content, dict) else None
    return isinstance(files, dict) and all(isinstance(entry, dict) for entry in files.values())


class Receipt:
    """What is known about the files that were downloaded into a folder."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / NAME
        try:
            content = parse_json(read_text(self._file))
        except (DataError, ValueError):
            content = None
        self._content: dict[str, Any] = content if well_formed(content) else {}

    def accepted(self, card: Card) -> bool:
        """Whether the licence was accepted in its current wording."""
        return bool(self._content.get("licence") == card.licence)

    def accept(self, card: Card) -> None:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        self._content |= {"title": card.title, "licence": card.licence, "citation": card.citation, "accepted": now,
                          "by": f"affectbench {bench.__version__}"}  # fmt: skip
        self._write()

    def add(self, download: Download, sha256: str) -> None:
        """Store the digest of a file whose owners publish none."""
        self._files()[download.file] = {"sha256": sha256}
        self._write()

    def add_unpacked(self, download: Download, names: list[str]) -> None:
        self._files().setdefault(download.file, {"sha256": download.sha256})["unpacked"] = names
        self._write()

    def sha256(self, download: Download) -> str:
        """The published digest, or that of the first download."""
        return download.sha256.lower() or str(self._files().get(download.file, {}).get("sha256", ""))

    def unpacked(self, download: Download) -> list[str]:
        """The top-level names in an archive; empty where it was not unpacked, or was a different one."""
        entry = self._files().get(download.file, {})
        is_same = not download.sha256 or entry.get("sha256") == download.sha256
        return list(entry.get("unpacked", [])) if is_same else []

    def _files(self) -> dict[str, Any]:
        files: dict[str, Any] = self._content.setdefault("files", {})
        return files

    def _write(self) -> None:
        """Atomically."""
        partial = self._file.with_name(f".{NAME}.partial")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            partial.write_text(json.dumps(self._content, indent=1, ensure_ascii=False), encoding="utf-8")
            partial.replace(self._file)
        except OSError as error:
            raise StorageError(
                f"Cannot write {self._file}: {error.strerror}; name another folder with --data."
            ) from error
