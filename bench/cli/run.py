"""`bench run`: the main job."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bench.cli import ARGV, registry
from bench.cli.grid_options import checked_device, grid_options, grids_of, option_pair, save
from bench.cli.parameters import RESULTS, cache_option, comparison_options, data_option, out_option
from bench.errors import BenchError
from bench.threads import one_thread

if TYPE_CHECKING:
    from bench.leaderboard.run_result import RunResult
    from bench.leaderboard.summary import Summary
    from bench.planning.reporter import Reporter
    from bench.session import Session


@click.command("run")
@grid_options
@click.option("--permute", type=click.IntRange(19, 100_000), metavar="N",
              help="Also train classical models on N permutations of labels, for a p-value, as in 200.")  # fmt: skip
@click.option(
    "--jobs", type=click.IntRange(min=0), default=0, help="Tasks that run at a time.  [default: one per core]"
)
@click.option("--isolation", type=click.Choice(["auto", "sandbox", "process", "inline"]), default="auto",
              show_default=True, help="Each fold in a confined process, in a process, or in this one.")  # fmt: skip
@click.option("--task-memory", type=click.FloatRange(min=0), default=0, metavar="MB",
              help="Memory that a task may use.  [default: a share of what is available]")  # fmt: skip
@click.option("--task-timeout", type=click.FloatRange(min=0), default=0, metavar="SECONDS",
              help="Time that a task may take.  [default: any]")  # fmt: skip
@click.option(
    "--executor", default="local", show_default=True, help="What runs the tasks; 'bench info NAME' lists its options."
)
@data_option
@out_option
@cache_option
@click.option(
    "--resume/--fresh", default=True, show_default=True, help="Reuse stored results, or recompute everything."
)
@click.option("--strict", is_flag=True, help="Refuse what the audit does not call clean.")
@click.option("--dry-run", is_flag=True, help="Show cells, tasks, refusals, audit and amount of work; train nothing.")
@click.option("--save", type=click.Path(dir_okay=False, path_type=Path), help="Write the grid to a TOML file and stop.")
@click.option("--from", "source", type=click.Path(dir_okay=False, exists=True, path_type=Path),
              help="Run the grid of a TOML file, or replay a record or published results.")  # fmt: skip
@comparison_options
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_context
def command(ctx: click.Context, /, **arguments: Any) -> None:
    """Run a grid of data sets, models, fusions and protocols, and compare them.

    Without options: early and late fusion and each single modality with logistic regression, under
    leave-one-subject-out on simulated data. Names are separated by commas and may have options, as in
    'late(rule=vote)'.
    """
    one_thread()
    from bench.cli.output.progress import Bars

    grids = grids_of(arguments, registry(ctx))
    if arguments["save"]:
        save(grids, arguments["save"])
        return
    with Bars() as bars:
        session = session_of(ctx, arguments, bars)
        made = session.plan(grids) if grids else session.plan_replay(arguments["source"])
        if arguments["against"]:
            from bench.leaderboard.comparison import check_against

            check_against(arguments["against"], (planned.resolved.cell for planned in made.cells))
        if not arguments["dry_run"]:
            result = session.carry_out(made)
    if arguments["dry_run"]:
        from bench.cli.output.preview import preview

        preview(made, session.settings, as_json=arguments["as_json"], permutations=session.permute)
        return
    present(result, arguments)
    if arguments["strict"] and result.not_clean:
        raise not_clean(result.not_clean, arguments["out"])
    if result.failures:
        ctx.exit(1)


def session_of(ctx: click.Context, arguments: dict[str, Any], report: Reporter) -> Session:
    """The settings that were typed; options of an executor belong to no cell, since scores do not depend on them."""
    from bench.session import Session, executor_of

    name, known = arguments["executor"], registry(ctx)
    pairs = dict(map(option_pair, arguments["options"]))
    given = {key.removeprefix(f"{name}."): value for key, value in pairs.items() if key.startswith(f"{name}.")}
    return Session(
        out=arguments["out"],
        cache=arguments["cache"],
        device=checked_device(arguments["device"]),
        executor=executor_of(name, known, 1 if arguments.get("isolation") == "inline" else arguments["jobs"], given),
        isolation=arguments.get("isolation", "auto"),
        task_memory=arguments.get("task_memory", 0.0),
        task_timeout=arguments.get("task_timeout", 0.0),
        permute=arguments.get("permute") or 0,
        fresh=not arguments["resume"],
        strict=arguments.get("strict", False),
        report=report,
        registry=known,
        argv=ctx.find_root().meta.get(ARGV, ()),
    )


def not_clean(rows: list[Summary], out: Path) -> BenchError:
    """The error for rows that were clean before training; probes found the rest while they ran."""
    first, more = rows[0], f" (and {len(rows) - 1} more)" if len(rows) > 1 else ""
    worst = next(finding for finding in first.audit.findings if finding.severity == first.audit.verdict)
    label = " · ".join((first.model, first.fusion, "+".join(first.cell.modalities)))
    return BenchError(
        f"--strict refuses {label}{more}, which a probe shows to be {first.audit.verdict}: {worst.text} "
        f"The results are stored; 'bench audit{where(out)}' shows all findings."
    )


def where(out: Path) -> str:
    """What a next command needs to find these results."""
    return "" if str(out) == RESULTS else f" --out {out}"


def present(result: RunResult, arguments: dict[str, Any]) -> None:
    """The tables of the run, and the next commands."""
    from bench.cli.output.failures import show_failures
    from bench.cli.output.tables import show
    from bench.cli.weights.pretraining_warnings import warnings
    from bench.leaderboard.comparison import comparisons
    from bench.planning.plan import reasons
    from bench.results.store import Store

    if arguments["as_json"]:
        click.echo(json.dumps(result.to_json(), indent=1))
        return
    show(comparisons(result.summaries, arguments["metric"] or "", arguments["against"] or ""))
    for text in reasons(result.refused):
        click.echo(f"Refused: {text}.", err=True)
    show_failures(result.failures, arguments["out"])
    pretrained = [cell.key for cell in result.plan.cells if cell.resolved.cell.corpora]
    for text in warnings(Store(arguments["out"]), pretrained, arguments["out"], arguments["cache"]):
        click.echo(f"\n{text}", err=True)
    out, stored, total = where(arguments["out"]), len(result.plan.stored), len(result.plan.tasks)
    if stored:
        click.echo(f"\n{stored} of {total} tasks were stored before.")
    searched = any(cell.resolved.cell.search for cell in result.plan.cells)
    following = ["show", *(["search show"] if searched else []), "leaderboard"]
    commands = ", ".join(f"'bench {name}{out}'" for name in following)
    click.echo(f"\nRun {result.run} is stored in {arguments['out']}.\nNext: {commands}.")
