"""What a preset has to hold, for every data set that is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench import options, specs
from bench.data.segmentation import Windowing
from bench.errors import BenchError, PluginError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.api import Dataset, PreprocessingPreset
    from bench.registry import Registry


def window_is_known(preset: PreprocessingPreset, registry: Registry) -> None:  # noqa: ARG001
    """Its windows are what `-o window.*` takes."""
    try:
        options.build(Windowing, preset.window, "window")
    except BenchError as error:
        raise PluginError(f"Its windows cannot be cut: {error}") from error


def chains_repeat(preset: PreprocessingPreset, registry: Registry) -> None:
    """It has a chain for at least one modality, the same when asked twice."""
    for name, dataset in datasets(registry):
        chains = dict(preset.chains(dataset))
        if not chains:
            raise PluginError(f"It has no chain for '{name}'; list those that it is for, there or not.")
        if dict(preset.chains(dataset)) != chains:
            raise PluginError(f"Its chains for '{name}' are others when asked again; let them follow from its options.")


def steps_are_installed(preset: PreprocessingPreset, registry: Registry) -> None:
    """Each step of its chains is installed and takes the options that it is given."""
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
    """Those that can be built from their defaults; no file is read."""
    for name in registry.names("dataset"):
        try:
            cls = registry.get("dataset", name).load()
            yield name, options.build(cls, {}, f"dataset '{name}'")
        except BenchError:
            continue


CHECKS = (window_is_known, chains_repeat, steps_are_installed)
