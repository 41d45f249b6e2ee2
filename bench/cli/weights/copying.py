"""Copy files atomically."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from bench.errors import StorageError

if TYPE_CHECKING:
    from pathlib import Path


def copy(source: Path, target: Path) -> None:
    """Copy to a temporary file beside the target, then rename it."""
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        shutil.copyfile(source, partial)
        partial.replace(target)
    except OSError as error:
        raise StorageError(f"Cannot write {target} ({error.strerror or error}); nothing was written.") from error
    finally:
        partial.unlink(missing_ok=True)
