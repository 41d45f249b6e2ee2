"""`bench data simulate`: a stand-in in the layout of the real data set."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bench.cli import INTERRUPTED, registry
from bench.cli.data.dataset_argument import data_argument, file_dataset
from bench.cli.data.formatting import plural
from bench.cli.parameters import complete_dataset, data_option
from bench.errors import UsageError

if TYPE_CHECKING:
    from bench.readers import FileDataset


@click.command("simulate")
@click.argument("name", shell_complete=complete_dataset)
@click.option("--subjects", type=click.IntRange(min=1), default=4, show_default=True, help="Number of subjects.")
@click.option("--seconds", type=click.FloatRange(min=1),
              help="Length of a recording, or of each of its trials.  [default: as in the real data set]")  # fmt: skip
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Random seed.")
@click.option("--variant", "variants", multiple=True, metavar="NAME",
              help="A variant of the simulation; 'bench data card NAME' lists them.")  # fmt: skip
@click.option("--out", type=click.Path(file_okay=False, path_type=Path),
              help="Folder of the stand-in.  [default: simulated/NAME in the data root]")  # fmt: skip
@data_option
@click.pass_context
def command(ctx: click.Context, /, name: str, out: Path | None, **options: Any) -> None:
    """Write simulated files in the layout of the data set NAME.

    With them, everything can be tried before the real data are here. They are marked as simulated, and so is every
    result computed from them.
    """
    from bench.cli.data.progress_bars import step_bar
    from bench.data.acquisition import simulation
    from bench.readers import data_folders

    dataset = file_dataset(ctx, name)
    folder = out.expanduser().absolute() if out else data_folders.data_root() / data_folders.SIMULATED / name
    with step_bar() as on_progress:
        on_progress("simulating", 0, options["subjects"])
        subjects = []
        try:
            for subject in simulation.write(dataset, folder, registry(ctx), **options):
                subjects.append(subject)
                on_progress(f"simulated {subject}", len(subjects), options["subjects"])
        except KeyboardInterrupt:
            click.echo("Interrupted. Stand-ins are complete or absent: nothing was kept.", err=True)
            ctx.exit(INTERRUPTED)
    click.echo(f"Wrote {plural(len(subjects), 'simulated subject')} to {folder}.")
    show_usage(dataset, folder, data_argument(ctx))


def show_usage(dataset: FileDataset, folder: Path, data: str) -> None:
    """How to use this stand-in, whatever else is on this machine."""
    from bench.readers import data_folders

    if not data_folders.is_top_folder(folder, dataset.root_patterns):
        raise UsageError(f"The stand-in has no {' or '.join(dataset.root_patterns)}, so it will not be found.")
    found = data_folders.find(dataset.name, dataset.folder_names, dataset.root_patterns)
    run = f"bench run --dataset {dataset.name}"
    if found is not None and found.resolve() == folder.resolve():
        click.echo(f"To use it: '{run}{data}'.")
        return
    if found is not None:
        kind = "another stand-in" if (found / data_folders.MARKER).exists() else "the real data"
        click.echo(f"'{run}{data}' uses {kind} in {found}.")
    click.echo(f"To use this stand-in: '{run} --data {folder}', or set BENCH_DATA={folder}.")
