"""Save plots as PNG."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bench.errors import StorageError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.figure import Figure

DPI = 110


def check(path: Path | None) -> None:
    """Check the name of the output file before anything is drawn."""
    if path is not None and path.suffix.lower() != ".png":
        raise UsageError(f"--to takes the name of a PNG file, as in signals.png, not '{path}'.")


def save(figure: Figure, path: Path) -> None:
    """Write the file, and print its name."""
    there = path.exists()
    try:
        figure.savefig(path, format="png", dpi=DPI)
    except OSError as error:
        raise StorageError(f"Cannot write {path} ({error.strerror or error}); name another file with --to.") from error
    click.echo(f"Wrote {path}" + (", replacing the existing file." if there else "."))
