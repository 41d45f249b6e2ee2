"""`bench leaderboard`: stored results become published files and pages."""

from __future__ import annotations

from pathlib import Path

import click

from bench.cli.parameters import PUBLISHED_METRICS, Names, against_option, metric_option, out_option
from bench.errors import BenchError


class Formats(Names):
    """md, json and html, joined by commas."""

    name = "formats"


@click.command("leaderboard")
@out_option
@click.option("--to", type=click.Path(file_okay=False, path_type=Path),
              help="Folder of published results and pages.  [default: leaderboard in --out]")  # fmt: skip
@click.option(
    "--format", "formats", type=Formats(), help="md, json, html: one or more.  [default: md, and pages that are there]"
)
@click.option(
    "--check",
    is_flag=True,
    help="Write nothing; exit with 1 where a published result was altered or is missing, or a page differs from them.",
)
@metric_option(PUBLISHED_METRICS)
@against_option
def command(
    out: Path, to: Path | None, formats: tuple[str, ...] | None, check: bool, metric: str | None, against: str | None
) -> None:
    """Publish finished cells of --out, and write the pages.

    TO/results holds one file per comparison (JSON Lines) with one line per row: scores per fold, seed and subject, the
    command, the environment and the date. The pages are made from these files alone, so that CI can rebuild and check
    them without any data; 'bench run --from FILE' computes the rows of a file again. Lines and files have digests,
    which find accidents and careless edits; a file that was altered is named, and never written again.

    Pages say which metric their rows are compared by. --check compares rows by the same metric, unless --metric names
    another one.
    """
    from bench import session

    to = to or out / session.PAGES
    if not check:
        done = session.leaderboard(out, to, formats, metric or "", against or "")
        click.echo(f"Published {len(done.taken)} results of {out}; wrote {', '.join(map(str, done.pages))}.")
        return
    found = session.check_published(to, formats, metric or "", against or "")
    again = f"bench leaderboard --to {to}" + (f" --format {','.join(formats)}" if formats else "")
    again += found.ordering.options
    if found.without_digests:
        first, *more = found.without_digests
        which = f"{first}{f' and {len(more)} more' if more else ''}"
        raise BenchError(
            f"{which} of an older version: there are no digests yet; make sure with version control that "
            f"nobody has edited results, then add digests with '{again}'."
        )
    if found.missing:
        them = count(found.missing)
        raise BenchError(
            f"Missing: {listed(found.missing)}; the pages show {them}, so restore {them}, for example with "
            f"'git restore {' '.join(map(str, found.missing))}', or write the pages without {them} with '{again}'."
        )
    if found.stale:
        raise BenchError(
            f"Stale: {listed(found.stale)}; the published results are intact, so write {count(found.stale)} again with "
            f"'{again}'."
        )
    for text in found.mixed:
        click.echo(text)
    click.echo(f"{listed(found.pages)}: up to date.")


def listed(paths: list[Path]) -> str:
    return ", ".join(map(str, paths))


def count(files: list[Path]) -> str:
    return "it" if len(files) == 1 else "them"
