"""Files of pre-trained weights in the cache, and the checkpoints of an interrupted pre-training."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from bench.errors import DataError
from bench.pretraining.weight_files import SUFFIX, record_of

if TYPE_CHECKING:
    from pathlib import Path

NAME = re.compile(r"\.*([0-9a-f]{16})\.(?:safetensors|checkpoint|lock)(?:\.\d+)?")


def parse(path: Path) -> tuple[str, Literal["complete", "damaged", "partial", "lock"]] | None:
    """Key and state of a file; None for files that no run writes, and for the lock of a key that has other files."""
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
