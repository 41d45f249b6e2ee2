"""The journal of a search: what a study logs, one line each, sealed so that a damaged line is not resumed from."""

from __future__ import annotations

import hashlib
import json
import os
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import BaseJournalBackend

from bench import progress
from bench.running.search.pruners import pruner

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from bench.cells.searching import Searching


class SealedJournal(BaseJournalBackend):
    """A file with a line per log: a digest of all lines up to this one, a space, and the log as JSON.

    One process at a time uses it, as it holds the lock of the task. Opening the file drops the first line whose digest
    is wrong and all after it; what they held is done again. A last line without its end is what a killed process
    leaves, and is dropped without a warning.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.logs, self.digest = path, list[dict[str, Any]](), ""
        content = path.read_bytes() if path.exists() else b""
        whole = content[: content.rfind(b"\n") + 1]
        kept = 0
        for line in whole.splitlines(keepends=True):
            digest, _, text = line.removesuffix(b"\n").partition(b" ")
            if digest != chained(self.digest, text).encode():
                progress.remark(f"{path} is damaged; the search goes on from its first {len(self.logs)} lines.")
                break
            self.digest = digest.decode()
            self.logs.append(json.loads(text))
            kept += len(line)
        if kept < len(content):
            os.truncate(path, kept)

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Write logs at the end; they are on the disk when this returns."""
        texts = [json.dumps(log, separators=(",", ":")).encode() for log in logs]
        lines = []
        for text in texts:
            self.digest = chained(self.digest, text)
            lines.append(self.digest.encode() + b" " + text + b"\n")
        with self.path.open("ab") as file:
            file.write(b"".join(lines))
            file.flush()
            os.fsync(file.fileno())
        self.logs += map(json.loads, texts)

    def read_logs(self, log_number_from: int) -> Iterable[dict[str, Any]]:
        """The logs from this number on."""
        return self.logs[log_number_from:]


def chained(before: str, text: bytes) -> str:
    """The digest of a line after the line with the digest `before`."""
    return hashlib.sha256(before.encode() + text).hexdigest()[:32]


@dataclass(frozen=True)
class Journal:
    """The study of a journal file."""

    path: Path

    def study(self, how: Searching, last_step: int) -> optuna.Study:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return study_in(self.path, how, last_step)
        except OSError:
            raise
        except Exception:  # noqa: BLE001 - what another version of Optuna wrote may fail in many ways
            progress.remark(f"{self.path} is of another version of Optuna; the search starts again.")
            self.path.unlink()
            return study_in(self.path, how, last_step)

    def replace(self, trials: Sequence[optuna.trial.FrozenTrial], how: Searching, last_step: int) -> optuna.Study:
        """The study with these trials alone."""
        copy = self.path.with_name(f"{self.path.name}.partial")
        copy.unlink(missing_ok=True)
        study_in(copy, how, last_step).add_trials(trials)
        copy.replace(self.path)
        return study_in(self.path, how, last_step)


def study_in(path: Path, how: Searching, last_step: int) -> optuna.Study:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the journal storage is marked experimental
        storage = JournalStorage(SealedJournal(path))
    return optuna.create_study(
        storage=storage,
        study_name="search",
        directions=how.directions,
        pruner=pruner(how, last_step),
        load_if_exists=True,
    )
