"""Whether the cells and seeds of a record can be run again: names, numbers and options as `bench run` writes them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bench import options
from bench.api import Extractor, Preprocessor, Scaling, StimulusFeatures
from bench.cells.searching import searching_of
from bench.data.segmentation import Windowing
from bench.errors import Refused, UsageError, unknown
from bench.planning.compatibility import refusal
from bench.planning.grid import CALIBRATIONS, PRECISIONS, PROFILES, is_seed
from bench.readers.text_files import texts
from bench.results.decoding import RecordError
from bench.scoring.objective import NAMES as OBJECTIVES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.cells.cell import Cell, Choice
    from bench.cells.resolved import ResolvedCell

KEY = re.compile(r"[0-9a-f]{16}")
NAME = re.compile(r"\w[\w.+-]{0,99}")  # of a plugin, a modality, a target, a run or a task; it names no folder
MAX_TRIALS = 10**6


def check_names(pattern: re.Pattern[str], place: str, *names: str) -> None:
    for name in names:
        if not pattern.fullmatch(name):
            raise RecordError(f"expected {'a key' if pattern is KEY else 'a name'}, found {name[:40]!r}", place)


def check_texts(value: Any) -> None:
    """Raise on characters that a terminal would interpret."""
    for text in texts(value):
        if not text.isprintable():
            raise RecordError(f"expected printable text, found {text[:40]!r}")


def check_seeds(seeds: Sequence[int]) -> None:
    if not seeds or len(set(seeds)) < len(seeds) or not all(map(is_seed, seeds)):
        raise RecordError("expected different whole numbers from 0 to 2^64 - 1", "seeds")


def check_cell(cell: Cell) -> None:
    """Raise on what `bench run` would not have written, whatever plugins are installed."""
    for place, kind, choice in choices_of(cell):
        if choice.kind != kind:
            raise RecordError(f"expected a plugin of the kind {kind}, found {choice.kind[:40]!r}", place)
        check_names(NAME, place, choice.name, *choice.options, *getattr(choice, "modalities", ()))
    check_names(NAME, "target", cell.target)
    for place, names in (("modalities", cell.modalities), ("required_modalities", cell.required_modalities)):
        check_names(NAME, place, *names)
        if len(set(names)) < len(names):
            raise RecordError("expected different names", place)
    if cell.profile not in PROFILES:
        raise RecordError(f"expected {' or '.join(PROFILES)}, found {cell.profile[:40]!r}", "profile")
    if not 0 <= cell.search <= MAX_TRIALS:
        raise RecordError(f"expected a number of trials up to {MAX_TRIALS}", "search")
    if cell.objective and cell.objective not in OBJECTIVES:
        raise RecordError("expected a metric that a search can maximise", "objective")
    if cell.engine and not is_engine(cell.engine):
        raise RecordError("expected precision and compile", "engine")
    if cell.calibrate not in ("", *CALIBRATIONS[1:]):
        raise RecordError(f"expected {' or '.join(CALIBRATIONS[1:])}, found {cell.calibrate[:40]!r}", "calibrate")
    check_window(cell)
    check_searching(cell)


def choices_of(cell: Cell) -> Iterator[tuple[str, str, Choice]]:
    """Each plugin of a cell: its field, the kind that it must have, and the choice."""
    for field in ("dataset", "model", "fusion", "protocol"):
        yield field, field, getattr(cell, field)
    steps = [*cell.steps, *cell.scalings, *cell.stimulus_steps, *([cell.features] if cell.features else [])]
    for corpus in cell.corpora:
        yield "corpora", "dataset", corpus.dataset
        steps += [*corpus.steps, *corpus.scalings]
    yield from (("steps", "preprocessor", step) for step in steps)


def is_engine(engine: Any) -> bool:
    known = set(engine) - {"deterministic"} == {"precision", "compile"}
    flags = [engine[name] for name in engine if name != "precision"]
    return known and engine["precision"] in PRECISIONS and all(isinstance(flag, bool) for flag in flags)


def check_window(cell: Cell) -> None:
    try:
        built = options.values_of(options.build(Windowing, cell.window, "window"))
    except UsageError as error:
        raise RecordError(str(error).rstrip("."), "window") from error
    if any(type(value) is str or value != built[name] for name, value in cell.window.items()):
        raise RecordError("expected numbers", "window")


def check_searching(cell: Cell) -> None:
    try:
        typed = searching_of(cell.searching).typed()
    except UsageError as error:
        raise RecordError(str(error).rstrip("."), "searching") from error
    if typed != cell.searching or (typed and not cell.search):
        raise RecordError("expected what differs from a usual search", "searching")


def check_resolved(resolved: ResolvedCell) -> None:
    """Raise where the plugins of a cell make no sense together, as a grid that asks for them does."""
    cell, dataset = resolved.cell, resolved.dataset
    targets = {**dataset.targets, **dataset.regression_targets}
    if cell.target not in targets:
        raise unknown("target", cell.target, targets, of=f"dataset '{cell.dataset.name}'")
    for name in (*cell.modalities, *cell.required_modalities):
        if name not in dataset.modalities:
            raise unknown("modality", name, dataset.modalities, of=f"dataset '{cell.dataset.name}'")
    for step, role in roles_of(cell):
        built = step.build(resolved.registry)
        if not isinstance(built, role):
            raise UsageError(f"The record uses '{step.name}' as {role.__name__}, which it is not; run the grid again.")
    reason = refusal(resolved, "auto")
    if reason:
        raise Refused(f"{resolved.label}: {reason}.")


def roles_of(cell: Cell) -> Iterator[tuple[Choice, type]]:
    """Each step and what it must be."""
    chains = [(cell.steps, cell.scalings), *((corpus.steps, corpus.scalings) for corpus in cell.corpora)]
    for steps, scalings in chains:
        yield from ((step, Preprocessor) for step in steps)
        yield from ((step, Scaling) for step in scalings)
    yield from ((step, StimulusFeatures) for step in cell.stimulus_steps)
    yield from ((step, Extractor) for step in (cell.features,) if step)
