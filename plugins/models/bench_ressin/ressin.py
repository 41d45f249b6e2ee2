"""Options of Res-SIN, and the kind of branch of a modality."""

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


@dataclass(frozen=True)
class ResSIN(Staged):
    """Res-SIN on PMEmo: images of skin conductance through ResNet-18, features of the music beside its embedding.

    The paper gives the loss, gradient descent, batches of 100, a rate of 1e-3, and a tenth of it after every 300
    iterations. Momentum of 0.9 is that of the author's later network. That an iteration is a step, not an epoch, and
    the end after 1,200 of them are our choice: from step 900 on the rate is 1e-6 or less. The other reading is
    -o model.duration_unit=epochs -o model.epochs=900.
    """

    epochs: int = 1200
    batch: int = 100
    duration_unit: Literal["epochs", "steps"] = "steps"
    optimiser: Literal["adam", "sgd"] = "sgd"
    schedule: Literal["constant", "linear", "cosine", "step"] = "step"
    step_size: int = 300

    width: Annotated[
        int, Range(1, 256, log=True), "channels of the stem and the first two units; then twice as many, three times"
    ] = 64
    block: Annotated[
        Literal["basic", "single"],
        "residual unit: two convolutions as in ResNet-18, or one without pooling after the stem",
    ] = "basic"
    size: Annotated[int, Range(0, 1024), "pixels per side of an image; 0: one row per second without resizing"] = 224
    crop: Annotated[int, Range(0, 256), "largest random shift of images in training, in pixels"] = 8
    hidden: Annotated[int, Range(1, 8192, log=True, sampled=(16, 1024)), "width of the layer before the output"] = 512
    double_softmax: Annotated[
        bool, "give the loss probabilities instead of logits, as the author's later code does; see the head"
    ] = False
    rate: Annotated[
        float, Range(2, 1000), "samples per second, where no --preprocess is named and there is no music"
    ] = 8

    time_axis: ClassVar[bool] = False
    takes_vectors: ClassVar[bool] = True
    variable_length: ClassVar[bool] = True
    searched: ClassVar[tuple[str, ...] | None] = ("learning_rate", "batch", "hidden", "class_weight")
    profiles: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "smoke": {"width": 4, "size": 16, "crop": 1, "hidden": 16, "epochs": 20, "batch": 16, "step_size": 10},
        "small": {"width": 8, "size": 32, "crop": 1, "hidden": 64, "epochs": 200, "batch": 32, "step_size": 120,
                    "learning_rate": 1e-2},
    }  # fmt: skip
    example: ClassVar[Mapping[str, Any]] = {
        "width": 2, "size": 16, "crop": 1, "hidden": 8, "epochs": 4, "batch": 64,
    }  # fmt: skip

    def default_preprocessing(self, dataset: Dataset, modalities: Sequence[str]) -> str:
        """The paper's chain where the data set has EDA and music; otherwise a z-score per subject at one rate."""
        paper = {"eda", *dataset.stimulus_modalities} & set(dataset.modalities)
        if len(paper) > 1 and paper.issuperset(modalities):
            return "ressin"
        return f"zscore | resample({self.rate:g})"

    def encoder(self, modality: str, spec: InputSpec) -> Encoder:
        from bench_ressin.encoders import Images, Vectors

        if spec.vector:
            return Vectors(spec.channels)
        row = f"A row of an image is one second of {modality}, and"
        if spec.rate < 2:
            raise UsageError(f"{row} it has {spec.rate:g} samples per second; resample it to 2 or more.")
        if spec.samples < int(spec.rate):
            raise UsageError(f"{row} a window is shorter; set -o window.length to 1 or more.")
        return Images(self, spec)

    def head(self, dim: int, classes: int) -> Module:
        from bench_ressin.heads import head

        return head(dim, self.hidden, classes, double_softmax=self.double_softmax)
