"""Download of one file over HTTP: resumed after interruptions, retried, and taken from the next URL where one fails."""

from __future__ import annotations

import http.client
import shutil
import socket
import ssl
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import bench
from bench.data.acquisition.partial_file import PartialFile
from bench.data.acquisition.sizes import format_size
from bench.errors import DataError, StorageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bench.readers import Download

    OnProgress = Callable[[int, int], None]  # received bytes and total, or 0 where unknown; may raise to stop
    Pause = Callable[[float], None]

MAX_TRIES = 5  # in a row that receive nothing new
FIRST_WAIT = 1.0  # seconds before the second try, doubled before each further one
MAX_WAIT = 60.0
TIMEOUT = 30.0  # seconds without a byte after which a connection counts as lost
CHUNK = 1 << 18
RETRIED_STATUS = (408, 425, 429, 500, 502, 503, 504)
STATUS_TEXTS = {
    401: "requires a login (401)",
    403: "refuses access (403)",
    404: "does not have the file (404)",
    410: "no longer has the file (410)",
}


class FailedError(Exception):
    """A URL does not provide the file; the text is the reason."""


class RetryError(Exception):
    """Another try may succeed; the text is the reason."""

    def __init__(self, text: str, wait: float = 0.0) -> None:
        super().__init__(text)
        self.wait = wait


class RedirectHandler(urllib.request.HTTPRedirectHandler):
    """Follows redirects, except from an encrypted to an unencrypted URL."""

    def redirect_request(self, req: Any, *rest: Any) -> Any:
        url = rest[-1]
        if req.type == "https" and not url.startswith("https:"):
            raise FailedError(f"redirects to {url}, which is not encrypted")
        return super().redirect_request(req, *rest)


def fetch(download: Download, target: Path, on_progress: OnProgress, pause: Pause) -> str:
    """Download a file completely or not at all; returns its SHA-256. `NAME.part` keeps what was received so far."""
    part = PartialFile(target)
    reasons = []
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        for url in download.urls:
            try:
                return receive(url, download, part, on_progress, pause)
            except FailedError as error:
                reasons.append(f"{url} {error}")
    except OSError as error:
        raise StorageError(f"Cannot write {target}: {error.strerror or error}.") from error
    if not part.size:
        part.discard()
    kept = " What was received is kept; the same command continues from there." if part.size else ""
    raise DataError(f"Cannot download {download.file}: {'; '.join(reasons) or 'no URL is known'}.{kept}")


def receive(url: str, download: Download, part: PartialFile, on_progress: OnProgress, pause: Pause) -> str:
    """Download from one URL until the file is complete and verified."""
    tries, largest = 0, part.size
    while True:
        resumed = part.size > 0
        try:
            if not (download.size and part.size == download.size):
                attempt(url, download, part, on_progress)
            return part.finish(download.sha256)
        except ValueError as error:  # the digest differs
            part.discard()
            if not resumed:
                raise FailedError(f"provides a different file: {error}") from None
            reason, wait = str(error), 0.0
        except RetryError as error:
            reason, wait = str(error), error.wait
        tries = 1 if part.size > largest else tries + 1
        largest = max(largest, part.size)
        if tries == MAX_TRIES:
            raise FailedError(f"failed {MAX_TRIES} times in a row, most recently because {reason}")
        pause(min(max(wait, FIRST_WAIT * 2 ** (tries - 1)), MAX_WAIT))


def attempt(url: str, download: Download, part: PartialFile, on_progress: OnProgress) -> None:
    """One request, which continues the partial file if the file on the server is unchanged."""
    if not url.startswith(("https:", "http:")):
        raise FailedError("is not an HTTP URL")
    start, validator = part.resume_point(url, has_digest=bool(download.sha256))
    headers = {"User-Agent": f"affectbench/{bench.__version__}", "Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    if validator:
        headers["If-Range"] = validator
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - the scheme is checked above
    try:
        with urllib.request.build_opener(RedirectHandler).open(request, timeout=TIMEOUT) as response:
            if response.status != http.client.PARTIAL_CONTENT:
                start = 0
            elif not part.is_continued_by(response.headers, start, validator):
                part.discard()
                raise RetryError("the file changed during the download")
            refuse_pages(response.headers.get("Content-Type", ""), download.file)
            total = total_size(response, start, download)
            require_space(part, total - start)
            part.begin(url, response.headers, start)
            write(response, part, download, lambda size: on_progress(size, total))
            if total and part.size < total:
                raise RetryError(f"the connection was lost after {part.size} of {total} bytes")
    except urllib.error.HTTPError as error:
        raise_for_status(error, part)
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError, ssl.SSLError) as error:
        reason = getattr(error, "reason", error)
        if isinstance(reason, ssl.SSLCertVerificationError):
            raise FailedError(f"has an untrusted certificate ({reason.verify_message})") from None
        raise RetryError(describe(reason)) from None


def describe(reason: object) -> str:
    """A lost connection in words."""
    if isinstance(reason, socket.gaierror):
        return "its server was not found; is this machine online?"
    return f"of {type(reason).__name__}: {reason}"


def write(response: Any, part: PartialFile, download: Download, on_progress: Callable[[int], None]) -> None:
    """Append to the partial file; refuses a web page that is sent in place of the file."""
    with part.file.open("ab", buffering=0) as out:
        written = part.size
        while chunk := response.read1(CHUNK):
            if not written and chunk.lstrip()[:14].lower().startswith((b"<!doctype html", b"<html")):
                refuse_pages("text/html", download.file)
            out.write(chunk)
            written += len(chunk)
            on_progress(written)


def refuse_pages(kind: str, file: str) -> None:
    if kind.partition(";")[0].strip().lower() == "text/html" and not file.lower().endswith((".html", ".htm")):
        raise FailedError(
            "sends a web page in place of the file; open the URL in a browser, download the file there, "
            "and register it with 'bench data link'"
        )


def total_size(response: Any, start: int, download: Download) -> int:
    """The bytes of the whole file; 0 where unknown."""
    declared = response.headers.get("Content-Length", "")
    total = start + int(declared) if declared.isdecimal() else 0
    if total and download.size and total != download.size:
        raise FailedError(f"has a file of {total} bytes; the published file has {download.size}")
    return total or download.size


def require_space(part: PartialFile, more: int) -> None:
    free = shutil.disk_usage(part.file.parent).free
    if more > free:
        raise StorageError(
            f"{part.target.name} needs {format_size(more)} more, and {part.file.parent} has {format_size(free)} left; "
            "free some space, or name another folder with --data."
        )


def raise_for_status(error: urllib.error.HTTPError, part: PartialFile) -> None:
    """Raise according to the status of a response without the file, unless the partial file is complete already."""
    if error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
        if error.headers.get("Content-Range", "").rpartition("/")[2] == str(part.size):
            return  # complete already
        part.discard()
        raise RetryError("the file became shorter than what was received of it") from None
    if error.code in RETRIED_STATUS:
        wait = error.headers.get("Retry-After", "")
        seconds = float(wait) if wait.isdecimal() else 0.0
        raise RetryError(f"of the response {error.code} {error.reason}", seconds) from None
    raise FailedError(STATUS_TEXTS.get(error.code, f"responds with {error.code} {error.reason}")) from None
