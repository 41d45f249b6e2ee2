"""The audit of a data set under some protocols, without a model."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from bench.errors import UsageError
from bench.specs import split

if TYPE_CHECKING:
    from bench.planning.planner import PlannedCell
    from bench.results.cell_record import FindingRecord

MODEL = "majority"  # it needs no features and learns nothing
ONLY = ("protocol", "target", "modalities", "preprocess")  # options that a run has settled already


def names_dataset(text: str, names: list[str]) -> bool:
    """Whether this is the spec of a data set, such as synthetic(mode=null), and not the name of a run."""
    return text.partition("(")[0].strip() in names


def refuse_choices(arguments: dict[str, Any], run: str) -> None:
    given = next((name for name in ONLY if arguments[name] is not None), "option" if arguments["options"] else "")
    if given:
        raise UsageError(f"--{given} belongs to the audit of a data set, and '{run}' names stored rows; leave it out.")


def audit_dataset(ctx: click.Context, dataset: str, arguments: dict[str, Any], *, as_json: bool) -> None:
    """Prepare the data, draw folds, and print each audit; nothing is trained and no result is written."""
    from bench.cli import registry
    from bench.cli.grid_options import option_pair
    from bench.cli.output.progress import Bars
    from bench.planning.grid import Grid
    from bench.planning.plan import reasons
    from bench.session import Session

    if arguments["probe"]:
        raise UsageError(f"--probe repeats stored tasks, and '{dataset}' is a data set; name a run, or leave it out.")
    given = {name: arguments[name] for name in ONLY if arguments[name] is not None}
    grid = Grid(dataset=tuple(split(dataset, ",")), model=(MODEL,), fusion=("none",), baselines=False,
                options=dict(map(option_pair, arguments["options"])), **given)  # fmt: skip
    with Bars() as bars:
        session = Session(out=arguments["out"], cache=arguments["cache"], isolation=arguments["isolation"],
                          report=bars, registry=registry(ctx))  # fmt: skip
        made = session.plan([grid])
    if as_json:
        click.echo(json.dumps([values_of(cell) for cell in made.cells], indent=1))
        return
    for cell in made.cells:
        show(cell)
    for text in reasons(made.refusals):
        click.echo(f"Refused: {text}.", err=True)


def values_of(cell: PlannedCell) -> dict[str, Any]:
    labels = cell.resolved.labels
    return {
        "dataset": labels["dataset"],
        "target": cell.resolved.cell.target,
        "protocol": labels["protocol"],
        "audit": asdict(cell.record().audit),
    }


def show(cell: PlannedCell) -> None:
    from bench.cli.output.tables import COLOURS

    found, audit = values_of(cell), cell.record().audit
    click.secho(f"{found['dataset']} · {found['target']} · {found['protocol']}", bold=True)
    click.echo("audit: " + click.style(audit.verdict, fg=COLOURS[audit.verdict], bold=True))
    for finding in audit.findings:
        click.echo(f"  {line(finding)}")


def line(finding: FindingRecord) -> str:
    """Severity and sentence; of the inner split, it says so."""
    inner = "Inner validation: " if finding.name.startswith("inner: ") else ""
    return f"{finding.severity}: {inner}{finding.text}"
