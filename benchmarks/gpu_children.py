"""Processes that measure one thing each, and what is known of one that did not end well."""

import json
import os
import signal
import subprocess
import tempfile


def run_child(name, command, seconds, out):
    """The object that the command printed last, as JSON; {"note": REASON} where there is none.

    A command that fails leaves what it wrote to stderr in errors.txt.
    """
    with tempfile.TemporaryFile() as printed, tempfile.TemporaryFile() as errors:
        child = subprocess.Popen(command, stdout=printed, stderr=errors, start_new_session=True)
        try:
            code = child.wait(seconds)
            reason = f"killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        except subprocess.TimeoutExpired:
            code, reason = None, f"no result after {seconds:.0f} s"
        finally:
            end(child)
        row = last_object(text(printed)) if code is not None and code >= 0 else None
        if code or row is None:
            out.mkdir(parents=True, exist_ok=True)
            with (out / "errors.txt").open("a") as file:
                file.write(f"== {name}: {reason}\n{text(errors)}\n")
    return row or {"note": reason}


def end(child):
    """Kill what is left of it, with its own children; one that the driver holds is left behind."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait(5)
    except (ProcessLookupError, subprocess.TimeoutExpired):
        pass


def text(file):
    file.seek(0)
    return file.read().decode(errors="replace")


def last_object(printed):
    lines = [line for line in printed.splitlines() if line.startswith("{")]
    return json.loads(lines[-1]) if lines else None
