"""`bench plot signals`: raw and processed traces, spectra, windows and labels of one session."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from bench.cli import registry
from bench.cli.parameters import Names
from bench.cli.plot.parameters import shared_options


@click.command("signals")
@shared_options
@click.option(
    "--modalities",
    type=Names(),
    default=(),
    help="Modalities to plot.  [default: those of the chain, or all]",
)
@click.pass_context
def command(ctx: click.Context, /, modalities: tuple[str, ...], **arguments: Any) -> None:
    """Plot the signals of one session before and after the steps.

    Each modality has the whole session, a zoom, and the spectrum; above them are the labels, and which windows can be
    used. Gaps are hatched.
    """
    from bench.cli.plot.saving import check, save

    check(arguments["to"])  # before matplotlib is imported
    from bench.cli.plot.picture import picture
    from bench.cli.plot.view import view

    shown = view(arguments, arguments["preprocess"], modalities, registry(ctx).imported_here())
    save(picture(shown), arguments["to"] or Path(f"signals-{shown.dataset}-{shown.raw.subject}.png"))
