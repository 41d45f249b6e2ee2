"""Files of pre-trained weights: safetensors with a record of model, corpora and validation errors."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError, safe_open

from bench.errors import DataError
from bench.readers.file_checks import require_regular
from bench.readers.text_files import parse_json
from bench.training.file_digest import DAMAGED, NAME, intact

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FOLDER = "pretrained"  # in the cache
SUFFIX = ".safetensors"


def files(cache: Path) -> list[Path]:
    """All files in the cache, the oldest first."""
    found = [path for path in (cache / FOLDER).glob(f"*{SUFFIX}") if not path.name.startswith(".")]
    return sorted(found, key=lambda path: (path.stat().st_mtime, path.name))


def record_of(path: Path) -> dict[str, Any]:
    """The record in a file that is as it was written. Nothing in it is executed."""
    if not path.exists():
        raise DataError(f"There is no file {path}.")
    require_regular(path)
    try:
        with safe_open(path, "numpy") as file:
            metadata = file.metadata() or {}
        record = parse_json(metadata["record"])
        if not intact(path.read_bytes(), metadata.get(NAME)):
            raise DataError(f"{path} cannot be used: {DAMAGED}.")
    except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path} holds no weights that 'bench run --pretrain' has made.") from error
    if not isinstance(record, dict) or not well_formed(record):
        raise DataError(f"{path} does not say what its weights were pre-trained on.")
    return record


def well_formed(record: dict[str, Any]) -> bool:
    """Whether a record has the fields that say what the weights were pre-trained on."""
    modalities, corpora = record.get("modalities"), record.get("corpora")
    return (
        isinstance(record.get("key"), str)
        and isinstance(modalities, list)
        and all(isinstance(name, str) for name in modalities)
        and isinstance(corpora, list)
        and all(isinstance(corpus, dict) and isinstance(corpus.get("name"), str) for corpus in corpora)
    )


def check_tensors(path: Path, modalities: Sequence[str]) -> None:
    """Raise unless the tensors are finite and belong to the stages of these branches."""
    import numpy as np  # imported here, since listing files does not need it

    require_regular(path)
    begins = {name: f"encoders.{name}.stages." for name in modalities}
    try:
        with safe_open(path, "numpy") as file:
            names = list(file.keys())
            finite = all(np.isfinite(file.get_tensor(name)).all() for name in names)
    except (OSError, SafetensorError, TypeError, ValueError) as error:
        raise DataError(f"The tensors of {path} cannot be read ({error}).") from error
    missing = [name for name, start in begins.items() if not any(each.startswith(start) for each in names)]
    strange = [name for name in names if not name.startswith(tuple(begins.values()))]
    if missing or strange or not finite:
        raise DataError(
            f"{path} holds other tensors than the stages of {' and '.join(modalities)}, or numbers that are not finite."
        )


def sha256_of(path: Path) -> str:
    require_regular(path)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sources(record: dict[str, Any]) -> str:
    """The data sets of a pre-training, simulated ones marked. Only printable characters are kept."""
    used = [corpus for corpus in record["corpora"] if corpus.get("windows", 1)]
    names = [f"{corpus['name']}{' (simulated)' if corpus.get('simulated') else ''}" for corpus in used]
    return "".join(letter for letter in "+".join(names) if letter.isprintable())


def names_weights(text: str) -> bool:
    """Whether a value of `--pretrain` is a file and not a data set."""
    return text.endswith(SUFFIX)
