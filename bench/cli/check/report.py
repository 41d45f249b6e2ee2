"""The results of the checks of one plugin: one line each, and a summary at the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from textwrap import indent, shorten
from typing import TYPE_CHECKING, Any

import click

from bench.cli.check.failure import failure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.checks import Check
    from bench.cli.check.failure import Failure
    from bench.registry import Entry


@dataclass
class Report:
    """Prints a line per check as it ends, unless everything is printed as JSON afterwards."""

    entry: Entry
    values: Mapping[str, str]  # the options that were typed
    with_traceback: bool
    silent: bool
    rows: list[dict[str, Any]] = field(default_factory=list)
    printed: set[str] = field(default_factory=set)  # reasons

    @property
    def passed(self) -> bool:
        return all(row["ok"] for row in self.rows)

    def run(self, checks: Sequence[Check]) -> None:
        if not self.silent:
            click.secho(f"{self.entry.kind} {self.entry.name}", bold=True)
        for check in checks:
            found = failure(check, self.entry)
            self.rows.append(self.row(check, found))
            if not self.silent:
                self.show(check, found)

    def row(self, check: Check, found: Failure | None) -> dict[str, Any]:
        row = {"kind": check.kind, "name": check.name, "check": check.id, "property": check.property,
               "ok": found is None, "reason": found.reason if found else "",
               "place": found.place if found else ""}  # fmt: skip
        return row | ({"traceback": found.traceback if found else ""} if self.with_traceback else {})

    def show(self, check: Check, found: Failure | None) -> None:
        """Print a line; a reason and its traceback are printed once."""
        if found is None:
            click.echo(f"  {click.style('ok  ', fg='green')}  {check.property}")
            return
        again = found.reason in self.printed
        text = self.again(found) if again else str(found)
        click.echo(f"  {click.style('fail', fg='red')}  {check.property} {text}")
        if self.with_traceback and not again:
            click.echo(indent(found.traceback, " " * 8), nl=False)
        self.printed.add(found.reason)

    def again(self, found: Failure) -> str:
        """A reason that was printed, which is named by its beginning where there are several."""
        which = f": {shorten(found.reason, 50, placeholder=' ...')}" if len(self.printed) > 1 else "."
        return f"Same reason as above{which}"


def summarise(reports: Sequence[Report], with_traceback: str) -> None:
    """How many checks have passed, and what to type next."""
    from bench.cli.check.next_command import next_command

    rows = [row for report in reports for row in report.rows]
    count = sum(row["ok"] for row in rows)
    click.secho(f"{count} of {len(rows)} checks passed.", fg="green" if count == len(rows) else "red")
    if count == len(rows):
        for report in reports:
            command = next_command(report.entry, report.values)
            if command:
                click.echo(f"Next: {command}")
    elif any(row["place"] for row in rows) and not any(report.with_traceback for report in reports):
        click.echo(f"Next: '{with_traceback}'.")
