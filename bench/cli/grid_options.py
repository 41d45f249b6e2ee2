"""From the options of `bench run` to grids."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from bench.cli.parameters import Names
from bench.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from bench.planning.grid import Grid
    from bench.registry import Registry

MOST_SEEDS = 1000
GRID_OPTIONS = ("dataset", "model", "fusion", "protocol", "target", "modalities", "preprocess", "profile", "search",
                "baselines", "precision", "compile", "deterministic", "pretrain", "calibrate", "objective")  # fmt: skip


def grid_options(function: Any) -> Any:
    """The axes of a grid, and what they run on."""
    options = [
        click.option("--dataset", type=Names("dataset"), help="Data sets.  [default: synthetic]"),
        click.option("--model", type=Names("model"), help="Models.  [default: logistic]"),
        click.option(
            "--fusion",
            type=Names("fusion"),
            help="Fusions; none gives one row per modality.  [default: those that suit the model]",
        ),
        click.option("--protocol", type=Names("protocol"), help="How folds are drawn.  [default: loso]"),
        click.option("--target", type=Names(), help="Targets.  [default: the first one of each data set]"),
        click.option("--modalities", type=Names(), help="Modalities.  [default: all]"),
        click.option(
            "--preprocess", metavar="CHAIN", help="A preset (attx), or steps as in 'ecg: zscore | clip(-5,5)'."
        ),
        click.option("--pretrain", type=Names(), help="Data sets or weight files for pre-training.  [default: none]"),
        click.option("--seed", metavar="LIST", help="Random seeds, as in 0,1,2.  [default: 0]"),
        click.option(
            "--seeds", type=click.IntRange(1, MOST_SEEDS), metavar="N", help="So many seeds: --seeds 3 is --seed 0,1,2."
        ),
        click.option(
            "-o",
            "--option",
            "options",
            multiple=True,
            metavar="KEY=VALUE",
            help="An option of a plugin, as in model.C=0.1, late.rule=vote, window.length=5, search.sampler=gp; "
            "'bench info NAME' lists those of a plugin, of window and of search.",
        ),
        click.option(
            "--profile",
            type=click.Choice(["smoke", "small", "paper"]),
            help="Seconds, minutes with small networks, or networks as published.  [default: small]",
        ),
        click.option(
            "--search", type=click.IntRange(0, 10_000), metavar="TRIALS", help="Nested search of options in each fold."
        ),
        click.option(
            "--search-on",
            metavar="PART",
            default="inner",
            show_default=True,
            help="Where trials are scored: inner parts alone.",
        ),
        click.option(
            "--calibrate",
            type=click.Choice(["none", "threshold", "temperature"]),
            help="Choose in each fold, on inner predictions, the threshold of balanced accuracy, or a temperature for "
            "probabilities as well.  [default: threshold]",
        ),
        click.option(
            "--objective",
            metavar="METRIC",
            help="Metric that --search maximises, as in auroc, log_loss, ccc.  [default: balanced_accuracy, rmse]",
        ),
        click.option("--baselines/--no-baselines", default=None, help="Include the trivial baselines.  [default: yes]"),
        click.option("--suite", type=Names("suite"), help="Run the grids of a suite instead."),
        click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or cuda:N."),
        click.option(
            "--precision", type=click.Choice(["fp32", "tf32", "bf16"]), help="Precision of networks.  [default: fp32]"
        ),
        click.option("--compile/--no-compile", default=None, help="Compile networks.  [default: no]"),
        click.option(
            "--deterministic/--no-deterministic",
            default=None,
            help="Train networks with deterministic algorithms alone, and without tf32.  [default: no]",
        ),
    ]
    for option in reversed(options):
        function = option(function)
    return function


def check_search_on(part: str) -> None:
    """Refuse what would make the scores of a row too high, with the reason."""
    if part == "test":
        raise UsageError(
            "--search-on test is refused: the best of many trials on test windows scores better there than on anybody "
            "else, and no interval tells by how much. Trials are scored on inner parts of the training windows, split "
            "as the protocol splits; leave out --search-on."
        )
    if part != "inner":
        raise UsageError(f"--search-on takes inner, not '{part}'.")


def grids_of(arguments: dict[str, Any], known: Registry) -> list[Grid]:
    """The grids of a suite, of a file, or of the options; options override a file."""
    from bench.planning.grid import Grid

    check_search_on(arguments["search_on"])
    source = arguments["source"]
    if source and source.suffix in (".json", ".jsonl"):
        refuse_changes(arguments)
        return []
    bases = [Grid.from_toml(source)] if source else [Grid()]
    if arguments["suite"]:
        found = [known.get("suite", name).load()().grids() for name in arguments["suite"]]
        bases = [Grid.from_mapping(grid, "a suite") for grids in found for grid in grids]
    given: dict[str, Any] = {name: arguments[name] for name in GRID_OPTIONS if arguments[name] is not None}
    for name in ("dataset", "model", "fusion", "protocol"):
        if given.get(name) == ():
            raise UsageError(f"--{name} needs a name; 'bench list {name}' shows them.")
    if arguments["seed"] is not None and arguments["seeds"] is not None:
        raise UsageError("--seed names seeds, and --seeds counts them from 0; give one of them.")
    if arguments["seed"] is not None:
        given["seed"] = seeds(arguments["seed"])
    if arguments["seeds"] is not None:
        given["seed"] = tuple(range(arguments["seeds"]))
    pairs = [option_pair(text) for text in arguments["options"]]
    options = {name: value for name, value in pairs if not name.startswith(f"{arguments['executor']}.")}
    grids = [replace(base, **given, options={**base.options, **options}) for base in bases]
    for grid in grids:
        grid.check_objective()
    if any(grid.search for grid in grids):
        from bench.running.search import database  # which takes time to import

        database.check()
    return grids


def refuse_changes(arguments: dict[str, Any]) -> None:
    """Refuse options beside a record, which is run again as it is."""
    given = [name for name in (*GRID_OPTIONS, "seed", "seeds", "suite") if arguments[name] is not None]
    given += ["option"] if arguments["options"] else []
    if given:
        raise UsageError(
            f"--from {arguments['source']} replays a record as it was; leave out --{given[0]}, "
            "or run the grid of a TOML file with it."
        )


def seeds(text: str) -> tuple[int, ...]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts or not all(part.isdecimal() and len(part) <= 20 and int(part) < 2**64 for part in parts):
        raise UsageError(f"--seed takes whole numbers below 2^64, as in 0,1,2, not '{text}'.")
    return tuple(dict.fromkeys(int(part) for part in parts))


def option_pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise UsageError(f"-o takes KEY=VALUE, as in -o model.C=0.1, not '{text}'.")
    return name.strip(), value.strip()


def checked_device(text: str) -> str:
    kind, _, number = text.partition(":")
    if kind not in ("auto", "cpu", "cuda") or (number and (kind != "cuda" or not number.isdecimal())):
        raise UsageError(f"--device takes auto, cpu, cuda or cuda:N, not '{text}'.")
    return text


def save(grids: list[Grid], path: Path) -> None:
    if len(grids) != 1:
        raise UsageError("--save writes one grid; a suite or a record has its own file already.")
    path.write_text(grids[0].to_toml(), encoding="utf-8")
    click.echo(f"Wrote {path}; run it with 'bench run --from {path}'.")
