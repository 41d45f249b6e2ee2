"""The components of skin conductance from the step 'cvxeda', and the responses in them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.signal import find_peaks

from bench.cli.plot.envelope import runs
from bench.errors import UsageError

if TYPE_CHECKING:
    from bench.api import Array, Signal
    from bench.cli.plot.view import View

#: From which height on a peak of the phasic component counts as a response: of microsiemens, or of its largest value.
HEIGHT, SHARE = 0.01, 0.05


@dataclass(frozen=True)
class Components:
    """The components of the first channel."""

    modality: str
    original: Signal
    tonic: Signal
    phasic: Signal
    residual: Signal
    threshold: float
    peaks: Array  # samples at which responses are highest

    @property
    def per_minute(self) -> float:
        """Responses per minute, without gaps."""
        known = int(np.isfinite(self.phasic.values).sum())
        return len(self.peaks) / max(known, 1) * self.phasic.rate * 60


def components(view: View, modality: str) -> Components:
    """The channels that the step has added."""
    signal = view.processed.signals[modality]
    base = [name for name in signal.channels if {f"{name}.phasic", f"{name}.tonic"} <= {*signal.channels}]
    if not base or len(signal.channels) != 3 * len(base):
        raise UsageError(
            "'bench plot eda' decomposes the skin conductance itself; leave steps that do so out of --preprocess, "
            "and cvxeda.keep as it is."
        )
    rows = [np.asarray(signal.values[signal.channels.index(f"{base[0]}{part}")], dtype=np.float64)
            for part in ("", ".tonic", ".phasic")]  # fmt: skip
    original, tonic, phasic = (replace(signal, values=row[np.newaxis], channels=()) for row in rows)
    residual = replace(original, values=original.values - tonic.values - phasic.values)
    threshold = HEIGHT if signal.unit == "uS" else SHARE * float(np.nanmax(rows[2], initial=0.0))
    return Components(modality, original, tonic, phasic, residual, threshold, peaks(rows[2], threshold))


def peaks(phasic: Array, threshold: float) -> Array:
    """Peaks of responses, in each interval without a gap."""
    found = [
        round(first) + find_peaks(phasic[round(first) : round(last)], prominence=max(threshold, 1e-12))[0]
        for first, last in runs(np.isfinite(phasic), np.arange(len(phasic) + 1))
    ]
    return np.concatenate(found) if found else np.zeros(0, dtype=np.intp)
