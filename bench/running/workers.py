"""Worker processes: one that imports libraries, below it one per set of plugins, below that one per fold."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import tempfile
import traceback
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import progress
from bench.errors import TaskError, described, place_in
from bench.running.limits import Limits, Overran, Watch
from bench.running.plugins import version_of
from bench.running.processes import Parent, Processes, environment, path, processes
from bench.worker import confinement, payload, wire
from bench.worker.confinement import Confinement
from bench.worker.rehearsal import Rehearsal, random_job
from bench.worker.wire import Closed, Malformed, Wire

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from bench.api import Array
    from bench.running.mirror import Mirror
    from bench.running.plugins import Plugins
    from bench.worker.confinement import Level
    from bench.worker.harness import Work

PATIENCE = 1.0  # seconds that a process may take to end after it has closed its socket
LOG = 64 * 1024  # bytes at the end of what a worker has printed, for the record of a failure


class Desk:
    """Answers the calls of one worker: the method `on_<kind>` gets the values and the arrays."""

    process = 0  # of the worker; 0: this one
    scratch = Path()
    mirrors: Sequence[Mirror] = ()

    def begin(self, scratch: Path) -> None:
        """The worker is about to start, with this folder to write in."""
        self.scratch = scratch

    def save(self) -> None:
        """Called now and then while the worker works, and when it has ended."""
        for mirror in self.mirrors:
            mirror.save()

    def on_progress(self, values: Mapping[str, Any], _: Sequence[Array]) -> None:
        text, done, total = values["at"]
        progress.notify(str(text), int(done), int(total))

    def answer(self, kind: str, values: Mapping[str, Any], arrays: Sequence[Array]) -> Any:
        method = getattr(self, f"on_{kind}", None)
        if method is None:
            raise Malformed(f"a call '{kind}' that there is not")
        return method(values, arrays)


class RehearsalDesk(Desk):
    """Keeps what a rehearsal has imported."""

    modules: Sequence[str] = ()

    def on_imported(self, values: Mapping[str, Any], _: Sequence[Array]) -> None:
        self.modules = [str(name) for name in values["modules"] if not str(name).startswith("__m")]  # __main__


@dataclass(frozen=True)
class Ended:
    """How the process of a fold has ended."""

    problem: str = ""  # why it did not do its work
    traceback: str = ""
    known: bool = False  # whether the problem is a sentence that names its place


class Broken(Exception):  # noqa: N818 - reads as what happened
    """A plugin has ended the work as a whole."""


@dataclass(frozen=True)
class Workers:
    """The workers of a run."""

    level: Level
    limits: Limits
    hidden: tuple[Path, ...]  # what they may not read

    def run(self, work: Work, desk: Desk, plugins: Plugins) -> Ended:
        """Do a work in a process of its own."""
        running = processes()
        with running.scratch() as scratch:
            desk.begin(scratch)
            try:
                if self.level == "inline":
                    return inline(work, desk, scratch)
                with running.parent(self.key(plugins), lambda: self.start_parent(running, plugins)) as parent:
                    return self.in_child(running, parent, work, desk, plugins, scratch)
            except Closed:
                running.check()
                running.forget_ended()
                return Ended("The process from which folds are forked has been ended from outside; run it again.")
            finally:
                desk.save()

    def key(self, plugins: Plugins) -> Hashable:
        """The same for works that can share a parent: with the same modules as they are now, and the same files."""
        versions = tuple(map(version_of, plugins.modules))
        return self.level, replace(plugins, like=None), versions, self.installed(plugins), tuple(path())

    def start_parent(self, running: Processes, plugins: Plugins) -> Parent:
        """Fork a parent from the base, confine it, and import in it what the plugins need."""
        ours, theirs = wire.pair(running.check)
        running.base(networks=plugins.networks).ask("parent", {}, [theirs.fileno()])
        theirs.close()
        parent = Parent(ours)
        allowed = Confinement(
            (*self.installed(plugins), *plugins.files, "/proc"), (str(running.root), *plugins.compiled)
        )
        own = {} if plugins.compiled else {"NUMBA_CACHE_DIR": str(running.root / "numba")}
        parent.ask("enter", {"path": path(), "environment": own, "confinement": self.confined(allowed)})
        imported = parent.ask("import", {"modules": plugins.modules})
        if imported["unsafe"]:
            running.remark_once(f"{imported['unsafe']} when it is imported, so each fold is a new Python and slower.")
        elif plugins.like is not None and not imported["error"]:
            with running.scratch() as scratch:
                desk = RehearsalDesk()
                self.in_child(running, parent, Rehearsal(random_job(plugins.like)), desk, plugins, scratch)
            parent.ask("import", {"modules": desk.modules})
        return parent

    def installed(self, plugins: Plugins) -> tuple[str, ...]:
        return confinement.installation(plugins.modules, self.hidden, tuple(path()))

    def in_child(
        self, running: Processes, parent: Parent, work: Work, desk: Desk, plugins: Plugins, scratch: Path
    ) -> Ended:
        """Fork a child, give it the work, and answer it until it has ended."""
        readable, writable = (*self.installed(plugins), *plugins.files, "/proc/self"), (str(scratch), *plugins.compiled)
        log = tempfile.TemporaryFile(dir=scratch)  # noqa: SIM115 - closed below
        watch = Watch(self.limits, running.stopped, desk.save)
        ours, theirs = wire.pair(watch)
        with log, contextlib.closing(ours):
            forked = parent.begin("child", {}, [theirs.fileno(), log.fileno()])
            theirs.close()
            start = {
                "scratch": str(scratch),
                "path": path(),
                "confinement": self.confined(Confinement(readable, writable)),
                "packages": plugins.packages,
                "environment": environment(),
                "compiles": bool(plugins.compiled),
            }
            problem, trace, known = "", "", False
            try:
                with payload.packed(work) as (places, descriptors):  # while the parent forks
                    watch.process = desk.process = int(forked.wait()["process"])
                    ours.send("work", {**start, **places}, descriptors=descriptors)
                serve(ours, desk, watch)
            except Broken as error:
                problem, trace, known = error.args
            except Malformed as error:
                problem = f"A plugin has sent the harness what no worker sends: {error}"
            except Closed:
                problem = "ended"
            except Overran as error:
                problem = str(error)
            finally:
                patience = PATIENCE if problem == "ended" else 0
                ended = parent.ask("end", {"process": int(forked.wait()["process"]), "patience": patience})
            code = int(ended["code"]) if problem == "ended" else None
            if code is not None:
                problem = ending(code)
            if problem and not trace:
                log.seek(max(0, log.seek(0, os.SEEK_END) - LOG))
                trace = log.read().decode(errors="replace").partition("\nExtension modules:")[0]
                problem += place_in(trace, plugins.packages)
            if code is not None:
                problem += next_step(code)
            return Ended(problem, trace, known)

    def confined(self, allowed: Confinement) -> dict[str, Any] | None:
        return allowed.to_json() if self.level == "sandbox" else None


def serve(ours: Wire, desk: Desk, watch: Watch) -> None:
    """Answer until the work is done."""
    while True:
        message = ours.receive()
        watch.hear()
        if message.kind == "broken":
            raise Broken(
                str(message.values["message"]), str(message.values["traceback"]), bool(message.values["known"])
            )
        if message.kind == "done":
            return
        try:
            reply = desk.answer(message.kind, message.values, message.arrays)
        except TaskError as error:
            ours.send("refused", {"message": str(error)})
            continue
        except (KeyError, TypeError, ValueError) as error:
            if not raised_here(error):
                raise
            raise Malformed(f"a call '{message.kind}' with other values ({described(error, ())})") from error
        with payload.packed(reply) as (places, descriptors):
            ours.send("reply", places, descriptors=descriptors)


def raised_here(error: Exception) -> bool:
    """Whether code of the harness, and no plugin, has raised it."""
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    return str(frame.f_globals.get("__name__")).startswith("bench.")


def inline(work: Work, desk: Desk, scratch: Path) -> Ended:
    """Do the work in this process, for debuggers, and where there is no other way."""

    class Here:
        def call(self, kind: str, values: Mapping[str, Any], arrays: Sequence[Array] = ()) -> Any:
            if kind == "progress":  # which listeners in this process have heard already
                return None
            return desk.answer(kind, values, arrays)

    with contextlib.redirect_stdout(sys.stderr):
        work.run(Here(), scratch)
    return Ended()


def ending(code: int) -> str:
    """How a process has ended that has not done its work."""
    if code < 0:
        return f"The process of this fold was ended by {signal.Signals(-code).name}"
    return f"A plugin has ended the process of this fold, with exit code {code}"


def next_step(code: int) -> str:
    """What to do about it. SIGKILL comes from outside; a system that is short of memory sends it."""
    if code == -signal.SIGKILL:
        return "; run it again, with fewer tasks at a time (--jobs) if memory was short."
    return "; run it with --isolation inline to debug it."
