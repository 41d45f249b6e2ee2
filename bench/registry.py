"""From entry points to plugins. Broken, duplicate or misspelt ones are reported and never fatal."""

from __future__ import annotations

import difflib
import importlib
import inspect
import re
import traceback
from collections.abc import Iterable
from dataclasses import dataclass, is_dataclass
from functools import cache, cached_property
from importlib import metadata
from typing import TYPE_CHECKING, Any

import pluggy

from bench import api, hookspecs
from bench.errors import PluginError, UsageError, described, package_of, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

GROUP = "bench"
BUILT_IN = (
    "audit",
    "check",
    "data",
    "doctor",
    "info",
    "leaderboard",
    "list",
    "plot",
    "reproduce",
    "run",
    "show",
    "weights",
)  # commands that no plugin can replace
HOOK_OF = {kind: f"bench_{kind}s" for kind in api.KINDS}
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
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
TARGET = re.compile(r"[\w.]+:\w+")


@dataclass(frozen=True)
class Entry:
    """One installed plugin and where it comes from."""

    kind: str
    plugin: api.Plugin
    package: str  # the module its entry point names
    distribution: str
    version: str

    @property
    def name(self) -> str:
        return self.plugin.name

    def load(self) -> Any:
        """Import the target; for the seven kinds it must be a dataclass derived from the kind's class."""
        module, _, attribute = self.plugin.target.partition(":")
        plugin = f"{self.kind} '{self.name}' of {self.distribution}"
        try:
            target = getattr(importlib.import_module(module), attribute)
        except (Exception, SystemExit) as error:
            reason = described(error, {package_of(self.package), package_of(module)})
            raise PluginError(f"The {plugin} cannot be imported: {reason}{unfrozen(error)}.") from error
        names = BASES.get(self.kind, ())
        bases = tuple(getattr(api, name) for name in names)
        if bases and not (isinstance(target, type) and issubclass(target, bases) and is_dataclass(target)):
            expected = " or ".join(f"bench.api.{name}" for name in names)
            raise PluginError(f"The {plugin} is not a dataclass derived from {expected}: {self.plugin.target}.")
        return target


@dataclass(frozen=True)
class Broken:
    """An entry point or hook that failed."""

    package: str
    distribution: str
    problem: str
    details: str = ""


class Registry:
    """The installed plugins. Entry points come from the environment, or from the caller."""

    def __init__(self, entry_points: Iterable[metadata.EntryPoint] | None = None) -> None:
        self.broken: list[Broken] = []
        self.entries: dict[str, dict[str, Entry]] = {kind: {} for kind in (*api.KINDS, "command")}
        self._duplicates: dict[tuple[str, str], str] = {}
        self._manager = pluggy.PluginManager(GROUP)
        self._manager.add_hookspecs(hookspecs)
        points = metadata.entry_points(group=GROUP) if entry_points is None else entry_points
        origin = cache(origin_of)  # a distribution of many plugins is read once
        for point in sorted(points, key=lambda point: (point.name, point.value)):
            self._load(point, *origin(point.dist))

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

    @cached_property
    def listeners(self) -> list[tuple[str, str, Any]]:
        """Run events that plugins listen to: package, hook name, function."""
        events = ("bench_run_started", "bench_task_finished", "bench_run_finished")
        return [
            (implementation.plugin_name, hook, implementation.function)
            for hook in events
            for implementation in getattr(self._manager.hook, hook).get_hookimpls()
        ]

    def _load(self, point: metadata.EntryPoint, distribution: str, version: str) -> None:
        def report(problem: str, details: str = "") -> None:
            self.broken.append(Broken(point.value, distribution, problem, details))

        package = {package_of(point.value)}
        try:
            module = point.load()
            self._manager.register(module, name=point.value)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a stranger's package raises, the others go on
            report(described(error, package) + unfrozen(error), traceback.format_exc())
            return
        for problem in problems_of_hooks(module):
            report(problem)
        for kind in self.entries:
            for provide in self._implementations(HOOK_OF.get(kind, "bench_commands"), module):
                try:
                    plugins = [validated(plugin) for plugin in listed(provide())]
                except (Exception, SystemExit) as error:  # noqa: BLE001 - as above
                    report(f"{provide.__name__}: {described(error, package)}", traceback.format_exc())
                    continue
                for plugin in plugins:
                    self._add(Entry(kind, plugin, point.value, distribution, version), report)

    def _implementations(self, hook: str, module: Any) -> Iterator[Any]:
        for implementation in getattr(self._manager.hook, hook).get_hookimpls():
            if implementation.plugin is module:
                yield implementation.function

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


def origin_of(distribution: metadata.Distribution | None) -> tuple[str, str]:
    """Name and version of a distribution."""
    if distribution is None:
        return "unknown", ""
    text = distribution.metadata
    return text["Name"], text["Version"]


HOOKS = [name for name in vars(hookspecs) if name.startswith("bench_")]


def problems_of_hooks(module: Any) -> Iterator[str]:
    """Problems of functions that look like hook implementations: misspelt, or not marked."""
    for name, function in inspect.getmembers_static(module, inspect.isroutine):
        marked = hasattr(function, "bench_impl")
        if marked and name not in HOOKS:
            near = difflib.get_close_matches(name, HOOKS, n=1)
            yield f"there is no hook '{name}'" + (f"; did you mean '{near[0]}'?" if near else "")
        elif name in HOOKS and not marked:
            yield f"'{name}' is not marked with @bench.api.hookimpl"


def unfrozen(error: BaseException) -> str:
    """What to type where Python's own message for a plugin class that is not frozen does not say it."""
    return "; write @dataclass(frozen=True)" if "cannot inherit non-frozen dataclass" in str(error) else ""


def listed(plugins: Any) -> Iterable[Any]:
    """What a hook has returned, if it can be a list of plugin records."""
    if isinstance(plugins, Iterable):
        return plugins
    returned = "one Plugin" if isinstance(plugins, api.Plugin) else repr(plugins)
    raise PluginError(f"return a list of Plugin records, not {returned}")


def validated(plugin: Any) -> api.Plugin:
    """Check a plugin record that a hook has returned."""
    if not isinstance(plugin, api.Plugin):
        raise PluginError(f"expected bench.api.Plugin records, got {plugin!r}")
    if not isinstance(plugin.name, str) or not NAME.fullmatch(plugin.name):
        raise PluginError(f"the name {plugin.name!r} is not lower-case words joined by hyphens")
    if not isinstance(plugin.target, str) or not TARGET.fullmatch(plugin.target):
        raise PluginError(f"the target {plugin.target!r} of '{plugin.name}' is not 'package.module:Class'")
    if not isinstance(plugin.about, str):
        raise PluginError(f"the description {plugin.about!r} of '{plugin.name}' is not a text")
    if not isinstance(plugin.tags, tuple) or not all(isinstance(tag, str) for tag in plugin.tags):
        raise PluginError(f"the tags {plugin.tags!r} of '{plugin.name}' are not a tuple of texts")
    return plugin
