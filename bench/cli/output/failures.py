"""The summary of failed tasks at the end of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.api import TaskInfo

MOST = 5  # folders of tracebacks that are listed one by one


def show_failures(failures: Sequence[TaskInfo], out: Path) -> None:
    """How many tasks failed, and where their tracebacks are; the reasons were printed as they came."""
    if not failures:
        return
    many = len(failures) > 1
    count, them = (f"{len(failures)} tasks", "them") if many else ("1 task", "it")
    click.echo(f"\n{count} failed; the same command tries {them} again. Tracebacks:", err=True)
    keys = dict.fromkeys(info.cell for info in failures)
    if len(keys) > MOST:
        click.echo(f"  {out / 'cells' / '*' / 'failed' / '*.json'}", err=True)
        return
    for key in keys:
        mine = [info for info in failures if info.cell == key]
        name = f"{mine[0].task}.json" if len(mine) == 1 else "*.json"
        click.echo(f"  {out / 'cells' / key / 'failed' / name}", err=True)
