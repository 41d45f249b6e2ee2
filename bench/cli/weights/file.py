"""The record of a file of weights, fully validated, since the file may come from elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bench.errors import DataError, UsageError
from bench.pretraining import weight_files
from bench.readers.text_files import texts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NETWORK = "network"
BROKEN = (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError)  # of a record with other fields


@dataclass(frozen=True)
class Corpus:
    """A corpus of the pre-training; `fold` is set for the evaluated data set."""

    name: str
    windows: int
    subjects: int
    hours: float
    fold: str | None
    simulated: bool = False

    @property
    def title(self) -> str:
        """Its name, marked if simulated."""
        return f"{self.name} (simulated)" if self.simulated else self.name

    @property
    def part(self) -> str:
        """The fold in words."""
        if self.fold is None:
            return ""
        return self.fold if self.fold.startswith("fold") else f"fold {self.fold}"


@dataclass(frozen=True)
class Pretrained:
    """Model, corpora and validation errors of a pre-training."""

    path: Path
    bytes: int
    made: datetime
    record: Mapping[str, Any]
    key: str
    modalities: tuple[str, ...]
    model: str
    options: Mapping[str, Any]
    inputs: Mapping[str, tuple[int, int, float]]  # modality -> channels, samples, rate
    corpora: tuple[Corpus, ...]
    training_windows: int
    validation_windows: int
    losses: tuple[float, ...]  # per epoch
    validation_losses: tuple[float, ...]  # per epoch
    errors: Mapping[str, Mapping[str, float]]  # modality -> network or baseline -> error on all validation windows
    circumstances: str
    remarks: tuple[str, ...]

    @property
    def epochs(self) -> int:
        return len(self.losses)

    @property
    def used(self) -> list[Corpus]:
        """Corpora with windows of its modalities."""
        return [corpus for corpus in self.corpora if corpus.windows]

    @property
    def sources(self) -> str:
        return " + ".join(f"{each.title}, {each.part}" if each.part else each.title for each in self.used)

    def baselines(self, modality: str) -> dict[str, float]:
        """Imputation baselines, the best one first."""
        found = {name: loss for name, loss in self.errors[modality].items() if name != NETWORK}
        return dict(sorted(found.items(), key=lambda item: item[1]))

    def better(self, modality: str) -> bool:
        """Whether the network beats every imputation baseline."""
        return self.errors[modality][NETWORK] < min(self.baselines(modality).values())


def read(path: Path) -> Pretrained:
    """Read and validate the record of a file."""
    try:
        return parsed(path, weight_files.record_of(path))
    except DataError as error:
        raise UsageError(f"{error}") from error
    except BROKEN as error:
        raise UsageError(
            f"{path} does not say in full how its weights were pre-trained, so they are not used."
        ) from error


def parsed(path: Path, record: Mapping[str, Any]) -> Pretrained:
    """Raises one of the errors in BROKEN where something is missing or invalid."""
    if not re.fullmatch("[0-9a-f]{16}", record["key"]) or not all(text.isprintable() for text in texts(record)):
        raise ValueError
    training, file = record["training"], path.stat()
    [phase] = training["phases"]
    errors = {
        name: {who: float(loss) for who, loss in of.items()}
        for name, of in training.get("validation_errors", {}).items()
    }
    if (
        not record["modalities"]
        or not phase["loss"]
        or not all(NETWORK in of and len(of) > 1 for of in errors.values())
    ):
        raise ValueError
    return Pretrained(
        path,
        file.st_size,
        datetime.fromtimestamp(file.st_mtime).astimezone(),
        record,
        record["key"],
        tuple(map(str, record["modalities"])),
        str(record["model"]["class"]),
        dict(record["model"]["options"]),
        {name: (int(of["channels"]), int(of["samples"]), float(of["rate"])) for name, of in record["inputs"].items()},
        tuple(map(corpus_of, record["corpora"])),
        int(record["windows"]["training"]),
        int(record["windows"]["validation"]),
        tuple(map(float, phase["loss"])),
        tuple(map(float, phase.get("validation_loss", ()))),
        errors,
        f"seed {record['seed']}, {training['precision']} on {training['device']}",
        tuple(map(str, training.get("remarks", ()))),
    )


def corpus_of(record: Mapping[str, Any]) -> Corpus:
    """Validate a corpus; one without windows has no further fields."""
    subjects, hours = int(record.get("subjects", 0)), float(record.get("hours", 0))
    fold = None if record.get("fold") is None else str(record["fold"])
    return Corpus(str(record["name"]), int(record["windows"]), subjects, hours, fold, bool(record.get("simulated")))
