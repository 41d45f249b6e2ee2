"""From specs that users type to plugins with all their options."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench import options, specs
from bench.api import KINDS, Extractor
from bench.cells.cell import Choice
from bench.cells.searching import Searching
from bench.data.segmentation import Windowing
from bench.errors import UsageError, unknown

if TYPE_CHECKING:
    from collections.abc import Collection

    from bench.planning.grid import Grid
    from bench.registry import Registry

ROLES = (
    "dataset",
    "preprocess",
    "features",
    "model",
    "fusion",
    "protocol",
    "window",
    "search",
)  # names in `-o ROLE.option`


class Chooser:
    """The choices of one grid. It remembers which `-o` options were used, so that none is silently ignored."""

    def __init__(self, grid: Grid, registry: Registry) -> None:
        self.grid = grid
        self.registry = registry
        self._used: set[str] = set()
        self._outdone: set[str] = set()  # those that the text of a plugin says otherwise

    def choose(self, kind: str, text: str, *, baseline: bool = False) -> Choice:
        """A plugin with its options: defaults, then the profile, `-o ROLE.option`, `-o NAME.option`, then the spec."""
        spec = specs.parse_spec(text)
        cls = self.registry.get(kind, spec.name).load()
        role = kind
        if kind == "preprocessor":
            role = "features" if issubclass(cls, Extractor) else "preprocess"
        own = spec.options(cls)
        by_role = {} if baseline else self.options(role, own=own)
        typed = {**by_role, **self._by_name(spec.name, cls, own), **own}
        plugin = options.build(cls, {**cls.profiles.get(self.grid.profile, {}), **typed}, f"{kind} '{spec.name}'")
        searched = self.grid.search and not baseline and kind in ("model", "fusion")
        fixed = tuple(sorted(typed)) if searched else ()
        return Choice(kind, spec.name, options.values_of(plugin), fixed)

    def step(self, text: str) -> tuple[Choice, bool]:
        """A step, and whether `-o` changed it."""
        before = len(self._used)
        choice = self.choose("preprocessor", text)
        return choice, len(self._used) > before

    def options(self, owner: str, known: Collection[str] | None = None, own: Collection[str] = ()) -> dict[str, str]:
        """The values of `-o OWNER.option`; the owner is a role or the name of a plugin, whose text gives its own."""
        start = f"{owner}."
        found = {
            name: value
            for name, value in self.grid.options.items()
            if name.startswith(start) and (known is None or name.removeprefix(start) in known)
        }
        outdone = {name for name in found if name.removeprefix(start) in own}
        self._used |= set(found) - outdone
        self._outdone |= outdone
        return {name.removeprefix(start): value for name, value in found.items()}

    def check_used(self) -> None:
        """Raise where an option belongs to nothing in this run."""
        for name in self.grid.options:
            if name in self._used:
                continue
            owner, dot, option = name.partition(".")
            if name in self._outdone:
                raise UsageError(
                    f"'-o {name}' changes nothing: '{option}' is given in parentheses wherever it would count; "
                    "leave out one of the two."
                )
            if not dot:
                others = {"window": Windowing, "search": Searching}
                owners = ["model", *(role for role, cls in others.items() if name in options.options_of(cls))]
                written = " or ".join(f"{each}.{name}" for each in owners)
                raise UsageError(f"The option '{name}' does not say whose it is; write for instance {written}.")
            if owner == "executor":
                raise UsageError(f"Options of an executor have its name: write local.{option} with --executor local.")
            if owner in self.registry.names("executor"):
                raise UsageError(f"'-o {name}' is about the executor '{owner}'; add --executor {owner}.")
            if self._plugins_named(owner) > 1:
                raise UsageError(
                    f"No plugin '{owner}' has the option '{option}'; 'bench info {owner}' shows those there are."
                )
            raise unknown("part of this run", owner, ROLES, "The name of a plugin that takes part works as well.")

    def _by_name(self, name: str, cls: type, own: Collection[str]) -> dict[str, str]:
        """`-o NAME.option`. Where plugins of several kinds share the name, each takes the options that it has."""
        return self.options(name, options.options_of(cls) if self._plugins_named(name) > 1 else None, own)

    def _plugins_named(self, name: str) -> int:
        return sum(name in self.registry.names(kind) for kind in KINDS)
