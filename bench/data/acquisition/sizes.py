"""Sizes in bytes, formatted for readers."""

from __future__ import annotations


def format_size(number: float) -> str:
    """In the largest unit that leaves a digit before the decimal point."""
    for unit in ("bytes", "kB", "MB"):
        if number < 1000:
            return f"{number:.0f} bytes" if unit == "bytes" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.2f} GB"
