"""From the options of a command to its files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from bench.cli.plot import saving

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from matplotlib.figure import Figure

FORMATS = (".pdf", ".svg", ".png")
DPI = 300  # of PNG files, as printers ask for


def check(arguments: Mapping[str, Any]) -> None:
    """Raise before anything is read for a picture that cannot be drawn or written."""
    saving.check(arguments["to"], formats=FORMATS)


def save(figures: Sequence[tuple[str, Figure]], path: Path) -> None:
    """Write one file per picture, numbered where there are several, after all of them are drawn."""
    suffix = path.suffix.lower()
    contents = [(title, saving.drawn(figure, suffix, DPI)) for title, figure in figures]
    for number, (title, content) in enumerate(contents, 1):
        several = len(contents) > 1
        file = path.with_name(f"{path.stem}-{number}{path.suffix}") if several else path
        click.echo(saving.written(file, content) + (f" {title}" if several else ""))
