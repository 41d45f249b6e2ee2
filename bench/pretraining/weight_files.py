"""Files of pre-trained weights: safetensors whose metadata tell what was learnt, from what, and how well."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError, safe_open

from bench.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FOLDER = "pretrained"  # in the cache
SUFFIX = ".safetensors"


def files(cache: Path) -> list[Path]:
    """All that this cache holds, the oldest first."""
    found = [path for path in (cache / FOLDER).glob(f"*{SUFFIX}") if not path.name.startswith(".")]
    return sorted(found, key=lambda path: (path.stat().st_mtime, path.name))


def record_of(path: Path) -> dict[str, Any]:
    """What a file says of itself; nothing of it is executed, and no tensor is read."""
    try:
        with safe_open(path, "numpy") as file:
            record = json.loads((file.metadata() or {})["record"])
    except FileNotFoundError as error:
        raise DataError(f"There is no file {path}.") from error
    except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path} holds no weights that 'bench run --pretrain' has made.") from error
    if not isinstance(record, dict) or not {"key", "modalities", "corpora"} <= record.keys():
        raise DataError(f"{path} does not say what its weights were pre-trained on.")
    return record


def check_tensors(path: Path, modalities: Sequence[str]) -> None:
    """Raise where they are not, all of them, finite numbers of the stages of these branches."""
    import numpy as np  # not above: what lists files starts without

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
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sources(record: dict[str, Any]) -> str:
    """The data sets that were learnt from; of simulated ones it is said. Of a stranger's text, what can be printed."""
    used = [corpus for corpus in record["corpora"] if corpus.get("windows", 1)]
    names = [f"{corpus['name']}{' (simulated)' if corpus.get('simulated') else ''}" for corpus in used]
    return "".join(letter for letter in "+".join(names) if letter.isprintable())


def names_weights(text: str) -> bool:
    """Whether `--pretrain` was given a file and not a data set."""
    return text.endswith(SUFFIX)
