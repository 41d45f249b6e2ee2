"""Checks of presets, for every installed data set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench import options, specs
from bench.data.segmentation import Windowing
from bench.errors import BenchError, PluginError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.api import Dataset, PreprocessingPreset
    from bench.registry import Registry


def window_is_valid(preset: PreprocessingPreset, registry: Registry) -> None:  # noqa: ARG001
    """Its window options are valid."""
    try:
        options.build(Windowing, preset.window, "window")
    except BenchError as error:
        raise PluginError(f"Its window options are not valid: {error}") from error


def chains_repeat(preset: PreprocessingPreset, registry: Registry) -> None:
    """It has a chain for one or more modalities, the same in every call."""
    for name, dataset in datasets(registry):
        chains = dict(preset.chains(dataset))
        if not chains:
            raise PluginError(f"It has no chain for '{name}'; list all modalities that it supports.")
        if dict(preset.chains(dataset)) != chains:
            raise PluginError(f"A second call of chains() returns other chains for '{name}'.")


def steps_are_installed(preset: PreprocessingPreset, registry: Registry) -> None:
    """Each step of its chains is installed and has valid options."""
    for name, dataset in datasets(registry):
        for modality, chain in preset.chains(dataset).items():
            for part in specs.split(chain, "|"):
                try:
                    spec = specs.parse_spec(part)
                    cls = registry.get("preprocessor", spec.name).load()
                    options.build(cls, spec.options(cls), f"preprocessor '{spec.name}'")
                except BenchError as error:
                    raise PluginError(f"Its chain for {modality} of '{name}' cannot be built: {error}") from error


def datasets(registry: Registry) -> Iterator[tuple[str, Dataset]]:
    """The data sets that can be built with default options. No file is read."""
    for name in registry.names("dataset"):
        try:
            cls = registry.get("dataset", name).load()
            yield name, options.build(cls, {}, f"dataset '{name}'")
        except BenchError:
            continue


CHECKS = (window_is_valid, chains_repeat, steps_are_installed)
