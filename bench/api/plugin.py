"""How a package announces its plugins, and the base of every plugin class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import pluggy

if TYPE_CHECKING:
    from collections.abc import Mapping

hookimpl = pluggy.HookimplMarker("bench")

KINDS = ("dataset", "preprocessor", "model", "fusion", "protocol", "suite", "executor")


@dataclass(frozen=True)
class Plugin:
    """One plugin: its name, and the class that implements it."""

    name: str  # what users type: lower-case words and digits, joined by hyphens
    target: str  # its class as "package.module:Class", imported when it is first needed; not a target of predictions
    about: str  # one sentence for `bench list`
    tags: tuple[
        str, ...
    ] = ()  # "baseline": a model added to every comparison; "default": a fusion used where none is named


@dataclass(frozen=True)
class Range:
    """The values that a numeric option can take, and where a search samples it.

    For example `C: Annotated[float, Range(1e-3, 1e3, log=True), "inverse of the penalty"] = 1.0`.
    """

    low: float
    high: float
    log: bool = False  # sample on a logarithmic scale
    sampled: tuple[float, float] | None = None  # where a search samples; None: everywhere


@dataclass(frozen=True)
class When:
    """A search samples an option only where another option of the plugin, above it, has one of these values.

    For example `Annotated[int, Range(2, 10), When("rule", "weighted", "stacking"), "inner splits"]`.
    """

    option: str
    values: tuple[Any, ...]

    def __init__(self, option: str, *values: Any) -> None:
        object.__setattr__(self, "option", option)
        object.__setattr__(self, "values", values)


class Configurable:
    """The base of every plugin class. Its dataclass fields are its options."""

    #: defaults under `--profile smoke|small|paper`: {"smoke": {"epochs": 2}}
    profiles: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    #: options that `bench check` sets, if some are required or the defaults are slow: {"low": 5, "high": 15}
    example: ClassVar[Mapping[str, Any]] = {}
    #: options that a hyper-parameter search varies; None: every option with a `Range` or a `Literal` type
    searched: ClassVar[tuple[str, ...] | None] = None
