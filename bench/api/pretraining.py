"""Networks that can be pre-trained without labels."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

from bench.api.networks import InputSpec, Phase, Staged
from bench.api.plugin import Range

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch.nn import Module

#: training options without effect on pre-training
UNUSED = (
    "decay", "clip", "class_weight", "patience", "label_fraction", "duration_unit", "step_size", "gamma", "tuning",
    "pretrain_exclude",
)  # fmt: skip


@dataclass(frozen=True)
class Pretrainable(Staged):
    """A staged model that can be pre-trained by predicting masked values.

    Spans of samples are masked, at the same times in all channels, and a decoder predicts them from the output of the
    last stage. Training with labels then starts from the pre-trained stages.
    """

    pretrain_epochs: Annotated[int, Range(1, 100_000), "passes over the corpora"] = 500
    pretrain_batch: Annotated[int, Range(2, 100_000), "windows per batch of pre-training"] = 128
    pretrain_rate: Annotated[float, Range(1e-6, 1, log=True), "peak learning rate of pre-training"] = 5e-4
    pretrain_warmup: Annotated[
        float, Range(0, 1), "share of pre-training in which the learning rate rises; then it falls linearly to zero"
    ] = 0.06
    pretrain_l2: Annotated[float, Range(0, 1), "L2 penalty of pre-training"] = 0.005
    mask_start_probability: Annotated[
        float, Range(0.0001, 0.5), "probability that a masked span starts at a sample"
    ] = 0.0325
    mask_span: Annotated[int, Range(1, 100_000), "samples per masked span; spans can overlap"] = 20
    pretrain_validation_share: Annotated[
        float, Range(0, 0.5), "share of the recordings of the corpora used only to evaluate pre-training"
    ] = 0.1
    pretrain_jointly: Annotated[
        bool, "pre-train one network on all modalities: mask one at a time, and predict it from itself and the others"
    ] = False
    pretrain_exclude: Annotated[
        Literal["windows", "trials", "subjects"],
        "test data excluded from pre-training on the evaluated data set: the test windows, their trials or subjects",
    ] = "windows"
    tuning: Annotated[
        Literal["full", "frozen"], "full: fine-tune everything; frozen: only what follows the last stage"
    ] = "full"

    @abstractmethod
    def decoder(self, modality: str, spec: InputSpec, width: int) -> Module:
        """Return a module (batch, width, time) -> (batch, spec.channels, spec.samples)."""

    def pretraining(self) -> Pretrainable:
        """Return this model with the options of its pre-training, and defaults for options without effect there.

        Models that are equal after this share their pre-trained weights.
        """
        defaults: dict[str, Any] = {item.name: item.default for item in fields(Pretrainable) if item.name in UNUSED}
        return replace(
            self, **defaults, epochs=self.pretrain_epochs, batch=self.pretrain_batch, learning_rate=self.pretrain_rate,
            warmup=self.pretrain_warmup, l2=self.pretrain_l2, schedule="linear", stopping="last",
        )  # fmt: skip

    def phases(self, fusion: Sequence[Phase], modalities: Sequence[str]) -> Sequence[Phase]:
        if self.tuning == "full":
            return fusion
        after_stages = ("exchanges", "join", "heads", *(f"encoders.{name}.embed" for name in modalities))
        return [phase if phase.learns == ("join",) else replace(phase, learns=after_stages) for phase in fusion]
