"""`bench tutorial`."""

import click

import bench_tutorial


@click.command("tutorial")
def command() -> None:
    """Show what bench-tutorial adds, and a command to try it."""
    for plugin in (*bench_tutorial.bench_models(), *bench_tutorial.bench_fusions()):
        click.echo(f"{plugin.name}: {plugin.about}")
    click.echo("Try: bench run --profile smoke --model nearest-mean --fusion none,strongest")
