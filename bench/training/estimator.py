"""A staged model as an ordinary estimator: one network, trained alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from bench.training import engine
from bench.training.network_fit import NetworkFit
from bench.training.networks.network import Unfused
from bench.training.settings import Settings

if TYPE_CHECKING:
    from bench.api import Array, LabelledWindows, Staged, Windows
    from bench.data.windows import LabelledWindowSet, WindowSet
    from bench.training.predictor import Predictor


class NetworkEstimator:
    """Trains with the default settings of the engine."""

    def __init__(self, model: Staged, seed: int, device: str) -> None:
        self.model, self.seed, self.settings = model, seed, Settings(device=device)

    def fit(self, train: LabelledWindows, validation: LabelledWindows | None) -> None:
        train, validation = cast("LabelledWindowSet", train), cast("LabelledWindowSet | None", validation)
        fit = NetworkFit(self.model, Unfused(), train, validation, self.seed)
        ((_, result),) = engine.train([fit], self.settings)
        if isinstance(result, Exception):
            raise result
        self.trained: Predictor = result

    def predict_proba(self, windows: Windows) -> Array:
        return self.trained.predict_proba(cast("WindowSet", windows))

    def parameters(self) -> int:
        return self.trained.parameters()
