"""`bench info`: everything about one plugin."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import click

from bench import options, specs
from bench.api import (
    Dataset,
    Extractor,
    Fusion,
    Model,
    PreprocessingPreset,
    Preprocessor,
    Protocol,
    Scaling,
    Staged,
    StimulusFeatures,
    Suite,
)
from bench.cli import registry
from bench.cli.parameters import complete_plugin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.registry import Entry, Registry


@click.command("info")
@click.argument("name", shell_complete=complete_plugin)
@click.pass_context
def command(ctx: click.Context, name: str) -> None:
    """Describe the plugin NAME: its options, its licence, and what it can be combined with.

    'bench info window' describes the options of windows, and 'bench info search' those of searches.
    """
    known = registry(ctx)
    if name in NO_PLUGINS and not any(name in entries for entries in known.entries.values()):
        NO_PLUGINS[name]()
        return
    for number, entry in enumerate(known.find(name)):
        if number:
            click.echo()
        describe(entry, known)


def describe(entry: Entry, known: Registry) -> None:
    click.secho(f"{entry.kind} {entry.name}", bold=True)
    click.echo(f"{entry.plugin.about}\nfrom {entry.distribution} {entry.version} ({entry.plugin.target})")
    target = entry.load()
    if entry.kind == "command":
        click.echo(f"See 'bench {entry.name} --help'.")
        return
    text = inspect.getdoc(target)
    if text and not text.startswith(f"{target.__name__}("):
        click.echo(f"\n{text}")
    for line in facts(target, known):
        click.echo(f"\n{line}")
    show_options(target)
    for profile, values in target.profiles.items():
        changes = ", ".join(f"{name}={specs.format_value(value)}" for name, value in values.items())
        click.echo(f"  --profile {profile} sets {changes}")


def show_options(target: Any) -> None:
    found = options.options_of(target)
    click.echo("\nOptions" + ("" if found else ": none"))
    for name, option in found.items():
        default = "required" if option.default is options.REQUIRED else f"default {specs.format_value(option.default)}"
        click.echo(f"  {name}: {option.accepts()} ({default}){'; ' + option.about if option.about else ''}")


def describe_windows() -> None:
    from bench.data.segmentation import Windowing  # imports numpy

    click.secho("options of windows", bold=True)
    click.echo(
        "\nEach segment of a recording is cut into windows; no window crosses the edge of a segment.\n"
        "Set them as in '-o window.length=30 -o window.hop=15'. A preset of --preprocess may have other defaults."
    )
    show_options(Windowing)


def describe_search() -> None:
    from bench.cells.searching import Searching

    click.secho("options of searches", bold=True)
    click.echo(
        "\n--search N tries N combinations of options in each fold, on inner parts of its training windows.\n"
        "Set how it looks for them as in '--search 50 -o search.sampler=gp -o search.pruner=hyperband'."
    )
    show_options(Searching)


#: what has options and is no plugin
NO_PLUGINS = {"window": describe_windows, "search": describe_search}


def facts(target: Any, known: Registry) -> Iterator[str]:
    """What matters for the kind."""
    if issubclass(target, Dataset):
        yield from dataset_facts(target)
    elif issubclass(target, Model):
        yield from model_facts(target)
    elif issubclass(target, Fusion):
        yield from fusion_facts(target, known)
    elif issubclass(target, Protocol):
        yield f"Groups: {', '.join(target.groups) or 'none (single windows are split)'}"
    elif issubclass(target, Suite):
        yield "Grids:\n" + "\n".join(f"  {dict(grid)}" for grid in target().grids())
    else:
        yield from preprocessor_facts(target, known)


def model_facts(target: type[Model]) -> Iterator[str]:
    if target.inputs == "index":
        yield "A trivial baseline that uses no signals. It needs no fusion, and works with every data set and protocol."
    else:
        yield f"Learns from {target.inputs}. Works with {fusions_for(target)}, and every data set and protocol."
    yield f"Predicts: {' and '.join(target.predicts)}"
    yield f"Runs on: {', '.join(target.devices)}"


def fusions_for(model: type[Model]) -> str:
    """The fusions that work with a model, in words."""
    if not issubclass(model, Staged):
        return "fusions of inputs and decisions"
    return "every fusion" if model.time_axis else "fusions of inputs, embeddings and decisions"


def fusion_facts(target: type[Fusion], known: Registry) -> Iterator[str]:
    """What is fused, and which models work with it."""
    points = {"exchange": "stages", "join": "embeddings", "combine": "decisions", "merge": "inputs"}
    fused = [words for name, words in points.items() if getattr(target, name) is not getattr(Fusion, name)]
    inside = target().needs_stages
    models = "every model of features or signals"
    if inside:
        staged = [name for name in known.names("model") if issubclass(known.get("model", name).load(), Staged)]
        models = f"staged models ({', '.join(staged)})"
    if target.one_modality:
        yield f"Uses one modality at a time. Works with {models}."
    else:
        what = " and ".join(fused) or points["join" if inside else "merge"]
        yield f"Fuses {what} of two or more modalities. Works with {models}."
    yield f"Predicts: {' and '.join(target().predicts)}"


def preprocessor_facts(target: Any, known: Registry) -> Iterator[str]:
    """The place of a step in a chain."""
    if issubclass(target, Preprocessor):
        yield scope_of(target)
    elif issubclass(target, Scaling):
        yield "Learnt in each fold from its training windows. No step on recordings can follow it."
    elif issubclass(target, StimulusFeatures):
        yield "Computes one vector per stimulus from its media file. It is the first step for that modality."
    elif issubclass(target, PreprocessingPreset):
        yield from preset_facts(target(), known)
    elif issubclass(target, Extractor):
        yield "Computes one feature vector per window and modality. It is the last step of a chain."


TRANSDUCTIVE = {
    "session": " (transductive)",
    "recording": " (transductive, unless each recording is a single window)",
}


def scope_of(target: type[Preprocessor]) -> str:
    """Which data a step uses, which can depend on its options."""
    if requires_options(target):
        return "Scope: depends on the options; 'bench run --dry-run' shows whether the step is transductive."
    scope = target().scope
    return f"Scope: {scope}" + TRANSDUCTIVE.get(scope, "")


def preset_facts(preset: PreprocessingPreset, known: Registry) -> Iterator[str]:
    """The steps for each modality; data sets with the same steps are listed together."""
    chains: dict[tuple[str, str], list[str]] = {}
    for name in known.names("dataset"):
        cls = known.get("dataset", name).load()
        if requires_options(cls):
            continue
        dataset = cls()
        for modality, chain in preset.chains(dataset).items():
            if modality in dataset.modalities:
                chains.setdefault((modality, chain), []).append(name)
    if not any(chain for _, chain in chains):
        yield "No steps, for any data set and modality."
        return
    for (modality, chain), names in chains.items():
        steps = "\n".join(f"  {step}" for step in specs.split(chain, "|"))
        yield f"{modality} of {', '.join(names)}:\n{steps}"
    from bench.data.segmentation import Windowing  # imports numpy

    windows = Windowing(**preset.window).about if preset.window else "windows as set by -o window.*"
    yield f"{windows[:1].upper()}{windows[1:]}."


def dataset_facts(target: type[Dataset]) -> Iterator[str]:
    """The card, and whether the data are on this machine. No file is read."""
    from bench.readers import FileDataset

    card = target.card
    yield f"{card.title}\n  home      {card.home}\n  licence   {card.licence}\n  citation  {card.citation}"
    yield f"Access: {card.access}. Size: {card.size}."
    yield from (f"Counts: {line}" for line in card.counts)
    yield from (f"Known defect: {defect}" for defect in card.defects)
    if requires_options(target):
        return
    dataset = target()
    yield f"Modalities: {', '.join(dataset.modalities)}"
    targets = "; ".join(f"{name} ({', '.join(classes)})" for name, classes in dataset.targets.items())
    yield f"Targets: {targets or 'none (for pre-training only)'}"
    if dataset.regression_targets:
        yield f"Regression targets: {', '.join(dataset.regression_targets)}"
    if isinstance(dataset, FileDataset):
        from bench.data.acquisition.local_copy import find_copy, how_to_get

        found = find_copy(dataset)
        if found.folder:
            yield f"On this machine: {found.folder} ({found.kind})"
        else:
            yield f"How to get it: {how_to_get(dataset)}"
        if dataset.has_stand_in:
            yield f"To try it without the data: 'bench data simulate {dataset.name}'."
    else:
        yield f"Data: {'simulated' if dataset.simulated else 'real'}."


def requires_options(target: Any) -> bool:
    return any(option.default is options.REQUIRED for option in options.options_of(target).values())
