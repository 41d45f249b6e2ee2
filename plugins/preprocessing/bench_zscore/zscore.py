"""The user-specific z-score of many papers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from bench.api import Preprocessor

if TYPE_CHECKING:
    from bench.api import Recording, Scope, Signal


@dataclass(frozen=True)
class ZScore(Preprocessor):
    """Uses the whole session, also of a person who is held out: the audit calls that transductive."""

    scope: ClassVar[Scope] = "session"

    def apply(self, recording: Recording) -> Recording:
        signals = {modality: standardised(signal) for modality, signal in recording.signals.items()}
        return replace(recording, signals=signals)


def standardised(signal: Signal) -> Signal:
    """NaN stays NaN, and a constant channel becomes zero."""
    values = np.asarray(signal.values, dtype=np.float64)
    known = np.isfinite(values)
    count = np.maximum(known.sum(axis=1, keepdims=True), 1)
    mean = np.where(known, values, 0).sum(axis=1, keepdims=True) / count
    low = np.where(known, values, np.inf).min(axis=1, keepdims=True, initial=np.inf)
    high = np.where(known, values, -np.inf).max(axis=1, keepdims=True, initial=-np.inf)
    mean = np.where(low == high, low, mean)  # rounding must not make a constant move
    spread = np.sqrt((np.where(known, values - mean, 0) ** 2).sum(axis=1, keepdims=True) / count)
    scaled = (values - mean) / np.where(spread > 0, spread, 1)
    return replace(signal, values=scaled.astype(np.float32), unit="z")
