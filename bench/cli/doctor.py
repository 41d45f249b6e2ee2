"""`bench doctor`: is this machine ready?"""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

import bench
from bench.cli import registry
from bench.cli.parameters import data_option, out_option
from bench.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Iterator

LEAST_DISK = 2 * 1024**3


@click.command("doctor")
@data_option
@out_option
@click.pass_context
def command(ctx: click.Context, out: Path) -> None:
    """Check environment, devices, folders, plugins and free disk space; exit with 1 if something is wrong."""
    wrong = 0
    for good, text in (*environment(), *devices(), *isolation(), *data(ctx), *folders(out), *plugins(ctx)):
        wrong += not good
        click.echo(f"{click.style('ok   ', fg='green') if good else click.style('wrong', fg='red')}  {text}")
    if wrong:
        ctx.exit(1)


def environment() -> Iterator[tuple[bool, str]]:
    from bench.results.environment import LIBRARIES, installed, processor

    yield (
        sys.version_info >= (3, 11),
        f"bench {bench.__version__} on Python {platform.python_version()}, {platform.system()}",
    )
    yield True, ", ".join(f"{name} {version}" for name in LIBRARIES if (version := installed(name)))
    yield True, f"{os.cpu_count()} cores: {processor()}"


def devices() -> Iterator[tuple[bool, str]]:
    if importlib.util.find_spec("torch") is None:
        yield True, "device cpu (torch is not installed; no installed plugin needs it)"
        return
    from bench.training.settings import cuda_devices

    yield True, "device cpu" + "".join(f", cuda:{place} ({name})" for place, name in enumerate(cuda_devices()))


def isolation() -> Iterator[tuple[bool, str]]:
    """How far this platform can keep plugins from held-out data."""
    from bench.worker import confinement
    from bench.worker.kernel import landlock

    best = confinement.best()
    why = f"Landlock {landlock.version()}, seccomp" if best == "sandbox" else "no Landlock with seccomp here"
    yield True, f"isolation {best} ({why})"


def data(ctx: click.Context) -> Iterator[tuple[bool, str]]:
    """The data folder and the data sets in it; missing data sets are no error."""
    from bench.cli.data.dataset_argument import file_datasets
    from bench.data.acquisition.local_copy import find_copy
    from bench.readers import data_folders

    named = os.environ.get(data_folders.VARIABLE)
    yield not named or Path(named).is_dir(), f"data root {data_folders.VARIABLE}: {named or 'not set'}"
    if not named:
        yield True, f"data root: {data_folders.data_root()}"
    absent = []
    for dataset in file_datasets(ctx):
        if isinstance(dataset, PluginError):
            yield False, str(dataset)
            continue
        copy = find_copy(dataset)
        if copy.folder:
            yield True, f"data set {copy.name}: {copy.kind}, in {copy.folder}"
        elif copy.link:
            yield False, f"data set {copy.name}: linked to {copy.link}, which does not exist"
        else:
            absent.append(copy.name)
    if absent:
        yield True, f"data sets that are not here ('bench data list' says how to get them): {', '.join(absent)}"


def folders(out: Path) -> Iterator[tuple[bool, str]]:
    nearest = next(folder for folder in (out.absolute(), *out.absolute().parents) if folder.exists())
    yield (
        nearest.is_dir() and os.access(nearest, os.W_OK),
        f"results {out.absolute()}: {'can' if os.access(nearest, os.W_OK) else 'cannot'} be written",
    )
    free = shutil.disk_usage(nearest).free
    yield free > LEAST_DISK, f"free disk there: {free / 1024**3:.1f} GiB"


def plugins(ctx: click.Context) -> Iterator[tuple[bool, str]]:
    known = registry(ctx)
    counts = ", ".join(
        f"{len(entries)} {kind}{'s' * (len(entries) > 1)}" for kind, entries in known.entries.items() if entries
    )
    yield True, f"plugins: {counts}"
    for item in known.broken:
        yield False, f"{item.package} ({item.distribution}): {item.problem}"
