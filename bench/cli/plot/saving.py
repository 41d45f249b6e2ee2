"""Save plots: completely or not at all, and with the same bytes for the same data."""

from __future__ import annotations

import importlib.util
import io
from typing import TYPE_CHECKING, Any

import click

from bench.errors import StorageError, UsageError
from bench.results.files import write_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.figure import Figure

DPI = 110
SCREEN = (".png",)
#: of each type of file: what it would say of the time or of the program
UNDATED: dict[str, dict[str, Any]] = {
    ".png": {"Software": None},
    ".pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    ".svg": {"Date": None, "Creator": None},
}
REPEATABLE: dict[Any, Any] = {"pdf.fonttype": 42, "svg.hashsalt": "affectbench"}  # fonts as TrueType, names of clips


def check(path: Path | None, *, drawn: bool = True, formats: tuple[str, ...] = SCREEN) -> None:
    """Raise before anything is computed for a plot that cannot be drawn or written."""
    if drawn and importlib.util.find_spec("matplotlib") is None:
        raise UsageError(
            "Plots need the package matplotlib, which is not installed; type: pip install 'affectbench[plot]'"
        )
    if path is not None and path.suffix.lower() not in formats:
        *others, last = (suffix[1:].upper() for suffix in formats)
        kinds = f"{', '.join(others)} or {last}" if others else last
        example = "signals.png" if formats == SCREEN else f"figure{formats[0]}"
        raise UsageError(f"--to takes the name of a {kinds} file, as in {example}, not '{path}'.")


def save(figure: Figure, path: Path, dpi: int = DPI) -> None:
    """Write the file, and print its name."""
    click.echo(written(path, drawn(figure, path.suffix.lower(), dpi)))


def drawn(figure: Figure, suffix: str, dpi: int) -> bytes:
    """The content of a file of this type."""
    import matplotlib as mpl

    content = io.BytesIO()
    with mpl.rc_context(REPEATABLE):
        figure.savefig(content, format=suffix[1:], dpi=dpi, metadata=UNDATED[suffix])
    return content.getvalue()


def written(path: Path, content: bytes) -> str:
    """What was done, in words. No folder is made, since its name may be a slip."""
    there = path.exists()
    try:
        if not path.parent.is_dir():
            raise FileNotFoundError(None, "No such file or directory")
        write_bytes(path, content)
    except OSError as error:
        raise StorageError(f"Cannot write {path} ({error.strerror or error}); name another file with --to.") from error
    return f"Wrote {path}" + (", replacing the existing file." if there else ".")
