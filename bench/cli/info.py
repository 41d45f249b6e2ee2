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
    """Show what the plugin NAME is, its options, its licence, and what it can be combined with."""
    known = registry(ctx)
    for place, entry in enumerate(known.find(name)):
        if place:
            click.echo()
        describe(entry, known)


def describe(entry: Entry, known: Registry) -> None:
    click.secho(f"{entry.kind} {entry.name}", bold=True)
    click.echo(f"{entry.plugin.about}\nfrom {entry.distribution} {entry.version} ({entry.plugin.target})")
    target = entry.load()
    if entry.kind == "command":
        click.echo(f"'bench {entry.name} --help' describes it.")
        return
    text = inspect.getdoc(target)
    if text and not text.startswith(f"{target.__name__}("):
        click.echo(f"\n{text}")
    for line in facts(target, known):
        click.echo(f"\n{line}")
    found = options.options_of(target)
    click.echo("\nOptions" + ("" if found else ": none"))
    for name, option in found.items():
        default = "required" if option.default is options.REQUIRED else f"default {specs.format_value(option.default)}"
        click.echo(f"  {name}: {option.accepts()} ({default}){'; ' + option.about if option.about else ''}")
    for profile, values in target.profiles.items():
        told = ", ".join(f"{name}={specs.format_value(value)}" for name, value in values.items())
        click.echo(f"  --profile {profile} sets {told}")


def facts(target: Any, known: Registry) -> Iterator[str]:
    """What matters for the kind."""
    if issubclass(target, Dataset):
        yield from data_facts(target)
    elif issubclass(target, Model):
        if target.inputs == "index":
            yield "Combines with: no fusion (it looks at no signal), every data set and protocol. A trivial baseline."
        else:
            yield f"Learns from {target.inputs}. Combines with: {joints_of(target)}, every data set and protocol."
        yield f"Predicts: {' and '.join(target.predicts)}"
        yield f"Runs on: {', '.join(target.devices)}"
    elif issubclass(target, Fusion):
        yield from fusion_facts(target, known)
        yield f"Predicts: {' and '.join(target().predicts)}"
    elif issubclass(target, Protocol):
        yield f"Keeps whole: {', '.join(target.groups) or 'nothing (windows are drawn one by one)'}"
    elif issubclass(target, Suite):
        yield "Grids:\n" + "\n".join(f"  {dict(grid)}" for grid in target().grids())
    else:
        yield from chain_facts(target, known)


def joints_of(model: type[Model]) -> str:
    """Which fusions can be asked for; what an exchange needs besides, it says itself."""
    if not issubclass(model, Staged):
        return "fusions of inputs and decisions"
    return "every fusion" if model.time_axis else "fusions of inputs, embeddings and decisions"


def fusion_facts(target: type[Fusion], known: Registry) -> Iterator[str]:
    """Where it joins, and which models allow that."""
    joints = {"exchange": "what branches have at the ends of stages", "join": "embeddings of branches",
              "combine": "decisions", "merge": "inputs"}  # fmt: skip
    joined = [words for name, words in joints.items() if getattr(target, name) is not getattr(Fusion, name)]
    if target.one_modality:
        yield "Joins one modality at a time. Combines with: every model that learns from features or signals."
        return
    within = target().needs_stages
    models = "every model that learns from features or signals"
    if within:
        staged = [name for name in known.names("model") if issubclass(known.get("model", name).load(), Staged)]
        models = f"models made of branches ({', '.join(staged)})"
    joint = " and ".join(joined) or joints["join" if within else "merge"]
    yield f"Joins {joint}. Combines with: {models}, and two modalities or more."


def chain_facts(target: Any, known: Registry) -> Iterator[str]:
    """What matters for a part of a chain."""
    if issubclass(target, Preprocessor):
        yield from scopes(target)
    elif issubclass(target, Scaling):
        yield "Learnt in each fold from the windows of its training part; no step on recordings comes after it."
    elif issubclass(target, StimulusFeatures):
        yield "Computes the vector of each stimulus from its file, once; it is the first step for that modality."
    elif issubclass(target, PreprocessingPreset):
        yield from recipe_facts(target(), known)
    elif issubclass(target, Extractor):
        yield "Makes one feature vector per window and modality; it is the last step of a chain."


TRANSDUCTIVE = {
    "session": " (transductive)",
    "recording": " (transductive, unless each recording is one window and nothing else)",
}


def scopes(target: type[Preprocessor]) -> Iterator[str]:
    """How much a step looks at, which can follow from its options."""
    required = [option for option in options.options_of(target).values() if option.default is options.REQUIRED]
    if required:
        yield "Looks at: what its options make of it; 'bench run --dry-run' says whether it is transductive."
        return
    scope = target().scope
    yield f"Looks at: {scope}" + TRANSDUCTIVE.get(scope, "")


def recipe_facts(preset: PreprocessingPreset, known: Registry) -> Iterator[str]:
    """The exact steps per modality; data sets that differ from the rest are named."""
    told: dict[tuple[str, str], list[str]] = {}
    for name in known.names("dataset"):
        cls = known.get("dataset", name).load()
        if any(option.default is options.REQUIRED for option in options.options_of(cls).values()):
            continue
        dataset = cls()
        for modality, chain in preset.chains(dataset).items():
            if modality in dataset.modalities:
                told.setdefault((modality, chain), []).append(name)
    if not any(chain for _, chain in told):
        yield "No step, whatever the data set and the modality."
        return
    for (modality, chain), names in told.items():
        steps = "\n".join(f"  {step}" for step in specs.split(chain, "|"))
        yield f"{modality} of {', '.join(names)}:\n{steps}"
    from bench.data.segmentation import Windowing  # which loads numpy

    cut = Windowing(**preset.window).about if preset.window else "windows are as -o window.* says"
    yield f"{cut[:1].upper()}{cut[1:]}."


def data_facts(target: type[Dataset]) -> Iterator[str]:
    """The card, and whether the data are here; nothing is read for it."""
    from bench.readers import FileDataset

    card = target.card
    yield f"{card.title}\n  home      {card.home}\n  licence   {card.licence}\n  citation  {card.citation}"
    yield f"Access: {card.access}. Size: {card.size}."
    yield from (f"Counts: {line}" for line in card.counts)
    yield from (f"Known defect: {defect}" for defect in card.defects)
    if any(option.default is options.REQUIRED for option in options.options_of(target).values()):
        return
    dataset = target()
    yield f"Modalities: {', '.join(dataset.modalities)}"
    targets = "; ".join(f"{name} ({', '.join(all_)})" for name, all_ in dataset.targets.items())
    yield f"Targets: {targets or 'none; it serves for pre-training'}"
    if dataset.regression_targets:
        yield f"Targets that are numbers: {', '.join(dataset.regression_targets)}"
    if isinstance(dataset, FileDataset):
        from bench.data.acquisition.survey import holding, how

        held = holding(dataset)
        yield f"On this machine: {held.folder} ({held.kind})" if held.folder else f"Not here; to get it: {how(dataset)}"
        yield f"To try it without: 'bench data simulate {dataset.name}'."
    else:
        yield f"Data: {'simulated' if dataset.simulated else 'real'}."
