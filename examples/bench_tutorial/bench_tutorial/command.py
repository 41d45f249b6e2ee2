"""`bench tutorial`."""

import click

from bench_tutorial import hooks


@click.command("tutorial")
def command() -> None:
    """List what bench-tutorial adds, with a command to try it."""
    for plugin in (*hooks.bench_models(), *hooks.bench_fusions(), *hooks.bench_datasets()):
        click.echo(f"{plugin.name}: {plugin.about}")
    click.echo("Try: bench run --model extra-trees,nearest-mean --fusion none,most-confident")
