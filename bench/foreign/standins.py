"""Stand-ins for plugin classes whose modules are not imported here: they have the options and what the class declares.

What a method would return, a stand-in asks a worker.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import json
import sys
from abc import ABCMeta
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from bench import api, errors
from bench.foreign import description
from bench.foreign.description import annotation, restored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bench.api import Configurable

    Described = Mapping[str, Any]


POSSIBLE = sys.platform == "linux"  # elsewhere there are no workers that could be asked
SHAPES = "shapes of pre-trained weights"  # asked like a method: `bench.pretraining.init_weights.shapes_of`
KINDS = ("preprocessor", "model", "fusion", "protocol")  # whose plugins must not see held-out labels


class Asker(Protocol):
    """Asks workers about plugins."""

    def describe(self, target: str) -> Described:
        """The description of a class."""

    def attributes(self, plugin: Standin) -> Described:
        """The properties of an instance."""

    def call(self, plugin: Standin, method: str, arguments: tuple[Any, ...]) -> Any:
        """What a method returns."""


class Standin:
    """What stands for a plugin."""

    described: ClassVar[Described]

    def __post_init__(self) -> None:
        if self.described["validates"]:
            _ = self.attributes

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """In another process that `pickle` leads to, it is the plugin itself."""
        return rebuilt, (self.described["module"], self.described["name"], options_as_they_are(self))

    @functools.cached_property
    def attributes(self) -> Described:
        found = self.__dict__.get("given")
        return asker().attributes(self) if found is None else found


def standin(described: Described) -> type[Any]:
    """The class that stands for the one that is described; the same class for the same description."""
    return _standin(json.dumps(described))


@functools.lru_cache(maxsize=1024)
def _standin(text: str) -> type[Any]:
    described = json.loads(text)
    bases = tuple(getattr(api, str(name)) for name in described["bases"])
    names: dict[str, Any] = {
        "__module__": described["module"],
        "__qualname__": described["name"],
        "__doc__": described["text"],
        "__annotations__": {option["name"]: annotation(option) for option in described["options"]},
        "described": described,
        **{name: restored(value) for name, value in described["values"].items()},
        **{name: property(functools.partial(attribute, name=name)) for name in described["properties"]},
        **{name: method_asking(name) for name in methods_of(described)},
        **{option["name"]: default_of(option) for option in described["options"] if "default" in option},
    }
    made = ABCMeta(described["name"].rpartition(".")[2], (Standin, *bases), names)
    cls: type[Any] = dataclass(frozen=True, kw_only=True)(made)
    fields = cls.__dataclass_fields__
    cls.__dataclass_fields__ = {option["name"]: fields[option["name"]] for option in described["options"]}
    return cls


def default_of(option: Described) -> Any:
    default = restored(option["default"])
    return Path(default) if isinstance(default, str) and "path" in json.dumps(option["kind"]) else default


def methods_of(described: Described) -> list[str]:
    """Folds come from one question, not from one for each fold."""
    return [*described["methods"], *(["folds"] if "Protocol" in described["bases"] else [])]


def attribute(plugin: Standin, name: str) -> Any:
    found = plugin.attributes[name]
    if "error" in found:
        raise error_of(*found["error"])
    return restored(found["value"])


def method_asking(name: str) -> Callable[..., Any]:
    def ask(self: Standin, *arguments: Any) -> Any:
        return asker().call(self, name, arguments)

    return ask


def error_of(kind: str, message: str) -> errors.BenchError:
    """An error that a worker has reported."""
    found = vars(errors).get(kind)
    if isinstance(found, type) and issubclass(found, errors.BenchError):
        return found(message)
    return errors.PluginError(message)


def loaded(module: str, name: str) -> Any:
    """The class itself; this imports the plugin."""
    return functools.reduce(getattr, name.split("."), importlib.import_module(module))


def real(plugin: Any) -> Any:
    """The plugin itself instead of a stand-in; this imports it."""
    if not isinstance(plugin, Standin):
        return plugin
    make, values = plugin.__reduce__()
    return make(*values)


def rebuilt(module: str, name: str, options: Mapping[str, Any]) -> Any:
    return loaded(module, name)(**options)


def options_as_they_are(plugin: Standin) -> dict[str, Any]:
    return {option["name"]: getattr(plugin, option["name"]) for option in plugin.described["options"]}


def instance(described: Described, options: Mapping[str, Any], attributes: Described) -> Configurable:
    """A stand-in for an instance that is known as a whole."""
    found: Configurable = object.__new__(standin(described))
    for name, value in (*restored(options).items(), ("given", attributes)):
        object.__setattr__(found, name, value)
    return found


def known_instance(plugin: Configurable) -> tuple[Callable[..., Configurable], tuple[Described, ...]]:
    """How to make a stand-in for an instance somewhere else, as `pickle` takes it."""
    return instance, description.instance_to_json(plugin)


_askers: list[Asker] = []


@contextlib.contextmanager
def asking(found: Asker) -> Iterator[None]:
    """Have this one ask."""
    _askers.append(found)
    try:
        yield
    finally:
        _askers.remove(found)


def asker() -> Asker:
    if not _askers:
        from bench.running.calls.descriptions import descriptions

        _askers.append(descriptions())
    return _askers[-1]
