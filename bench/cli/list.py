"""`bench list`: what is installed."""

from __future__ import annotations

import json

import click

from bench.api import KINDS
from bench.cli import registry
from bench.errors import unknown

SHOWN = (*KINDS, "command")


@click.command("list")
@click.argument("kind", required=False, metavar="[KIND]")
@click.option("--broken", is_flag=True, help="Show what failed to load, and why.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(ctx: click.Context, kind: str | None, broken: bool, as_json: bool) -> None:
    """List installed plugins, of one KIND or of all.

    Kinds: dataset, preprocessor, model, fusion, protocol, suite, executor, command.
    """
    known = registry(ctx)
    if kind and kind.removesuffix("s") not in SHOWN:
        raise unknown("kind of plugin", kind, SHOWN)
    kind = kind.removesuffix("s") if kind else None
    if broken:
        show_broken(known.broken, as_json)
        return
    entries = [known.get(each, name) for each in SHOWN if kind in (None, each) for name in known.names(each)]
    if as_json:
        rows = [
            {"kind": entry.kind, "name": entry.name, "about": entry.plugin.about, "tags": list(entry.plugin.tags),
             "distribution": entry.distribution, "version": entry.version}
            for entry in entries
        ]  # fmt: skip
        click.echo(json.dumps(rows, indent=1))
        return
    width = max((len(entry.name) for entry in entries), default=0)
    for each in SHOWN:
        mine = [entry for entry in entries if entry.kind == each]
        if mine:
            click.secho(each, bold=True)
        for entry in mine:
            source = "" if entry.distribution == "affectbench" else f" ({entry.distribution} {entry.version})"
            click.echo(f"  {entry.name:<{width}}  {entry.plugin.about}{source}")
    if known.broken:
        packages = ", ".join(sorted({item.package for item in known.broken}))
        click.echo(f"Failed to load: {packages}; 'bench list --broken' says why.", err=True)


def show_broken(items: list, as_json: bool) -> None:  # type: ignore[type-arg]
    if as_json:
        click.echo(json.dumps([vars(item) for item in items], indent=1))
        return
    if not items:
        click.echo("Every installed plugin loads.")
    for item in items:
        click.secho(f"{item.package} ({item.distribution}): {item.problem}", bold=True)
        if item.details:
            click.echo("  " + item.details.strip().replace("\n", "\n  "))
