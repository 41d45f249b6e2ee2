"""Options of the pre-trained Transformer, and its training phases."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, cast

from bench.api import Pretrainable, Range
from bench.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch.nn import Module

    from bench.api import Dataset, InputSpec, Phase
    from bench.training.networks.encoder import Encoder

PAPER = frozenset({"ecg", "eeg"})


@dataclass(frozen=True)
class Transformer(Pretrainable):
    """The network of the paper on ECG and EEG of AMIGOS: a 1D-CNN, a Transformer, and a classifier on its CLS token.

    Training with labels has the numbers that the paper gives for EEG (section 4.3) for every modality, and a head that
    learns from frozen branches has its own (section 4.4). Pre-training, too, is that of EEG; what the paper says of ECG
    stands in an earlier one, which is said to have a peak rate of 1e-3: -o model.pretrain_rate=1e-3.
    Batches of 128 windows and the last epoch are our choice, since the paper names neither.
    """

    epochs: int = 100
    batch: int = 128
    learning_rate: float = 1e-4
    schedule: Literal["constant", "linear", "cosine", "step"] = "step"
    step_size: int = 45
    gamma: float = 0.65
    l2: float = 1e-5

    width: Annotated[
        int, Range(1, 256, log=True), "channels after the first convolution; then twice as many; tokens four times"
    ] = 64
    layers: Annotated[int, Range(1, 24), "layers of the Transformer"] = 2
    heads: Annotated[int, Range(1, 16), "attention heads, which share the width of a token"] = 2
    feedforward: Annotated[int, Range(1, 8192, log=True), "width inside its feed-forward networks"] = 1024
    dropout: Annotated[float, Range(0, 0.9), "in the Transformer"] = 0.1
    positions: Annotated[Literal["sinusoidal", "learned"], "encoding of positions"] = "sinusoidal"
    pooling: Annotated[Literal["cls", "mean"], "embedding: the CLS token, or the mean of all others"] = "cls"
    hidden: Annotated[
        int, Range(0, 8192), "width of the classifier, and length of the embedding; 0: 1024 for ECG, 64 for EEG"
    ] = 0
    classifier: Annotated[
        Literal["hidden", "linear"], "a hidden layer before the output, as in the paper, or none: a linear probe"
    ] = "hidden"
    fuse_epochs: Annotated[int, Range(1, 100_000), "epochs of training a head on frozen branches"] = 52
    fuse_rate: Annotated[float, Range(1e-6, 1, log=True), "learning rate of that head"] = 1e-5
    fuse_step_size: Annotated[int, Range(1, 100_000), "epochs between drops of its schedule=step"] = 20
    checkpointing: Annotated[bool, "recompute layers in the backward pass: less memory, more time, equal results"] = (
        False
    )
    rate: Annotated[float, Range(16, 1000), "sampling rate in Hz, if --preprocess is not given"] = 128

    exchange_stages: ClassVar[tuple[int, ...]] = (1, 2)
    profiles: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "smoke": {
            "width": 4, "feedforward": 16, "hidden": 16, "rate": 32, "epochs": 2, "batch": 32, "learning_rate": 1e-3,
            "pretrain_epochs": 2, "pretrain_batch": 32, "mask_start_probability": 0.124, "mask_span": 5,
            "fuse_epochs": 2, "fuse_rate": 1e-3,
        },
        "small": {
            "width": 4, "layers": 1, "heads": 1, "feedforward": 32, "hidden": 16, "pooling": "mean", "rate": 32,
            "epochs": 10, "batch": 16, "learning_rate": 4e-3, "schedule": "linear", "warmup": 0.1,
            "pretrain_epochs": 20, "pretrain_batch": 32, "pretrain_rate": 3e-3, "pretrain_l2": 0.0,
            "mask_start_probability": 0.124, "mask_span": 5, "fuse_epochs": 10, "fuse_rate": 4e-3,
        },
    }  # fmt: skip
    example: ClassVar[Mapping[str, Any]] = {
        "width": 2, "layers": 1, "heads": 1, "feedforward": 4, "hidden": 8, "epochs": 1, "batch": 64,
        "pretrain_epochs": 1, "fuse_epochs": 1,
    }  # fmt: skip

    def __post_init__(self) -> None:
        token = 4 * self.width
        if token % self.heads:
            possible = ", ".join(str(heads) for heads in range(1, 17) if token % heads == 0)
            raise UsageError(
                f"transformer: {self.heads} heads cannot share {token} channels (4 times model.width) evenly; "
                f"set -o model.heads to one of {possible}."
            )

    def default_preprocessing(self, dataset: Dataset, modalities: Sequence[str]) -> str:
        """The paper's chain for ECG and EEG; other signals are standardised per subject and resampled."""
        chosen = set(modalities) or (PAPER & set(dataset.modalities))
        if chosen <= PAPER and (modalities or chosen == PAPER):
            return f"transformer(rate={self.rate:g})"
        return f"zscore | resample({self.rate:g})"

    def encoder(self, modality: str, spec: InputSpec) -> Encoder:
        from bench_transformer.encoder import TransformerBranch

        hidden, dropout = self.last_layer(modality, spec.channels)
        return TransformerBranch(self, spec, hidden, dropout)

    def last_layer(self, modality: str, channels: int) -> tuple[int, float]:
        """Width and dropout of a classifier: EEG [paper] and other modalities of several channels; ECG and the rest."""
        kind = modality.rpartition("-")[2]
        if kind == "ecg" or (kind != "eeg" and channels == 1):
            return self.hidden or 1024, 0.3  # our choice: the paper leaves ECG to an earlier one
        return self.hidden or 64, 0.6

    def head(self, dim: int, classes: int) -> Module:
        from bench_transformer.heads import Output

        return Output(dim, classes)

    def joint_head(self, dim: int, classes: int) -> Module:
        from bench_transformer.heads import joint

        return joint(dim, classes)

    def decoder(self, modality: str, spec: InputSpec, width: int) -> Module:
        from bench_transformer.heads import Decoder

        return Decoder(width, 2 * self.width, spec.channels)

    def pretraining(self) -> Transformer:
        """Without what says how a classifier is made, how a fusion learns, or how signals come where none is named."""
        usual: dict[str, Any] = {name: getattr(Transformer, name) for name in DECIDING}
        return replace(cast("Transformer", super().pretraining()), **usual)

    def phases(self, fusion: Sequence[Phase], modalities: Sequence[str]) -> Sequence[Phase]:
        own = {
            "epochs": self.fuse_epochs,
            "learning_rate": self.fuse_rate,
            "step_size": self.fuse_step_size,
            "warmup": 0.0,
        }
        return [
            replace(phase, training={**own, **phase.training}) if phase.learns == ("join",) else phase
            for phase in super().phases(fusion, modalities)
        ]


#: options without effect on pre-training
DECIDING = ("pooling", "hidden", "classifier", "fuse_epochs", "fuse_rate", "fuse_step_size", "rate")
