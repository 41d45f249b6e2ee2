"""The command line that makes a row: its cell as a grid, and a grid as `bench run` with options."""

from __future__ import annotations

import shlex
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from bench import options, specs
from bench.cells.resolved import chain_label
from bench.data.segmentation import Windowing
from bench.planning.expansion import FEATURES
from bench.planning.grid import Grid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.api import PreprocessingPreset
    from bench.cells.cell import Cell, Choice
    from bench.registry import Registry


def command_of(cell: Cell, registry: Registry) -> str:
    """The shortest grid that has this row, with the default seed; rows of other single modalities come with it."""
    return command_line(grid_of(cell, registry))


def command_line(grid: Grid) -> str:
    """As `bench run` reads it."""
    words = ["bench", "run"]
    for axis in fields(Grid):
        value = getattr(grid, axis.name)
        if axis.name == "options":
            words += [word for name, text in value.items() for word in ("-o", f"{name}={text}")]
        elif isinstance(value, bool):
            words += [] if value == axis.default else [f"--{'' if value else 'no-'}{axis.name}"]
        elif value != axis.default:
            words += [f"--{axis.name}", ",".join(map(str, value)) if isinstance(value, tuple) else str(value)]
    return shlex.join(words)


def grid_of(cell: Cell, registry: Registry) -> Grid:
    """The grid of this cell alone."""

    def typed(choice: Choice) -> str:
        return choice_as_typed(choice, cell.profile, registry)

    return Grid(
        dataset=(typed(cell.dataset),),
        target=(cell.target,),
        modalities=cell.required_modalities,
        preprocess=chain_of(cell, registry),
        model=(typed(cell.model),),
        fusion=(typed(cell.fusion),),
        protocol=(typed(cell.protocol),),
        options={**window_options(cell, registry), **feature_options(cell, registry), **search_options(cell)},
        profile=cell.profile,
        search=cell.search,
        baselines=False,
        pretrain=(*(typed(corpus.dataset) for corpus in cell.corpora), *(each.file for each in cell.weights)),
        precision=cell.engine.get("precision", "fp32"),
        compile=cell.engine.get("compile", False),
        deterministic=cell.engine.get("deterministic", False),
        calibrate=cell.calibrate or ("none" if cell.target in cell.dataset.build(registry).targets else "threshold"),
        objective=cell.objective,
    )


def choice_as_typed(choice: Choice, profile: str, registry: Registry) -> str:
    """`late(rule=vote)`: with the options that a search leaves alone, or those that the profile would set otherwise."""
    built = choice.build(registry)
    usual = {name: option.default for name, option in options.options_of(type(built)).items()}
    usual |= type(built).profiles.get(profile, {})
    names = choice.fixed or [name for name, value in usual.items() if getattr(built, name) != value]
    return specs.format_spec(choice.name, {name: getattr(built, name) for name in names})


def chain_of(cell: Cell, registry: Registry) -> str:
    """The preprocessing chain; empty where there is none, or only the extractor that the model gets by itself."""
    if cell.preset:
        return cell.preset
    steps = (*cell.steps, *cell.stimulus_steps, *cell.scalings)
    if not steps and cell.features and choice_as_typed(cell.features, cell.profile, registry) == FEATURES:
        return ""
    return chain_label(steps, cell.features, lambda choice: choice_as_typed(choice, cell.profile, registry))


def feature_options(cell: Cell, registry: Registry) -> dict[str, str]:
    """Those of the extractor that a preset does not name."""
    if not cell.preset or cell.features is None:
        return {}
    spec = specs.parse_spec(choice_as_typed(cell.features, cell.profile, registry))
    return {f"features.{name}": value for name, value in spec.named}


def window_options(cell: Cell, registry: Registry) -> dict[str, str]:
    """Where windows are not those of the preset, or of the defaults."""
    usual: dict[str, Any] = {**options.values_of(Windowing()), **window_of_preset(cell, registry)}
    changed: Mapping[str, Any] = {name: value for name, value in cell.window.items() if value != usual[name]}
    return {f"window.{name}": specs.format_value(value) for name, value in changed.items()}


def search_options(cell: Cell) -> dict[str, str]:
    """How it searches, where that is not the default."""
    return {f"search.{name}": specs.format_value(value) for name, value in cell.searching.items()}


def window_of_preset(cell: Cell, registry: Registry) -> Mapping[str, Any]:
    if not cell.preset:
        return {}
    spec = specs.parse_spec(cell.preset)
    cls = registry.get("preprocessor", spec.name).load()
    given = {**cls.profiles.get(cell.profile, {}), **spec.options(cls)}
    preset: PreprocessingPreset = options.build(cls, given, f"preset '{spec.name}'")
    return preset.window
