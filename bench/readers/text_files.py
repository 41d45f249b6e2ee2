"""Text, JSON and TOML of others: regular files of a bounded size, and values of a bounded depth."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any

from bench.errors import DataError
from bench.readers.file_checks import format_size, require_regular, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_BYTES = 200 * 10**6
MAX_TOML_BYTES = 20_000  # a grid has a few lines; a dotted key as long as this takes the parser two seconds
MAX_DEPTH = 100  # of containers in containers; records have 8
TOO_DEEP = f"it is nested deeper than {MAX_DEPTH} levels"


def read_text(path: Path, max_bytes: int = MAX_BYTES, *, errors: str = "strict") -> str:
    """UTF-8, with or without a byte order mark."""
    require_regular(path)
    try:
        if path.stat().st_size > max_bytes:
            raise DataError(
                f"{path} has {format_size(path.stat().st_size)}; a text file may have {format_size(max_bytes)}."
            )
        return path.read_text(encoding="utf-8-sig", errors=errors)
    except OSError as error:
        raise unreadable(path, error) from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not text in UTF-8 (byte {error.start}).") from error


def parse_json(text: str) -> Any:
    """The value; ValueError where it is not JSON, or nested too deeply for those who walk through it."""
    try:
        value = json.loads(text)
    except RecursionError:
        raise ValueError(TOO_DEEP) from None
    check_depth(value)
    return value


def parse_toml(text: str) -> dict[str, Any]:
    """The table; ValueError where it is not TOML, or nested too deeply."""
    try:
        table = tomllib.loads(text)
    except RecursionError:
        raise ValueError(TOO_DEEP) from None
    check_depth(table)
    return table


def check_depth(value: Any) -> None:
    level = [value]
    for _ in range(MAX_DEPTH):
        inside = [item.values() if isinstance(item, dict) else item for item in level if isinstance(item, dict | list)]
        level = [item for items in inside for item in items]
        if not level:
            return
    raise ValueError(TOO_DEEP)


def texts(value: Any) -> Iterator[str]:
    """All strings in a JSON-like value, so that control characters can be refused."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inside in value.items():
            yield from (name, *texts(inside))
    elif isinstance(value, list):
        for inside in value:
            yield from texts(inside)
