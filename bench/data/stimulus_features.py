"""Vectors that a step computes from the files of stimuli: each file once, kept in the cache by its content."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.data.calls.runner import plugin_calls
from bench.data.parallel import ahead, cores
from bench.digests import digest
from bench.errors import PluginError
from bench.readers.file_digests import file_digest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bench.api import Array, StimulusFeatures
    from bench.data.cache import Cache
    from bench.data.preparation import OnProgress


@dataclass(frozen=True)
class StimulusFiles:
    """The files of the stimuli, and the step that makes vectors of them."""

    step: StimulusFeatures
    identity: Sequence[Any]  # what its numbers depend on
    files: Mapping[str, Path]  # by stimulus

    @cached_property
    def digest(self) -> str:
        """Of the step and of the contents of all files."""
        return digest([self.identity, {stimulus: file_digest(file) for stimulus, file in self.files.items()}])

    def vectors(self, cache: Cache, on_progress: OnProgress, what: str) -> tuple[Sequence[str], Mapping[str, Array]]:
        """Names of the columns, and the vector of each stimulus; what is done already is not done again."""
        names = list(self.step.columns())
        doing = f"computing the {what} of the stimuli"
        on_progress(doing, 0, len(self.files))
        found = {}
        values = ahead(lambda file: self._vector(file, names, cache), self.files.values(), cores())
        for stimulus, vector in zip(self.files, values, strict=True):
            found[stimulus] = vector
            on_progress(doing, len(found), len(self.files))
        return names, found

    def _vector(self, file: Path, names: list[str], cache: Cache) -> Array:
        def build(folder: Path) -> None:
            vector = plugin_calls().vector(self.step, file)
            if np.shape(vector) != (len(names),):
                raise PluginError(f"The vector of {file} has the shape {np.shape(vector)}; expected ({len(names)},).")
            np.save(folder / "vector.npy", vector)

        folder = cache.folder("described", digest([self.identity, file_digest(file)]), build)
        return np.asarray(np.load(folder / "vector.npy"))
