"""`bench audit`: the audit of a data set or of stored rows, and probes of what folds cannot show."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from bench.cli import registry
from bench.cli.dataset_audit import audit_dataset, line, names_dataset, refuse_choices
from bench.cli.grid_options import checked_device
from bench.cli.parameters import Names, cache_option, data_option, out_option
from bench.threads import one_thread

if TYPE_CHECKING:
    from bench.leaderboard.summary import Summary
    from bench.planning.plan import RunSettings


@click.command("audit")
@click.argument("run", default="latest", metavar="[DATASET|RUN]")
@click.option("--probe", is_flag=True, help="Repeat some tasks of each row, and store what differs.")
@click.option("--folds", type=click.IntRange(min=1), default=3, show_default=True, help="Folds of a row to probe.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or cuda:N.")
@click.option("--isolation", type=click.Choice(["auto", "sandbox", "process", "inline"]), default="auto",
              show_default=True, help="Each fold in a confined process, in a process, or in this one.")  # fmt: skip
@click.option("--protocol", type=Names("protocol"), help="Of a data set: how folds are drawn.  [default: loso]")
@click.option("--target", type=Names(), help="Of a data set: targets.  [default: the first one]")
@click.option("--modalities", type=Names(), help="Of a data set: modalities.  [default: all]")
@click.option("--preprocess", metavar="CHAIN", help="Of a data set: a preset, or steps.  [default: none]")
@click.option("-o", "--option", "options", multiple=True, metavar="KEY=VALUE",
              help="Of a data set: an option of a plugin, or of the windows.")  # fmt: skip
@data_option
@out_option
@cache_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(ctx: click.Context, /, run: str, as_json: bool, **arguments: Any) -> None:
    """Show all findings of the audit of a data set, or of stored rows.

    A DATASET, as in 'synthetic(mode=null)', is prepared and divided into folds; nothing is trained. RUN is `latest`,
    a run's name, or the first digits of a cell's key.

    --probe trains some folds again. Predictions must be the same when windows come in other blocks, when the task is
    repeated, and when subjects, sessions, trials and stimuli have other codes; the output of steps must not depend on
    labels and on other subjects. Where steps use whole sessions, test windows are predicted again after their sessions
    have been cut down to 10 % and 90 % of one class. The exit code is 1 if a probe shows a leak.
    """
    one_thread()
    if names_dataset(run, registry(ctx).names("dataset")):
        audit_dataset(ctx, run, arguments, as_json=as_json)
        return
    refuse_choices(arguments, run)
    from bench.leaderboard.stored import cells_of
    from bench.leaderboard.summary import summarise
    from bench.results.store import Store

    store = Store(arguments["out"])
    keys, seeds = cells_of(store, run)
    finished = [key for key in keys if summarise(store, key, seeds)]
    if arguments["probe"]:
        settings = settings_of(arguments)
        for number, key in enumerate(finished, 1):
            probe(key, store.read_cell(key).label, f"{number} of {len(finished)}", settings, arguments["folds"])
    summaries = [summary for key in finished if (summary := summarise(store, key, seeds))]
    if as_json:
        click.echo(json.dumps([values_of(summary) for summary in summaries], indent=1))
    else:
        for summary in summaries:
            show(summary, store.read_cell(summary.key).label)
    for key in keys:
        if key not in finished:
            click.echo(f"Not finished: {store.read_cell(key).label} ({key})", err=True)
    if arguments["probe"] and any(failed(summary) for summary in summaries):
        ctx.exit(1)


def settings_of(arguments: dict[str, Any]) -> RunSettings:
    from bench.planning.plan import RunSettings

    cache = arguments["cache"] or arguments["out"] / "cache"
    return RunSettings(arguments["out"], cache, checked_device(arguments["device"]), isolation=arguments["isolation"])


def probe(key: str, label: str, place: str, settings: RunSettings, folds: int) -> None:
    """Print a line per task."""
    from bench.checks.stored_rows import probe_row

    for probed in probe_row(key, settings, folds):
        wrong = [name for name, passed in probed.probes.items() if not passed]
        result = f"differs: {', '.join(wrong)}" if wrong else f"{len(probed.probes)} probes passed"
        click.echo(f"row {place}, {label}, {probed.task}: {result}", err=True)
        for moved in probed.moved:
            click.echo(f"  {moved}", err=True)


def show(summary: Summary, label: str) -> None:
    """The verdict, every finding, and which probes were tried."""
    from bench.cli.output.tables import COLOURS

    click.echo()
    click.secho(f"{summary.dataset} · {summary.target} · {summary.protocol} · {label} ({summary.key[:8]})", bold=True)
    verdict = summary.audit.verdict
    click.echo("audit: " + click.style(verdict, fg=COLOURS[verdict], bold=True))
    for finding in summary.audit.findings:
        click.echo(f"  {line(finding)}")
    tried = [f"{name} ({'passed' if passed else 'failed'})" for name, passed in summary.probes.items()]
    click.echo(f"probes: {', '.join(tried) or 'none'}")


def values_of(summary: Summary) -> dict[str, Any]:
    """The audit as plain values."""
    row = summary.to_json()
    return {name: row.get(name, {}) for name in ("key", "model", "fusion", "audit", "probes")}


def failed(summary: Summary) -> bool:
    return any(finding.name.startswith("probe: ") and finding.severity == "leaky" for finding in summary.audit.findings)
