"""A suite at one version: what rows of different months must share to stand in one table."""

from dataclasses import dataclass

from bench.results.serialization import Record


@dataclass(frozen=True)
class Budget:
    """What each row of a comparison may spend."""

    profile: str
    search: int  # trials
    objective: str  # of the search; empty for the default
    seeds: tuple[int, ...]
    searching: str = ""  # `(sampler=gp)`: how it searches, where that is not the default


@dataclass(frozen=True)
class FrozenComparison:
    """The windows and folds that rows are scored on."""

    dataset: str  # as typed on the command line, as the next two
    target: str
    protocol: str
    test_windows: str  # a digest of which windows, with which labels, each fold tests
    folds: str  # a digest of the rows of all folds
    classes: tuple[str, ...]
    n_subjects: int
    n_windows: int
    n_folds: int
    metrics: tuple[str, ...]  # the first one is compared
    budgets: tuple[Budget, ...]
    command: str  # of one row; another row names its own model and fusion


@dataclass(frozen=True, kw_only=True)
class SuiteRecord(Record):
    """A file that `bench suite freeze` writes."""

    SCHEMA = SEALED = 1

    name: str
    version: str
    date: str
    comparisons: tuple[FrozenComparison, ...]

    @property
    def title(self) -> str:
        return f"{self.name} {self.version}"
