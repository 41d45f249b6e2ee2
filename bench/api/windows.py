"""Windows: what estimators learn from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bench.api.arrays import Array


class Windows(Protocol):
    """Windows without labels.

    Training windows have a code (an integer) for their subject, session, trial and stimulus; codes differ between
    folds, and -1 is no stimulus. Windows to predict have none of these, and come in random order. Only a model that
    declares `inputs = "index"` gets the names, and the times, of all windows.
    """

    @property
    def subject(self) -> Array:
        """The subject of each window."""

    @property
    def session(self) -> Array:
        """The session of each window."""

    @property
    def trial(self) -> Array:
        """The trial of each window."""

    @property
    def stimulus(self) -> Array:
        """The stimulus of each window."""

    @property
    def start(self) -> Array:
        """Seconds from the start of the recording; for `inputs = "index"` only."""

    @property
    def stop(self) -> Array:
        """Seconds from the start of the recording; for `inputs = "index"` only."""

    @property
    def relative_time(self) -> Array:
        """The start as a share of the recording, from 0 to 1; for `inputs = "index"` only."""

    @property
    def trial_order(self) -> Array:
        """The place of the trial among those of its recording, from 0; for `inputs = "index"` only."""

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
