"""`bench check`: run the contract checks of a plugin."""

from __future__ import annotations

import contextlib
import json
import sys
from typing import TYPE_CHECKING

import click

from bench.cli import registry
from bench.cli.parameters import complete_plugin
from bench.errors import BenchError, UsageError, unknown

if TYPE_CHECKING:
    from bench.checks import Check


@click.command("check")
@click.argument("name", shell_complete=complete_plugin)
@click.option("-o", "--option", "options", multiple=True, metavar="KEY=VALUE",
              help="An option of the plugin, such as C=0.1; model.C=0.1 sets it for one kind only.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(ctx: click.Context, name: str, options: tuple[str, ...], as_json: bool) -> None:
    """Check that the plugin NAME fulfils its contract. The exit code is 1 if a check fails.

    Plugins are run on simulated data, except data sets. The subjects are P01 to P12, the trials P01/1/T1 to P12/2/T6
    in the sessions 1 and 2, and the stimuli S01 to S12, which matters for protocols that read a file.
    """
    from bench.checks import contract

    known = registry(ctx)
    entries = known.find(name)
    values = values_by_kind(options, name, [entry.kind for entry in entries])
    rows = []
    for entry in entries:
        if not as_json:
            click.secho(f"{entry.kind} {entry.name}", bold=True)
        for check in contract(entry.kind, name, values[entry.kind], known):
            reason = violation(check)
            rows.append({"kind": check.kind, "name": check.name, "check": check.id, "property": check.property,
                         "ok": not reason, "reason": reason})  # fmt: skip
            if not as_json:
                mark = click.style("fail", fg="red") if reason else click.style("ok  ", fg="green")
                click.echo(f"  {mark}  {check.property}" + (f" {reason}" if reason else ""))
    if as_json:
        click.echo(json.dumps(rows, indent=1))
    if not all(row["ok"] for row in rows):
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


def violation(check: Check) -> str:
    """Why the property does not hold; empty if it does."""
    try:
        with contextlib.redirect_stdout(sys.stderr):  # keep stdout free of what the plugin prints
            check()
    except BenchError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything; the other checks go on
        return f"{type(error).__name__}: {error}"
    return ""
