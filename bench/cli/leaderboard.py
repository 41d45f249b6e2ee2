"""`bench leaderboard`: stored results become published files and pages."""

from __future__ import annotations

from pathlib import Path

import click

from bench.cli.parameters import Names, out_option
from bench.errors import BenchError, UsageError, unknown


class Formats(Names):
    """md, json and html, joined by commas."""

    name = "formats"


@click.command("leaderboard")
@out_option
@click.option("--to", type=click.Path(file_okay=False, path_type=Path), default=Path("leaderboard"), show_default=True,
              help="Folder of published results and pages.")  # fmt: skip
@click.option(
    "--format", "formats", type=Formats(), help="md, json, html: one or more.  [default: md, and pages that are there]"
)
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 where a page is not what the results say.")
def command(out: Path, to: Path, formats: tuple[str, ...] | None, check: bool) -> None:
    """Publish finished cells of --out, and write the pages.

    Every finished cell becomes a small text file under TO/results. The pages are made from those files alone, so that
    they can be rebuilt, and checked in CI, without any data.
    """
    from bench.leaderboard.publication import FILES, Publication
    from bench.results.store import Store

    if formats is None:
        formats = ("md", *(name for name, page in FILES.items() if name != "md" and (to / page).exists()))
    for name in formats:
        if name not in FILES:
            raise unknown("format", name, FILES)
    publication = Publication(to)
    if check:
        if not publication.summaries():
            raise UsageError(f"Nothing to check: no file in {to / 'results'}; 'bench leaderboard' publishes results.")
        stale = publication.stale(list(formats))
        if stale:
            names = ", ".join(map(str, stale))
            raise BenchError(
                f"Stale: {names}; write it again with 'bench leaderboard --to {to} --format {','.join(formats)}'."
            )
        click.echo(f"{', '.join(str(to / FILES[name]) for name in formats)}: as the results say.")
        return
    taken = publication.take(Store(out))
    if not taken and not publication.summaries():
        raise UsageError(
            f"Nothing to publish: no finished cell in {out} and no file in {to / 'results'}; start with 'bench run'."
        )
    pages = publication.write(list(formats))
    click.echo(f"{len(taken)} results of {out} published; wrote {', '.join(map(str, pages))}.")
