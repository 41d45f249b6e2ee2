"""The harness as a worker sees it: calls with plain values, and their replies."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Protocol

from bench.errors import TaskError
from bench.worker import payload

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bench.api import Array
    from bench.worker.wire import Wire


class Harness(Protocol):
    """Answers the calls of a worker. `kind` is what is called; values are JSON, arrays are numbers."""

    def call(self, kind: str, values: Mapping[str, Any], arrays: Sequence[Array] = ()) -> Any:
        """The reply."""


class Work(Protocol):
    """What a worker does; it is sent by the harness."""

    def run(self, harness: Harness, scratch: Path) -> None:
        """Do it. Files may be written in `scratch` alone."""


class RemoteHarness:
    """The harness in another process."""

    def __init__(self, wire: Wire) -> None:
        self.wire, self.process = wire, os.getpid()

    def send(self, kind: str, values: Mapping[str, Any], arrays: Sequence[Array] = ()) -> None:
        if os.getpid() != self.process:  # a copy of the worker, which a plugin has forked and not ended
            os._exit(1)
        self.wire.send(kind, values, arrays)

    def call(self, kind: str, values: Mapping[str, Any], arrays: Sequence[Array] = ()) -> Any:
        self.send(kind, values, arrays)
        reply = self.wire.receive()
        if reply.kind == "refused":
            raise TaskError(str(reply.values["message"]))
        return payload.unpacked(reply.values, reply.descriptors)
