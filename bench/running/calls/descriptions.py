"""What plugins of other distributions declare, learnt from workers that import them."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bench.api import Combination, Configurable, Dataset, Fold
from bench.errors import PluginError, TaskError
from bench.foreign.description import restored
from bench.foreign.standins import Standin, error_of
from bench.options import values_of
from bench.readers.data_folders import data_root
from bench.running.limits import Limits
from bench.running.plugins import Plugins, version_of
from bench.running.workers import Desk, Workers
from bench.worker import confinement
from bench.worker.questions import Attributes, Call, Describe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.api import Array
    from bench.foreign.standins import Described
    from bench.worker.questions import Question

SECONDS = 120.0  # that a plugin may take to be imported and to answer
FOLDS = 100_000  # that a protocol may yield


@dataclass(frozen=True)
class Descriptions:
    """Asks workers, and remembers what a class and an instance declare."""

    workers: Workers
    known: dict[Any, Any] = field(default_factory=dict)

    def describe(self, target: str) -> Described:
        module, _, name = target.partition(":")
        found: Described = self.remembered((target,), module, Describe(module, name))
        return found

    def attributes(self, plugin: Standin) -> Described:
        module = type(plugin).__module__
        identity = type(plugin).__qualname__, json.dumps(values_of(plugin), sort_keys=True)
        found: Described = self.remembered((module, *identity), module, Attributes(plugin))  # type: ignore[arg-type]
        return found

    def call(self, plugin: Standin, method: str, arguments: tuple[Any, ...]) -> Any:
        desk = self.ask(Call(plugin, method, arguments), [plugin, *arguments])  # type: ignore[arg-type]
        if method == "folds":
            return iter(desk.folds)
        if desk.table:
            return desk.table
        if "options" in desk.value:
            return replace(plugin, **restored(desk.value["options"]))  # type: ignore[type-var]
        return restored(desk.value["plain"])

    def remembered(self, key: tuple[str, ...], module: str, question: Question) -> Any:
        """The answer, asked once for each version of the file."""
        place = (*key, version_of(module))
        if place not in self.known:
            self.known[place] = self.ask(question, [], module).value
        return self.known[place]

    def ask(self, question: Question, plugins: Sequence[Any], *modules: str) -> AnswerDesk:
        """Ask a worker that can import the plugins; raise where there is no answer."""
        found = Plugins.of([each for each in parts(plugins) if not isinstance(each, Dataset)])
        desk = AnswerDesk()
        ended = self.workers.run(question, desk, replace(found, modules=tuple(sorted({*found.modules, *modules}))))
        if desk.error:
            raise error_of(*desk.error)
        if not desk.answered:
            raise PluginError(ended.problem or "It ended without an answer; try 'bench check' on it")
        return desk


def parts(values: Sequence[Any]) -> list[Any]:
    """Plugins among the arguments of a method, and in combinations."""
    inside = [part for each in values if isinstance(each, Combination) for part in vars(each).values()]
    return [each for each in (*values, *inside) if isinstance(each, Configurable)]


class AnswerDesk(Desk):
    """Receives an answer, and before it what is no plain value: the folds of a protocol, or features."""

    def __init__(self) -> None:
        self.answered, self.value, self.error = False, dict[str, Any](), list[str]()
        self.folds: list[Fold] = []
        self.table: tuple[list[str], Array] | None = None

    def on_answered(self, values: Mapping[str, Any], _: Sequence[Array]) -> None:
        self.answered, self.value = True, values.get("value") or {}
        self.error = [str(each) for each in values.get("error", ())]

    def on_extracted(self, values: Mapping[str, Any], arrays: Sequence[Array]) -> None:
        self.table = list(map(str, values["names"])), arrays[0]

    def on_fold(self, values: Mapping[str, Any], rows: Sequence[Array]) -> None:
        if len(self.folds) == FOLDS:
            raise TaskError(f"It yields more than {FOLDS} folds.")
        train, validation, test = rows
        self.folds.append(Fold(values["name"], train, validation, test))


@functools.cache
def descriptions() -> Descriptions:
    """Those that know of no run: no worker may read data."""
    return Descriptions(Workers(confinement.best(), Limits.of(0, SECONDS, 1), (data_root(),)))
