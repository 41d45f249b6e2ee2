"""Pickles as Python 2 wrote them, protocol 0: texts are the repr of bytes, and arrays are such a text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from typing import BinaryIO

    from bench.api import Array

CHUNK = 1 << 20  # bytes that are escaped at a time
START = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR(I1\n(%st"
KIND = b"cnumpy\ndtype\n(S'%s'\nI0\nI1\ntR(I3\nS'<'\nNNNI-1\nI-1\nI0\ntbI00\n"


def dump(value: Mapping[str, Any], file: BinaryIO) -> None:
    """Write a dict of texts, arrays and dicts."""
    write(value, file)
    file.write(b".")


def write(value: Any, file: BinaryIO) -> None:
    if isinstance(value, Mapping):
        file.write(b"(d")
        for key, item in value.items():
            write(key, file)
            write(item, file)
            file.write(b"s")
    elif isinstance(value, str):
        write_text(value.encode("latin-1"), file)
    else:
        shape = b"".join(b"I%d\n" % length for length in value.shape)
        file.write(START % shape + KIND % value.dtype.str[1:].encode())
        write_text(np.ascontiguousarray(value).tobytes(), file)
        file.write(b"tb")


def write_text(raw: bytes, file: BinaryIO) -> None:
    """Quotes are double where the text has single ones alone, as in Python 2."""
    quote = b'"' if b"'" in raw and b'"' not in raw else b"'"
    table = escapes(quote)
    codes = np.frombuffer(raw, np.uint8)
    file.write(b"S" + quote)
    chunks = (table[codes[start : start + CHUNK]] for start in range(0, len(codes), CHUNK))
    file.writelines(chunk.tobytes().translate(None, b"\0") for chunk in chunks)
    file.write(quote + b"\n")


def escapes(quote: bytes) -> Array:
    """How each byte is written, filled up with zeros, which no escape holds."""
    special = {b"\\": rb"\\", quote: b"\\" + quote, b"\t": rb"\t", b"\n": rb"\n", b"\r": rb"\r"}
    plain = [bytes([code]) if 32 <= code < 127 else rb"\x%02x" % code for code in range(256)]
    return np.array([special.get(bytes([code]), plain[code]) for code in range(256)], dtype="S4").view(np.uint32)
