"""The trials of a nested search, kept by the harness in a journal, so that a search that was killed resumes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.digests import digest
from bench.results.task_record import SearchRecord
from bench.scoring.objective import in_words
from bench.worker.search import INNER_PARTS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import optuna

    from bench import options


class TrialJournal:
    """Asks and tells an Optuna study about the options of one fold."""

    def __init__(self, journal: Path, explored: Mapping[str, options.Option], budget: int, seed: int) -> None:
        import optuna

        from bench.running.search.journal import open_study

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self.explored, self.budget, self.seed = explored, budget, seed
        self.study = open_study(journal)
        self.trial: optuna.Trial | None = None

    def ask(self) -> dict[str, Any] | None:
        """The options of the next trial; None when the budget is used up."""
        import optuna

        number = len(self.finished)
        if number >= self.budget:
            return None
        random = int(digest([self.seed, number])[:8], 16)
        # constant_liar=False: only finished trials count, whatever Optuna's default is
        self.study.sampler = optuna.samplers.TPESampler(seed=random, n_startup_trials=5, constant_liar=False)
        self.trial = self.study.ask()
        return {name: suggest(self.trial, name, option) for name, option in self.explored.items()}

    def report(self, score: float, step: int) -> bool:
        """Whether to stop the trial, given its score so far."""
        assert self.trial is not None
        self.trial.report(score, step)
        return self.trial.should_prune()

    def tell(self, score: float, *, pruned: bool) -> None:
        import optuna

        assert self.trial is not None
        if pruned:
            self.study.tell(self.trial, state=optuna.trial.TrialState.PRUNED)  # its value is the last that it reported
        else:
            self.study.tell(self.trial, score)

    @property
    def finished(self) -> list[optuna.trial.FrozenTrial]:
        """Trials that ended, in order."""
        return [trial for trial in self.study.get_trials(deepcopy=False) if trial.state.is_finished()]

    def best(self) -> optuna.trial.FrozenTrial:
        """The complete trial with the highest score, the first of several."""
        complete = [trial for trial in self.finished if trial.state.name == "COMPLETE"]
        return max(complete, key=lambda trial: (trial.value, -trial.number))

    def record(self, selection: str) -> SearchRecord:
        best = self.best()
        trials = [{"options": trial.params, "score": trial.value, "state": trial.state.name}
                  for trial in self.finished]  # fmt: skip
        return SearchRecord(dict(best.params), best.value, tuple(trials), selection)


def selection(classes: tuple[str, ...], objective: str) -> str:
    """How options are selected, in words."""
    return f"{in_words(classes, objective)} over {INNER_PARTS} inner parts, grouped as the protocol is"


def suggest(trial: optuna.Trial, name: str, option: options.Option) -> Any:
    if option.choices:
        return trial.suggest_categorical(name, option.choices)
    limits = option.range
    assert limits is not None
    if option.kind is int:
        return trial.suggest_int(name, int(limits.low), int(limits.high), log=limits.log)
    return trial.suggest_float(name, limits.low, limits.high, log=limits.log)
