"""From the options of `bench run` to grids."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from bench.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from bench.planning.grid import Grid
    from bench.registry import Registry

MOST_SEEDS = 1000
GRID_OPTIONS = ("dataset", "model", "fusion", "protocol", "target", "modalities", "preprocess", "profile", "search",
                "baselines", "precision", "compile", "pretrain", "calibrate", "objective")  # fmt: skip


def grids_of(arguments: dict[str, Any], known: Registry) -> list[Grid]:
    """The grids of a suite, of a file, or of the options; options override a file."""
    from bench.planning.grid import Grid

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
