"""The work of pre-training: networks that learn from windows without labels."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from bench import progress
from bench.errors import packages_of, sentence

if TYPE_CHECKING:
    from pathlib import Path

    from bench.pretraining.masked_pretraining import PretrainInputs
    from bench.worker.harness import Harness


@dataclass(frozen=True)
class PretrainWork:
    """Some branches, all on one device."""

    branches: tuple[PretrainInputs, ...]
    device: str
    engine: Mapping[str, Any]

    def run(self, harness: Harness, scratch: Path) -> None:
        from bench.pretraining.masked_pretraining import masked_pretraining
        from bench.training.engine import train
        from bench.training.network_fit import inputs_of
        from bench.training.settings import Settings

        packages = [packages_of(each.model) for each in self.branches]
        fits, numbers = [], []
        with progress.listening(lambda text, done, total: harness.call("progress", {"at": [text, done, total]})):
            for number, each in enumerate(self.branches):
                try:
                    fits.append(masked_pretraining(each, scratch / f"checkpoint-{number}.safetensors"))
                    numbers.append(number)
                except Exception as error:  # noqa: BLE001 - a plugin may raise anything; the other branches go on
                    harness.call("failed", {"task": number, "message": sentence(error, packages[number])})
            for place, result in train(fits, Settings(device=self.device, **self.engine), progress.notify):
                number, fit = numbers[place], fits[place]
                if isinstance(result, Exception):
                    harness.call("failed", {"task": number, "message": sentence(result, packages[number])})
                    continue
                tensors = {name: value for name, value in result.state().items() if ".stages." in name}
                facts = {
                    "inputs": {name: asdict(given) for name, given in inputs_of(fit.train).items()},
                    "windows": {"training": len(fit.train), "validation": len(fit.validation or ())},
                    "training": result.log,
                }
                arrays = [value.numpy() for value in tensors.values()]
                harness.call("weights", {"task": number, "names": list(tensors), "facts": facts}, arrays)
