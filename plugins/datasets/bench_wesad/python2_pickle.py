"""A writer of pickles as of Python 2, protocol 0: text is the repr of bytes, and so are arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from typing import BinaryIO

    from bench.api import Array

CHUNK = 1 << 20  # bytes that are escaped at once
ARRAY_START = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR(I1\n(%st"
ARRAY_DTYPE = b"cnumpy\ndtype\n(S'%s'\nI0\nI1\ntR(I3\nS'<'\nNNNI-1\nI-1\nI0\ntbI00\n"


def dump(value: Mapping[str, Any], file: BinaryIO) -> None:
    """Write a dict of text, arrays and dicts."""
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
        file.write(ARRAY_START % shape + ARRAY_DTYPE % value.dtype.str[1:].encode())
        write_text(np.ascontiguousarray(value).tobytes(), file)
        file.write(b"tb")


def write_text(raw: bytes, file: BinaryIO) -> None:
    """In double quotes where the text has only single quotes, as in Python 2."""
    quote = b'"' if b"'" in raw and b'"' not in raw else b"'"
    table = escapes(quote)
    codes = np.frombuffer(raw, np.uint8)
    file.write(b"S" + quote)
    chunks = (table[codes[start : start + CHUNK]] for start in range(0, len(codes), CHUNK))
    file.writelines(chunk.tobytes().translate(None, b"\0") for chunk in chunks)
    file.write(quote + b"\n")


def escapes(quote: bytes) -> Array:
    """The escape of each byte, padded with zeros, which are not part of any escape."""
    special = {b"\\": rb"\\", quote: b"\\" + quote, b"\t": rb"\t", b"\n": rb"\n", b"\r": rb"\r"}
    plain = [bytes([code]) if 32 <= code < 127 else rb"\x%02x" % code for code in range(256)]
    return np.array([special.get(bytes([code]), plain[code]) for code in range(256)], dtype="S4").view(np.uint32)
