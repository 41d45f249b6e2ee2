"""One file over HTTP: resumed where it was cut, tried again, taken from the next address where one fails."""

from __future__ import annotations

import http.client
import shutil
import socket
import ssl
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import bench
from bench.data.acquisition.part import Part
from bench.data.acquisition.sizes import size
from bench.errors import DataError, StorageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bench.readers import Download

    Tell = Callable[[int, int], None]  # bytes that are there, and in all or 0; may raise to stop
    Pause = Callable[[float], None]

TRIES = 5  # in a row that bring nothing new
WAIT = 1.0  # seconds before the second try, doubled before each further one
LONGEST_WAIT = 60.0
SILENCE = 30.0  # seconds without a byte after which a connection counts as cut
CHUNK = 1 << 18
REFUSALS = {401: "asks for a login (401)", 403: "refuses it (403)", 404: "does not have it (404)"}
PASSING = (408, 425, 429, 500, 502, 503, 504)  # answers that may be others in a moment


class FailedError(Exception):
    """An address does not give the file; the text says why."""


class AgainError(Exception):
    """Another try may succeed; the text says what happened."""

    def __init__(self, text: str, wait: float = 0.0) -> None:
        super().__init__(text)
        self.wait = wait


class Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects, but never from an encrypted address to one that anybody on the way can change."""

    def redirect_request(self, req: Any, *rest: Any) -> Any:
        url = rest[-1]
        if req.type == "https" and not url.startswith("https:"):
            raise FailedError(f"leads to {url}, which is not encrypted")
        return super().redirect_request(req, *rest)


def fetch(download: Download, target: Path, tell: Tell, pause: Pause) -> str:
    """Bring a file to its place, complete or not at all; gives its SHA-256. `NAME.part` keeps what came so far."""
    part = Part(target)
    reasons = []
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        for url in download.urls:
            try:
                return receive(url, download, part, tell, pause)
            except FailedError as error:
                reasons.append(f"{url} {error}")
    except OSError as error:
        raise StorageError(f"Cannot write {target}: {error.strerror or error}.") from error
    if not part.size:
        part.discard()
    kept = " What has arrived is kept; the same command goes on from there." if part.size else ""
    raise DataError(f"Cannot download {download.file}: {'; '.join(reasons) or 'no address is known'}.{kept}")


def receive(url: str, download: Download, part: Part, tell: Tell, pause: Pause) -> str:
    """From one address, until it is complete and right."""
    tries, most = 0, part.size
    while True:
        resumed = part.size > 0
        try:
            if not (download.size and part.size == download.size):
                attempt(url, download, part, tell)
            return part.finish(download.sha256)
        except ValueError as error:  # not what the owners published
            part.discard()
            if not resumed:
                raise FailedError(f"gives another file: {error}") from None
            reason, wait = str(error), 0.0
        except AgainError as error:
            reason, wait = str(error), error.wait
        tries = 1 if part.size > most else tries + 1
        most = max(most, part.size)
        if tries == TRIES:
            raise FailedError(f"failed {TRIES} times in a row, at last because {reason}")
        pause(min(max(wait, WAIT * 2 ** (tries - 1)), LONGEST_WAIT))


def attempt(url: str, download: Download, part: Part, tell: Tell) -> None:
    """One request, which goes on from what is there if the server's file is still the same."""
    if not url.startswith(("https:", "http:")):
        raise FailedError("is not an address of the web")
    start, validator = part.resumable(url, trusted=bool(download.sha256))
    headers = {"User-Agent": f"affectbench/{bench.__version__}", "Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    if validator:
        headers["If-Range"] = validator
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - the scheme is checked above
    try:
        with urllib.request.build_opener(Redirects).open(request, timeout=SILENCE) as answer:
            if answer.status != http.client.PARTIAL_CONTENT:
                start = 0
            elif not part.continues(answer.headers, start, validator):
                part.discard()
                raise AgainError("the file has changed since its first part came")
            refuse_pages(answer.headers.get("Content-Type", ""), download.file)
            total = length(answer, start, download)
            require_space(part, total - start)
            part.begin(url, answer.headers, start)
            write(answer, part, download, lambda there: tell(there, total))
            if total and part.size < total:
                raise AgainError(f"the connection was cut after {part.size} of {total} bytes")
    except urllib.error.HTTPError as error:
        explain(error, part)
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError, ssl.SSLError) as error:
        reason = getattr(error, "reason", error)
        if isinstance(reason, ssl.SSLCertVerificationError):
            raise FailedError(f"has a certificate that cannot be trusted ({reason.verify_message})") from None
        raise AgainError(why(reason)) from None


def why(reason: object) -> str:
    """A lost connection in words."""
    if isinstance(reason, socket.gaierror):
        return "its server was not found; is this machine on the network?"
    return f"of {type(reason).__name__}: {reason}"


def write(answer: Any, part: Part, download: Download, tell: Callable[[int], None]) -> None:
    """Append what comes; the first bytes tell a web page that is sent in place of the file."""
    with part.file.open("ab", buffering=0) as out:
        written = part.size
        while chunk := answer.read1(CHUNK):
            if not written and chunk.lstrip()[:14].lower().startswith((b"<!doctype html", b"<html")):
                refuse_pages("text/html", download.file)
            out.write(chunk)
            written += len(chunk)
            tell(written)


def refuse_pages(kind: str, file: str) -> None:
    if kind.partition(";")[0].strip().lower() == "text/html" and not file.lower().endswith((".html", ".htm")):
        raise FailedError(
            "answers with a web page in place of the file; open it in a browser to see what it asks for, "
            "and link what you get there with 'bench data link'"
        )


def length(answer: Any, start: int, download: Download) -> int:
    """How many bytes the whole file has, 0 where nobody says."""
    told = answer.headers.get("Content-Length", "")
    total = start + int(told) if told.isdecimal() else 0
    if total and download.size and total != download.size:
        raise FailedError(f"has a file of {total} bytes, not of {download.size} as its owners published it")
    return total or download.size


def require_space(part: Part, more: int) -> None:
    free = shutil.disk_usage(part.file.parent).free
    if more > free:
        raise StorageError(
            f"{part.target.name} needs {size(more)} more, and {part.file.parent} has {size(free)} left; "
            "free some space, or name another folder with --data."
        )


def explain(error: urllib.error.HTTPError, part: Part) -> None:
    """What an answer other than the file means."""
    if error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
        if error.headers.get("Content-Range", "").rpartition("/")[2] == str(part.size):
            return  # all of it had come before
        part.discard()
        raise AgainError("the file has become shorter than what came of it before") from None
    if error.code in PASSING:
        wait = error.headers.get("Retry-After", "")
        raise AgainError(f"of the answer {error.code} {error.reason}", float(wait) if wait.isdecimal() else 0) from None
    words = {
        401: "asks for a login (401)",
        403: "refuses it (403)",
        404: "does not have it (404)",
        410: "has it no longer (410)",
    }
    raise FailedError(words.get(error.code, f"answers {error.code} {error.reason}")) from None
