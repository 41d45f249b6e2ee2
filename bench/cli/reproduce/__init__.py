"""`bench reproduce`: tables of papers, printed numbers beside ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bench.cli import registry
from bench.cli.grid_options import checked_device, option_pair, seeds
from bench.cli.parameters import complete_dataset, data_option, out_option
from bench.cli.reproduce.names import Table, complete_table, tables_of
from bench.cli.run import executor_of, one_thread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.registry import Registry


@click.command("reproduce")
@click.argument("names", metavar="TABLE...", nargs=-1, required=True, shell_complete=complete_table)
@click.option("--check-paper", is_flag=True,
              help="Show what the printed numbers say about themselves; needs no data, runs nothing.")  # fmt: skip
@click.option("--dataset", shell_complete=complete_dataset, metavar="NAME",
              help="Another data set, such as synthetic.  [default: the paper's]")  # fmt: skip
@click.option("-o", "--option", "changed", multiple=True, metavar="KEY=VALUE",
              help="An option of the table, as in corpora=amigos,dreamer.")  # fmt: skip
@click.option("--profile", type=click.Choice(["smoke", "small", "paper"]), default="small", show_default=True,
              help="Seconds, minutes with small networks, or networks as published.")  # fmt: skip
@click.option("--seed", metavar="LIST", default="0", show_default=True, help="Seeds of the models.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or cuda:N.")
@click.option("--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Processes that work at once.")
@click.option("--executor", default="local", show_default=True, help="Where tasks are carried out.")
@click.option("--precision", type=click.Choice(["fp32", "tf32", "bf16"]), default="fp32", show_default=True,
              help="Of numbers in networks.")  # fmt: skip
@data_option
@out_option
@click.option("--cache", type=click.Path(file_okay=False, path_type=Path), envvar="BENCH_CACHE", show_envvar=True,
              help="Folder of prepared data.  [default: cache/ in --out]")  # fmt: skip
@click.option("--resume/--fresh", default=True, show_default=True, help="Keep what is stored, or do everything again.")
@click.option("--dry-run", is_flag=True, help="Show cells, tasks, refusals, audit and work; train nothing.")
@click.option("--format", "style", type=click.Choice(["text", "md"]), default="text", show_default=True,
              help="How tables are written.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_context
def command(ctx: click.Context, /, names: tuple[str, ...], **asked: Any) -> None:
    """Run the rows of each TABLE of a paper, such as attx-table1 (or attx/table1), beside what it prints.

    The name of a paper, such as attx, stands for all of its tables. Rows that tables share are run once, and what is
    stored already is not run again. A printed number is called inside where it lies in our 95 % interval. 'bench list
    suite' shows the tables.
    """
    known = registry(ctx)
    dataset = {"dataset": asked["dataset"]} if asked["dataset"] else {}
    tables = tables_of(names, {**dict(map(option_pair, asked["changed"])), **dataset}, known)
    if asked["check_paper"]:
        from bench.cli.reproduce.findings import show_findings

        show_findings(tables, asked["style"], as_json=asked["as_json"])
        return
    one_thread()
    if not carried_out(tables, asked, known):
        ctx.exit(1)


def carried_out(tables: Sequence[Table], asked: dict[str, Any], known: Registry) -> bool:
    """Whether all tasks that were to be done are done."""
    from bench.cli.preview import preview
    from bench.cli.progress import Bars
    from bench.cli.reproduce.comparison import show_comparison, show_end
    from bench.cli.reproduce.document import document
    from bench.cli.reproduce.short import show_short
    from bench.leaderboard import reproduction
    from bench.leaderboard.summary import summarise
    from bench.planning.plan import RunSettings, join_plans, make_plan
    from bench.results.store import Store
    from bench.running.run import carry_out

    changed = {"profile": asked["profile"], "precision": asked["precision"], "seed": seeds(asked["seed"])}
    cache = asked["cache"] or asked["out"] / "cache"
    settings = RunSettings(asked["out"], cache, checked_device(asked["device"]), not asked["resume"])
    executor = executor_of({**asked, "options": ()}, known)
    with Bars() as bars:
        grids = [grid for table in tables for grid in reproduction.grids(table.suite, changed)]
        made = join_plans([make_plan(grid, known, settings, bars) for grid in grids])
        bars.planned(made)
        if not asked["dry_run"]:
            outcome = carry_out(made, known, settings, executor, bars)
    if asked["dry_run"]:
        preview(made, settings, as_json=asked["as_json"])
        return True
    store = Store(asked["out"])
    found = {cell.key: summary for cell in made.cells if (summary := summarise(store, cell.key, made.seeds))}
    shown = [(table, reproduction.compared(table.suite, changed, made, outcome, found, known)) for table in tables]
    if asked["as_json"]:
        documents = [document(table.suite, rows, reproduction.beside(rows, found), outcome) for table, rows in shown]
        click.echo(json.dumps(documents if len(documents) > 1 else documents[0], indent=1))
    else:
        for table, rows in shown:
            show_comparison(table, rows, reproduction.beside(rows, found), asked["style"])
        show_short(shown, asked["style"])
        show_end(outcome, asked["out"])
    return not outcome.failures
