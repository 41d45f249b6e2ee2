"""Preprocessing: steps on recordings, scalings, feature tables, and presets of whole chains."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Literal

from bench.api.plugin import Configurable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from bench.api.arrays import Array
    from bench.api.datasets import Dataset
    from bench.api.recordings import Recording

#: Which data can influence one output sample of a step: the window around it; the past of its recording; its whole
#: recording (transductive, unless each recording is a single window); all recordings of its subject (transductive);
#: or several subjects (leaky).
Scope = Literal["window", "past", "recording", "session", "everything"]


class Preprocessor(Configurable, ABC):
    """A step that transforms recordings, one subject at a time.

    Segments that a step receives have times and a code as their trial, but no targets, ratings or stimulus; subject and
    session are codes too. Labels are put back afterwards.
    """

    @property
    def scope(self) -> Scope:
        """Which data the step uses. The default is the cautious choice; narrow it where that is true."""
        return "session"

    @property
    def calibrates_on(self) -> str:
        """The condition (a class, stimulus or trial) that the step calibrates on, such as a resting baseline.

        Its segments have `calibrates` set. A row whose windows are of such a condition is called leaky.
        """
        return ""

    @abstractmethod
    def apply(self, recording: Recording) -> Recording:
        """Return a transformed recording, and leave the input unchanged. Missing samples (NaN) stay missing.

        Segments may become shorter or be dropped (count those in `excluded`); they are never moved or relabelled.
        """

    def apply_all(self, recordings: Sequence[Recording]) -> Sequence[Recording]:
        """Transform all recordings of one subject. Override it for a step that uses them together."""
        return [self.apply(recording) for recording in recordings]


class Scaling(Configurable, ABC):
    """A scaling of channels that is learnt in each fold, from its training windows only."""

    @abstractmethod
    def learn(self, chunks: Iterator[Array]) -> tuple[Array, Array]:
        """Return the offset and the divisor of each channel, from chunks of windows (n, channels, time)."""


class Extractor(Configurable, ABC):
    """A feature table: one vector per window and modality."""

    @abstractmethod
    def extract(self, windows: Array, rate: float, modality: str, channels: Sequence[str]) -> tuple[list[str], Array]:
        """Return names and values (n, features) for windows (n, channels, time), each row from its own window."""


class StimulusFeatures(Configurable, ABC):
    """A step that computes one vector per stimulus from its media file, such as features of a song."""

    @property
    def version(self) -> str:
        """The version of an external program that is used. Raise a `UsageError` if it is not installed."""
        return ""

    @abstractmethod
    def columns(self) -> Sequence[str]:
        """The names of the features."""

    @abstractmethod
    def extract(self, file: Path) -> Array:
        """Return the vector of one stimulus. Called from several threads; results are cached."""


class PreprocessingPreset(Configurable, ABC):
    """A named chain of steps for each modality."""

    @property
    def window(self) -> Mapping[str, Any]:
        """Defaults for the options `window.*`."""
        return {}

    @abstractmethod
    def chains(self, dataset: Dataset) -> Mapping[str, str]:
        """Modality -> chain, as users type it. May list modalities that the data set does not have."""
