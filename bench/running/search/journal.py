"""The journal of a search: what a study logs, one line each, sealed so that a damaged line is not resumed from."""

from __future__ import annotations

import hashlib
import json
import os
import warnings
from typing import TYPE_CHECKING, Any

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import BaseJournalBackend

from bench import progress

if TYPE_CHECKING:
    from collections.abc import Iterable
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


def open_study(path: Path, how: Searching, most: int, last_step: int) -> optuna.Study:
    """The study in a journal file without the trials of the batch that was running when its process died."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        study = study_in(path, how, last_step)
    except OSError:
        raise
    except Exception:  # noqa: BLE001 - what another version of Optuna wrote may fail in many ways
        progress.remark(f"{path} is of another version of Optuna; the search starts again.")
        path.unlink()
        study = study_in(path, how, last_step)
    whole = len(finished(study))
    if whole < most:
        whole -= whole % how.batch  # a batch is chosen at once, and so is done again at once
    if whole < len(study.trials):
        study = with_the_first(whole, study, path, how, last_step)
    return study


def study_in(path: Path, how: Searching, last_step: int) -> optuna.Study:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the journal storage is marked experimental
        storage = JournalStorage(SealedJournal(path))
    return optuna.create_study(
        storage=storage,
        study_name="search",
        directions=["maximize", "minimize"] if how.two_objectives else ["maximize"],
        pruner=pruner(how, last_step),
        load_if_exists=True,
    )


def pruner(how: Searching, last_step: int) -> optuna.pruners.BasePruner:
    if how.pruner == "hyperband":
        return optuna.pruners.HyperbandPruner(min_resource=1, max_resource=last_step)
    return optuna.pruners.MedianPruner(n_startup_trials=5) if how.pruner == "median" else optuna.pruners.NopPruner()


def with_the_first(count: int, study: optuna.Study, path: Path, how: Searching, last_step: int) -> optuna.Study:
    """The same study with its first finished trials only, so that numbers stay in order."""
    copy = path.with_name(f"{path.name}.partial")
    copy.unlink(missing_ok=True)
    study_in(copy, how, last_step).add_trials(finished(study)[:count])
    copy.replace(path)
    return study_in(path, how, last_step)


def finished(study: optuna.Study) -> list[optuna.trial.FrozenTrial]:
    """Trials that ended, in order."""
    return [trial for trial in study.get_trials(deepcopy=False) if trial.state.is_finished()]
