"""What the module behind an entry point declares: its plugins and listeners, and what is wrong with it."""

from __future__ import annotations

import difflib
import inspect
import re
import traceback
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import pluggy

from bench import api, hookspecs
from bench.errors import PluginError, described, package_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib import metadata

GROUP = "bench"
KINDS = (*api.KINDS, "command")
HOOK_OF = {kind: f"bench_{kind}s" for kind in KINDS}
EVENTS = ("bench_run_started", "bench_task_finished", "bench_run_finished")
HOOKS = [name for name in vars(hookspecs) if name.startswith("bench_")]
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
TARGET = re.compile(r"[\w.]+:\w+")


@dataclass
class Declared:
    """What one entry point declares."""

    plugins: list[tuple[str, api.Plugin]] = field(default_factory=list)  # kind, plugin
    listeners: list[str] = field(default_factory=list)  # hooks of events of a run
    problems: list[tuple[str, str]] = field(default_factory=list)  # problem, traceback or output

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> Declared:
        """Plugins are validated again, since the text comes from a process that imported the plugin."""
        plugins = [
            (kind, validated(api.Plugin(**each | {"tags": tuple(each["tags"])}))) for kind, each in found["plugins"]
        ]
        return cls(plugins, found["listeners"], [(problem, details) for problem, details in found["problems"]])


def declared(point: metadata.EntryPoint, manager: pluggy.PluginManager) -> Declared:
    """Import the module and call its hooks. Whatever it raises is a problem, except a KeyboardInterrupt."""
    found, package = Declared(), {package_of(point.value)}
    try:
        module = point.load()
        manager.register(module, name=point.value)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever a foreign package raises, the others go on
        found.problems.append((described(error, package) + unfrozen(error), traceback.format_exc()))
        return found
    found.problems += [(problem, "") for problem in problems_of_hooks(module)]
    for kind, hook in HOOK_OF.items():
        for provide in implementations(manager, hook, module):
            try:
                found.plugins += [(kind, validated(plugin)) for plugin in listed(provide())]
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # noqa: BLE001 - as above
                found.problems.append((f"{provide.__name__}: {described(error, package)}", traceback.format_exc()))
    found.listeners = [hook for hook in EVENTS for _ in implementations(manager, hook, module)]
    return found


def plugin_manager() -> pluggy.PluginManager:
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(hookspecs)
    return manager


def implementations(manager: pluggy.PluginManager, hook: str, module: Any) -> Iterator[Any]:
    """The functions of a module that implement a hook."""
    for implementation in getattr(manager.hook, hook).get_hookimpls():
        if implementation.plugin is module:
            yield implementation.function


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
