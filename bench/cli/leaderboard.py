"""`bench leaderboard`: stored results become published files and pages."""

from __future__ import annotations

from pathlib import Path

import click

from bench.cli.parameters import Names, out_option
from bench.errors import BenchError


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
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 where a page differs from the results.")
def command(out: Path, to: Path, formats: tuple[str, ...] | None, check: bool) -> None:
    """Publish finished cells of --out, and write the pages.

    TO/results holds one file per comparison (JSON Lines) with one line per row: scores per fold, seed and subject, the
    command, the environment and the date. The pages are made from these files alone, so that CI can rebuild and check
    them without any data; 'bench run --from FILE' computes the rows of a file again.
    """
    from bench import session

    if not check:
        done = session.leaderboard(out, to, formats)
        click.echo(f"Published {len(done.taken)} results of {out}; wrote {', '.join(map(str, done.pages))}.")
        return
    pages, stale = session.stale_pages(to, formats)
    if stale:
        again = f"bench leaderboard --to {to}" + (f" --format {','.join(formats)}" if formats else "")
        raise BenchError(f"Stale: {', '.join(map(str, stale))}; write {count(stale)} again with '{again}'.")
    click.echo(f"{', '.join(map(str, pages))}: up to date.")


def count(pages: list[Path]) -> str:
    return "it" if len(pages) == 1 else "them"
