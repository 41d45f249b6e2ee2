"""Foreign entry points, each imported in a process of its own, so that none can end or stop this one.

Where the platform can confine a process, these read the installation alone and write in a folder that is deleted: a
package could else copy labels from results of earlier runs to where a worker may read, since its own folder is one of
these places.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.discovery import GROUP, Declared, declared, plugin_manager
from bench.readers.data_folders import data_root

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.worker.confinement import Confinement

RESULTS, HIDDEN = "bench-results", ("BENCH_OUT", "BENCH_CACHE")  # usual places of results, and variables that name some
LIMIT = 3.0  # seconds in which an entry point must be imported and its hooks called
STARTING = 10.0  # seconds beside them, for the start of the process that imports all
GRACE = 20  # hundredths of a second until a process has ended whose files are closed
KEPT = 4000  # bytes of what a broken package printed
#: starts a module in a new interpreter with the module search path of this one, without the current folder
START = "import json, sys; request = json.loads(sys.stdin.buffer.readline()); sys.path[:] = request['path']; "
ANSWER = f"{START}from bench.foreign.imports import answer; answer(request['points'], request['confinement'])"


class Inquiry:
    """Imports entry points while this process does something else. With os.fork, one interpreter serves all."""

    def __init__(self, points: Sequence[metadata.EntryPoint]) -> None:
        together = hasattr(os, "fork")
        self.groups = [list(points)] if together else [[point] for point in points]
        self.scratch = tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True)
        self.processes = [start(group, self.scratch.name) for group in self.groups]
        self.deadline = time.monotonic() + LIMIT + STARTING

    def results(self) -> list[Declared]:
        """What each entry point declares, in their order."""
        try:
            return [
                each
                for group, process in zip(self.groups, self.processes, strict=True)
                for each in self._result(process, len(group))
            ]
        finally:
            for process in self.processes:
                process.kill()
                process.communicate()
            self.scratch.cleanup()

    def _result(self, process: subprocess.Popen[bytes], count: int) -> list[Declared]:
        try:
            out, _ = process.communicate(timeout=max(GRACE / 100, self.deadline - time.monotonic()))
            return [Declared.from_json(each) for each in json.loads(out)]
        except subprocess.TimeoutExpired:
            reason = too_slow()
        except Exception:  # noqa: BLE001 - an answer that a package has disturbed
            reason = f"the process that imports it ended without an answer (exit code {process.poll()})"
        return [Declared(problems=[(reason, "")]) for _ in range(count)]


def start(points: Sequence[metadata.EntryPoint], scratch: str) -> subprocess.Popen[bytes]:
    own = {"TMPDIR": scratch, "NUMBA_CACHE_DIR": scratch, "MPLCONFIGDIR": scratch}  # libraries write at import
    process = subprocess.Popen(  # noqa: S603 - this interpreter
        [sys.executable, "-P", "-c", ANSWER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | own,
    )
    assert process.stdin
    confinement = confined(points, scratch)
    request = {
        "path": sys.path,
        "points": [(point.name, point.value) for point in points],
        "confinement": confinement and confinement.to_json(),
    }
    process.stdin.write(json.dumps(request).encode() + b"\n")
    process.stdin.close()
    process.stdin = None  # communicate() would write to it
    return process


def confined(points: Sequence[metadata.EntryPoint], scratch: str) -> Confinement | None:
    """What these entry points may touch; None where the platform cannot say so. No run is known yet, so results are
    hidden in the usual places alone.
    """
    from bench.worker.confinement import Confinement, available, installation

    if not available():
        return None
    results = (Path(RESULTS), *(Path(os.environ[name]) for name in HIDDEN if os.environ.get(name)))
    hidden = (data_root(), *(path.absolute() for path in results))
    modules = tuple(point.value.partition(":")[0] for point in points)
    return Confinement((*installation(modules, hidden, tuple(sys.path)), "/proc/self"), (scratch,))


def answer(points: Sequence[tuple[str, str]], confinement: dict[str, Any] | None) -> None:
    """What the interpreter does: print what the entry points declare, as JSON. Packages print to nowhere."""
    if confinement:
        from bench.worker.confinement import Confinement
        from bench.worker.kernel.unlisted_folders import find_modules_there

        find_modules_there()
        Confinement.from_json(confinement).enter()
    out, null = os.dup(1), os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    found = [metadata.EntryPoint(name, value, GROUP) for name, value in points]
    answers = forked(found) if hasattr(os, "fork") else [probed(point) for point in found]
    with os.fdopen(out, "w") as file:
        json.dump(answers, file)


def probed(point: metadata.EntryPoint) -> dict[str, Any]:
    """What an entry point declares, as JSON. A KeyboardInterrupt is one of its problems here."""
    try:
        return declared(point, plugin_manager()).to_json()
    except BaseException as error:  # noqa: BLE001
        return Declared(problems=[(type(error).__name__, "")]).to_json()


@dataclass
class Child:
    """A process that imports one entry point."""

    pid: int
    result: int  # where it writes what is declared, in one line
    output: int  # where the package prints
    received: bytearray = field(default_factory=bytearray)
    printed: bytes = b""

    def read(self, stream: int) -> bool:
        """Read what is there. Returns whether nothing more is expected."""
        data = os.read(stream, 65536)
        if stream == self.output:
            self.printed = (self.printed + data)[-KEPT:]
            return not data
        self.received += data
        return not data or b"\n" in data

    def end(self, *, late: bool) -> dict[str, Any]:
        """End the process and all that it has started, and return what it has declared."""
        reason = too_slow() if late else self.ending()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)
        os.close(self.result)
        os.close(self.output)
        printed = self.printed.decode(errors="replace").strip()
        try:
            found = json.loads(bytes(self.received).partition(b"\n")[0])
        except ValueError:
            found = Declared(problems=[(reason, "")]).to_json()
        if printed:
            found["problems"] = [
                (text, f"{details}\nIt printed:\n{printed}".strip()) for text, details in found["problems"]
            ]
        return dict(found)

    def ending(self) -> str:
        """How a process ends whose result has arrived, or can no longer arrive."""
        for _ in range(0 if self.received else GRACE):
            done, status = os.waitpid(self.pid, os.WNOHANG)
            if done:
                return ended(status)
            time.sleep(0.01)
        return "it closed the files of the process that imported it"


def forked(points: Sequence[metadata.EntryPoint]) -> list[dict[str, Any]]:
    """What the entry points declare, each imported in a fork of this process, all at the same time."""
    children = [fork(point) for point in points]
    deadline = time.monotonic() + LIMIT
    waiting = {child.result for child in children}
    with selectors.DefaultSelector() as selector:
        for child in children:
            selector.register(child.result, selectors.EVENT_READ, child)
            selector.register(child.output, selectors.EVENT_READ, child)
        while waiting and (left := deadline - time.monotonic()) > 0:
            for key, _ in selector.select(left):
                if key.data.read(key.fd):
                    selector.unregister(key.fd)
                    waiting.discard(key.fd)
    return [child.end(late=child.result in waiting) for child in children]


def fork(point: metadata.EntryPoint) -> Child:
    result, writes = os.pipe()
    output, prints = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writes)
        os.close(prints)
        return Child(pid, result, output)
    try:
        os.setsid()  # so that all that the package starts can be ended
        signal.alarm(int(LIMIT + STARTING) + 1)  # if the process that forked this one is gone by then
        os.dup2(prints, 1)
        os.dup2(prints, 2)
        content = json.dumps(probed(point)).encode() + b"\n"
        while content:
            content = content[os.write(writes, content) :]
    finally:
        os._exit(0)


def too_slow() -> str:
    return f"it was not imported within {LIMIT:g} s; import large libraries inside functions"


def ended(status: int) -> str:
    """How a package ended the process that imported it."""
    code = os.waitstatus_to_exitcode(status)
    how = f"with the exit code {code}" if code >= 0 else f"by {signal.Signals(-code).name}"
    return f"it ended the process that imported it, {how}"
