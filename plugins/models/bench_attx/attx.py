"""AttX: its options, and which of its two kinds of branch a modality gets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from bench.api import Range, Staged
from bench.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch.nn import Module

    from bench.api import Dataset, InputSpec
    from bench.training.networks.encoder import Encoder

SLOW = frozenset({"eda", "gsr", "hr", "temp"})  # signals without a quick rhythm of their own


@dataclass(frozen=True)
class AttX(Staged):
    """AttX, section II-C: H_ecg for signals with a quick rhythm, H_eda for slow ones, one head for all.

    The paper names blocks, but no filters, kernels or strides. These sizes follow the authors' public
    network for ECG: 32, 64 and 128 filters, and kernels of 32, 16 and 8, made odd so that they have a
    middle. Both kinds have tensors of the same shape at the ends of stages 1 to 3, where they can meet.
    """

    width: Annotated[
        int,
        Range(1, 128, log=True, sampled=(4, 64)),
        "channels after stage 1; twice as many after stage 2, four times after stage 3",
    ] = 32
    reduction: Annotated[int, Range(1, 64), "how much narrower squeeze and excitation is inside"] = 16
    projection: Annotated[int, Range(1, 1024), "length of the embedding of a branch"] = 64
    hidden: Annotated[int, Range(1, 1024), "width of the two layers before the decision"] = 128
    batch_norm_momentum: Annotated[
        float, Range(1e-4, 1, log=True), "share of a batch in what batch normalisation remembers; 0.01: as in Keras"
    ] = 0.01
    branch: Annotated[
        Literal["auto", "ecg", "eda"],
        "kind of every branch; auto: eda for slow signals (eda, gsr, hr, temp), ecg for all others",
    ] = "auto"

    rate: Annotated[float, Range(32, 1000), "samples per second, where no --preprocess is named"] = 256

    exchange_stages: ClassVar[tuple[int, ...]] = (1, 2, 3)
    #: of Adam, as in Keras, in which the authors worked
    adam_eps: ClassVar[float] = 1e-7
    searched: ClassVar[tuple[str, ...] | None] = ("learning_rate", "batch", "width", "class_weight")
    profiles: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "smoke": {"width": 4, "reduction": 4, "batch_norm_momentum": 0.3, "epochs": 2, "batch": 64, "rate": 32},
        "small": {
            "width": 4, "reduction": 4, "batch_norm_momentum": 0.1, "epochs": 10, "batch": 64, "rate": 32,
            "learning_rate": 3e-3, "schedule": "cosine", "warmup": 0.1,
        },
    }  # fmt: skip
    example: ClassVar[Mapping[str, Any]] = {"width": 2, "reduction": 1, "epochs": 2, "batch": 64}

    def default_preprocessing(self, dataset: Dataset, modalities: Sequence[str]) -> str:
        """The paper's chain for ECG and EDA; other signals are standardised by subject and brought to the same rate."""
        chosen = set(modalities) or ({"ecg", "eda"} & set(dataset.modalities))
        if chosen and chosen <= {"ecg", "eda"} and (modalities or len(chosen) == 2):
            return f"attx(rate={self.rate:g})"
        return f"zscore | resample({self.rate:g})"

    def encoder(self, modality: str, spec: InputSpec) -> Encoder:
        from bench_attx.encoders import PlainCNN, SEResNet

        widths = (self.width, 2 * self.width, 4 * self.width)
        kind = SEResNet if self.kind(modality) == "ecg" else PlainCNN
        if spec.samples < kind.stride:
            raise UsageError(
                f"A window of {modality} has {spec.samples} samples, and AttX needs {kind.stride} or more: "
                "set -o window.length to more seconds, or resample to a higher rate."
            )
        return kind(widths, self)

    def kind(self, modality: str) -> str:
        """The kind of its branch; of merged ones (`ecg+wrist-eda`), a single quick one decides."""
        if self.branch != "auto":
            return self.branch
        return "eda" if SLOW.issuperset(part.rpartition("-")[2] for part in modality.split("+")) else "ecg"

    def head(self, dim: int, classes: int) -> Module:
        from bench_attx.head import head

        return head(dim, self.hidden, classes)
