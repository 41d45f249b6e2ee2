"""Names of tables of papers: `attx-table1`, or `attx/table1` as papers have it."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_origin

from click.shell_completion import CompletionItem

from bench.api import PaperTable
from bench.cli import registry
from bench.errors import BenchError, UsageError, unknown
from bench.specs import split

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import click

    from bench.registry import Registry


def complete_table(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    names = (name.replace("-", "/", 1) if "/" in incomplete else name for name in tables(registry(ctx)))
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def tables(known: Registry) -> Iterator[str]:
    """The suites with printed numbers; one that cannot be imported is passed over."""
    for name in known.names("suite"):
        try:
            if issubclass(known.get("suite", name).load(), PaperTable):
                yield name
        except BenchError:
            continue


def table_of(typed: str, changed: Mapping[str, str], known: Registry) -> tuple[PaperTable, str]:
    """The table of that name with these options, and its sentence."""
    from bench import options

    name = typed.replace("/", "-")
    if name not in known.names("suite"):
        raise unknown("table", typed, tables(known), "'bench list suite' shows them.")
    entry = known.get("suite", name)
    cls = entry.load()
    if not issubclass(cls, PaperTable):
        raise UsageError(f"The suite '{name}' has no printed numbers; 'bench run --suite {name}' runs it.")
    lists = {key for key, option in options.options_of(cls).items() if get_origin(option.kind) is tuple}
    given = {key: split(text, ",") if key in lists else text for key, text in changed.items()}
    built: PaperTable = options.build(cls, given, f"table '{name}'")
    return built, entry.plugin.about
