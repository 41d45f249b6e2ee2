"""`bench plot eda`: the cvxEDA decomposition of one session."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from bench.cli import registry
from bench.cli.plot.parameters import shared_options


@click.command("eda")
@shared_options
@click.option("--modality", default="eda", show_default=True, help="The modality with skin conductance.")
@click.pass_context
def command(ctx: click.Context, /, modality: str, **arguments: Any) -> None:
    """Plot the decomposition of skin conductance into tonic component, phasic component and residual.

    The steps of --preprocess come before the step 'cvxeda', whose options are set as in -o cvxeda.alpha=0.001.
    """
    from bench.cli.plot.saving import check, save

    check(arguments["to"])  # before matplotlib is imported
    from bench.cli.plot.components import components
    from bench.cli.plot.decomposition import picture
    from bench.cli.plot.view import view

    chain = "; ".join(part for part in (arguments["preprocess"], f"{modality}: cvxeda") if part)
    shown = view(arguments, chain, (modality,), registry(ctx).imported_here())
    figure = picture(shown, components(shown, modality))
    save(figure, arguments["to"] or Path(f"eda-{shown.dataset}-{shown.raw.subject}.png"))
