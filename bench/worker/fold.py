"""The work of a fold: scale, search, fit, and predict windows that arrive only after fitting."""

from __future__ import annotations

import time
import traceback
from collections.abc import Mapping, Sequence  # noqa: TC003
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from bench import progress
from bench.cells.scalings import Scalings
from bench.data.opaque import with_sources
from bench.errors import packages_of, sentence
from bench.worker import calibration, networks, search
from bench.worker.fit import fit_all
from bench.worker.fit_plan import FitSpec, FitTask

if TYPE_CHECKING:
    from pathlib import Path

    from bench.api import Scaling
    from bench.data.part import Part
    from bench.results.task_record import CalibrationRecord
    from bench.worker.fitted_model import FittedModel
    from bench.worker.harness import Harness


@dataclass(frozen=True)
class FoldJob:
    """One fold to fit: everything that plugins see of it before they predict."""

    spec: FitSpec
    part: Part
    seed: int
    scalings: Mapping[str, Sequence[Scaling]]  # modality -> what is learnt from its training windows
    search: search.SearchSpec | None = None
    calibrate: str = ""  # what inner predictions choose: threshold, temperature (and a threshold), or nothing


@dataclass(frozen=True)
class FoldWork:
    """The folds of one worker: one, or several whose networks are trained as stacks on a GPU."""

    folds: tuple[FoldJob, ...]

    def run(self, harness: Harness, scratch: Path) -> None:
        packages: dict[int, set[str]] = {}
        started: dict[int, float] = {}
        tasks: list[FitTask] = []
        numbers: list[int] = []
        with progress.listening(lambda text, done, total: harness.call("progress", {"at": [text, done, total]})):
            for number, job in enumerate(self.folds):
                packages[number] = packages_of(job.spec.model) | packages_of(job.spec.fusion)
                started[number] = time.process_time()
                try:
                    task = prepared(number, job, harness, scratch / f"checkpoints-{number}")
                    harness.call("fitting", {"task": number})
                    tasks.append(task)
                    numbers.append(number)
                except Exception as error:  # noqa: BLE001 - a plugin may raise anything; the other folds go on
                    failed(harness, number, error, packages[number])
            for place, found in fit_all(tasks, harness):
                number = numbers[place]
                try:
                    if isinstance(found, Exception):
                        raise found  # noqa: TRY301 - handled like an exception that is raised here
                    used = None
                    if how := self.folds[number].calibrate:
                        harness.call("calibrating", {"task": number})
                        used = calibration.chosen(how, calibration.inner_predictions(tasks[place], found))
                    predict(number, found, used, harness, scratch / f"weights-{number}")
                except calibration.InnerFitError as error:
                    failed(harness, number, cast("Exception", error.__cause__), packages[number], calibration.HINT)
                    continue
                except Exception as error:  # noqa: BLE001 - as above
                    failed(harness, number, error, packages[number])
                    continue
                harness.call("finished", {"task": number, "cpu": time.process_time() - started[number]})


def prepared(number: int, job: FoldJob, harness: Harness, checkpoints: Path) -> FitTask:
    """The fold with its scalings learnt and its options chosen."""
    part = job.part
    if job.scalings:
        scalings = Scalings(job.scalings)
        learnt = scalings.learn(part.windows)
        features = harness.call("scaled", {"task": number, "learnt": learnt})
        part = with_sources(part, features)
        rest = Scalings({name: steps for name, steps in job.scalings.items() if name not in features})
        part = replace(part, windows=rest.apply(part.windows, learnt))
    spec = job.spec
    if job.search:
        study, trials = search.Study(number, harness), checkpoints.with_name(f"trials-{number}")
        spec = search.apply(spec, search.search(spec, part, job.search, job.seed, study, harness, trials))
    return FitTask(spec, part, job.seed, checkpoints, number)


def predict(number: int, fitted: FittedModel, used: CalibrationRecord | None, harness: Harness, weights: Path) -> None:
    """Predict the held-out windows block by block, as the harness gives them."""
    networks.save_weights(fitted, weights)
    facts: dict[str, Any] = {"parameters": fitted.parameters, "training": networks.training_logs(fitted)}
    facts["calibration"] = used and vars(used)
    windows = harness.call("fitted", {"task": number, **facts})
    while windows is not None:
        found = calibration.calibrated(fitted.predict(windows), used)
        windows = harness.call("predicted", {"task": number}, [found])


def failed(harness: Harness, number: int, error: Exception, packages: set[str], hint: str = "") -> None:
    """Report what ended a fold."""
    trace = "".join(traceback.format_exception(error))
    message = f"{sentence(error, packages)} {hint}".rstrip()
    harness.call("failed", {"task": number, "message": message, "traceback": trace})
