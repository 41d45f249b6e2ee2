"""Resolve `--pretrain` for a row: data sets for pre-training, or files of weights."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.api import Pretrainable
from bench.cells.cell import Corpus, Weights
from bench.errors import DataError, UsageError
from bench.planning.chain import ChainReader
from bench.pretraining import weight_files

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.api import Dataset
    from bench.cells.cell import Choice
    from bench.planning.expansion import Source
    from bench.registry import Registry


class PretrainSpec:
    """The values of `--pretrain`; `choose` and `step` turn specs of data sets and steps into choices."""

    def __init__(
        self,
        named: Sequence[str],
        registry: Registry,
        choose: Callable[[str], Choice],
        step: Callable[[str], Choice],
    ) -> None:
        self.files = [text for text in named if weight_files.names_weights(text)]
        self.data_sets = [text for text in named if text not in self.files]
        self.registry, self.choose, self.step = registry, choose, step
        if self.files and self.data_sets:
            raise UsageError(
                f"--pretrain takes data sets, or files of weights, not both: '{self.data_sets[0]}' is a data set, and "
                f"'{self.files[0]}' a file."
            )

    def of(self, model: Choice, source: Source, modalities: Sequence[str]) -> dict[str, Any]:
        """The fields of a cell; empty for models that cannot be pre-trained."""
        built = model.build(self.registry)
        if not isinstance(built, Pretrainable):
            return {}
        corpora = [self._corpus(text, source) for text in self.data_sets]
        return {
            "corpora": tuple(corpus for corpus in corpora if set(corpus.modalities) & set(modalities)),
            "weights": tuple(self._weights(built, {*modalities, "+".join(modalities)})),
        }

    def _corpus(self, text: str, source: Source) -> Corpus:
        """A corpus with the chain of the evaluated data set, which itself stands for the training part of each fold."""
        choice = self.choose(text)
        if (choice.name, choice.options) == (source.dataset.name, source.dataset.options):
            return Corpus(
                source.dataset, source.required_modalities, source.chain.steps, source.chain.scalings, own=True
            )
        if choice.name == source.dataset.name:
            raise UsageError(
                f"'{text}' is the evaluated data set with other options, so that its held-out windows could be seen; "
                f"write --pretrain '{source.typed}', which means the training part of each fold."
            )
        built: Dataset = choice.build(self.registry)
        shared = tuple(name for name in source.required_modalities if name in built.modalities)
        chain = ChainReader(self.registry, built, choice.name, self.step, lenient=True).read(source.steps, shared)
        spoken_of = tuple(name for name in shared if name in (chain.modalities or shared))
        if not spoken_of:
            raise UsageError(
                f"The corpus '{text}' has {' and '.join(built.modalities)}, and nothing that can be used for "
                f"{' and '.join(source.required_modalities)}; leave it out of --pretrain."
            )
        return Corpus(choice, spoken_of, chain.steps, chain.scalings, own=False)

    def _weights(self, model: Pretrainable, branches: set[str]) -> list[Weights]:
        """The files with weights for a branch of the row; they must fit the model."""
        found, whose = [], dict[str, str]()
        for text in self.files:
            try:
                record = weight_files.record_of(Path(text))
                of_file = [name for name in record["modalities"] if name in branches]
                if not of_file:
                    continue
                weight_files.check_tensors(Path(text), record["modalities"])
            except DataError as error:
                raise UsageError(str(error)) from error
            for name in of_file:
                if name in whose:
                    raise UsageError(f"Both {whose[name]} and {text} hold weights for {name}; name one of them.")
                whose[name] = text
            check_model(text, record, model)
            found.append(Weights(text, weight_files.sha256_of(Path(text)), weight_files.sources(record)))
        return found


def check_model(text: str, record: dict[str, Any], model: Pretrainable) -> None:
    """Refuse weights of another architecture; the error says which options differ."""
    from bench.pretraining.init_weights import differences

    difference = differences(record, Path(text), model)
    if difference:
        raise UsageError(f"The weights in {text} do not fit the model of this run: {difference}.")
