"""Another rate."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import numpy as np

from bench.api import Preprocessor, Range
from bench.errors import DataError
from bench_filters.gaps import BRIDGE, Bridge, bridged
from bench_filters.polyphase import lowpass, resampled
from bench_filters.ratio import LARGEST, simplest

if TYPE_CHECKING:
    from fractions import Fraction

    from bench.api import Recording, Scope, Signal


@dataclass(frozen=True)
class Resample(Preprocessor):
    """`scipy.signal.resample_poly` by the ratio of the rates: sample k of the result lies at k / rate seconds.

    Rates are taken as written (15.3846 is 153846/10000). A ratio whose numbers are above 10,000 is replaced by the
    nearest that has smaller ones, if it is that by no more than one in a million; other rates are refused.
    """

    example: ClassVar[Mapping[str, Any]] = {"rate": 16}

    rate: Annotated[float, Range(1e-3, 1e5, log=True), "samples per second"]
    ends: Annotated[
        Literal["zero", "hold"], "beyond the ends and gaps of a signal lie zeros, as in SciPy, or its last value"
    ] = "zero"
    bridge: Bridge = BRIDGE

    @property
    def scope(self) -> Scope:
        """It looks at ten samples to either side, of the slower of both rates."""
        return "window" if self.rate >= 1 else "recording"

    def apply(self, recording: Recording) -> Recording:
        signals = {}
        for modality, signal in recording.signals.items():
            ratio = simplest(signal.rate, self.rate)
            if ratio is None:
                raise DataError(
                    f"resample: the ratio of {self.rate:.12g} Hz to the {signal.rate:.12g} Hz of '{modality}' of "
                    f"{recording.subject}/{recording.session} is not one of whole numbers up to {LARGEST:,}; "
                    "choose a rate such as a whole number, or that of the signal."
                )
            signals[modality] = self.resampled(signal, ratio)
        return replace(recording, signals=signals)

    def resampled(self, signal: Signal, ratio: Fraction) -> Signal:
        up, down = ratio.as_integer_ratio()
        if up == down:
            return replace(signal, rate=self.rate)
        values = np.full((len(signal.values), -(-signal.values.shape[1] * up // down)), np.nan)
        taps = lowpass(up, down)
        for channel, result in zip(signal.values, values, strict=True):
            samples, stretches, filled = bridged(channel, self.bridge * signal.rate + 1e-9)
            for start, stop in stretches:
                first, end = (-(-edge * up // down) for edge in (start, stop))
                late = first * down - start * up  # of the first sample after the stretch begins, in 1 / (up x rate)
                stretch, hold = samples[start:stop], self.ends == "hold"
                result[first:end] = resampled(stretch, taps, ratio, late, end - first, hold=hold)
            for start, stop in filled:
                result[-(-start * up // down) : -(-stop * up // down)] = np.nan
        return replace(signal, values=values, rate=self.rate)
