"""Published results, and the pages that are made from them."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.digests import digest
from bench.errors import StorageError, unknown
from bench.leaderboard.comparison import FIGURES, RESULTS, Comparison, comparisons, file_name
from bench.leaderboard.facts import versions_of
from bench.leaderboard.pages.forest import figure
from bench.leaderboard.pages.markdown import markdown
from bench.leaderboard.pages.ordering import Ordering
from bench.leaderboard.pages.page import page
from bench.leaderboard.publishing.consistency import contradictions
from bench.leaderboard.publishing.recomputation import require_agreement
from bench.leaderboard.publishing.suites import require_one_version
from bench.leaderboard.stored import with_evaluations
from bench.leaderboard.summary import Summary, summarise
from bench.planning.record_validation import check_window
from bench.results import published
from bench.results.decoding import RecordError
from bench.results.files import write_text
from bench.results.serialization import compact, plain
from bench.scoring.scoring import scoring

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bench.cells.cell import Cell
    from bench.results.store import Store
    from bench.results.task_record import Scores

NAMED = re.compile(rf"{RESULTS}/[a-z0-9-]+{re.escape(published.SUFFIX)}")  # published files, in pages
FILES = {"md": "README.md", "html": "index.html", "json": "leaderboard.json"}


@dataclass(frozen=True)
class Publication:
    """A folder with `results/` and the pages."""

    root: Path
    ordering: Ordering = field(default_factory=Ordering)  # of the rows on pages; results do not depend on it

    @property
    def results(self) -> Path:
        return self.root / RESULTS

    def take(self, store: Store) -> list[Summary]:
        """Publish every finished cell of a store; the newest result of a cell replaces older ones.

        Nothing is published where a record disagrees with its predictions.
        """
        taken = {identity(summary.cell): summary for summary in publishable(store, store.cells())}
        self.add(taken.values())
        return list(taken.values())

    def add(self, summaries: Iterable[Summary]) -> None:
        """Rows in place of those of the same cells, if any."""
        taken = {identity(summary.cell): summary for summary in summaries}
        kept = [summary for summary in self.summaries() if identity(summary.cell) not in taken]
        self._write([*kept, *taken.values()])

    def _write(self, summaries: Iterable[Summary]) -> None:
        """One file per comparison; a file that has no rows any more is deleted."""
        files: dict[str, list[Summary]] = {}
        for summary in summaries:
            files.setdefault(file_name(summary), []).append(summary)
        for name, rows in files.items():
            write(self.results / name, published.content(rows[-1].header, [each.row for each in rows]))
        for path in self._files():
            if path.name not in files:
                path.unlink()

    def _files(self) -> list[Path]:
        return sorted(self.results.glob(f"*{published.SUFFIX}"))

    def summaries(self) -> list[Summary]:
        return [summary for path in self._files() for summary in rows_of(path)]

    def pages(self, formats: Sequence[str]) -> dict[str, str]:
        """File name -> content."""
        ordering, page_with_details = self.ordering, FILES["html"]
        if "html" not in formats and not (self.root / page_with_details).exists():
            page_with_details = ""
        found = comparisons(self.summaries(), ordering.metric, ordering.against)
        content = {
            "md": lambda: markdown(found, ordering, beside=page_with_details),
            "html": lambda: page(found, ordering),
            "json": lambda: as_json(found),
        }
        pages = {FILES[name]: content[name]() for name in formats}
        if "md" in formats:
            pages |= {each.figure: figure(each) for each in found if not each.first.simulated}
        return pages

    def write(self, formats: Sequence[str]) -> list[Path]:
        pages = self.pages(formats)
        for name, content in pages.items():
            write(self.root / name, content)
        if "md" in formats:
            for path in self._figures():
                if f"{FIGURES}/{path.name}" not in pages:
                    path.unlink()
        return [self.root / name for name in pages if name in FILES.values()]

    def _figures(self) -> list[Path]:
        return sorted((self.root / FIGURES).glob("*.svg"))

    def check_ordering(self, store: Store | None = None) -> None:
        """Raise where rows, also those of a store, have nothing of what they are to be compared by."""
        if self.ordering != Ordering():
            cells = [summary.cell for summary in self.summaries()]
            cells += [store.read_cell(key).cell for key in store.cells()] if store else []
            self.ordering.check(name for cell in cells for name in cell.modalities)

    def without_digests(self) -> list[Path]:
        """Published files of older versions."""
        return [path for path in self._files() if not published.has_digests(path)]

    def missing(self) -> list[Path]:
        """Published files that are not there any more, although pages name them."""
        there = set(NAMED.findall(markdown(comparisons(self.summaries()))))
        named = {name for page in FILES.values() for name in NAMED.findall(read(self.root / page) or "")}
        return [self.root / name for name in sorted(named - there)]

    def mixed(self) -> list[str]:
        """A sentence for each file whose rows different versions of the code have made."""
        found = comparisons(self.summaries())
        return [f"{self.root / each.file}: {text}." for each in found if (text := versions_of(each))]

    def stale(self, formats: Sequence[str]) -> list[Path]:
        """Pages that differ from what the published results give."""
        return [self.root / name for name, content in self.pages(formats).items() if read(self.root / name) != content]


def rows_of(path: Path) -> list[Summary]:
    """The rows of one published file, checked."""
    header, rows = published.read(path)
    require_one_version(path, rows)
    return [checked(Summary.of(header, row), path, number) for number, row in enumerate(rows, 2)]


def publishable(store: Store, keys: Iterable[str]) -> list[Summary]:
    """Rows of the finished cells, the newest last. Raise where a record disagrees with its predictions."""
    ordered = sorted(keys, key=lambda key: (store.cell(key) / "cell.json").stat().st_mtime_ns)
    found = with_evaluations(store, [summary for key in ordered if (summary := summarise(store, key))])
    for summary in found:
        require_agreement(store, summary)
    return [portable(summary) for summary in found]


def as_published(root: Path) -> Publication:
    """With the order that a page names, since results alone do not tell it."""
    pages = [found for name in FILES.values() if (found := read(root / name))]
    return Publication(root, Ordering.of_page(pages[0] if pages else None))


def formats_of(publication: Publication, formats: Sequence[str] | None) -> list[str]:
    """The named formats; where none is named, Markdown and the pages that exist."""
    for name in formats or ():
        if name not in FILES:
            raise unknown("format", name, FILES)
    if formats is not None:
        return list(formats)
    return ["md", *(name for name, page in FILES.items() if name != "md" and (publication.root / page).exists())]


def checked(summary: Summary, path: Path, line: int) -> Summary:
    """The summary, if it has the metrics that pages show, and its numbers agree with each other."""
    for name in scoring(summary.classes).headline:
        scores = summary.subjects.values() if summary.estimates else ()  # older results have no AUROC of subjects
        if not all(name in found for found in (summary.metrics, summary.pooled, *scores)):
            raise published.altered(path, line, vars(summary), f"it has no {name}")
    for reason in contradictions(summary):
        raise published.altered(path, line, vars(summary), reason)
    if reason := incomplete(summary):
        raise published.altered(path, line, vars(summary), f"it has {reason}")
    return summary


def incomplete(summary: Summary) -> str:
    """What in a row cannot be compared with others; empty where all can."""
    counts = {(len(metric.folds), len(metric.seed_means)) for metric in summary.metrics.values()}
    if not summary.seeds or counts != {(summary.n_folds, len(summary.seeds))}:
        return f"other values than one per fold ({summary.n_folds}) and one per seed"
    if summary.chance and not set(scoring(summary.classes).headline) - {"auroc"} <= set(summary.chance):
        return "no chance level of some metric"
    try:
        check_window(summary.cell)
    except RecordError as error:
        return f"no windows that could be cut ({error})"
    return ""


def portable(summary: Summary) -> Summary:
    """Without folders of the machine, and with the scores of subjects that tables compare; the store keeps the rest."""
    names = scoring(summary.classes).published
    kept = {"subjects": some(summary.subjects, names), "stimuli": some(summary.stimuli, names),
            "estimates": {name: found for name, found in summary.estimates.items() if name in names}}  # fmt: skip
    command = summary.command
    weights = []
    for each in summary.cell.weights:
        name = Path(each.file).name
        command = command.replace(each.file, name)
        weights.append(replace(each, file=name))
    changed: dict[str, Any] = {**kept, "command": command, "cell": replace(summary.cell, weights=tuple(weights))}
    return replace(summary, **changed)


def some(scores: Mapping[str, Scores], names: Sequence[str]) -> dict[str, Scores]:
    """Of each subject or stimulus, the scores of these names."""
    return {unit: {name: found[name] for name in names if name in found} for unit, found in scores.items()}


def identity(cell: Cell) -> str:
    """The same for a cell whatever code computed it, and whether or not thresholds were chosen."""
    return digest({**asdict(cell), "calibrate": cell.calibrate.removeprefix("threshold")})


def as_json(found: Iterable[Comparison]) -> str:
    rows: list[dict[str, Any]] = [
        {"title": comparison.title, "metric": row.metric, "beats": row.beats, **row.summary.to_json()}
        for comparison in found
        for row in comparison.rows
    ]
    lines = ",\n".join(compact(plain(row)) for row in rows)  # the encoder in C knows no indentation
    return f"[\n{lines}\n]\n"


def write(path: Path, content: str) -> None:
    try:
        write_text(path, content)
    except OSError as error:
        raise StorageError(f"Cannot write {path} ({error.strerror}); name another folder with --to.") from error


def read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
