"""The digest that a safetensors file holds of its own bytes."""

from __future__ import annotations

import hashlib

NAME = "sha256"  # in the metadata
BLANK = "0" * 64  # what the digest is computed with in its own place
DAMAGED = "it is damaged: its bytes do not have the digest that it holds"


def with_digest(content: bytes) -> bytes:
    """The bytes of a file whose metadata hold BLANK, with the digest in its place."""
    return content.replace(BLANK.encode(), hashlib.sha256(content).hexdigest().encode(), 1)


def intact(content: bytes, digest: str | None) -> bool:
    """Whether the bytes are those that were written. Files of other programs and older versions hold no digest."""
    if digest is None:
        return True
    return hashlib.sha256(content.replace(digest.encode(), BLANK.encode(), 1)).hexdigest() == digest
