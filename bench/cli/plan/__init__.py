"""`bench plan`: what a grid takes, from a few of its tasks."""

from __future__ import annotations

import json
import math
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bench.cli import registry
from bench.cli.grid_options import grid_options, grids_of
from bench.cli.parameters import cache_option, data_option, out_option
from bench.errors import BenchError, UsageError
from bench.threads import one_thread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.cli.plan.measurement import RowDemand
    from bench.cli.plan.simulation import Cluster, Simulated
    from bench.planning.plan import Plan
    from bench.results.store import Store


@click.command("plan")
@grid_options
@click.option("--from", "source", type=click.Path(dir_okay=False, exists=True, path_type=Path),
              help="The grid of a TOML file, or a record of a run.")  # fmt: skip
@click.option("--samples", type=click.IntRange(min=1), default=2, show_default=True, metavar="N",
              help="Tasks of each row that are run, unless they are stored.")  # fmt: skip
@click.option("--workers", default="1,4,16,1000", show_default=True, metavar="LIST", help="Numbers of workers.")
@click.option("--failures", type=click.FloatRange(0, 1000), default=0.01, show_default=True, metavar="RATE",
              help="How often a worker fails in an hour, on average.")  # fmt: skip
@click.option("--back", type=click.FloatRange(0), default=60, show_default=True, metavar="SECONDS",
              help="Until a worker that has failed is back.")  # fmt: skip
@click.option("--bundle", type=click.FloatRange(0), default=30, show_default=True, metavar="SECONDS",
              help="Short tasks are sent together until they take so long.")  # fmt: skip
@data_option
@out_option
@cache_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(ctx: click.Context, /, **arguments: Any) -> None:
    """Say how long a grid takes, and how much memory and storage, before it is run.

    A few tasks of each row are run one after the other, and their results are kept: 'bench run' goes on from there. The
    others are taken to be as long. Wall times on several workers are simulated, with workers that fail; the assumptions
    are printed.
    """
    one_thread()
    from bench.cli.output.progress import Bars
    from bench.cli.plan.measurement import demands, sample, seconds_to_store
    from bench.cli.plan.simulation import Cluster, simulate
    from bench.results.store import Store
    from bench.session import Session, executor_of

    numbers = workers_of(arguments["workers"])
    for name in ("failures", "back", "bundle"):
        if not math.isfinite(arguments[name]):
            raise UsageError(f"--{name} takes a number, not {arguments[name]}.")
    known = registry(ctx)
    with Bars() as bars:
        session = Session(out=arguments["out"], cache=arguments["cache"], device=arguments["device"],
                          executor=executor_of("local", known, 1, {}), report=bars, registry=known)  # fmt: skip
        grids = grids_of({**arguments, "executor": "local"}, known)
        made = session.plan(grids) if grids else session.plan_replay(arguments["source"])
        began, few = time.perf_counter(), sample(made, arguments["samples"])
        failures = session.carry_out(few).failures
        took = time.perf_counter() - began
    store = Store(arguments["out"])
    found = list(demands(made, store))
    unknown = [f"{each.comparison} · {each.row}" for each in found if not each.seconds]
    if unknown:
        reason = f" ({failures[0].message})" if failures else ""
        raise BenchError(f"No task of {unknown[0]} could be measured{reason}.")
    ran = len(few.pending)
    start = max(0.0, took - sum(cost_of(store, few))) / ran if ran else 0.0
    tasks = [each.seconds for each in found for _ in range(each.missing)]
    cluster = Cluster(1, arguments["failures"], arguments["back"], start, seconds_to_store(made, store),
                      arguments["bundle"])  # fmt: skip
    simulated = {number: simulate(tasks, replace(cluster, workers=number)) for number in numbers} if tasks else {}
    if arguments["as_json"]:
        rows = [{**asdict(each), "hours": each.hours} for each in found]
        report = {"rows": rows, "assumptions": asdict(cluster), "workers": {n: asdict(s) for n, s in simulated.items()}}
        click.echo(json.dumps(report, indent=1))
        return
    show(found, simulated, cluster, ran)


def workers_of(text: str) -> list[int]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts or not all(part.isdecimal() and 0 < int(part) <= 100_000 for part in parts):
        raise UsageError(f"--workers takes numbers from 1 to 100000, as in 1,4,16, not '{text}'.")
    return [int(part) for part in parts]


def cost_of(store: Store, few: Plan) -> list[float]:
    """The seconds of the tasks that were run."""
    return [
        store.record(cell.key, task).cost.seconds for cell, task in few.pending if store.state(cell.key, task) == "done"
    ]


def show(found: Sequence[RowDemand], simulated: dict[int, Simulated], cluster: Cluster, ran: int) -> None:
    from tabulate import tabulate

    from bench.cli.output.fitting import terminal_width, wrapped
    from bench.cli.output.tables import between_words, filled
    from bench.leaderboard.columns import duration

    for comparison in dict.fromkeys(each.comparison for each in found):
        mine = [each for each in found if each.comparison == comparison]
        texts = [texts_of(each) for each in sorted(mine, key=lambda each: -each.hours)]
        if width := terminal_width():
            texts = wrapped(texts, width, ["row"])
        click.secho(between_words(comparison), bold=True)
        click.echo(tabulate(texts, "keys", tablefmt="simple", disable_numparse=True) + "\n")
    missing, hours = sum(each.missing for each in found), sum(each.hours for each in found)
    stored = size(sum(each.stored_bytes * each.tasks for each in found))
    click.echo(between_words(f"{missing} tasks left: {duration(3600 * hours)} of one worker; results take {stored}."))
    if ran:
        click.echo(
            between_words(f"{ran} tasks were run to measure this and are stored; 'bench run' goes on from there.")
        )
    click.echo()
    if not simulated:
        return
    rows = [[number, duration(each.seconds), f"{100 * each.efficiency:.0f} %", f"{100 * each.driver:.0f} %",
             each.failures, duration(each.lost)] for number, each in simulated.items()]  # fmt: skip
    headers = ["workers", "wall time", "efficiency", "driver busy", "failures", "work lost"]
    click.echo(tabulate(rows, headers, tablefmt="simple", disable_numparse=True))
    click.echo("\n" + filled(assumptions(cluster)))


def texts_of(each: RowDemand) -> dict[str, str]:
    """Title -> text."""
    from bench.leaderboard.columns import NOTHING, duration

    return {
        "row": each.row,
        "left": f"{each.missing} of {each.tasks}",
        "a task": duration(each.seconds),
        "all left": duration(3600 * each.hours),
        "memory": NOTHING if each.memory_mb is None else f"{each.memory_mb:.0f} MB",
        "storage": size(each.stored_bytes * each.tasks),
    }


def assumptions(cluster: Cluster) -> str:
    most = 1 / cluster.store if cluster.store else float("inf")
    return (
        f"Simulated: each worker is as fast as this machine, fails {cluster.failures:g} times an hour and is back "
        f"after {cluster.back:g} s; the task that it was running is done again. Bundles have tasks of "
        f"{cluster.bundle:g} s, and take {cluster.start:.2g} s more. One driver stores a result in "
        f"{1000 * cluster.store:.1f} ms, measured here, so {most:.0f} in a second at most. Efficiency: time spent on "
        "results, of the time of all workers."
    )


def size(count: float) -> str:
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"
