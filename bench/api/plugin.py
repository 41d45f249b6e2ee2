"""How a package announces its plugins."""

from __future__ import annotations

from dataclasses import dataclass

import pluggy

hookimpl = pluggy.HookimplMarker("bench")

KINDS = ("dataset", "preprocessor", "model", "fusion", "protocol", "suite", "executor")


@dataclass(frozen=True)
class Plugin:
    """One plugin: its name, and the class that implements it."""

    name: str  # what users type: lower-case words and digits, joined by hyphens
    target: str  # "package.module:Class", imported when it is first needed
    about: str  # one sentence for `bench list`
    tags: tuple[
        str, ...
    ] = ()  # "baseline": a model added to every comparison; "default": a fusion used where none is named
