"""Signals that end a process, so that it can clean up."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def ending(*signals: signal.Signals) -> Iterator[None]:
    """Exit at the first of these, as after Ctrl-C; the next ones change nothing."""

    def exit_now(number: int, _: object) -> None:
        for each in before:
            signal.signal(each, signal.SIG_IGN)
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        sys.exit(128 + number)

    if threading.current_thread() is not threading.main_thread():  # where Python takes no signals
        yield
        return
    heard = [each for each in signals if signal.getsignal(each) is not signal.SIG_IGN]  # as by nohup
    before = {each: signal.signal(each, exit_now) for each in heard}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
