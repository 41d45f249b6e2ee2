"""`bench tutorial`."""

import click

import bench_tutorial


@click.command("tutorial")
def command() -> None:
    """Show what bench-tutorial adds, and a command to try it."""
    hooks = (bench_tutorial.bench_datasets, bench_tutorial.bench_models, bench_tutorial.bench_fusions)
    for plugin in (plugin for hook in hooks for plugin in hook()):
        click.echo(f"{plugin.name}: {plugin.about}")
    click.echo("Try: bench run --dataset gait --model nearest-mean --fusion none,strongest")
