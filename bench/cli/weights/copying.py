"""A file is copied whole or not at all."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from bench.errors import StorageError

if TYPE_CHECKING:
    from pathlib import Path


def copy(source: Path, target: Path) -> None:
    """Write beside the target, then take its place."""
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        shutil.copyfile(source, partial)
        partial.replace(target)
    except OSError as error:
        raise StorageError(f"Cannot write {target} ({error.strerror or error}); nothing was kept of it.") from error
    finally:
        partial.unlink(missing_ok=True)
