"""Save plots as PNG."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

import click

from bench.errors import StorageError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.figure import Figure

DPI = 110


def check(path: Path | None, *, drawn: bool = True) -> None:
    """Raise before anything is computed for a plot that cannot be drawn or written."""
    if drawn and importlib.util.find_spec("matplotlib") is None:
        raise UsageError(
            "Plots need the package matplotlib, which is not installed; type: pip install 'affectbench[plot]'"
        )
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
