"""The temporary folder of a process, which it locks: the kernel opens the lock when it ends, however it ends."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from pathlib import Path

from filelock import FileLock, Timeout

PREFIX, LOCK = "bench-", ".lock"


def locked_folder() -> tuple[Path, FileLock]:
    """A new one. Those of processes that were killed are deleted."""
    place = Path(tempfile.gettempdir()).resolve()
    for folder in place.glob(f"{PREFIX}*"):
        delete_abandoned(folder)
    made = Path(tempfile.mkdtemp(prefix=f"new-{PREFIX}", dir=place))
    lock = FileLock(made / LOCK)
    lock.acquire()  # by a descriptor, so that it stays locked under the new name
    return made.rename(place / made.name.removeprefix("new-")), lock


def delete_abandoned(folder: Path, patience: float = 0) -> None:
    """Delete the folder unless its process still lives, which may be about to end for some seconds."""
    with contextlib.suppress(Timeout, OSError):
        if (folder / LOCK).exists():
            with FileLock(folder / LOCK, timeout=patience):
                shutil.rmtree(folder, ignore_errors=True)
