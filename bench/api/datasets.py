"""Data sets."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from bench.api.plugin import Configurable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bench.api.arrays import Array
    from bench.api.labels import LabelRule
    from bench.api.recordings import Recording


@dataclass(frozen=True)
class Card:
    """What users should know about a data set before they use it."""

    title: str
    home: str  # web page
    licence: str
    citation: str
    access: str = "open"  # otherwise whom to ask, and for what
    defects: tuple[str, ...] = ()  # known defects, one sentence each
    size: str = "unknown"  # of the download, and unpacked
    counts: tuple[str, ...] = ()  # one line each: subjects, trials, seconds per class


class Dataset(Configurable, ABC):
    """What was recorded, from whom, and with which labels.

    Data sets in files derive from `bench.readers.FileDataset`, which finds the folder and implements `digest`.
    """

    card: ClassVar[Card]
    #: a name shared by data sets with subjects in common, such as two releases of one study
    subject_pool: ClassVar[str] = ""

    @property
    @abstractmethod
    def modalities(self) -> tuple[str, ...]:
        """The modalities. Must be known without reading a file."""

    @property
    @abstractmethod
    def targets(self) -> Mapping[str, tuple[str, ...]]:
        """Target -> its classes, the positive class last. The first target is the default.

        Empty for a data set that serves only for pre-training.
        """

    @abstractmethod
    def subjects(self) -> Sequence[str]:
        """The subjects, in a fixed order."""

    @abstractmethod
    def load(self, subject: str) -> Sequence[Recording]:
        """The recordings of one subject."""

    @abstractmethod
    def digest(self) -> str:
        """A text that changes whenever `load` would return other values. Options and code need not be part of it."""

    @property
    def regression_targets(self) -> Mapping[str, str]:
        """Regression targets: name of the target (not one of `targets`) -> name of the rating in `Segment.ratings`."""
        return {}

    def label_rule(self, target: str) -> LabelRule | None:
        """The rule that turns ratings into classes of this target; None if segments name their class."""
        return None

    def excluded(self) -> Mapping[str, int]:
        """What no recording contains: reason -> number of subjects or files. `Recording.excluded` counts trials."""
        return {}

    @property
    def simulated(self) -> bool:
        """Whether the data are simulated. Shown in every record and on the leaderboard."""
        return False

    @property
    def remark(self) -> str:
        """What readers of a result table must know about these data, for example that they are a control."""
        return ""

    @property
    def fitted_on_all_subjects(self) -> tuple[str, ...]:
        """What was computed from all subjects before any fold was drawn. The audit marks such rows as leaky."""
        return ()

    @property
    def stimulus_modalities(self) -> tuple[str, ...]:
        """Modalities that are one vector per stimulus, such as features of a song. Used only on request."""
        return ()

    def stimulus_vectors(self, modality: str) -> tuple[Sequence[str], Mapping[str, Array]]:
        """Names of the features, and stimulus (as in `Segment.stimulus`) -> vector."""
        return (), {}

    def stimulus_media(self, modality: str) -> Mapping[str, Path]:
        """Stimulus -> its media file, where there is one. For steps that compute `stimulus_vectors` themselves."""
        return {}
