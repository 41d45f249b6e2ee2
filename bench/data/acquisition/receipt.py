"""`download.json` in the folder of a data set: which licence was accepted, and what came without a published digest."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import bench
from bench.errors import StorageError

if TYPE_CHECKING:
    from pathlib import Path

    from bench.api import Card
    from bench.readers import Download

NAME = "download.json"


class Receipt:
    """What is known about the files that were downloaded into a folder."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / NAME
        try:
            self._content: dict[str, Any] = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self._content = {}

    def accepted(self, card: Card) -> bool:
        """Whether the licence as it reads now was accepted."""
        return bool(self._content.get("licence") == card.licence)

    def accept(self, card: Card) -> None:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        told = {"title": card.title, "licence": card.licence, "citation": card.citation, "accepted": now}
        self._content |= told | {"by": f"affectbench {bench.__version__}"}
        self._write()

    def note(self, download: Download, sha256: str) -> None:
        """Remember a file that the owners publish no digest of."""
        self._files()[download.file] = {"sha256": sha256}
        self._write()

    def note_unpacked(self, download: Download, names: list[str]) -> None:
        self._files().setdefault(download.file, {"sha256": download.sha256})["unpacked"] = names
        self._write()

    def sha256(self, download: Download) -> str:
        """The published digest, or that of what came the first time."""
        return download.sha256.lower() or str(self._files().get(download.file, {}).get("sha256", ""))

    def unpacked(self, download: Download) -> list[str]:
        """What an archive held at the top; nothing where it was never unpacked, or was another one."""
        told = self._files().get(download.file, {})
        same = not download.sha256 or told.get("sha256") == download.sha256
        return list(told.get("unpacked", [])) if same else []

    def _files(self) -> dict[str, Any]:
        files: dict[str, Any] = self._content.setdefault("files", {})
        return files

    def _write(self) -> None:
        """Whole or not at all."""
        partial = self._file.with_name(f".{NAME}.partial")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            partial.write_text(json.dumps(self._content, indent=1, ensure_ascii=False), encoding="utf-8")
            partial.replace(self._file)
        except OSError as error:
            raise StorageError(
                f"Cannot write {self._file}: {error.strerror}; name another folder with --data."
            ) from error
