"""Studies in a database instead of journals, where the environment names one: any URL of Optuna.

Results of trials survive a restart of the server: a call that fails is repeated until the server answers again.
"""

from __future__ import annotations

import os
import time
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import optuna
from optuna.exceptions import StorageInternalError
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, NoSuchModuleError, ProgrammingError

from bench.errors import TaskError, UsageError
from bench.running.search.pruners import pruner

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.cells.searching import Searching

T = TypeVar("T")

VARIABLE = "BENCH_SEARCH_STORAGE"
PATIENCE, PAUSE = 120.0, 0.5  # seconds for which a server may be away, and between attempts
ATTEMPTS = 10  # to make the tables


@dataclass(frozen=True)
class Database:
    """One study of a database."""

    url: str
    name: str

    def study(self, how: Searching, last_step: int) -> optuna.Study:
        return patiently(lambda: self._study(how, last_step))

    def _study(self, how: Searching, last_step: int) -> optuna.Study:
        return optuna.create_study(
            storage=storage(self.url),
            study_name=self.name,
            directions=how.directions,
            pruner=pruner(how, last_step),
            load_if_exists=True,
        )

    def replace(self, trials: Sequence[optuna.trial.FrozenTrial], how: Searching, last_step: int) -> optuna.Study:
        """The study with these trials alone."""
        patiently(lambda: optuna.delete_study(study_name=self.name, storage=storage(self.url)))
        study = self.study(how, last_step)
        patiently(lambda: study.add_trials(trials))
        return study


def named() -> str:
    """The URL of the database; empty where studies are journals."""
    return os.environ.get(VARIABLE, "")


def check() -> None:
    """Raise before a run where the database cannot be reached."""
    if named():
        try:
            storage(named())
        except (ArgumentError, NoSuchModuleError, ImportError, ValueError, DBAPIError, StorageInternalError) as error:
            raise UsageError(
                f"{VARIABLE} names no database that can be used: {reason(error)}. It takes a URL as Optuna does: "
                "sqlite:////home/me/search.db or postgresql+psycopg://me@host/search, whose driver is installed."
            ) from error


def reason(error: Exception) -> str:
    """The first line of what the driver of the database says."""
    return str(getattr(error, "orig", None) or error).strip().partition("\n")[0].rstrip(".")


def storage(url: str) -> optuna.storages.RDBStorage:
    """Connections are tested before they are used, since a server may have restarted."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(ATTEMPTS - 1):
            try:
                return optuna.storages.RDBStorage(url, engine_kwargs={"pool_pre_ping": True})
            except (IntegrityError, ProgrammingError):  # another process makes the same tables
                time.sleep(PAUSE)
        return optuna.storages.RDBStorage(url, engine_kwargs={"pool_pre_ping": True})


def patiently(call: Callable[[], T]) -> T:
    """The result of a call that may fail while a server restarts."""
    limit = time.monotonic() + PATIENCE
    while True:
        try:
            return call()
        except (DBAPIError, StorageInternalError) as error:
            if time.monotonic() > limit:
                raise TaskError(
                    f"The database of {VARIABLE} has failed for {PATIENCE:.0f} s ({reason(error)}); the same command "
                    "goes on from there when it answers again."
                ) from error
            time.sleep(PAUSE)


def drop_lost(study: optuna.Study, running: Sequence[optuna.Trial]) -> None:
    """End trials that the database has, but whose start was lost on the way to this process."""
    known = {trial.number for trial in running}
    states = (optuna.trial.TrialState.RUNNING,)
    for trial in study.get_trials(deepcopy=False, states=states):
        if trial.number not in known:
            study.tell(trial.number, state=optuna.trial.TrialState.FAIL)


def end_trial(study: optuna.Study, trial: optuna.Trial, values: Any, state: Any, facts: dict[str, Any]) -> None:
    """End a trial once, even if the answer to an earlier attempt was lost."""
    if study.get_trials(deepcopy=False)[trial.number].state.is_finished():
        return
    for name, value in facts.items():
        trial.set_user_attr(name, value)
    study.tell(trial, values, state=state, skip_if_finished=True)
