"""`bench data card`: what is known about a data set, and counts of the copy on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bench.cli.data.dataset_argument import any_dataset
from bench.cli.data.formatting import format_excluded
from bench.cli.parameters import complete_dataset, data_option
from bench.readers import FileDataset

if TYPE_CHECKING:
    from bench.api import Dataset
    from bench.data.acquisition.counts import Count, Counts


@click.command("card")
@click.argument("name", shell_complete=complete_dataset)
@click.option("--counts/--no-counts", default=True, show_default=True, help="Load every subject and count segments.")
@data_option
@click.pass_context
def command(ctx: click.Context, name: str, counts: bool) -> None:
    """Show what is known about the data set NAME, and count the copy on this machine.

    Segments and seconds are counted per subject and class, which reads all recordings.
    """
    dataset = any_dataset(ctx, name)
    describe(dataset, name)
    if isinstance(dataset, FileDataset):
        from bench.data.acquisition.local_copy import find_copy, how_to_get

        copy = find_copy(dataset)
        where = f"{copy.folder} ({copy.kind})" if copy.folder else f"no; how to get it: {how_to_get(dataset)}"
        click.echo(f"\nOn this machine: {where}")
        if copy.folder is None:
            return
    if counts:
        from bench.cli.data.progress_bars import step_bar
        from bench.threads import one_thread

        one_thread()
        from bench.data.acquisition.counts import count

        with step_bar() as on_progress:
            counted = count(dataset, on_progress)
        show(counted, simulated=dataset.simulated)


def describe(dataset: Dataset, name: str) -> None:
    card = dataset.card
    click.secho(f"{name}: {card.title}", bold=True)
    for field in ("home", "licence", "citation", "access", "size"):
        click.echo(f"  {field:<11} {getattr(card, field)}")
    click.echo(f"  modalities  {', '.join(dataset.modalities)}")
    for target, classes in dataset.targets.items():
        rated = " (from ratings)" if dataset.label_rule(target) else ""
        click.echo(f"  target      {target}: {', '.join(classes)}{rated}")
    for target, rating in dataset.regression_targets.items():
        click.echo(f"  target      {target}: regression of the rating {rating}")
    show_list("Counts, as published", card.counts)
    show_list("Known defects", card.defects)
    if isinstance(dataset, FileDataset):
        variants = tuple(f"{variant}: {text}" for variant, text in dataset.variants.items())
        show_list(f"Variants of the stand-in, for 'bench data simulate {name} --variant'", variants)


def show_list(title: str, lines: tuple[str, ...]) -> None:
    if lines:
        click.echo(f"\n{title}\n" + "\n".join(f"  {line}" for line in lines))


def show(counts: Counts, *, simulated: bool) -> None:
    """A table per target: subjects by classes."""
    from tabulate import tabulate

    kind = "simulated" if simulated else "real"
    click.echo(f"\nCounted here ({kind}): {counts.recordings} recordings; segments and their seconds")
    for target, subjects in counts.targets.items():
        total = add_up(subjects)
        classes = [name for name, count in total.items() if count.segments or name in next(iter(subjects.values()))]
        classes = [name for name in classes if total[name].segments or name != "no label"]
        rows = [[subject, *(cell(of.get(name)) for name in classes)] for subject, of in subjects.items()]
        rows.append(["all", *(cell(total.get(name)) for name in classes)])
        click.echo("\n" + tabulate(rows, [target, *classes], tablefmt="simple", disable_numparse=True))
    for line in format_excluded(counts.excluded):
        click.echo(f"excluded: {line}")
    for note in counts.notes:
        click.echo(click.wrap_text(note, 100))


def add_up(subjects: dict[str, dict[str, Count]]) -> dict[str, Count]:
    from bench.data.acquisition.counts import Count

    total: dict[str, Count] = {}
    for classes in subjects.values():
        for name, count in classes.items():
            of_class = total.setdefault(name, Count())
            of_class.segments += count.segments
            of_class.seconds += count.seconds
    return total


def cell(count: Count | None) -> str:
    return f"{count.segments} ({count.seconds:.0f} s)" if count and count.segments else "–"
