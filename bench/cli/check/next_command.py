"""What to type after all checks of a plugin have passed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.api import Fusion, StimulusFeatures
from bench.checks import declarations
from bench.readers import FileDataset

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.registry import Entry

#: kind -> the option of `bench run` that takes its names
OPTIONS = {"preprocessor": "preprocess"}


def next_command(entry: Entry, values: Mapping[str, str]) -> str:
    """The next command in a sentence; empty if it depends on what the plugin is combined with."""
    if entry.kind == "command":
        return f"'bench {entry.name} --help'."
    plugin = declarations.built(entry, {**declarations.example(entry), **values})
    if isinstance(plugin, FileDataset):
        return f"'bench data verify {entry.name}' loads all subjects; these checks have loaded the first one."
    if needs_company(plugin):
        return ""
    chosen = "".join(f" -o {entry.name}.{name}={value}" for name, value in values.items())
    return f"'bench run --{OPTIONS.get(entry.kind, entry.kind)} {entry.name}{chosen}'."


def needs_company(plugin: Any) -> bool:
    """Whether a run needs certain other plugins too."""
    return isinstance(plugin, StimulusFeatures) or (isinstance(plugin, Fusion) and plugin.needs_stages)
