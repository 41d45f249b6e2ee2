"""Typed functions for commands and notebooks: plan and run grids, replay records, show and publish results."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from bench import options
from bench.errors import UsageError
from bench.leaderboard.pages.ordering import Ordering
from bench.leaderboard.publishing.publication import FILES, Publication, as_published, formats_of
from bench.leaderboard.run_result import RunResult
from bench.leaderboard.stored import StoredResults, stored_results, with_evaluations
from bench.leaderboard.summary import summarise
from bench.planning import rerun
from bench.planning.grid import Grid
from bench.planning.plan import RunSettings, join_plans, make_plan, plan_cells
from bench.planning.reporter import Reporter
from bench.registry import Registry
from bench.results.store import Store
from bench.running.isolation import chosen, preparing
from bench.running.permutation.refusals import FEWEST, MOST, permuted
from bench.running.permutation.run import permute
from bench.running.run import carry_out

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bench.api import Executor
    from bench.leaderboard.summary import Summary
    from bench.planning.plan import Plan

RESULTS = Path("bench-results")
PAGES = "leaderboard"  # the folder of pages in that of results


class Settings(TypedDict, total=False):
    """Where a run works, and how; scores do not depend on these."""

    out: Path | str  # folder of results
    cache: Path | str | None  # folder of prepared data; None: cache/ in `out`
    device: str  # auto, cpu, cuda or cuda:N
    jobs: int  # tasks that run at a time; 0: one per core
    executor: str | Executor
    fresh: bool  # recompute everything
    strict: bool  # refuse what the audit does not call clean
    isolation: str  # of plugins: auto, sandbox, process or inline
    task_memory: float  # MB that a task may use; 0: a share of what is available
    task_timeout: float  # seconds that a task may take; 0: any
    permute: int  # permutations of labels that each classical model is trained on as well; 0: none
    report: Reporter  # is called with progress and warnings
    registry: Registry
    argv: tuple[str, ...]  # the command line, for the record of the run


class Arguments(Settings, total=False):
    """Settings, and the axes of a grid (see `bench.planning.grid.Grid`) as typed on the command line."""

    dataset: str | Sequence[str]
    target: str | Sequence[str]
    modalities: str | Sequence[str]
    preprocess: str
    model: str | Sequence[str]
    fusion: str | Sequence[str]
    protocol: str | Sequence[str]
    seed: int | Sequence[int]
    options: Mapping[str, Any]  # "model.C" -> 0.1
    profile: str
    search: int
    baselines: bool
    pretrain: str | Sequence[str]
    precision: str
    compile: bool
    deterministic: bool
    calibrate: str
    objective: str


@dataclass(frozen=True)
class Session:
    """The settings of a run, with defaults."""

    out: Path | str = RESULTS
    cache: Path | str | None = None
    device: str = "auto"
    jobs: int = 0
    executor: str | Executor = "local"
    fresh: bool = False
    strict: bool = False
    isolation: str = "auto"
    task_memory: float = 0.0
    task_timeout: float = 0.0
    permute: int = 0
    report: Reporter = field(default_factory=Reporter)
    registry: Registry = field(default_factory=Registry)
    argv: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.permute and not FEWEST <= self.permute <= MOST:
            raise UsageError(f"permute takes 0, or {FEWEST} to {MOST} permutations, not {self.permute}.")
        if chosen(self.isolation) == "inline":
            object.__setattr__(self, "registry", self.registry.imported_here())

    @property
    def settings(self) -> RunSettings:
        out = Path(self.out)
        cache = out / "cache" if self.cache is None else Path(self.cache)
        limits = self.isolation, self.task_memory, self.task_timeout
        return RunSettings(out, cache, self.device, self.fresh, self.strict, self.argv, *limits)

    def plan(self, grids: Iterable[Grid]) -> Plan:
        """Cells, folds, audits, and what is stored; nothing is trained and no result is written."""
        with preparing(self.settings, self.registry):
            plans = [make_plan(grid, self.registry, self.settings, self.report) for grid in grids]
        return self._with_refusals(join_plans(plans))

    def plan_replay(self, path: Path) -> Plan:
        """The plan of a record or of published results; warns about what differs now."""
        found = rerun.read(path)
        cells = found.resolve(self.registry)
        different = found.differences(cells)
        self.report.warn(f"Replaying {path}; " + ("these differ now:" if different else "nothing differs now."))
        for line in different:
            self.report.warn(f"  {line}")
        with preparing(self.settings, self.registry):
            plans = [plan_cells(cells, seeds, self.settings, self.report)
                     for seeds, cells in found.by_seeds(cells).items()]  # fmt: skip
        return self._with_refusals(join_plans(plans))

    def _with_refusals(self, plan: Plan) -> Plan:
        """The plan, which also names the rows whose labels cannot be permuted, if they are to be."""
        return replace(plan, refusals=[*plan.refusals, *permuted(plan.cells)[1]]) if self.permute else plan

    def carry_out(self, plan: Plan) -> RunResult:
        """Compute what is not stored yet."""
        executor = self.executor
        if isinstance(executor, str):
            executor = executor_of(executor, self.registry, 1 if self.isolation == "inline" else self.jobs)
        self.report.planned(plan)
        outcome = carry_out(plan, self.registry, self.settings, executor, self.report)
        if self.permute:
            failures = permute(plan, self.permute, self.registry, self.settings, executor, self.report)
            outcome = replace(outcome, failures=[*outcome.failures, *failures])
        store = Store(self.settings.out)
        summaries = [summary for cell in plan.cells if (summary := summarise(store, cell.key, plan.seeds))]
        return RunResult(plan, outcome, with_evaluations(store, summaries))


def run(grid: Grid | Sequence[Grid] | None = None, **arguments: Unpack[Arguments]) -> RunResult:
    """Run a grid and compare its rows: `run(model="attx", fusion=["late", "early"], jobs=2)`.

    `arguments` are axes, which change those of `grid`, and settings; `Arguments` lists both.
    """
    session, grids = session_of(grid, arguments)
    return session.carry_out(session.plan(grids))


def plan(grid: Grid | Sequence[Grid] | None = None, **arguments: Unpack[Arguments]) -> Plan:
    """The cells and tasks of a run, with audits; nothing is trained. Arguments as for `run`."""
    session, grids = session_of(grid, arguments)
    return session.plan(grids)


def replay(path: Path | str, **settings: Unpack[Settings]) -> RunResult:
    """Run again the cells of a record (of a run or a task) or of a file of published results."""
    session = Session(**settings)
    return session.carry_out(session.plan_replay(Path(path)))


def show(run: str = "latest", out: Path | str = RESULTS, metric: str = "", against: str = "") -> StoredResults:
    """The stored results of the latest run, of a run by its name, or of a cell by the first digits of its key.

    `metric`: what rows are compared by, `against`: a single modality that gains are over.
    """
    return stored_results(Store(Path(out)), run, metric, against)


@dataclass(frozen=True)
class Published:
    """What was published, and the pages that were written."""

    taken: list[Summary]
    pages: list[Path]


def leaderboard(out: Path | str = RESULTS, to: Path | str | None = None, formats: Sequence[str] | None = None,
                metric: str = "", against: str = "") -> Published:  # fmt: skip
    """Publish the finished cells of a folder of results there or in `to`; `show` has the same options."""
    publication = Publication(Path(to or Path(out) / PAGES), Ordering(metric, against))
    chosen = formats_of(publication, formats)
    store = Store(Path(out))
    publication.check_ordering(store)
    taken = publication.take(store)
    if not taken and not publication.summaries():
        raise UsageError(
            f"Nothing to publish: no finished cell in {out} and no file in {publication.results}; start with "
            "'bench run'."
        )
    return Published(taken, publication.write(chosen))


@dataclass(frozen=True)
class PublishedCheck:
    """All pages, results that they show and that are missing, those pages that differ from what the published results
    give, results of older versions, comparisons whose rows different code has made, and what rows are compared by.
    """

    pages: list[Path]
    missing: list[Path]
    stale: list[Path]
    without_digests: list[Path]
    mixed: list[str]
    ordering: Ordering = field(default_factory=Ordering)


def check_published(
    to: Path | str = f"{RESULTS}/{PAGES}", formats: Sequence[str] | None = None, metric: str = "", against: str = ""
) -> PublishedCheck:
    """Compare the pages of `to` with its published results; raise where a result was altered.

    Pages must compare rows by `metric` and `against`; without these, by what a page names.
    """
    publication = Publication(Path(to), Ordering(metric, against)) if metric or against else as_published(Path(to))
    publication.check_ordering()
    chosen = formats_of(publication, formats)
    missing = publication.missing()
    if not missing and not publication.summaries():
        raise UsageError(f"Nothing to check: no file in {publication.results}; 'bench leaderboard' publishes results.")
    pages = [publication.root / FILES[name] for name in chosen]
    stale, old = publication.stale(chosen), publication.without_digests()
    return PublishedCheck(pages, missing, stale, old, publication.mixed(), publication.ordering)


def session_of(grid: Grid | Sequence[Grid] | None, arguments: Arguments) -> tuple[Session, list[Grid]]:
    """The session, and the grids with the axes that are given."""
    settings = {each.name for each in fields(Session)}
    axes = {name: value for name, value in arguments.items() if name not in settings}
    given = Grid.from_mapping(axes, "the arguments")
    grids = [grid] if isinstance(grid, Grid) else [Grid()] if grid is None else list(grid)
    known: Any = {name: value for name, value in arguments.items() if name in settings}
    return Session(**known), [replace(each, **{name: getattr(given, name) for name in axes}) for each in grids]


def executor_of(name: str, registry: Registry, jobs: int = 0, given: Mapping[str, Any] | None = None) -> Executor:
    """The executor of that name; `jobs` is passed where it is one of its options."""
    cls = registry.get("executor", name).load()
    usual = {"jobs": jobs} if "jobs" in options.options_of(cls) else {}
    executor: Executor = options.build(cls, {**usual, **(given or {})}, f"executor '{name}'")
    return executor
