"""A file of weights as its record tells it; it may come from strangers, so that nothing in it is taken for granted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bench.errors import DataError, UsageError
from bench.pretraining import weight_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

NETWORK = "network"
BROKEN = (KeyError, TypeError, ValueError, AttributeError, IndexError)  # of a record that is not as it should be


@dataclass(frozen=True)
class Corpus:
    """What was learnt from a data set; `fold` where it was the evaluated one."""

    name: str
    windows: int
    people: int
    hours: float
    fold: str | None
    simulated: bool = False

    @property
    def said(self) -> str:
        """Its name, and that nobody was recorded where that is so."""
        return f"{self.name} (simulated)" if self.simulated else self.name

    @property
    def part(self) -> str:
        """The fold in words; some are called fold-01 already."""
        if self.fold is None:
            return ""
        return self.fold if self.fold.startswith("fold") else f"fold {self.fold}"


@dataclass(frozen=True)
class Pretrained:
    """What was learnt, from what, and how well hidden values are told."""

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
    learnt_from: int  # windows
    kept_back: int
    losses: tuple[float, ...]  # of each epoch
    kept_losses: tuple[float, ...]  # the same of recordings that were kept back
    kept: Mapping[str, Mapping[str, float]]  # modality -> network or guess -> loss on all that was kept back
    circumstances: str
    remarks: tuple[str, ...]

    @property
    def epochs(self) -> int:
        return len(self.losses)

    @property
    def used(self) -> list[Corpus]:
        """Those that have windows with its modalities."""
        return [corpus for corpus in self.corpora if corpus.windows]

    @property
    def sources(self) -> str:
        return " + ".join(f"{each.said}, {each.part}" if each.part else each.said for each in self.used)

    def guesses(self, modality: str) -> dict[str, float]:
        """Those that have learnt nothing, the best one first."""
        found = {name: loss for name, loss in self.kept[modality].items() if name != NETWORK}
        return dict(sorted(found.items(), key=lambda item: item[1]))

    def better(self, modality: str) -> bool:
        """Whether the network does better than every guess."""
        return self.kept[modality][NETWORK] < min(self.guesses(modality).values())


def read(path: Path) -> Pretrained:
    """What a file says of itself, or an error in a sentence."""
    try:
        return told(path, weight_files.record_of(path))
    except DataError as error:
        raise UsageError(f"{error}") from error
    except BROKEN as error:
        raise UsageError(
            f"{path} does not say in full how its weights were pre-trained, so they are not used."
        ) from error


def told(path: Path, record: Mapping[str, Any]) -> Pretrained:
    """One of the errors in BROKEN where something is missing or makes no sense."""
    if not re.fullmatch("[0-9a-f]{16}", record["key"]) or not all(text.isprintable() for text in texts(record)):
        raise ValueError
    training, file = record["training"], path.stat()
    [phase] = training["phases"]
    kept = {name: {who: float(loss) for who, loss in of.items()} for name, of in training.get("kept_back", {}).items()}
    if not record["modalities"] or not phase["loss"] or not all(NETWORK in of and len(of) > 1 for of in kept.values()):
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
        int(record["windows"]["learnt from"]),
        int(record["windows"]["kept back"]),
        tuple(map(float, phase["loss"])),
        tuple(map(float, phase.get("validation_loss", ()))),
        kept,
        f"seed {record['seed']}, {training['precision']} on {training['device']}",
        tuple(map(str, training.get("remarks", ()))),
    )


def corpus_of(told: Mapping[str, Any]) -> Corpus:
    """Of a corpus without windows no more is told."""
    people, hours = int(told.get("people", 0)), float(told.get("hours", 0))
    fold = None if told.get("fold") is None else str(told["fold"])
    return Corpus(str(told["name"]), int(told["windows"]), people, hours, fold, bool(told.get("simulated")))


def texts(value: Any) -> Iterator[str]:
    """Every text in a JSON-like value: one that commands a terminal cannot be printed."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inside in value.items():
            yield from (name, *texts(inside))
    elif isinstance(value, list):
        for inside in value:
            yield from texts(inside)
