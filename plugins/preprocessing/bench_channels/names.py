"""Match names of EEG channels, which manufacturers, files and the standards of 1958 and 1991 spell differently."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.errors import DataError, unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.api import Signal

RENAMED = {"t3": "t7", "t4": "t8", "t5": "p7", "t6": "p8"}  # by the 10-10 system


def plain(name: str) -> str:
    """A normalised name: without case, the prefix 'EEG ', dots and blanks, and in the newer spelling."""
    bare = name.strip().lower().removeprefix("eeg ").strip().rstrip(".")
    return RENAMED.get(bare, bare)


def places(step: str, wanted: Sequence[str], signal: Signal, where: str) -> list[int]:
    """The rows of the named channels; the error lists the available ones."""
    if not signal.channels:
        raise DataError(f"{step}: the channels of {where} have no names; leave this step out for it.")
    known: dict[str, int] = {}
    for row, name in enumerate(signal.channels):
        known.setdefault(plain(name), row)
    for name in wanted:
        if plain(name) not in known:
            error = unknown("channel", name, signal.channels, of=where)
            raise DataError(f"{step}: {error}")
    return [known[plain(name)] for name in wanted]
