"""`bench data simulate`: a stand-in in the layout of the real data set, from simulated people."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bench.cli import INTERRUPTED, registry
from bench.cli.data.chosen import in_files, typed_root
from bench.cli.data.words import several
from bench.cli.parameters import complete_dataset, data_option
from bench.errors import UsageError

if TYPE_CHECKING:
    from bench.readers import FileDataset


@click.command("simulate")
@click.argument("name", shell_complete=complete_dataset)
@click.option("--subjects", type=click.IntRange(min=1), default=4, show_default=True, help="How many people.")
@click.option("--seconds", type=click.FloatRange(min=1),
              help="Length of a recording, or of each of its trials.  [default: as in the real one]")  # fmt: skip
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Other people.")
@click.option("--defect", "defects", multiple=True, metavar="NAME", help="A defect to be written into it.")
@click.option("--list-defects", is_flag=True, help="Show the defects that can be written, and stop.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path),
              help="Folder of the stand-in.  [default: simulated/NAME in the data root]")  # fmt: skip
@data_option
@click.pass_context
def command(ctx: click.Context, /, name: str, out: Path | None, **asked: Any) -> None:
    """Write simulated files in the layout of the data set NAME.

    Everything can be tried with them before the real ones are here. They say that they are simulated, and so does
    every result that is made from them.
    """
    from bench.cli.data.bars import steps
    from bench.data.acquisition import standin
    from bench.readers import data_folders

    dataset = in_files(ctx, name)
    if asked.pop("list_defects"):
        for defect, text in dataset.known_defects.items():
            click.echo(f"{defect}: {text}")
        if not dataset.known_defects:
            click.echo(f"No defect can be written into a stand-in of '{name}'.")
        return
    folder = out.expanduser().absolute() if out else data_folders.data_root() / data_folders.SIMULATED / name
    with steps() as tell:
        tell("simulating", 0, asked["subjects"])
        people = []
        try:
            for person in standin.write(dataset, folder, registry(ctx), **asked):
                people.append(person)
                tell(f"simulating, {person} is done", len(people), asked["subjects"])
        except KeyboardInterrupt:
            click.echo("Interrupted. A stand-in is whole or absent: nothing was kept.", err=True)
            ctx.exit(INTERRUPTED)
    click.echo(f"Wrote {several(len(people), 'simulated person').replace('persons', 'people')} to {folder}.")
    advise(dataset, folder, typed_root(ctx))


def advise(dataset: FileDataset, folder: Path, root: str) -> None:
    """What to type so that this stand-in is used, whatever else is on this machine."""
    from bench.readers import data_folders

    if not data_folders.is_top_folder(folder, dataset.root_patterns):
        raise UsageError(f"The stand-in holds no {' or '.join(dataset.root_patterns)}, so that it will not be found.")
    found = data_folders.find(dataset.name, dataset.folder_names, dataset.root_patterns)
    run = f"bench run --dataset {dataset.name}"
    if found is not None and found.resolve() == folder.resolve():
        click.echo(f"To use it: '{run}{root}'.")
        return
    if found is not None:
        kind = "another stand-in" if (found / data_folders.MARKER).exists() else "the real one"
        click.echo(f"'{run}{root}' uses {kind} in {found}.")
    click.echo(f"To use this one: '{run} --data {folder}', or set BENCH_DATA={folder}.")
