"""`bench reproduce`: tables of papers, printed numbers beside ours."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from bench.cli import registry
from bench.cli.grid_options import option_pair, seeds
from bench.cli.parameters import cache_option, complete_dataset, data_option, out_option
from bench.cli.reproduce.names import Table, complete_table, tables_of
from bench.cli.run import session_of
from bench.threads import one_thread

if TYPE_CHECKING:
    from collections.abc import Sequence


@click.command("reproduce")
@click.argument("names", metavar="TABLE...", nargs=-1, required=True, shell_complete=complete_table)
@click.option("--check-paper", is_flag=True,
              help="Check the printed numbers for consistency; needs no data and runs nothing.")  # fmt: skip
@click.option("--dataset", shell_complete=complete_dataset, metavar="NAME",
              help="Another data set, such as synthetic.  [default: the paper's]")  # fmt: skip
@click.option("-o", "--option", "changed", multiple=True, metavar="KEY=VALUE",
              help="An option of the table, as in corpora=amigos,dreamer.")  # fmt: skip
@click.option("--profile", type=click.Choice(["smoke", "small", "paper"]), default="small", show_default=True,
              help="Seconds, minutes with small networks, or networks as published.")  # fmt: skip
@click.option("--seed", metavar="LIST", default="0", show_default=True, help="Random seeds, as in 0,1,2.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or cuda:N.")
@click.option(
    "--jobs", type=click.IntRange(min=0), default=0, help="Tasks that run at a time.  [default: one per core]"
)
@click.option("--executor", default="local", show_default=True, help="What runs the tasks.")
@click.option("--precision", type=click.Choice(["fp32", "tf32", "bf16"]), default="fp32", show_default=True,
              help="Precision of networks.")  # fmt: skip
@data_option
@out_option
@cache_option
@click.option(
    "--resume/--fresh", default=True, show_default=True, help="Reuse stored results, or recompute everything."
)
@click.option("--dry-run", is_flag=True, help="Show cells, tasks, refusals, audit and amount of work; train nothing.")
@click.option("--format", "style", type=click.Choice(["text", "md"]), default="text", show_default=True,
              help="Format of the tables.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_context
def command(ctx: click.Context, /, names: tuple[str, ...], **arguments: Any) -> None:
    """Run the rows of each TABLE of a paper, such as attx-table1 (or attx/table1), and compare them with its numbers.

    The name of a paper, such as attx, means all of its tables. Rows that tables share are run once, and stored results
    are reused. A printed number is called inside if it is within our 95 % interval. 'bench list suite' shows tables.
    """
    known = registry(ctx)
    dataset = {"dataset": arguments["dataset"]} if arguments["dataset"] else {}
    tables = tables_of(names, {**dict(map(option_pair, arguments["changed"])), **dataset}, known)
    if arguments["check_paper"]:
        from bench.cli.reproduce.findings import show_findings

        show_findings(tables, arguments["style"], as_json=arguments["as_json"])
        return
    one_thread()
    if not reproduce(ctx, tables, arguments):
        ctx.exit(1)


def reproduce(ctx: click.Context, tables: Sequence[Table], arguments: dict[str, Any]) -> bool:
    """Whether all tasks succeeded."""
    from bench.cli.output.preview import preview
    from bench.cli.output.progress import Bars
    from bench.cli.reproduce.comparison import show_comparison, show_end
    from bench.cli.reproduce.document import document
    from bench.cli.reproduce.short import show_short
    from bench.leaderboard import reproduction

    changed = {"profile": arguments["profile"], "precision": arguments["precision"], "seed": seeds(arguments["seed"])}
    with Bars() as bars:
        session = session_of(ctx, {**arguments, "options": ()}, bars)
        made = session.plan([grid for table in tables for grid in reproduction.grids(table.suite, changed)])
        if not arguments["dry_run"]:
            result = session.carry_out(made)
    if arguments["dry_run"]:
        preview(made, session.settings, as_json=arguments["as_json"])
        return True
    found = {summary.key: summary for summary in result.summaries}
    shown = [(table, reproduction.compared(table.suite, changed, result, found, session.registry)) for table in tables]
    if arguments["as_json"]:
        documents = [document(table.suite, rows, reproduction.beside(rows, found), result) for table, rows in shown]
        click.echo(json.dumps(documents if len(documents) > 1 else documents[0], indent=1))
    else:
        for table, rows in shown:
            show_comparison(table, rows, reproduction.beside(rows, found), arguments["style"])
        show_short(shown, arguments["style"])
        show_end(result, arguments["out"])
    return not result.failures
