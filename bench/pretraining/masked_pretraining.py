"""Branches that are to be pre-trained."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from bench.api import Phase
from bench.pretraining.imputation_baselines import IMPUTATIONS, measured
from bench.pretraining.masked_network import MaskedNetwork
from bench.training.network_fit import NetworkFit

if TYPE_CHECKING:
    from bench.api import Pretrainable
    from bench.training.device_signals import DeviceSignals
    from bench.training.networks.network import Trainable

LOOK = 128  # windows of the recordings that were kept back which are looked at after each epoch


@dataclass(frozen=True, eq=False)
class MaskedPretraining(NetworkFit):
    """Its windows have labels that say nothing; those of its validation part are of recordings that were kept back."""

    @property
    def watched(self) -> bool:
        return self.validation is not None and len(self.validation) > 0

    @cached_property
    def plan(self) -> tuple[Phase, ...]:
        return (Phase(f"pretrain {'+'.join(self.inputs)}"),)

    def built(self) -> Trainable:
        return MaskedNetwork(cast("Pretrainable", self.model), self.inputs)

    def validate(self, network: Trainable, signals: DeviceSignals, phase: Phase) -> float:
        """What was told wrong of all modalities, each counting the same."""
        assert self.validation is not None
        rows = np.unique(np.linspace(0, len(self.validation) - 1, LOOK).astype(int))
        losses = measured(cast("MaskedNetwork", network), signals, self.validation.take(rows))
        return float(np.mean([of["network"] for of in losses.values()]))

    def seen(self, network: Trainable, signals: DeviceSignals) -> dict[str, Any]:
        """The loss on all that was kept back, beside guesses."""
        if self.validation is None or not self.watched:
            return {}
        return {"kept_back": measured(cast("MaskedNetwork", network), signals, self.validation, IMPUTATIONS)}
