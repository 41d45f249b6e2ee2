"""Recordings of a subject whose samples count together: one offset and one scale for each channel of all of them."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np

from bench.api import Preprocessor
from bench.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.api import Recording, Scope, Signal

Per = Annotated[Literal["subject", "recording"], "whose samples count together: all recordings of a subject, or one"]


class Together(Preprocessor):
    """A step that takes an offset from each channel and divides it by a scale."""

    unit: ClassVar[str]
    per: Literal["subject", "recording"]

    @property
    def scope(self) -> Scope:
        return "recording" if self.per == "recording" else "session"

    @abstractmethod
    def measured(self, modality: str, place: int, recordings: Sequence[Recording]) -> tuple[float, float]:
        """What to take away, and what to divide by, for one channel of recordings that count together."""

    def apply(self, recording: Recording) -> Recording:
        return self.apply_all([recording])[0]

    def apply_all(self, recordings: Sequence[Recording]) -> Sequence[Recording]:
        if self.per == "subject":
            return self.scaled(recordings)
        return [one for recording in recordings for one in self.scaled([recording])]

    def scaled(self, recordings: Sequence[Recording]) -> list[Recording]:
        signals = [dict(recording.signals) for recording in recordings]
        for modality in dict.fromkeys(name for recording in recordings for name in recording.signals):
            holders = [recording for recording in recordings if modality in recording.signals]
            self.require_same_channels(modality, holders)
            count = len(holders[0].signals[modality].values)
            numbers = [self.measured(modality, place, holders) for place in range(count)]
            offset, scale = np.array(numbers, dtype=np.float64).reshape(count, 2).T[:, :, None]
            for changed in signals:
                if modality in changed:
                    values = np.subtract(changed[modality].values, offset, dtype=np.float64)
                    values /= scale
                    changed[modality] = replace(changed[modality], values=values, unit=self.unit)
        return [replace(recording, signals=changed) for recording, changed in zip(recordings, signals, strict=True)]

    def require_same_channels(self, modality: str, recordings: Sequence[Recording]) -> None:
        """Or their samples do not belong together."""
        first = recordings[0]
        for recording in recordings[1:]:
            one, other = described(first.signals[modality]), described(recording.signals[modality])
            if one != other:
                raise DataError(
                    f"{type(self).__name__.lower()}: '{modality}' of {first.subject} has {one} in session "
                    f"{first.session} and {other} in session {recording.session}; "
                    "make them alike before this step, or take per=recording."
                )


def described(signal: Signal) -> str:
    """The channels in words."""
    count = len(signal.values)
    names = f" ({', '.join(signal.channels)})" if signal.channels else ""
    return f"{count} {'channel' if count == 1 else 'channels'}{names}"
