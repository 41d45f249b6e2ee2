"""Export attention as NumPy arrays in one file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click
import numpy as np

from bench.errors import StorageError

if TYPE_CHECKING:
    from pathlib import Path

    from bench.api import Array
    from bench.cli.attention.view import View


def arrays(view: View) -> dict[str, Array]:
    """Attention per stage and connection, such as `1/ecg_to_eda`, by window (first axis), and the index of windows."""
    found = {f"{stage}/{name}": values for stage, each in view.attention.items() for name, values in each.items()}
    found |= {f"signal/{name}": values for name, values in view.signals.items()}
    found |= {f"rate/{name}": np.array(view.parts[0].windows.rate(name)) for name in view.modalities}
    found |= {name: view.column(name).astype(str) for name in ("subject", "session", "trial")}
    found |= {name: view.column(name) for name in ("start", "stop", "label")}
    folds = [np.full(len(part.table), part.fold) for part in view.parts]
    return found | {
        "window": np.array(view.numbers),
        "fold": np.concatenate(folds).astype(str),
        "p": view.probabilities,
        "classes": np.array(view.cell.classes, dtype=str),
    }


def export(view: View, path: Path) -> None:
    """Write the file, and print its name."""
    there = path.exists()
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial.npz")
    try:
        np.savez(partial, allow_pickle=False, **arrays(view))
        partial.replace(path)
    except OSError as error:
        raise StorageError(
            f"Cannot write {path} ({error.strerror or error}); name another file with --export."
        ) from error
    finally:
        partial.unlink(missing_ok=True)
    count = "1 window" if len(view.numbers) == 1 else f"{len(view.numbers)} windows"
    click.echo(f"Wrote {path} with {count} of {view.subject}" + (", replacing the existing file." if there else "."))
