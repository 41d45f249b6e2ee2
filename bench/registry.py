"""From entry points to plugins. Broken, duplicate or misspelt ones are reported and never fatal."""

from __future__ import annotations

import contextlib
import copy
import difflib
import importlib
import sys
from dataclasses import dataclass, is_dataclass, replace
from functools import cache, cached_property
from importlib import metadata
from typing import TYPE_CHECKING, Any

from bench import api
from bench.discovery import GROUP, KINDS, Declared, declared, plugin_manager, unfrozen
from bench.errors import PluginError, UsageError, described, package_of, unknown
from bench.foreign import standins

if TYPE_CHECKING:
    from collections.abc import Iterable

OWN = "affectbench"  # the distribution of this package, whose entry points are imported in this process
BUILT_IN = (
    "audit",
    "check",
    "data",
    "doctor",
    "forensics",
    "info",
    "leaderboard",
    "list",
    "plan",
    "plot",
    "reproduce",
    "run",
    "search",
    "show",
    "submit",
    "suite",
    "weights",
)  # commands that no plugin can replace
#: the classes of `bench.api` that a plugin of each kind derives from, imported when a plugin is
BASES = {
    "dataset": ("Dataset",),
    "preprocessor": ("Preprocessor", "Scaling", "StimulusFeatures", "Extractor", "PreprocessingPreset"),
    "model": ("Model",),
    "fusion": ("Fusion",),
    "protocol": ("Protocol",),
    "suite": ("Suite",),
    "executor": ("Executor",),
}


@dataclass(frozen=True)
class Entry:
    """One installed plugin and where it comes from."""

    kind: str
    plugin: api.Plugin
    package: str  # the module its entry point names
    distribution: str
    version: str
    here: bool = True  # whether its module may be imported in this process

    @property
    def name(self) -> str:
        return self.plugin.name

    def load(self) -> Any:
        """The target, or what stands for it; for the seven kinds it is a dataclass derived from the kind's class."""
        plugin = f"{self.kind} '{self.name}' of {self.distribution}"
        target = self._import(plugin) if self.here else self._ask(plugin)
        names = BASES.get(self.kind, ())
        bases = tuple(getattr(api, name) for name in names)
        if bases and not (isinstance(target, type) and issubclass(target, bases) and is_dataclass(target)):
            expected = " or ".join(f"bench.api.{name}" for name in names)
            raise PluginError(f"The {plugin} is not a dataclass derived from {expected}: {self.plugin.target}.")
        return target

    def _import(self, plugin: str) -> Any:
        module, _, attribute = self.plugin.target.partition(":")
        try:
            with contextlib.redirect_stdout(sys.stderr):  # so that what it prints is in no table and no JSON
                return getattr(importlib.import_module(module), attribute)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            reason = described(error, {package_of(self.package), package_of(module)})
            raise PluginError(f"The {plugin} cannot be imported: {reason}{unfrozen(error)}.") from error

    def _ask(self, plugin: str) -> Any:
        try:
            found = standins.asker().describe(self.plugin.target)
        except PluginError as error:
            raise PluginError(f"The {plugin} cannot be imported: {str(error).rstrip('.')}.") from error
        return standins.standin(found) if found else None


@dataclass(frozen=True)
class Broken:
    """An entry point or hook that failed."""

    package: str
    distribution: str
    problem: str
    details: str = ""


class Registry:
    """The installed plugins. Entry points come from the environment, or from the caller.

    `here`: whether modules of models, steps, fusions and protocols of other distributions are imported in this process.
    """

    def __init__(self, entry_points: Iterable[metadata.EntryPoint] | None = None, *, here: bool = False) -> None:
        self.here = here
        self.entries: dict[str, dict[str, Entry]] = {kind: {} for kind in KINDS}
        self._duplicates: dict[tuple[str, str], str] = {}
        self.listeners: list[tuple[str, str]] = []  # run events that packages listen to: package, hook
        points, self.broken = installed() if entry_points is None else (list(entry_points), [])
        origin = cache(origin_of)  # a distribution of many plugins is read once
        points.sort(key=lambda point: (point.name, point.value))
        foreign = [point for point in points if origin(point.dist)[0] != OWN]
        inquiry, manager = None, plugin_manager()
        if foreign:
            from bench.foreign.imports import Inquiry

            inquiry = Inquiry(foreign)
        found = [None if origin(point.dist)[0] != OWN else declared(point, manager) for point in points]
        others = iter(inquiry.results() if inquiry else ())
        for point, own in zip(points, found, strict=True):
            self._register(point, own or next(others), *origin(point.dist))

    def imported_here(self) -> Registry:
        """The same plugins, imported in this process."""
        found = copy.copy(self)
        found.here = True
        found.entries = {kind: {name: replace(entry, here=True) for name, entry in entries.items()}
                         for kind, entries in self.entries.items()}  # fmt: skip
        return found

    def names(self, kind: str) -> list[str]:
        return sorted(self.entries[kind])

    def get(self, kind: str, name: str) -> Entry:
        """The plugin of that kind and name; the error lists those that exist."""
        if (kind, name) in self._duplicates:
            raise UsageError(self._duplicates[kind, name])
        if name in self.entries[kind]:
            return self.entries[kind][name]
        raise UsageError(f"{self._failed()}{unknown(kind, name, self.entries[kind])}")

    def find(self, name: str) -> list[Entry]:
        """All plugins of that name, of whatever kind."""
        found = [kind[name] for kind in self.entries.values() if name in kind]
        if not found:
            for kind, duplicate in self._duplicates:
                if duplicate == name:
                    self.get(kind, name)
            known = {other for kind in self.entries.values() for other in kind}
            near = [f"'{other}'" for other in difflib.get_close_matches(name, known, n=3)]
            guess = f"; did you mean {' or '.join(near)}?" if near else "."
            raise UsageError(f"{self._failed()}There is no plugin '{name}'{guess} 'bench list' shows all of them.")
        return found

    def _failed(self) -> str:
        """The packages that failed to load and why, since a name may be missing because its package is broken."""
        found = {broken.package: broken.problem for broken in reversed(self.broken)}
        each = ", ".join(f"{package} ({found[package].splitlines()[0]})" for package in sorted(found))
        return f"Failed to load: {each}; 'bench list --broken' shows tracebacks. " if found else ""

    @cached_property
    def packages(self) -> frozenset[str]:
        """The top-level packages of all plugins."""
        entries = [entry for kind in self.entries.values() for entry in kind.values()]
        return frozenset(package_of(name) for entry in entries for name in (entry.package, entry.plugin.target))

    def _register(self, point: metadata.EntryPoint, found: Declared, distribution: str, version: str) -> None:
        def report(problem: str, details: str = "") -> None:
            self.broken.append(Broken(point.value, distribution, problem, details))

        for problem, details in found.problems:
            report(problem, details)
        for kind, plugin in found.plugins:
            here = self.here or not standins.POSSIBLE or distribution == OWN or kind not in standins.KINDS
            self._add(Entry(kind, plugin, point.value, distribution, version, here), report)
        self.listeners += [(point.value, hook) for hook in found.listeners]

    def _add(self, entry: Entry, report: Any) -> None:
        key = (entry.kind, entry.name)
        if entry.kind == "command" and entry.name in BUILT_IN:
            report(f"the command '{entry.name}' is built in; give yours another name")
            return
        other = self.entries[entry.kind].pop(entry.name, None)
        if other is None and key not in self._duplicates:
            self.entries[entry.kind][entry.name] = entry
            return
        if other is not None:
            self._duplicates[key] = (
                f"Two packages provide the {entry.kind} '{entry.name}': {other.package} of {other.distribution} "
                f"and {entry.package} of {entry.distribution}; uninstall one of them, or rename yours."
            )
        report(self._duplicates[key])


def installed() -> tuple[list[metadata.EntryPoint], list[Broken]]:
    """The entry points of all distributions, and distributions whose metadata cannot be read."""
    try:
        return list(metadata.entry_points(group=GROUP)), []
    except Exception:  # noqa: BLE001 - the metadata of one of the distributions are damaged
        return _installed_one_by_one()


def _installed_one_by_one() -> tuple[list[metadata.EntryPoint], list[Broken]]:
    points: dict[str, list[metadata.EntryPoint]] = {}
    broken = []
    for number, distribution in enumerate(metadata.distributions()):
        name = f"distribution {number}"
        try:
            name = origin_of(distribution)[0]
            points.setdefault(name, list(distribution.entry_points.select(group=GROUP)))
        except Exception as error:  # noqa: BLE001 - as above
            folder = str(getattr(distribution, "_path", name))
            broken.append(Broken(folder, name, f"its entry points cannot be read: {described(error, ())}"))
    return [point for each in points.values() for point in each], broken


def origin_of(distribution: metadata.Distribution | None) -> tuple[str, str]:
    """Name and version of a distribution."""
    if distribution is None:
        return "unknown", ""
    try:
        text = distribution.metadata
        return text["Name"] or "unknown", text["Version"] or ""
    except Exception:  # noqa: BLE001 - damaged, or not there
        return "unknown", ""
