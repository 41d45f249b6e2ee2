"""`bench check`: run the contract checks of a plugin."""

from __future__ import annotations

import json
import shlex

import click

from bench.cli import registry
from bench.cli.check.report import Report, summarise
from bench.cli.parameters import complete_plugin
from bench.errors import UsageError, unknown


@click.command("check")
@click.argument("name", shell_complete=complete_plugin)
@click.option("-o", "--option", "options", multiple=True, metavar="KEY=VALUE",
              help="An option of the plugin, such as C=0.1; model.C=0.1 sets it for one kind only.")  # fmt: skip
@click.option("--traceback", "with_traceback", is_flag=True, help="Print the traceback of each reason.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(ctx: click.Context, name: str, options: tuple[str, ...], with_traceback: bool, as_json: bool) -> None:
    """Check that the plugin NAME fulfils its contract. The exit code is 1 if a check fails.

    Plugins are run on simulated data, except data sets, whose first subject is loaded. The simulated subjects are P01
    to P12, the trials P01/1/T1 to P12/2/T6 in the sessions 1 and 2, and the stimuli S01 to S12, which matters for
    protocols that read a file.
    """
    from bench.checks import contract

    known = registry(ctx)
    entries = known.find(name)
    values = values_by_kind(options, name, [entry.kind for entry in entries])
    reports = []
    for entry in entries:
        report = Report(entry, values[entry.kind], with_traceback, as_json)
        report.run(contract(entry.kind, name, values[entry.kind], known))
        reports.append(report)
    if as_json:
        click.echo(json.dumps([row for report in reports for row in report.rows], indent=1))
    else:
        typed = [part for option in options for part in ("-o", option)]
        summarise(reports, shlex.join(["bench", "check", name, *typed, "--traceback"]))
    if not all(report.passed for report in reports):
        ctx.exit(1)


def values_by_kind(options: tuple[str, ...], plugin: str, kinds: list[str]) -> dict[str, dict[str, str]]:
    """Kind -> the options for its plugin. An option without a kind is for all."""
    found: dict[str, dict[str, str]] = {kind: {} for kind in kinds}
    for text in options:
        key, equals, value = text.partition("=")
        if not equals:
            raise UsageError(f"-o takes KEY=VALUE, as in -o C=0.1, not '{text}'.")
        kind_or_plugin, _, name = key.strip().rpartition(".")
        if kind_or_plugin not in ("", plugin, *kinds):
            raise unknown(f"kind of '{plugin}'", kind_or_plugin, kinds)
        for kind in [kind_or_plugin] if kind_or_plugin in kinds else kinds:
            found[kind][name] = value.strip()
    return found
