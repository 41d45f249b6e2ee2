"""The trials of a nested search, kept by the harness in a journal, so that a search that was killed resumes."""

from __future__ import annotations

import time
import warnings
from typing import TYPE_CHECKING, Any

from bench.digests import digest
from bench.errors import LONGEST
from bench.results.task_record import SearchRecord
from bench.scoring.objective import in_words
from bench.worker.search import INNER_PARTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import optuna

    from bench import options
    from bench.results.store import Store
    from bench.running.search.pruners import Place
    from bench.worker.search import SearchSpec

MOST_NUMBER = 2**31 - 1


class TrialJournal:
    """Asks and tells an Optuna study about the options of one fold."""

    def __init__(
        self,
        place: Place,
        explored: Mapping[str, options.Option],
        defaults: Mapping[str, Any],
        wanted: SearchSpec,
        seed: int,
    ) -> None:
        import optuna

        from bench.running.search.pruners import open_study
        from bench.running.search.samplers import Space

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self.how, self.seed = wanted.how, seed
        self.space = Space(explored, defaults, self.how)
        self.budget = min(wanted.trials, len(self.space.grid)) if self.how.sampler == "grid" else wanted.trials
        self.study = open_study(place, self.how, self.budget, wanted.last_step)
        self.running: list[optuna.Trial] = []
        self.asked = time.perf_counter()
        self.done, self.expected = 0, self.budget  # trials, as far as is known

    def ask(self) -> list[dict[str, Any]]:
        """The options of the next trials; none when the budget is used up."""
        finished = self.finished
        self.done, used = len(finished), self.used(finished)
        missing = 0 if used >= 1 else min(self.how.batch, self.budget - self.done)
        self.expected = self.done if used >= 1 else max(self.done + 1, round(self.done / used)) if used else self.budget
        self.asked, self.running = time.perf_counter(), []
        return [self._ask(self.done + number) for number in range(missing)]

    def _ask(self, number: int) -> dict[str, Any]:
        from bench.running.search import database, samplers

        random = int(digest([self.seed, number])[:8], 16)
        known = self.space.known(number, int(digest([self.seed])[:8], 16))

        def attempt() -> tuple[optuna.Trial, dict[str, Any]]:
            database.drop_lost(self.study, self.running)
            self.study.sampler = samplers.sampler(self.how, random) if known is None else samplers.fixed(known, random)
            trial = self.study.ask()
            return trial, self.space.suggest(trial)

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # samplers that cannot model an option that counts only sometimes
            trial, values = database.patiently(attempt)
        self.running.append(trial)
        return values

    def report(self, number: int, score: float, step: int) -> bool:
        """Whether to stop a trial of the batch, given its score so far."""
        from bench.running.search.database import patiently

        trial = self.running[number]
        if not self.how.prunes:
            return False

        def stop() -> bool:
            trial.report(score, step)
            return trial.should_prune()

        return patiently(stop)

    def tell(self, number: int, score: float | None, facts: Mapping[str, Any], *, pruned: bool) -> None:
        """The score of a trial of the batch; none if it failed."""
        import optuna

        from bench.running.search.database import end_trial, patiently

        states = optuna.trial.TrialState
        trial = self.running[number]
        facts = {**facts, "seconds": (time.perf_counter() - self.asked) / len(self.running)}
        values: Any = None  # of a pruned trial: the last that it reported
        if score is not None and not pruned:
            size = facts.get("parameters")
            values = [score, MOST_NUMBER if size is None else size] if self.how.two_objectives else score
        state = states.FAIL if score is None else states.PRUNED if pruned else states.COMPLETE
        patiently(lambda: end_trial(self.study, trial, values, state, facts))

    @property
    def finished(self) -> list[optuna.trial.FrozenTrial]:
        """Trials that ended, in order."""
        from bench.running.search.database import patiently
        from bench.running.search.pruners import finished

        return patiently(lambda: finished(self.study.get_trials(deepcopy=False)))

    def used(self, finished: Sequence[optuna.trial.FrozenTrial]) -> float:
        """The share of the budget that these trials have used; 1 if the score has not become better for too long."""
        how = self.how
        complete = [trial for trial in finished if trial.state.name == "COMPLETE"]
        if how.patience and complete and len(finished) - 1 - finished.index(top(complete)) >= how.patience:
            return 1.0
        shares = [len(finished) / self.budget]
        for name, most in (("seconds", how.seconds), ("windows", how.windows)):
            if most:
                shares.append(sum(trial.user_attrs.get(name, 0) for trial in finished) / most)
        return max(shares)

    def best(self) -> optuna.trial.FrozenTrial:
        """The complete trial with the highest score, the first of several; or a smaller one that is nearly as good."""
        from bench.errors import TaskError

        complete = [trial for trial in self.finished if trial.state.name == "COMPLETE"]
        if not complete:
            said = [trial.user_attrs["failure"] for trial in self.finished if "failure" in trial.user_attrs]
            raise TaskError(
                f"All {len(self.finished)} trials of the search failed. The first: {said[0] if said else ''}"
            )
        best = top(complete)
        if not self.how.two_objectives:
            return best
        near = [trial for trial in complete if trial.values[0] >= best.values[0] - self.how.smaller]
        return min(near, key=lambda trial: (trial.values[1], -trial.values[0], trial.number))

    def record(self, selection: str) -> SearchRecord:
        from bench.running.search.importances import importances

        best, finished = self.best(), self.finished
        budget = {"trials": len(finished), "windows": sum(trial.user_attrs.get("windows", 0) for trial in finished)}
        if self.how.seconds:
            budget["seconds"] = self.how.seconds
        return SearchRecord(
            dict(best.params), score_of(best), tuple(map(recorded, finished)), selection, importances(finished), budget
        )


def place_of(store: Store, key: str, task: str) -> Place:
    """A journal in the results folder, or a study of the database that the environment names."""
    from bench.running.search.database import Database, named
    from bench.running.search.journal import Journal

    return Database(named(), f"{key}/{task}") if named() else Journal(store.journal(key, task))


def top(complete: list[optuna.trial.FrozenTrial]) -> optuna.trial.FrozenTrial:
    return max(complete, key=lambda trial: (trial.values[0], -trial.number))


def score_of(trial: optuna.trial.FrozenTrial) -> float | None:
    """The score, which is the first of two objectives; of a pruned trial the last that it reported."""
    return trial.values[0] if trial.values else None


def recorded(trial: optuna.trial.FrozenTrial) -> dict[str, Any]:
    found = {"options": trial.params, "score": score_of(trial), "state": trial.state.name}
    return found | {
        name: trial.user_attrs[name] for name in ("parameters", "windows", "failure") if name in trial.user_attrs
    }


def facts_of(values: Any) -> dict[str, Any]:
    """What a worker tells of a trial beside its score."""
    numbers = {name: int(values[name]) for name in ("windows", "parameters") if values.get(name) is not None}
    return numbers | ({"failure": str(values["failure"])[:LONGEST]} if "failure" in values else {})


def selection(classes: tuple[str, ...], objective: str) -> str:
    """How options are selected, in words."""
    return f"{in_words(classes, objective)} over {INNER_PARTS} inner parts, grouped as the protocol is"
