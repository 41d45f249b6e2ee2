"""Published results: small text files under version control, and the pages that are made from them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.digests import digest
from bench.errors import StorageError
from bench.leaderboard.comparison import comparisons
from bench.leaderboard.markdown import markdown
from bench.leaderboard.page import page
from bench.leaderboard.summary import summarise
from bench.results.files import write_text
from bench.results.store import Store, to_json
from bench.scoring.scoring import scoring

if TYPE_CHECKING:
    from pathlib import Path

FILES = {"md": "README.md", "html": "index.html", "json": "leaderboard.json"}


@dataclass(frozen=True)
class Publication:
    """A folder with `results/` and the pages."""

    root: Path

    def take(self, store: Store) -> list[str]:
        """Every finished cell of a store becomes one published file; the newest takes the place of older ones."""
        taken = []
        for key in sorted(store.cells(), key=lambda key: (store.cell(key) / "cell.json").stat().st_mtime_ns):
            summary = summarise(store, key)
            if summary:
                summary["subjects"] = headline(summary)
                path = self.root / "results" / file_name(summary)
                write(path, to_json(summary))
                taken.append(path.name)
        return list(dict.fromkeys(taken))

    def summaries(self) -> list[dict[str, Any]]:
        found = []
        for path in sorted((self.root / "results").glob("*.json")):
            try:
                summary = json.loads(path.read_text(encoding="utf-8"))
                markdown(comparisons([summary]))  # everything that a page needs is there
            except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
                raise StorageError(
                    f"{path} is not a result that 'bench leaderboard' wrote ({error}); delete it or restore it."
                ) from error
            found.append(summary)
        return found

    def pages(self, formats: list[str]) -> dict[str, str]:
        """File name -> content."""
        found = comparisons(self.summaries())
        content = {"md": lambda: markdown(found), "html": lambda: page(found), "json": lambda: as_json(found)}
        return {FILES[name]: content[name]() for name in formats}

    def write(self, formats: list[str]) -> list[Path]:
        pages = self.pages(formats)
        for name, content in pages.items():
            write(self.root / name, content)
        return [self.root / name for name in pages]

    def stale(self, formats: list[str]) -> list[Path]:
        """Pages that are not what the published results say."""
        return [self.root / name for name, content in self.pages(formats).items() if read(self.root / name) != content]


def headline(summary: dict[str, Any]) -> dict[str, dict[str, float]]:
    """What rows are compared by, person by person; the store keeps the rest."""
    names = scoring(summary["classes"]).headline
    return {person: {name: scores[name] for name in names} for person, scores in summary["subjects"].items()}


def as_json(found: list[Any]) -> str:
    rows = [
        {"title": comparison.title, "beats": row.beats, **row.summary}
        for comparison in found
        for row in comparison.rows
    ]
    return to_json(rows)


def file_name(summary: dict[str, Any]) -> str:
    """Readable, and unique by what was asked for: the same cell by other code has the same name."""
    cell, labels = summary["cell"], summary["labels"]
    words = [
        labels["dataset"],
        cell["target"],
        labels["protocol"],
        labels["model"],
        labels["fusion"],
        *cell["modalities"],
    ]
    readable = re.sub(r"[^a-z0-9]+", "-", " ".join(words).lower()).strip("-")[:90]
    return f"{readable}-{digest(cell)[:8]}.json"


def write(path: Path, content: str) -> None:
    try:
        write_text(path, content)
    except OSError as error:
        raise StorageError(f"Cannot write {path} ({error.strerror}); name another folder with --to.") from error


def read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
