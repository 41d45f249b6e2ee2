"""The specification of one pre-training."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from bench.api import Phase
from bench.errors import TaskError
from bench.pretraining.imputation_baselines import IMPUTATIONS, imputation_errors
from bench.pretraining.masked_network import MaskedNetwork
from bench.training.device_signals import parts_of
from bench.training.network_fit import NetworkFit
from bench.training.networks.network import Unfused

if TYPE_CHECKING:
    from pathlib import Path

    from bench.api import Fusion, Pretrainable, Rows
    from bench.data.windows import LabelledWindowSet, WindowSet
    from bench.training.device_signals import DeviceSignals
    from bench.training.networks.network import Trainable

VALIDATION_SAMPLE = 128  # validation windows that are evaluated after each epoch
FEW = 5  # with fewer recordings, none is kept for validation


@dataclass(frozen=True)
class PretrainInputs:
    """What one branch is pre-trained on: windows without labels or names."""

    model: Pretrainable  # with the options of its pre-training
    fusion: Fusion
    branch: tuple[str, ...]  # its modalities
    corpora: tuple[tuple[str, WindowSet], ...]  # by name
    sample: WindowSet  # a window of the evaluated data set
    seed: int


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


def masked_pretraining(inputs: PretrainInputs, checkpoint: Path | None) -> MaskedPretraining:
    """The fit of one branch, with some recordings set aside for validation."""
    from bench.pretraining import corpora  # with pandas, which training itself does not need

    named = [(name, as_inputs(inputs, windows)) for name, windows in inputs.corpora]
    corpora.check_alike([*named, ("the evaluated data set", as_inputs(inputs, inputs.sample))])
    windows = corpora.concatenated([windows for _, windows in named])
    training, validation = split_recordings(windows, inputs.model.pretrain_validation_share, inputs.seed)
    if not len(training):
        raise TaskError(f"The corpora have no window with {' and '.join(inputs.branch)} to learn from.")
    parts = unlabelled(windows.take(training)), unlabelled(windows.take(validation))
    return MaskedPretraining(inputs.model, Unfused(), *parts, inputs.seed, checkpoint)


def as_inputs(inputs: PretrainInputs, windows: WindowSet) -> WindowSet:
    """The windows as inputs of the branch, merged where the fusion does so."""
    if windows.modalities == inputs.branch:
        return windows
    return inputs.fusion.merge(windows)  # type: ignore[return-value]


def unlabelled(windows: WindowSet) -> LabelledWindowSet:
    """Windows with a constant label, since the engine takes labelled ones."""
    return windows.labelled(np.zeros(len(windows), dtype=np.int64), ("",))


def split_recordings(windows: WindowSet, share: float, seed: int) -> tuple[Rows, Rows]:
    """Training and validation windows; a recording is on one side only."""
    recording = parts_of(windows)[0].recording
    every = np.unique(recording)
    if not share or len(every) < FEW:
        return np.arange(len(windows)), np.arange(0)
    count = max(1, round(share * len(every)))
    validation = np.isin(recording, np.random.default_rng([seed, 1]).permutation(every)[:count])
    return np.flatnonzero(~validation), np.flatnonzero(validation)
