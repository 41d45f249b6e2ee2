"""`bench tutorial`."""

import click

import bench_tutorial


@click.command("tutorial")
def command() -> None:
    """List what bench-tutorial adds, with a command to try it."""
    hooks = (bench_tutorial.bench_models, bench_tutorial.bench_fusions, bench_tutorial.bench_datasets)
    for plugin in (plugin for hook in hooks for plugin in hook()):
        click.echo(f"{plugin.name}: {plugin.about}")
    click.echo("Try: bench run --model extra-trees,nearest-mean --fusion none,most-confident")
