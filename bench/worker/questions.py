"""Questions about a plugin, answered where it is imported: what it declares, and what its methods return."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, is_dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bench.api import Configurable, Extractor, Fold, Protocol
from bench.discovery import unfrozen
from bench.errors import BenchError, PluginError, described, package_of
from bench.foreign import description
from bench.foreign.standins import SHAPES, loaded
from bench.options import values_of

if TYPE_CHECKING:
    from pathlib import Path

    from bench.worker.harness import Harness

SIDES = ("train", "validation", "test")


class Question(ABC):
    """A question with one answer."""

    def run(self, harness: Harness, scratch: Path) -> None:
        try:
            answer: dict[str, Any] = {"value": self.answer(harness)}
        except BenchError as error:
            answer = {"error": description.error_to_json(error)}
        harness.call("answered", answer)

    @abstractmethod
    def answer(self, harness: Harness) -> Any:
        """A plain value."""


@dataclass(frozen=True)
class Describe(Question):
    """What a class declares."""

    module: str
    name: str

    def answer(self, harness: Harness) -> Any:
        try:
            cls = loaded(self.module, self.name)
        except BaseException as error:
            raise PluginError(described(error, {package_of(self.module)}) + unfrozen(error)) from error
        if not isinstance(cls, type) or not is_dataclass(cls) or not issubclass(cls, Configurable):
            return None
        return description.description(cls)


@dataclass(frozen=True)
class Attributes(Question):
    """The properties of an instance."""

    plugin: Configurable

    def answer(self, harness: Harness) -> Any:
        return description.attributes(self.plugin)


@dataclass(frozen=True)
class Call(Question):
    """What a method returns."""

    plugin: Configurable
    method: str
    arguments: tuple[Any, ...]

    def answer(self, harness: Harness) -> Any:
        if isinstance(self.plugin, Protocol) and self.method == "folds":
            return send_folds(harness, self.plugin, *self.arguments)
        if self.method == SHAPES:
            from bench.pretraining.init_weights import shapes_of

            return {"plain": description.plain(SHAPES, shapes_of(self.plugin, *self.arguments))}  # type: ignore[arg-type]
        found = getattr(self.plugin, self.method)(*self.arguments)
        if isinstance(self.plugin, Extractor) and self.method == "extract":
            names, values = found
            return harness.call("extracted", {"names": list(names)}, [np.asarray(values, dtype=np.float64)])
        if type(found) is type(self.plugin):
            return {"options": values_of(found)}
        return {"plain": description.plain(f"{type(self.plugin).__name__}.{self.method}()", found)}


def send_folds(harness: Harness, protocol: Protocol, table: pd.DataFrame) -> None:
    """Send one fold after the other, so that the harness can end a protocol without an end."""
    unchanged = table.copy()
    for fold in protocol.folds(table):
        if not isinstance(fold, Fold):
            raise PluginError(f"It yields {fold!r} as a fold; yield bench.api.Fold.")
        rows = [np.array(getattr(fold, side)) for side in SIDES]
        if any(each.dtype == object for each in rows):
            raise PluginError(f"The rows of fold '{fold.name}' are no array of row numbers.")
        harness.call("fold", {"name": fold.name}, rows)
    require_unchanged(table, unchanged)


def require_unchanged(table: pd.DataFrame, before: pd.DataFrame) -> None:
    """Raise if a protocol has changed the table that it was given."""
    try:
        pd.testing.assert_frame_equal(table, before)
    except AssertionError:
        raise PluginError("It changes the table; work on a copy.") from None
