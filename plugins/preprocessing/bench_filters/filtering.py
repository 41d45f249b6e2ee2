"""A filter run over each finite stretch of a recording."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import numpy as np
from scipy import signal as scipy_signal

from bench.api import Preprocessor
from bench.errors import DataError
from bench_filters.gaps import bridged

if TYPE_CHECKING:
    from bench.api import Array, Recording, Scope, Signal

Causal = Annotated[bool, "look at the past alone, which delays, instead of going there and back without a delay"]


class Filter(Preprocessor):
    """What the filters of this package share: zero phase or causal, and gaps."""

    causal: bool
    bridge: float

    @abstractmethod
    def sections(self, rate: float) -> Array:
        """The digital filter at that rate."""

    @property
    @abstractmethod
    def highest(self) -> float:
        """The highest frequency in Hz that the rate has to be able to hold."""

    @property
    @abstractmethod
    def slowest(self) -> float:
        """Seconds in which the slowest part of its ringing falls to 1/e, at any rate."""

    @property
    def scope(self) -> Scope:
        """Zero phase looks at a window alone where its ringing has fallen to 1e-7 after 10 s."""
        if self.causal:
            return "past"
        return "window" if self.slowest * math.log(1e7) <= 10 else "recording"

    def apply(self, recording: Recording) -> Recording:
        signals = {}
        for modality, signal in recording.signals.items():
            if signal.rate <= 2 * self.highest:
                raise DataError(
                    f"{type(self).__name__.lower()}: {self.highest:g} Hz needs more than {2 * self.highest:g} samples "
                    f"per second; '{modality}' of {recording.subject}/{recording.session} has {signal.rate:g}: "
                    f"choose a lower frequency, or leave the step out for '{modality}'."
                )
            signals[modality] = self.filtered(signal)
        return replace(recording, signals=signals)

    def filtered(self, signal: Signal) -> Signal:
        sections, run = self.sections(signal.rate), forward if self.causal else there_and_back
        values = np.full(np.shape(signal.values), np.nan)
        for channel, result in zip(signal.values, values, strict=True):
            samples, stretches, filled = bridged(channel, self.bridge * signal.rate + 1e-9)
            for start, stop in stretches:
                result[start:stop] = run(sections, samples[start:stop])
            for start, stop in filled:
                result[start:stop] = np.nan
        return replace(signal, values=values)


def forward(sections: Array, samples: Array) -> Array:
    """Once, as if the first sample had been there for ever."""
    steady = scipy_signal.sosfilt_zi(sections) * samples[0]
    return np.asarray(scipy_signal.sosfilt(sections, samples, zi=steady)[0])


def there_and_back(sections: Array, samples: Array) -> Array:
    """Twice, padded as SciPy does it by default; a stretch that is shorter than that is padded with all of it."""
    order = 2 * len(sections) + 1 - min((sections[:, 2] == 0).sum(), (sections[:, 5] == 0).sum())
    return np.asarray(scipy_signal.sosfiltfilt(sections, samples, padlen=min(3 * int(order), len(samples) - 1)))
