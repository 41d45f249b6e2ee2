"""Names of tables of papers: `attx-table1`, or `attx/table1` as papers have it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, get_origin

from click.shell_completion import CompletionItem

from bench.api.papers import PaperTable
from bench.cli import registry
from bench.errors import BenchError, UsageError, unknown
from bench.specs import split

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import click

    from bench.registry import Registry


def complete_table(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    names = (name.replace("-", "/", 1) if "/" in incomplete else name for name in tables(registry(ctx)))
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def tables(known: Registry) -> Iterator[str]:
    """The suites with printed numbers; one that cannot be imported is skipped."""
    for name in known.names("suite"):
        try:
            if issubclass(known.get("suite", name).load(), PaperTable):
                yield name
        except BenchError:
            continue


@dataclass(frozen=True)
class Table:
    """A requested table with its description."""

    name: str  # as a paper has it: attx/table1
    suite: PaperTable
    about: str


def tables_of(typed: Sequence[str], changed: Mapping[str, str], known: Registry) -> list[Table]:
    """The tables of these names, each once; the name of a paper means all of its tables."""
    named = [name for text in typed for name in of_paper(text, known) or [text]]
    return [table_of(name, changed, known) for name in dict.fromkeys(name.replace("/", "-") for name in named)]


def of_paper(paper: str, known: Registry) -> list[str]:
    return [name for name in tables(known) if name.startswith(f"{paper}-table")]


def table_of(name: str, changed: Mapping[str, str], known: Registry) -> Table:
    """The table of that name with these options."""
    from bench import options

    if name not in known.names("suite"):
        raise unknown("table", name, tables(known), "'bench list suite' shows them.")
    entry = known.get("suite", name)
    cls = entry.load()
    if not issubclass(cls, PaperTable):
        raise UsageError(f"The suite '{name}' has no printed numbers; 'bench run --suite {name}' runs it.")
    lists = {key for key, option in options.options_of(cls).items() if get_origin(option.kind) is tuple}
    given = {key: split(text, ",") if key in lists else text for key, text in changed.items()}
    built: PaperTable = options.build(cls, given, f"table '{name}'")
    return Table(name.replace("-", "/", 1), built, entry.plugin.about)
