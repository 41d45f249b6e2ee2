"""Selection of channels."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np

from bench.api import Preprocessor
from bench.errors import UsageError
from bench_channels.names import places, plain

if TYPE_CHECKING:
    from bench.api import Recording, Scope, Signal


@dataclass(frozen=True)
class Channels(Preprocessor):
    """Keep channels under the given names, so that they agree between data sets."""

    scope: ClassVar[Scope] = "window"

    names: Annotated[tuple[str, ...], "channels to keep, in this order; empty: all"] = ()

    def __post_init__(self) -> None:
        for name, count in Counter(map(plain, self.names)).items():
            if count > 1:
                twice = [each for each in self.names if plain(each) == name]
                raise UsageError(f"channels: {' and '.join(map(repr, twice))} are one channel; name it once.")

    def apply(self, recording: Recording) -> Recording:
        if not self.names:
            return recording
        where = f"{recording.subject}/{recording.session}"
        signals = {
            modality: self.selected(signal, f"'{modality}' of {where}")
            for modality, signal in recording.signals.items()
        }
        return replace(recording, signals=signals)

    def selected(self, signal: Signal, where: str) -> Signal:
        rows = places("channels", self.names, signal, where)
        return replace(signal, values=np.asarray(signal.values)[rows], channels=self.names)
