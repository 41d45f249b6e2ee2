"""What printed numbers say about themselves, on a terminal."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from bench.cli.reproduce.lines import tabulated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.api import Finding


def show_findings(about: str, found: Sequence[Finding], style: str, *, as_json: bool) -> None:
    """What the printed numbers say about themselves."""
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in found], indent=1))
        return
    click.secho(f"\n{about}", bold=True)
    if not found:
        click.echo("Nothing has been noted about its printed numbers.")
    for finding in found:
        click.secho(f"\n{finding.title}", bold=True)
        click.echo(click.wrap_text(finding.text, width=100))
        if finding.lines:
            click.echo("\n" + tabulated(finding.lines, style))
