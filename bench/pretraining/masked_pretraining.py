"""The specification of one pre-training."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from bench.api import Phase
from bench.pretraining.imputation_baselines import IMPUTATIONS, imputation_errors
from bench.pretraining.masked_network import MaskedNetwork
from bench.training.network_fit import NetworkFit

if TYPE_CHECKING:
    from bench.api import Pretrainable
    from bench.training.device_signals import DeviceSignals
    from bench.training.networks.network import Trainable

VALIDATION_SAMPLE = 128  # validation windows that are evaluated after each epoch


@dataclass(frozen=True, eq=False)
class MaskedPretraining(NetworkFit):
    """Training windows carry constant labels; validation windows are of other recordings."""

    @property
    def validates_each_epoch(self) -> bool:
        return self.validation is not None and len(self.validation) > 0

    @cached_property
    def plan(self) -> tuple[Phase, ...]:
        return (Phase(f"pretrain {'+'.join(self.inputs)}"),)

    def build(self) -> Trainable:
        return MaskedNetwork(cast("Pretrainable", self.model), self.inputs)

    def validate(self, network: Trainable, signals: DeviceSignals, phase: Phase) -> float:
        """The mean error over modalities."""
        assert self.validation is not None
        rows = np.unique(np.linspace(0, len(self.validation) - 1, VALIDATION_SAMPLE).astype(int))
        losses = imputation_errors(cast("MaskedNetwork", network), signals, self.validation.take(rows))
        return float(np.mean([of["network"] for of in losses.values()]))

    def summary(self, network: Trainable, signals: DeviceSignals) -> dict[str, Any]:
        """The error on all validation windows, beside imputations."""
        if self.validation is None or not self.validates_each_epoch:
            return {}
        return {
            "validation_errors": imputation_errors(
                cast("MaskedNetwork", network), signals, self.validation, IMPUTATIONS
            )
        }
