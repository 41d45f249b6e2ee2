"""Each channel as itself, its phasic and its tonic component."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np

from bench.api import Preprocessor, Range
from bench.errors import DataError

if TYPE_CHECKING:
    from bench.api import Array, Recording, Scope, Signal

SHORTEST, FEWEST = 4.0, 8  # seconds and samples that a stretch between gaps needs


@dataclass(frozen=True)
class CvxEDA(Preprocessor):
    """Channels become, say, `eda`, `eda.phasic` and `eda.tonic`; each stretch between gaps is decomposed by itself.

    A stretch of less than 4 s or 8 samples has no components: NaN. A signal that should be standardised first, as
    many papers do, needs `zscore` before this step.
    """

    keep: Annotated[tuple[Literal["original", "phasic", "tonic"], ...], "channels of the result, in this order"] = (
        "original",
        "phasic",
        "tonic",
    )
    boundary: Annotated[
        Literal["2017", "2025"], "state of the response before the first sample; 2017: a free variable; 2025: zero"
    ] = "2017"
    tau0: Annotated[float, Range(0.1, 20), "seconds in which a response decays"] = 2.0
    tau1: Annotated[float, Range(0.05, 10), "seconds in which a response rises"] = 0.7
    knot_seconds: Annotated[float, Range(1, 100), "seconds between knots of the tonic component"] = 10.0
    alpha: Annotated[float, Range(1e-6, 1, log=True), "penalty of the driver"] = 8e-4
    gamma: Annotated[float, Range(1e-6, 1, log=True), "penalty of the tonic component's splines"] = 1e-2

    scope: ClassVar[Scope] = "recording"

    def apply(self, recording: Recording) -> Recording:
        changed = {}
        for modality, signal in recording.signals.items():
            try:
                changed[modality] = self.decomposed(modality, signal)
            except ValueError as error:
                whose = f"'{modality}' of {recording.subject}, session {recording.session}"
                raise DataError(f"cvxeda cannot decompose {whose}: {str(error).removeprefix('cvxeda ')}") from error
        return replace(recording, signals=changed)

    def decomposed(self, modality: str, signal: Signal) -> Signal:
        """The components that are kept, of one channel after the other."""
        values = np.asarray(signal.values, dtype=np.float64)
        names = signal.channels or (
            (modality,) if len(values) == 1 else tuple(f"{modality}{number}" for number in range(1, len(values) + 1))
        )
        channels, kept = [], []
        for name, channel in zip(names, values, strict=True):
            parts = {"original": channel} | self.components(channel, signal.rate)
            channels += [parts[part] for part in self.keep]
            kept += [name if part == "original" else f"{name}.{part}" for part in self.keep]
        stacked = np.stack(channels) if channels else np.empty((0, values.shape[1]))
        return replace(signal, values=stacked, channels=tuple(kept))

    def components(self, channel: Array, rate: float) -> dict[str, Array]:
        """Phasic and tonic, NaN where there is none."""
        from bench_cvxeda.decomposition import cvxeda

        parts = {"phasic": np.full(len(channel), np.nan), "tonic": np.full(len(channel), np.nan)}
        pieces = [piece for piece in stretches(channel) if piece.stop - piece.start >= max(FEWEST, SHORTEST * rate)]
        found = cvxeda(
            [channel[piece] for piece in pieces],
            rate,
            tau0=self.tau0,
            tau1=self.tau1,
            knot_seconds=self.knot_seconds,
            alpha=self.alpha,
            gamma=self.gamma,
            boundary=self.boundary,
        )
        for number, piece in enumerate(pieces):
            parts["phasic"][piece], parts["tonic"][piece] = found.phasic[number], found.tonic[number]
        return parts


def stretches(channel: Array) -> list[slice]:
    """Where values are finite, without a gap."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], np.isfinite(channel), [False]])))
    return [slice(start, stop) for start, stop in edges.reshape(-1, 2)]
