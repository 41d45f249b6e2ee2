"""The code that a target uses: every module of every plugin package that it imports, directly or not.

Imports are read from syntax trees, those inside functions included and those for type checkers left out; nothing is
imported for it. So two things are not seen: modules that are imported by a computed name (`importlib.import_module`),
and what a package does to its own `__path__`. Add an ordinary import of such a module, inside a function if need be.
Data files of a package are no code; the version of its distribution, which is part of a key too, stands for them.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import sys
from dataclasses import dataclass
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING

from bench.api import MODULE_OF
from bench.code import syntax
from bench.digests import digest
from bench.registry import installed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from importlib.machinery import ModuleSpec

CORE = "bench"  # the package whose modules are digested apart from those of plugins: see `bench.code.core`


@dataclass(frozen=True)
class Dependencies:
    """What a walk along imports found."""

    modules: dict[str, str]  # name -> digest of its syntax tree
    core: tuple[str, ...]  # modules of bench that those import


@functools.cache
def dependencies(target: str) -> Dependencies:
    """The plugin modules behind "package.module:Class", and the modules of bench that they import themselves."""
    root, core = target.partition(":")[0], set()

    def follow(_importer: str, module: str) -> bool:
        package = module.partition(".")[0]
        if package == CORE:
            core.add(module)  # or a class of one
            return False
        return package == root.partition(".")[0] or is_plugin(package)

    found = dict(walk([root], follow))
    return Dependencies(found, tuple(sorted(module for module in core if specification(module))))


@functools.cache
def code_digest(target: str) -> str:
    """A digest of the code of plugins that a target uses."""
    return digest(sorted(dependencies(target).modules.items()))


def forget() -> None:
    """Look at the files again, as a new process would."""
    importlib.invalidate_caches()
    for function in (dependencies, code_digest, parsed, specification, is_plugin, is_installed, installed_by_plugins):
        function.cache_clear()


def walk(roots: Iterable[str], follow: Callable[[str, str], bool]) -> Iterator[tuple[str, str]]:
    """Modules with the digests of their trees: the roots, and whatever `follow(importer, module)` wants of the rest."""
    begin = [root for root in roots if follow("", root)]
    seen, waiting = set(begin), sorted(begin)
    while waiting:
        module = waiting.pop()
        found = parsed(module)
        if found is None:
            continue  # a class or a function of a module, or a package that is not installed
        yield module, found.digest
        for name in found.imports:
            if name not in seen and follow(module, name):
                seen.add(name)
                waiting.append(name)
    syntax.keep()


@functools.cache
def parsed(module: str) -> syntax.Source | None:
    """The digest of a module's tree, and the full names of what it imports; None where there is no such module."""
    spec = specification(module)
    if spec is None:
        return None
    if not spec.has_location or spec.origin is None:  # a namespace package
        return syntax.Source("", tuple(expanded((), module, module)))
    path, package = Path(spec.origin), module if spec.submodule_search_locations is not None else parent(module)
    source = syntax.source(path) if path.is_file() else syntax.parse(spec.loader.get_data(spec.origin))  # type: ignore[union-attr]
    return syntax.Source(source.digest, tuple(dict.fromkeys(expanded(source.imports, package, module))))


def expanded(imports: Iterable[str], package: str, module: str) -> Iterator[str]:
    """Full names of imported modules, and of the packages around them and the module, which Python runs first."""
    for written in (*imports, module):
        try:
            name = importlib.util.resolve_name(written, package)
        except ImportError:  # beyond the top-level package
            continue
        if parent(name) == "bench.api":  # which loads its modules lazily
            name = f"bench.api.{MODULE_OF.get(name.rpartition('.')[2], name.rpartition('.')[2])}"
        while name:
            yield name
            name = parent(name)


def parent(module: str) -> str:
    return module.rpartition(".")[0]


@functools.cache
def specification(module: str) -> ModuleSpec | None:
    """Where a module lies, found without importing the packages around it."""
    try:
        if not parent(module):
            return importlib.util.find_spec(module)
        around = specification(parent(module))
        places = around.submodule_search_locations if around else None
        return PathFinder.find_spec(module, list(places)) if places is not None else None
    except (ImportError, ValueError):  # what has no specification, such as `__main__`
        return None


@functools.cache
def is_plugin(package: str) -> bool:
    """Whether a top-level package is part of a plugin, rather than a library that plugins use.

    It is one in two cases: its distribution has an entry point in the group `bench`, or no installer has put it where
    it is, so that somebody works on it, in an editable installation or on PYTHONPATH.
    """
    spec = None if package in sys.stdlib_module_names else specification(package)
    if spec is None:
        return False
    if spec.submodule_search_locations is not None:
        folders = [Path(place).parent for place in spec.submodule_search_locations]
    elif spec.has_location and spec.origin:
        folders = [Path(spec.origin).parent]
    else:
        return False
    return not all(map(is_installed, folders)) or package in installed_by_plugins()


@functools.cache
def is_installed(folder: Path) -> bool:
    """Whether installers write to this folder."""
    return folder.name in {"site-packages", "dist-packages"} or any(folder.glob("*.dist-info"))


@functools.cache
def installed_by_plugins() -> set[str]:
    """The top-level packages of all distributions that have an entry point in the group `bench`."""
    points, _ = installed()
    distributions = {id(point.dist): point.dist for point in points if point.dist is not None}
    files = (file for distribution in distributions.values() for file in distribution.files or ())
    named = {file.parts[0].partition(".")[0] for file in files if not file.parts[0].endswith((".dist-info", ".data"))}
    return named | {point.module.partition(".")[0] for point in points}
