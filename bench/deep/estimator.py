"""A staged model as an estimator like any other: one network, trained by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from bench.deep import engine
from bench.deep.member import Member
from bench.deep.network import Unjoined
from bench.deep.settings import Settings
from bench.errors import BenchError

if TYPE_CHECKING:
    from bench.api import Array, LabelledWindows, Staged, Windows
    from bench.data.windows import LabelledWindowSet, WindowSet
    from bench.deep.trained import Trained


class NetworkEstimator:
    """Learns with the engine's defaults."""

    def __init__(self, model: Staged, seed: int, device: str) -> None:
        self.model, self.seed, self.settings = model, seed, Settings(device=device)

    def fit(self, train: LabelledWindows, validation: LabelledWindows | None) -> None:
        train, validation = cast("LabelledWindowSet", train), cast("LabelledWindowSet | None", validation)
        member = Member(self.model, Unjoined(), train, validation, self.seed)
        ((_, result),) = engine.train([member], self.settings)
        if isinstance(result, BenchError):
            raise result
        self.trained: Trained = result

    def predict_proba(self, windows: Windows) -> Array:
        return self.trained.predict_proba(cast("WindowSet", windows))

    def parameters(self) -> int:
        return self.trained.parameters()
