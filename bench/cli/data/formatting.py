"""Names and counts, formatted for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MAX_NAMES = 12


def format_subjects(names: Sequence[str]) -> str:
    """Their number and names; a long list is shortened."""
    listed = ", ".join(names[:MAX_NAMES])
    return f"{len(names)}: {listed}{', ...' if len(names) > MAX_NAMES else ''}" if names else "none"


def format_excluded(reasons: Mapping[str, int]) -> Iterator[str]:
    """One line per reason, most frequent first."""
    for reason, count in sorted(reasons.items(), key=lambda item: (-item[1], item[0])):
        yield f"{count} {reason}"


def plural(number: int, noun: str) -> str:
    if number == 1:
        return f"1 {noun}"
    return f"{number} {noun[:-1]}ies" if noun.endswith("y") else f"{number} {noun}s"
