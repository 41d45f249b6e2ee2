"""Pre-trained weights in the cache: files that took a training each, and what was left of one that was stopped."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from bench.errors import DataError
from bench.pretraining.weight_files import SUFFIX, record_of

if TYPE_CHECKING:
    from pathlib import Path

NAME = re.compile(r"\.*([0-9a-f]{16})\.(?:safetensors|checkpoint|lock)(?:\.\d+)?")


def named(path: Path) -> tuple[str, Literal["complete", "damaged", "partial", "lock"]] | None:
    """Key and state of one file; None for what no run has written, and for the lock of a key that has other files."""
    match = NAME.fullmatch(path.name)
    if match is None or not path.is_file():
        return None
    key = match[1]
    if path.suffix == ".lock":
        return None if any(path.parent.glob(f"*{key}.[sc]*")) else (key, "lock")
    if path.name != f"{key}{SUFFIX}":
        return key, "partial"
    try:
        record_of(path)
    except DataError:
        return key, "damaged"
    return key, "complete"
