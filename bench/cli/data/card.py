"""`bench data card`: all that is known about a data set, and what is counted in it here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bench.cli.data.chosen import any_of
from bench.cli.data.words import counted
from bench.cli.parameters import complete_dataset, data_option
from bench.readers import FileDataset

if TYPE_CHECKING:
    from bench.api import Dataset
    from bench.data.acquisition.counts import Count, Counts


@click.command("card")
@click.argument("name", shell_complete=complete_dataset)
@click.option("--counts/--no-counts", default=True, show_default=True, help="Load everybody here, and count.")
@data_option
@click.pass_context
def command(ctx: click.Context, name: str, counts: bool) -> None:
    """Show what is known about the data set NAME, and count what is here.

    Segments and seconds are counted by person and class, which reads all recordings.
    """
    dataset = any_of(ctx, name)
    describe(dataset, name)
    if isinstance(dataset, FileDataset):
        from bench.data.acquisition.survey import holding, how

        held = holding(dataset)
        where = f"{held.folder} ({held.kind})" if held.folder else f"no; to get it: {how(dataset)}"
        click.echo(f"\nOn this machine: {where}")
        if held.folder is None:
            return
    if counts:
        from bench.cli.data.bars import steps
        from bench.threads import one_thread

        one_thread()
        from bench.data.acquisition.counts import count

        with steps() as tell:
            found = count(dataset, tell)
        show(found, simulated=dataset.simulated)


def describe(dataset: Dataset, name: str) -> None:
    card = dataset.card
    click.secho(f"{name}: {card.title}", bold=True)
    for what in ("home", "licence", "citation", "access", "size"):
        click.echo(f"  {what:<11} {getattr(card, what)}")
    click.echo(f"  modalities  {', '.join(dataset.modalities)}")
    for target, classes in dataset.targets.items():
        click.echo(
            f"  target      {target}: {', '.join(classes)}" + (" (by ratings)" if dataset.label_rule(target) else "")
        )
    for target, rating in dataset.regression_targets.items():
        click.echo(f"  target      {target}: a number (the rating {rating})")
    paragraph("Counts, as published", card.counts)
    paragraph("Known defects", card.defects)
    if isinstance(dataset, FileDataset):
        defects = [f"{defect}: {text}" for defect, text in dataset.known_defects.items()]
        paragraph(f"Defects that 'bench data simulate {name} --defect' can write", defects)


def paragraph(title: str, lines: tuple[str, ...] | list[str]) -> None:
    if lines:
        click.echo(f"\n{title}\n" + "\n".join(f"  {line}" for line in lines))


def show(counts: Counts, *, simulated: bool) -> None:
    """A table per target: people by classes."""
    from tabulate import tabulate

    kind = "simulated" if simulated else "real"
    click.echo(f"\nCounted here, {kind}: {counts.recordings} recordings; segments and their seconds")
    for target, people in counts.targets.items():
        total = totals(people)
        classes = [name for name, found in total.items() if found.segments or name in next(iter(people.values()))]
        classes = [name for name in classes if total[name].segments or name != "no label"]
        rows = [[who, *(cell(of.get(name)) for name in classes)] for who, of in (*people.items(), ("all", total))]
        click.echo("\n" + tabulate(rows, [target, *classes], tablefmt="simple", disable_numparse=True))
    for line in counted(counts.excluded):
        click.echo(f"left out: {line}")
    for note in counts.notes:
        click.echo(click.wrap_text(note, 100))


def totals(people: dict[str, dict[str, Count]]) -> dict[str, Count]:
    from bench.data.acquisition.counts import Count

    total: dict[str, Count] = {}
    for classes in people.values():
        for name, found in classes.items():
            sum_ = total.setdefault(name, Count())
            sum_.segments += found.segments
            sum_.seconds += found.seconds
    return total


def cell(found: Count | None) -> str:
    return f"{found.segments} ({found.seconds:.0f} s)" if found and found.segments else "–"
