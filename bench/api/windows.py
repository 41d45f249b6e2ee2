"""Windows: what estimators learn from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bench.api.arrays import Array


class Windows(Protocol):
    """Windows without labels. The six arrays of the index have one entry per window."""

    subject: Array
    session: Array
    trial: Array  # unique over the whole data set
    stimulus: Array
    start: Array  # seconds from the start of the recording
    stop: Array

    def __len__(self) -> int: ...

    @property
    def modalities(self) -> tuple[str, ...]:
        """The modalities."""

    def features(self, modality: str = "") -> Array:
        """Feature vectors, (n, features). Name the modality if there are several."""

    def feature_names(self, modality: str = "") -> tuple[str, ...]:
        """The names of the columns of `features`."""

    def signals(self, modality: str = "") -> Array:
        """Signals, (n, channels, time)."""

    def rate(self, modality: str = "") -> float:
        """Samples per second of `signals`."""

    def only(self, modality: str) -> Windows:
        """The same windows with one modality."""

    def merged(self) -> Windows:
        """The same windows with one modality: the features or channels of all modalities, concatenated."""


class LabelledWindows(Windows, Protocol):
    """Windows of a training or validation part, with labels."""

    labels: Array  # class numbers (int), or the values of a regression target (float)
    classes: tuple[str, ...]  # names of all classes, whether or not they occur here; empty for regression
