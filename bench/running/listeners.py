"""Listeners to events of a run. Each package has a process of its own, which no listener can leave."""

from __future__ import annotations

import contextlib
import inspect
import json
import os
import pickle
import select
import signal
import subprocess
import sys
from importlib import metadata
from typing import TYPE_CHECKING, Any, BinaryIO, Self

from bench.discovery import GROUP, implementations, plugin_manager

if TYPE_CHECKING:
    from bench.planning.reporter import Reporter
    from bench.registry import Registry

LIMIT = 30.0  # seconds in which a listener must return
START = (
    "import os, pickle, sys; calls = os.fdopen(os.dup(0), 'rb'); sys.path[:] = pickle.load(calls); "
    "from bench.running.listeners import listen; listen(calls)"
)


class Listeners:
    """Calls the listeners of plugins. What they do affects the run in no way; what fails is a warning."""

    def __init__(self, registry: Registry, reporter: Reporter, limit: float = LIMIT) -> None:
        self.registry, self.reporter, self.limit = registry, reporter, limit
        self.processes: dict[str, ListenerProcess] = {}
        self.ended: set[str] = set()  # packages that are not called again

    def __enter__(self) -> Self:
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        for process in self.processes.values():
            process.close(self.limit if error is None else 0)

    def fire(self, hook: str, **values: Any) -> None:
        """Call the listeners to an event, each with the values that it takes."""
        for package, name in dict.fromkeys(self.registry.listeners):
            if name == hook and package not in self.ended:
                problem = self._call(package, hook, values)
                if problem:
                    self.reporter.warn(f"{package}: {hook} {problem}")

    def _call(self, package: str, hook: str, values: dict[str, Any]) -> str:
        process = self.processes.get(package)
        if process is None:
            process = self.processes[package] = ListenerProcess(package)
        try:
            return process.call(hook, values, self.limit)
        except TimeoutError:
            problem = f"did not return within {self.limit:g} s"
        except (OSError, ValueError):
            problem = "ended its process"
        self.processes.pop(package).close(0)
        self.ended.add(package)
        return f"{problem}; the listeners of this package are not called again in this run"


class ListenerProcess:
    """The process in which the listeners of one package are called."""

    def __init__(self, package: str) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - this interpreter
            [sys.executable, "-P", "-c", START],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C ends the run, which ends this process when it is through
        )
        assert self.process.stdin
        assert self.process.stdout
        self.stdin, self.stdout = self.process.stdin, self.process.stdout
        for value in (sys.path, package):
            pickle.dump(value, self.stdin)

    def call(self, hook: str, values: dict[str, Any], limit: float) -> str:
        """Call the listeners of the package. Returns what went wrong."""
        pickle.dump((hook, values), self.stdin)
        self.stdin.flush()
        if os.name == "posix" and not select.select([self.stdout], [], [], limit)[0]:
            raise TimeoutError
        return str(json.loads(self.stdout.readline()))

    def close(self, limit: float) -> None:
        """Let the process end, and end it after that time."""
        with contextlib.suppress(OSError):
            self.stdin.close()
        try:
            self.process.wait(limit)
        except subprocess.TimeoutExpired:
            if os.name == "posix":
                os.killpg(self.process.pid, signal.SIGKILL)  # with all that the listeners have started
            self.process.kill()
            self.process.wait()
        self.stdout.close()


def listen(calls: BinaryIO) -> None:
    """What the process does: call listeners. What they print goes to standard error."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    manager, module, failed = plugin_manager(), None, ""
    package = pickle.load(calls)  # noqa: S301 - written by the process that started this one
    try:
        module = metadata.EntryPoint(package, package, GROUP).load()
        manager.register(module)
    except BaseException as error:  # noqa: BLE001
        failed = f"cannot be called: {type(error).__name__}: {error}"
    while call := next_call(calls):
        hook, values = call
        problem = failed
        for function in implementations(manager, hook, module):
            try:
                wanted = inspect.signature(function).parameters
                function(**{name: value for name, value in values.items() if name in wanted})
            except BaseException as error:  # noqa: BLE001 - SystemExit as well
                problem = f"raised {type(error).__name__}: {error}"
        print(json.dumps(problem), file=answers, flush=True)


def next_call(calls: BinaryIO) -> tuple[str, dict[str, Any]] | None:
    """The next event; None when the run is over."""
    try:
        hook, values = pickle.load(calls)  # noqa: S301 - as above
    except EOFError:
        return None
    return hook, values
