"""Content keys: short digests of values and of source code."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import json
from pathlib import Path
from typing import Any

from bench.readers.digests import content


def digest(value: Any) -> str:
    """Sixteen hexadecimal digits of a JSON-like value, the same on every machine."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@functools.cache
def code_digest(package: str) -> str:
    """A digest of the Python sources of an importable package or module."""
    spec = importlib.util.find_spec(package)
    roots = [Path(folder) for folder in (spec.submodule_search_locations or ())] if spec else []
    sources = [(path.relative_to(root).as_posix(), content(path)) for root in roots for path in root.rglob("*.py")]
    if spec and spec.origin and not sources:
        sources = [(Path(spec.origin).name, content(Path(spec.origin)))]
    return digest(sorted(sources))
