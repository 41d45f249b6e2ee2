"""The input of estimators: windows without labels, and with labels for the training part."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.data.shared import SharedVectors
from bench.data.sources import ConcatSignals, Source, Vectors, WindowedSignal, taken
from bench.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.api import Array, Rows

VECTORS = (Vectors, SharedVectors)
NAMES = ("subject", "session", "trial", "stimulus")
INDEX = (*NAMES, "start", "stop", "relative_time", "trial_order")


class WindowSet:
    """Windows without labels. See `bench.api.Windows`."""

    def __init__(self, index: Mapping[str, Array], sources: Mapping[str, Source]) -> None:
        self.index = dict(index)
        self._sources = dict(sources)

    def __len__(self) -> int:
        return len(next(iter(self.index.values()))) if self.index else len(next(iter(self._sources.values()), ()))

    @property
    def subject(self) -> Array:
        return self._column("subject")

    @property
    def session(self) -> Array:
        return self._column("session")

    @property
    def trial(self) -> Array:
        return self._column("trial")

    @property
    def stimulus(self) -> Array:
        return self._column("stimulus")

    @property
    def start(self) -> Array:
        return self._column("start")

    @property
    def stop(self) -> Array:
        return self._column("stop")

    @property
    def relative_time(self) -> Array:
        return self._column("relative_time")

    @property
    def trial_order(self) -> Array:
        return self._column("trial_order")

    @property
    def modalities(self) -> tuple[str, ...]:
        return tuple(self._sources)

    def features(self, modality: str = "") -> Array:
        """Read-only, since estimators share the values."""
        values = self._vectors(modality).values.view()
        values.flags.writeable = False
        return values

    def feature_names(self, modality: str = "") -> tuple[str, ...]:
        return self._vectors(modality).names

    def signals(self, modality: str = "") -> Array:
        return self.recorded(modality).gather()

    def rate(self, modality: str = "") -> float:
        return self.recorded(modality).rate

    def take(self, rows: Rows) -> WindowSet:
        """Some of the windows. The result holds no reference to the others."""
        index = {name: values[rows] for name, values in self.index.items()}
        return WindowSet(index, taken(self._sources, rows))

    def only(self, modality: str) -> WindowSet:
        return WindowSet(self.index, {modality: self.source(modality)})

    def merged(self) -> WindowSet:
        vectors = {name: plain(source) for name, source in self._sources.items() if isinstance(source, VECTORS)}
        signals = {name: source for name, source in self._sources.items() if isinstance(source, WindowedSignal)}
        return WindowSet(
            self.index, {"+".join(self._sources): ConcatSignals(signals) if signals else Vectors.join(vectors)}
        )

    def replaced(self, sources: Mapping[str, Source]) -> WindowSet:
        """The same windows with other values of some modalities."""
        return WindowSet(self.index, {**self._sources, **sources})

    def labelled(self, labels: Array, classes: tuple[str, ...]) -> LabelledWindowSet:
        return LabelledWindowSet(self.index, self._sources, labels, classes)

    def _column(self, name: str) -> Array:
        if name in self.index:
            return self.index[name]
        given = (
            f"training windows have codes of {', '.join(self.index)}" if self.index else "windows to predict have none"
        )
        raise PluginError(
            f"Windows have no '{name}' here: {given}, and only a model that declares inputs = 'index' gets the index."
        )

    def source(self, modality: str) -> Source:
        if modality in self._sources:
            return self._sources[modality]
        if not modality and len(self._sources) == 1:
            return next(iter(self._sources.values()))
        wanted = f"'{modality}'" if modality else "one modality"
        raise PluginError(f"An estimator asked for {wanted}; these windows have {', '.join(self._sources) or 'none'}.")

    def _vectors(self, modality: str) -> Vectors:
        source = self.source(modality)
        if not isinstance(source, VECTORS):
            raise PluginError("An estimator asked for features, but its model declares inputs='signals'.")
        return plain(source)

    def vectors(self, modality: str) -> Vectors | SharedVectors | None:
        """The vectors of a modality; None if it is a signal."""
        source = self.source(modality)
        return source if isinstance(source, VECTORS) else None

    def recorded(self, modality: str) -> WindowedSignal | ConcatSignals:
        """The signal of a modality, or of several that were merged."""
        source = self.source(modality)
        if isinstance(source, VECTORS):
            raise PluginError("An estimator asked for signals, but its model declares inputs='features'.")
        return source

    def windowed_signal(self, modality: str) -> WindowedSignal:
        """The signal of one modality."""
        source = self.recorded(modality)
        assert isinstance(source, WindowedSignal)  # merged signals reach estimators only
        return source


class LabelledWindowSet(WindowSet):
    """Windows of a training or validation part. See `bench.api.LabelledWindows`."""

    def __init__(
        self, index: Mapping[str, Array], sources: Mapping[str, Source], labels: Array, classes: tuple[str, ...]
    ) -> None:
        super().__init__(index, sources)
        self.labels = np.asarray(labels)
        self.classes = classes


def plain(source: Vectors | SharedVectors) -> Vectors:
    """One vector per window."""
    return source if isinstance(source, Vectors) else Vectors(source.values, source.names)
