"""Bytes as people read them."""

from __future__ import annotations


def size(number: float) -> str:
    """In the largest unit that leaves a digit before the point."""
    for unit in ("bytes", "kB", "MB"):
        if number < 1000:
            return f"{number:.0f} bytes" if unit == "bytes" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.2f} GB"
