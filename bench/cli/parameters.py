"""Options that several commands share, and completion of plugin names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from bench.cli import registry
from bench.specs import split

RESULTS = "bench-results"


class Names(click.ParamType[tuple[str, ...]]):
    """Plugin names of some kinds, joined by commas; the shell completes the last one."""

    name = "names"

    def __init__(self, *kinds: str) -> None:
        self.kinds = kinds

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        return value if isinstance(value, tuple) else tuple(split(value, ","))

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        before, comma, start = incomplete.rpartition(",")
        known = registry(ctx)
        names = {name for kind in self.kinds or known.entries for name in known.names(kind)}
        return [CompletionItem(f"{before}{comma}{name}") for name in sorted(names) if name.startswith(start)]


def out_option(function: Any) -> Any:
    return click.option(
        "--out", type=click.Path(file_okay=False, path_type=Path), default=Path(RESULTS), show_default=True,
        help="Folder of results.",
    )(function)  # fmt: skip


def complete_plugin(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Completion for an argument that is one plugin name."""
    return Names().shell_complete(ctx, param, incomplete)
