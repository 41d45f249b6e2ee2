"""The files on PhysioNet with their published digests, from SHA256SUMS of version 1.0.0 next to this module."""

from __future__ import annotations

from pathlib import Path

from bench.readers import Download

HOME = "https://physionet.org/files/eegmmidb/1.0.0/"


def published() -> tuple[Download, ...]:
    """Every run of every subject."""
    lines = Path(__file__).with_name("SHA256SUMS").read_text(encoding="ascii").splitlines()
    pairs = (line.split("  ") for line in lines)
    return tuple(Download(file, (HOME + file,), sha256) for sha256, file in pairs)
