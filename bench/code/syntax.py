"""Source files as syntax trees: a digest that comments, docstrings and layout do not change, and what is imported."""

from __future__ import annotations

import ast
import contextlib
import hashlib
import json
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.readers import file_digests

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = 1  # counts up when a tree is written in another way
_memory: Path | None = None  # the file whose rows are in `_known`
_known: dict[str, Source] = {}  # by SHA-256 of the file
_new: dict[str, Source] = {}  # not in the memory yet


@dataclass(frozen=True)
class Source:
    """A module: the digest of its syntax tree, and the names of the modules that it may import."""

    digest: str
    imports: tuple[str, ...] = ()  # as they are written: `..windows.cut` where the import is relative


def source(path: Path) -> Source:
    """Parse a file, or recall what an earlier process found in a file of the same content."""
    _recall()
    code = path.read_bytes()
    sha256 = hashlib.sha256(code).hexdigest()
    if sha256 not in _known:
        _known[sha256] = _new[sha256] = parse(code) if path.suffix == ".py" else Source(sha256[:16])
    return _known[sha256]


def parse(code: bytes) -> Source:
    """The same digest on every machine; of the bytes where this Python cannot parse them."""
    text: list[str] = []
    imports: list[str] = []
    try:
        write(ast.parse(code), text, imports)
    except (SyntaxError, ValueError, RecursionError):
        return Source(hashlib.sha256(code).hexdigest()[:16])
    written = "".join(text).encode("utf-8", "backslashreplace")
    return Source(hashlib.sha256(written).hexdigest()[:16], tuple(sorted({*imports})))


def write(node: ast.AST, text: list[str], imports: list[str]) -> None:
    """Append a tree as text, without positions, docstrings and what only type checkers see, and what it imports.

    Empty fields are left out, as `ast.dump` of some Python versions does, so that a new version changes nothing.
    """
    text.append(f"{type(node).__name__}(")
    for name in node._fields:
        field = getattr(node, name, None)
        if isinstance(field, ast.AST):
            if name != "ctx":  # follows from where the name stands
                text.append(name)
                write(field, text, imports)
        elif isinstance(field, list):
            items = [item for item in field if not is_nothing(item)] if isinstance(node, ast.JoinedStr) else field
            if items:
                text.append(f"{name}[")
                write_all(items, text, imports)
                text.append("]")
        elif field is not None and name not in {"kind", "type_comment"}:  # they have no effect
            text.append(f"{name}={field!r},")
    text.append(")")


def write_all(items: list[Any], text: list[str], imports: list[str]) -> None:
    for item in items:
        if isinstance(item, ast.If) and names_type_checking(item.test):
            write_all(item.orelse, text, imports)
        elif not isinstance(item, ast.AST):  # a name, or nothing where a dictionary is unpacked
            text.append(f"{item!r},")
        elif not is_text(item):
            if isinstance(item, ast.Import | ast.ImportFrom):
                imports += imported(item)
            write(item, text, imports)


def is_nothing(node: Any) -> bool:
    """An empty text, which Python 3.12 has in some f-strings."""
    return isinstance(node, ast.Constant) and node.value == ""


def is_text(node: Any) -> bool:
    """A docstring, or another text that stands alone and does nothing."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def names_type_checking(test: ast.expr) -> bool:
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (
        isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING"
    )


def imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    """`from .a import b` may import the modules `.a` and `.a.b`."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    base = "." * node.level + (node.module or "")
    return [base, *(f"{base}.{alias.name}" if node.module else base + alias.name for alias in node.names)]


def _recall() -> None:
    """Read the memory when it is another file than before."""
    global _memory  # noqa: PLW0603 - one memory per process, the same as of the contents of files
    path = file_digests.database()
    if path == _memory or path is None or not path.exists():
        return
    _memory = path
    with contextlib.suppress(sqlite3.Error, ValueError), contextlib.closing(sqlite3.connect(path, timeout=10)) as base:
        for sha256, found, imports in base.execute(
            "SELECT sha256, digest, imports FROM source WHERE format = ?", (FORMAT,)
        ):
            _known[sha256] = Source(found, tuple(json.loads(imports)))


def keep() -> None:
    """Write what has been parsed since the last time; a memory that cannot be written costs time, nothing else."""
    path = file_digests.database()
    if path is None or not _new:
        return
    rows = [(sha256, FORMAT, found.digest, json.dumps(found.imports)) for sha256, found in _new.items()]
    _new.clear()
    with contextlib.suppress(sqlite3.Error, OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.closing(sqlite3.connect(path, timeout=10)) as base, base:
            base.execute("PRAGMA synchronous = OFF")
            base.execute(
                "CREATE TABLE IF NOT EXISTS source "
                "(sha256 TEXT, format INTEGER, digest TEXT, imports TEXT, PRIMARY KEY (sha256, format))"
            )
            base.executemany("INSERT OR REPLACE INTO source VALUES (?, ?, ?, ?)", rows)
