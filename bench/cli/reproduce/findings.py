"""What printed numbers say about themselves, on a terminal."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from bench.cli.reproduce.lines import tabulated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.api.papers import Finding
    from bench.cli.reproduce.names import Table


def show_findings(tables: Sequence[Table], style: str, *, as_json: bool) -> None:
    """What the printed numbers say about themselves."""
    found = {table.about: table.suite.findings() for table in tables}
    if as_json:
        click.echo(json.dumps([asdict(finding) for each in found.values() for finding in each], indent=1))
        return
    for about, each in found.items():
        click.secho(f"\n{about}", bold=True)
        if not each:
            click.echo("Nothing has been noted about its printed numbers.")
        for finding in each:
            show_finding(finding, style)


def show_finding(finding: Finding, style: str) -> None:
    click.secho(f"\n{finding.title}", bold=True)
    click.echo(click.wrap_text(finding.text, width=100))
    if finding.lines:
        click.echo("\n" + tabulated(finding.lines, style))
