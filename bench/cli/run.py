"""`bench run`: the main job."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bench.cli import registry
from bench.cli.grid_options import checked_device, grids_of, option_pair, save
from bench.cli.parameters import Names, data_option, out_option

if TYPE_CHECKING:
    from bench.api import Executor
    from bench.planning.grid import Grid
    from bench.planning.plan import Plan, RunSettings
    from bench.registry import Registry
    from bench.running.run import Outcome


@click.command("run")
@click.option("--dataset", type=Names("dataset"), help="Data sets.  [default: synthetic]")
@click.option("--model", type=Names("model"), help="Models.  [default: logistic]")
@click.option(
    "--fusion", type=Names("fusion"), help="Fusions; none gives one row per modality.  [default: those that suit]"
)
@click.option("--protocol", type=Names("protocol"), help="Who is held out.  [default: loso]")
@click.option("--target", type=Names(), help="What is predicted.  [default: the first target of each data set]")
@click.option("--modalities", type=Names(), help="Which modalities take part.  [default: all]")
@click.option("--preprocess", metavar="CHAIN", help="A preset (attx), or steps as in 'ecg: zscore | clip(-5,5)'.")
@click.option(
    "--pretrain", type=Names(), help="What networks learn before labels: data sets, or weights.  [default: nothing]"
)
@click.option("--seed", metavar="LIST", help="Seeds of the models.  [default: 0]")
@click.option("-o", "--option", "options", multiple=True, metavar="KEY=VALUE",
              help="An option of a plugin, as in model.C=0.1, late.rule=vote, window.length=5.")  # fmt: skip
@click.option("--profile", type=click.Choice(["smoke", "small", "paper"]),
              help="Seconds, minutes with small networks, or networks as published.  [default: small]")  # fmt: skip
@click.option("--search", type=click.IntRange(min=0), metavar="TRIALS", help="Nested search of options in each fold.")
@click.option("--baselines/--no-baselines", default=None, help="Run the trivial baselines too.  [default: yes]")
@click.option("--suite", type=Names("suite"), help="Run the grids of a suite instead.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or cuda:N.")
@click.option("--precision", type=click.Choice(["fp32", "tf32", "bf16"]), help="Of networks.  [default: fp32]")
@click.option("--compile/--no-compile", default=None, help="Compile networks before they are trained.  [default: no]")
@click.option("--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Processes that work at once.")
@click.option("--executor", default="local", show_default=True, help="Where tasks are carried out.")
@data_option
@out_option
@click.option("--cache", type=click.Path(file_okay=False, path_type=Path), envvar="BENCH_CACHE", show_envvar=True,
              help="Folder of prepared data.  [default: cache/ in --out]")  # fmt: skip
@click.option("--resume/--fresh", default=True, show_default=True, help="Keep what is stored, or do everything again.")
@click.option("--strict", is_flag=True, help="Refuse what the audit does not call clean.")
@click.option("--dry-run", is_flag=True, help="Show cells, tasks, refusals, audit and work; train nothing.")
@click.option("--save", type=click.Path(dir_okay=False, path_type=Path), help="Write the grid to a TOML file and stop.")
@click.option("--from", "source", type=click.Path(dir_okay=False, exists=True, path_type=Path),
              help="Run the grid of a TOML file, or replay a record (JSON).")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_context
def command(ctx: click.Context, /, **asked: Any) -> None:
    """Run a grid of data sets, models, fusions and protocols, and compare them.

    Without options: early and late fusion and each single modality with logistic regression, leaving one simulated
    person out at a time. Lists are joined by commas; a name may carry options, as in 'late(rule=vote)'.
    """
    one_thread()
    from bench.cli.progress import Bars
    from bench.planning.plan import RunSettings
    from bench.running.run import carry_out

    known = registry(ctx)
    cache = asked["cache"] or asked["out"] / "cache"
    settings = RunSettings(asked["out"], cache, checked_device(asked["device"]), not asked["resume"], asked["strict"])
    executor = executor_of(asked, known)
    grids = grids_of(asked, known)
    if asked["save"]:
        save(grids, asked["save"])
        return
    with Bars() as bars:
        made = plans(grids, asked["source"], known, settings, bars)
        bars.planned(made)
        if not asked["dry_run"]:
            outcome = carry_out(made, known, settings, executor, bars)
    if asked["dry_run"]:
        from bench.cli.preview import preview

        preview(made, settings, as_json=asked["as_json"])
        return
    present(outcome, made, asked)
    if outcome.failures:
        ctx.exit(1)


def one_thread() -> None:
    """Per process, before NumPy is loaded: numbers then do not depend on the cores, and --jobs shares them out."""
    for library in ("OMP", "OPENBLAS", "MKL"):
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")


def plans(grids: list[Grid], source: Path | None, known: Registry, settings: RunSettings, bars: Any) -> Plan:
    """The plan of all grids, or of a record."""
    from bench.planning.plan import join_plans, make_plan, plan_cells
    from bench.planning.rerun import read

    if grids:
        return join_plans([make_plan(grid, known, settings, bars) for grid in grids])
    assert source is not None
    rerun = read(source)
    cells = rerun.resolve(known)
    lines = rerun.differences(cells)
    bars.warn(f"Replaying {source}; " + ("nothing differs now." if not lines else "what differs now:"))
    for line in lines:
        bars.warn(f"  {line}")
    return plan_cells(cells, rerun.seeds, settings, bars)


def executor_of(asked: dict[str, Any], known: Registry) -> Executor:
    """The executor with its options, which belong to no cell: numbers do not depend on them."""
    from bench import options

    name = asked["executor"]
    cls = known.get("executor", name).load()
    given = {"jobs": asked["jobs"]} if "jobs" in options.options_of(cls) else {}
    for key, value in map(option_pair, asked["options"]):
        if key.startswith(f"{name}."):
            given[key.removeprefix(f"{name}.")] = value
    executor: Executor = options.build(cls, given, f"executor '{name}'")
    return executor


def present(outcome: Outcome, made: Plan, asked: dict[str, Any]) -> None:
    """The tables of the run, and where to go from here."""
    from bench.cli.show import numbers
    from bench.cli.tables import show
    from bench.cli.weights.pretraining_warnings import warnings
    from bench.leaderboard.comparison import comparisons
    from bench.leaderboard.summary import summarise
    from bench.planning.plan import reasons
    from bench.results.store import Store

    store = Store(asked["out"])
    summaries = [summary for cell in outcome.cells if (summary := summarise(store, cell.key, made.seeds))]
    if asked["as_json"]:
        refused = [vars(refusal) for refusal in made.refusals]
        failed = [{"cell": item.cell, "task": item.task, "message": item.message} for item in outcome.failures]
        told = {
            "run": outcome.run,
            "cells": [numbers(summary) for summary in summaries],
            "refused": refused,
            "failed": failed,
        }
        click.echo(json.dumps(told, indent=1))
        return
    show(comparisons(summaries))
    for text in reasons(made.refusals):
        click.echo(f"Refused: {text}.", err=True)
    if outcome.failures:
        many = len(outcome.failures) > 1
        count = f"{len(outcome.failures)} tasks" if many else "1 task"
        click.echo(f"\n{count} failed; the same command tries {'them' if many else 'it'} again.", err=True)
    pretrained = [cell.key for cell in outcome.cells if cell.resolved.cell.corpora]
    for text in warnings(store, pretrained, asked["out"], asked["cache"]):
        click.echo(f"\n{text}", err=True)
    where = "" if str(asked["out"]) == "bench-results" else f" --out {asked['out']}"
    following = f"'bench show{where}', 'bench leaderboard{where}'"
    click.echo(f"\nRun {outcome.run} is stored in {asked['out']}. Next: {following}.")
