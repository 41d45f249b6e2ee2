"""Worker processes: one that imports libraries, below it one per set of plugins, below that one per fold."""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from bench import progress
from bench.errors import TaskError, described, place_in
from bench.running.limits import Limits, Overran, Stopped, Watch
from bench.worker import confinement, payload, wire
from bench.worker.confinement import Confinement
from bench.worker.rehearsal import Rehearsal, random_job
from bench.worker.wire import Closed, Malformed, Wire

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping, Sequence

    from bench.api import Array
    from bench.running.mirror import Mirror
    from bench.worker.confinement import Level
    from bench.worker.fold import FoldJob
    from bench.worker.harness import Work

LIBRARIES = ("pandas", "sklearn.model_selection", "scipy.special", "bench.worker.fold", "bench.worker.rehearsal",
             "bench.worker.pretraining", "bench.tabular.estimators")  # fmt: skip
NETWORKS = ("torch", "torch.optim", "torch._dynamo", "torch.func", "bench.training.engine",
            "bench.pretraining.masked_pretraining")  # fmt: skip
GRACE = 5.0  # seconds that workers may take to end
PATIENCE = 1.0  # seconds that a process may take to end after it has closed its socket
FOLDER, LOCK = "bench-", ".lock"
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


@dataclass(frozen=True)
class Ended:
    """How the process of a fold has ended."""

    problem: str = ""  # why it did not do its work
    traceback: str = ""
    modules: tuple[str, ...] = ()  # what it had imported


class Broken(Exception):  # noqa: N818 - reads as what happened
    """A plugin has ended the work as a whole."""


@dataclass
class Parent:
    """A process without data that has imported what folds need."""

    wire: Wire
    lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, kind: str, values: Mapping[str, Any], descriptors: Sequence[int] = ()) -> Mapping[str, Any]:
        with self.lock:
            self.wire.send(kind, values, descriptors=descriptors)
            return self.wire.receive().values


class Processes:
    """The processes that this one has started, and the folder in which they may write."""

    def __init__(self) -> None:
        self.root, self._owned = own_folder()
        self.lock = threading.Lock()
        self.stopped = threading.Event()
        self.parents: dict[Hashable, Parent] = {}
        self._bases: dict[bool, tuple[Parent, subprocess.Popen[bytes]]] = {}
        self._started: list[subprocess.Popen[bytes]] = []

    def base(self, *, networks: bool) -> Parent:
        """A process that has imported libraries; one with torch, and one without."""
        if networks not in self._bases:
            ours, theirs = wire.pair(self.check)
            command = [sys.executable, "-m", "bench.worker", str(theirs.fileno()), str(self.root)]
            environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path())}
            null: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
            process = subprocess.Popen(  # noqa: S603 - this Python, and a module of bench
                command, pass_fds=[theirs.fileno()], env=environment, start_new_session=True, **null
            )
            self._started.append(process)
            theirs.close()
            base = Parent(ours)
            self._bases[networks] = base, process
            base.ask("import", {"modules": [*LIBRARIES, *(NETWORKS if networks else ())]})
        return self._bases[networks][0]

    def forget_ended(self) -> None:
        """Start other processes in place of those that somebody has ended."""
        with self.lock:
            self._bases = {key: (base, process) for key, (base, process) in self._bases.items()
                           if process.poll() is None}  # fmt: skip
            self.parents.clear()

    @contextlib.contextmanager
    def scratch(self) -> Iterator[Path]:
        """A folder that one worker may write in, which is deleted afterwards."""
        folder = Path(tempfile.mkdtemp(dir=self.root))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def check(self) -> None:
        """Raise if the run is being stopped."""
        if self.stopped.is_set():
            raise Stopped

    def stop(self) -> None:
        """End all of them at once, by letting each see that nobody listens: it then ends what plugins have started."""
        self.stopped.set()
        for base, _ in self._bases.values():
            with contextlib.suppress(OSError):
                base.wire.end.shutdown(socket.SHUT_RDWR)
        for process in self._started:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(GRACE)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        shutil.rmtree(self.root, ignore_errors=True)


def own_folder() -> tuple[Path, FileLock]:
    """A new temporary folder, which is locked. Those of processes that were killed are deleted."""
    place = Path(tempfile.gettempdir()).resolve()
    for folder in place.glob(f"{FOLDER}*"):
        with contextlib.suppress(Timeout, OSError):
            if (folder / LOCK).exists():
                with FileLock(folder / LOCK, timeout=0):
                    shutil.rmtree(folder, ignore_errors=True)
    made = Path(tempfile.mkdtemp(prefix="new-bench-", dir=place))
    lock = FileLock(made / LOCK)
    lock.acquire()  # by a descriptor, so that it stays locked under the new name
    folder = made.rename(place / made.name.replace("new-bench-", FOLDER))
    return folder, lock


_processes: list[Processes] = []
_first = threading.Lock()


def processes() -> Processes:
    """Those of this process, which are kept from run to run."""
    with _first:
        if not _processes:
            _processes.append(Processes())
        return _processes[0]


def stop_workers() -> None:
    """End all workers of this process."""
    while _processes:
        _processes.pop().stop()


atexit.register(stop_workers)


@dataclass(frozen=True)
class Workers:
    """The workers of a run."""

    level: Level
    limits: Limits
    hidden: tuple[Path, ...]  # what they may not read

    def run(self, work: Work, desk: Desk, plugins: Sequence[object], like: FoldJob | None = None, *,
            networks: bool = False, files: Sequence[str] = ()) -> Ended:  # fmt: skip
        """Do a work in a process of its own. `like` is a fold whose shapes a rehearsal takes."""
        modules = tuple(sorted({type(plugin).__module__ for plugin in plugins}))
        running = processes()
        with running.scratch() as scratch:
            desk.begin(scratch)
            try:
                if self.level == "inline":
                    return inline(work, desk, scratch)
                installed = confinement.installation(modules, self.hidden, tuple(path()))
                parent = self.parent(running, modules, installed, networks=networks, like=like)
                allowed = Confinement((*installed, *files, "/proc/self"), (str(scratch),))
                return self.in_child(running, parent, work, desk, modules, scratch, allowed)
            except Closed:
                running.check()
                running.forget_ended()
                return Ended("The process from which folds are forked has been ended from outside")
            finally:
                desk.save()

    def parent(self, running: Processes, modules: tuple[str, ...], installed: tuple[str, ...], *, networks: bool,
               like: FoldJob | None) -> Parent:  # fmt: skip
        """The process that has imported these modules as they are now."""
        files = [getattr(sys.modules.get(name), "__file__", None) for name in modules]
        versions = tuple(Path(file).stat().st_mtime_ns if file else 0 for file in files)
        key = self.level, modules, versions, installed, tuple(path()), networks
        with running.lock:
            if key not in running.parents:
                running.parents[key] = self.start_parent(running, modules, installed, networks=networks, like=like)
            return running.parents[key]

    def start_parent(self, running: Processes, modules: tuple[str, ...], installed: tuple[str, ...], *,
                     networks: bool, like: FoldJob | None) -> Parent:  # fmt: skip
        """Fork a parent from the base, confine it, and import in it what the plugins need."""
        ours, theirs = wire.pair(running.check)
        running.base(networks=networks).ask("parent", {}, [theirs.fileno()])
        theirs.close()
        parent = Parent(ours)
        allowed = Confinement((*installed, "/proc"), (str(running.root),))
        parent.ask("enter", {"path": path(), "confinement": self.confined(allowed)})
        problem = parent.ask("import", {"modules": modules})["error"]
        if like is not None and not problem:
            with running.scratch() as scratch:
                own = Confinement((*installed, "/proc/self"), (str(scratch),))
                rehearsal = Rehearsal(random_job(like))
                ended = self.in_child(running, parent, rehearsal, Desk(), modules, scratch, own)
            parent.ask("import", {"modules": [name for name in ended.modules if not name.startswith("__m")]})
        return parent

    def in_child(self, running: Processes, parent: Parent, work: Work, desk: Desk, modules: Sequence[str],
                 scratch: Path, allowed: Confinement) -> Ended:  # fmt: skip
        """Fork a child, give it the work, and answer it until it has ended."""
        log = tempfile.TemporaryFile(dir=scratch)  # noqa: SIM115 - closed below
        watch = Watch(self.limits, running.stopped, desk.save)
        ours, theirs = wire.pair(watch)
        with log, contextlib.closing(ours):
            watch.process = desk.process = process = int(
                parent.ask("child", {}, [theirs.fileno(), log.fileno()])["process"]
            )
            theirs.close()
            packages = sorted({name.partition(".")[0] for name in modules})
            start = {
                "scratch": str(scratch),
                "path": path(),
                "confinement": self.confined(allowed),
                "packages": packages,
                "environment": environment(),
            }
            problem, trace = "", ""
            loaded: tuple[str, ...] = ()
            try:
                with payload.packed(work) as (places, descriptors):
                    ours.send("work", {**start, **places}, descriptors=descriptors)
                loaded = serve(ours, desk, watch)
            except Broken as error:
                problem, trace = error.args
            except Malformed as error:
                problem = f"A plugin has sent the harness what no worker sends: {error}"
            except Closed:
                problem = "ended"
            except Overran as error:
                problem = str(error)
            finally:
                ended = parent.ask("end", {"process": process, "patience": PATIENCE if problem == "ended" else 0})
            if problem == "ended":
                problem = ending(int(ended["code"]))
            if problem and not trace:
                log.seek(max(0, log.seek(0, os.SEEK_END) - LOG))
                trace = log.read().decode(errors="replace").partition("\nExtension modules:")[0]
                problem += place_in(trace, packages)
            return Ended(problem, trace, loaded)

    def confined(self, allowed: Confinement) -> dict[str, Any] | None:
        return allowed.to_json() if self.level == "sandbox" else None


def serve(ours: Wire, desk: Desk, watch: Watch) -> tuple[str, ...]:
    """Answer until the work is done; returns the modules that the worker had imported."""
    while True:
        message = ours.receive()
        watch.hear()
        if message.kind == "broken":
            raise Broken(str(message.values["message"]), str(message.values["traceback"]))
        done = message.kind == "done"
        try:
            reply = None if done else desk.answer(message.kind, message.values, message.arrays)
        except TaskError as error:
            ours.send("refused", {"message": str(error)})
            continue
        except (KeyError, TypeError, ValueError) as error:
            if not raised_here(error):
                raise
            raise Malformed(f"a call '{message.kind}' with other values ({described(error, ())})") from error
        with payload.packed(reply) as (places, descriptors):
            ours.send("reply", places, descriptors=descriptors)
        if done:
            return tuple(map(str, message.values["modules"]))


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


def environment() -> dict[str, str]:
    """The variables of this process, without those that name folders of data."""
    return {name: value for name, value in os.environ.items() if not name.startswith("BENCH_")}


def path() -> list[str]:
    """Where this process imports from."""
    return [each or os.getcwd() for each in sys.path]  # noqa: PTH109 - as Python understands an empty entry
