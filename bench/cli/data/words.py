"""People and counts in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

SHOWN = 12  # names, before a list is shortened


def people(names: Sequence[str]) -> str:
    """How many, and who."""
    shown = ", ".join(names[:SHOWN])
    return f"{len(names)}: {shown}{', ...' if len(names) > SHOWN else ''}" if names else "none"


def counted(reasons: Mapping[str, int]) -> Iterator[str]:
    """What was left out, most frequent first."""
    for reason, count in sorted(reasons.items(), key=lambda item: (-item[1], item[0])):
        yield f"{count} {reason}"


def several(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
