"""Pickles, read as data: a machine of its own that knows the opcodes of data and the names of numpy, nothing else.

Python's own unpickler calls whatever a file names, and even where names are checked, crafted files make it hash nested
tuples until the stack is gone, set attributes of functions, or fill memory. Here nothing is looked up or called.
"""

from __future__ import annotations

import codecs
import io
import struct
import warnings
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from bench.errors import DataError
from bench.readers import disguises, pickled_arrays
from bench.readers.pickled_arrays import NAMES, Name

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PIECE = 1 << 20  # bytes of a line that are read at once
LONG = 1000  # bytes from which the data of an array are not made a text first
DEPTH = 100  # containers in containers
KEYS = (str, bytes, int, float, type(None))  # what may be a key: a tuple could be nested until hashing it never ends
PLAIN = (*KEYS, bytearray, np.ndarray, np.generic, np.dtype)
BROKEN = (ValueError, TypeError, LookupError, struct.error, OverflowError, MemoryError, ArithmeticError, Warning)


def load(path: Path) -> Any:
    """The data in a pickle, a Python 2 `str` as text in Latin-1."""
    disguises.refuse(path, "a pickle")
    try:
        size = path.stat().st_size
        with path.open("rb", buffering=PIECE) as file, warnings.catch_warnings():
            warnings.simplefilter("error")
            return Machine(file, size).run()
    except OSError as error:
        raise disguises.unreadable(path, error) from error
    except Refusal as error:
        raise DataError(f"{path} {error}") from None
    except EOFError:
        raise DataError(f"{path} ends in the middle: the download is incomplete; get it again.") from None
    except BROKEN as error:
        raise DataError(f"{path} is not a sound pickle: it is damaged ({type(error).__name__}).") from error


class Refusal(Exception):  # noqa: N818 - reads as what happened
    """The end of a sentence that begins with the name of the file."""


class Machine:
    """A stack, marks in it, and a memo."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self.file, self.size = file, size
        self.stack: list[Any] = []
        self.marks: list[list[Any]] = []
        self.memo: dict[int, Any] = {}
        self.arrays = pickled_arrays.Maker(4 * size + 65536)

    def run(self) -> Any:
        while (code := self.exactly(1)) != b".":
            step = STEPS.get(code)
            if step is None:
                place = self.file.tell() - 1
                raise Refusal(f"is not a pickle of data: byte {place} asks for {STRANGE.get(code, 'what is unknown')}.")
            step(self)
        if self.file.read(1):
            raise Refusal("goes on after the end of its data: it is not one pickle.")
        (result,) = self.stack
        if self.marks:
            raise ValueError(self.marks)
        checked(result)
        return result

    # ------------------------------------------------------------------------ bytes

    def exactly(self, count: int) -> bytes:
        if count > self.size:  # asks for more than there can be: no memory is taken for it
            raise EOFError
        data = self.file.read(count)
        if len(data) != count:
            raise EOFError
        return data

    def number(self, form: str) -> Any:
        return struct.unpack(form, self.exactly(struct.calcsize(form)))[0]

    def line(self, limit: int = 65536) -> bytes:
        """A line without its end; lines as long as an array are read by `quoted`."""
        line = self.file.readline(limit)
        if line[-1:] != b"\n":
            raise EOFError if len(line) < limit else ValueError(limit)
        return line[:-1]

    def quoted(self) -> bytes:
        """A line in quotes with escapes, in pieces, since one may hold a third of the file."""
        done = io.BytesIO()
        quote = self.exactly(1)
        if quote not in (b"'", b'"'):
            raise ValueError(quote)
        rest = b""
        while True:
            piece = rest + self.file.readline(PIECE)
            if len(piece) == len(rest):
                raise EOFError
            if piece[-1:] == b"\n":
                break
            end = whole(piece[:-1])  # the last byte may be the quote at the end
            rest = piece[end:]
            done.write(codecs.escape_decode(piece[:end])[0])
        if piece[-2:-1] != quote:
            raise ValueError(quote)
        done.write(codecs.escape_decode(piece[:-2])[0])
        return done.getvalue()

    # ------------------------------------------------------------------------ stack

    def push(self, value: Any) -> None:
        self.stack.append(value)

    def string(self, data: bytes) -> None:
        """A Python 2 `str`. What stands where an array has its data stays bytes: no second copy is made."""
        is_data = len(self.stack) == 4 and isinstance(self.stack[2], np.dtype) and len(data) > LONG
        self.push(data if is_data else data.decode("latin1"))

    def marked(self) -> list[Any]:
        """Take what lies above the last mark, and the mark."""
        items = self.stack
        self.stack = self.marks.pop()
        return items

    def mark(self) -> None:
        self.marks.append(self.stack)
        self.stack = []

    def tuple_of(self, count: int) -> None:
        items = [self.stack.pop() for _ in range(count)]
        self.push(tuple(reversed(items)))

    def pop(self) -> None:
        if self.stack:
            self.stack.pop()
        else:
            self.stack = self.marks.pop()

    def extend(self, items: list[Any]) -> None:
        self.top(list).extend(items)

    def update(self, items: list[Any]) -> None:
        target = self.top(dict)
        for key, value in zip(items[::2], items[1::2], strict=True):
            target[checked_key(key)] = value

    def add(self, items: list[Any]) -> None:
        self.top(set).update(map(checked_key, items))

    def top(self, kind: type) -> Any:
        if type(self.stack[-1]) is not kind:
            raise TypeError(kind)
        return self.stack[-1]

    def pair(self) -> list[Any]:
        value, key = self.stack.pop(), self.stack.pop()
        return [key, value]

    def new_dict(self) -> None:
        items = self.marked()
        self.push({})
        self.update(items)

    # ------------------------------------------------------------------------ names

    def name(self, module: Any, name: Any) -> None:
        """Only what arrays are written with; nothing is imported, whatever it is called."""
        found = NAMES.get((module, name)) if isinstance(module, str) and isinstance(name, str) else None
        if found is None:
            raise Refusal(f"names {shown(module)}.{shown(name)}, which is not data; it was not executed.")
        self.push(found)

    def call(self) -> None:
        arguments, name = self.stack.pop(), self.stack.pop()
        if not isinstance(name, Name) or type(arguments) is not tuple:
            raise TypeError(name)
        self.push(self.arrays.call(name, arguments))

    def build(self) -> None:
        state = self.stack.pop()
        self.arrays.build(self.stack[-1], state)

    def old_instance(self) -> None:
        module, name = self.line().decode("latin1"), self.line().decode("latin1")
        raise Refusal(f"names {shown(module)}.{shown(name)}, which is not data; it was not executed.")


def whole(piece: bytes) -> int:
    r"""Where a piece may be cut without cutting an escape, which is at most four bytes long: `\x41`."""
    last = piece.rfind(b"\\", max(0, len(piece) - 4))
    if last < 0:
        return len(piece)
    before = piece[: last + 1]
    odd = (len(before) - len(before.rstrip(b"\\"))) % 2
    return last if odd else len(piece)


def integer(line: bytes) -> int | bool:
    """`I01` is how a truth value was written."""
    return {b"00": False, b"01": True}.get(line) if line in (b"00", b"01") else int(line)  # type: ignore[return-value]


def checked_key(key: Any) -> Any:
    if not isinstance(key, KEYS):
        raise Refusal(f"has a key that is no text or number but a {type(key).__name__}: it is not a data set's.")
    return key


def checked(result: Any) -> None:
    """Only data came out, and not so deep that who walks through it runs out of stack."""
    seen: set[int] = set()
    level = [result]
    for _ in range(DEPTH):
        inner: list[Any] = []
        for each in level:
            if isinstance(each, (dict, list, tuple, set, frozenset)):
                if id(each) not in seen:
                    seen.add(id(each))
                    inner.extend(each.values() if isinstance(each, dict) else each)
            elif not isinstance(each, PLAIN):
                raise Refusal("holds the name of a type where data belong.")
        if not inner:
            return
        level = inner
    raise Refusal(f"is nested deeper than {DEPTH} levels: it is not a data set's.")


def shown(name: Any) -> str:
    """A name from a file, without what would disturb a terminal."""
    return "".join(sign if sign.isprintable() else "?" for sign in str(name)[:80]) if isinstance(name, str) else "?"


def unescaped(line: bytes) -> str:
    return line.decode("raw-unicode-escape")


STEPS: dict[bytes, Callable[[Machine], Any]] = {
    b"\x80": lambda m: m.number("B"),
    b"\x95": lambda m: m.number("<Q"),
    b"(": Machine.mark,
    b"0": Machine.pop,
    b"1": Machine.marked,
    b"2": lambda m: m.push(m.stack[-1]),
    b"N": lambda m: m.push(None),
    b"\x88": lambda m: m.push(True),
    b"\x89": lambda m: m.push(False),
    b"I": lambda m: m.push(integer(m.line())),
    b"L": lambda m: m.push(int(m.line().removesuffix(b"L"))),
    b"J": lambda m: m.push(m.number("<i")),
    b"K": lambda m: m.push(m.number("B")),
    b"M": lambda m: m.push(m.number("<H")),
    b"\x8a": lambda m: m.push(int.from_bytes(m.exactly(m.number("B")), "little", signed=True)),
    b"\x8b": lambda m: m.push(int.from_bytes(m.exactly(m.number("<I")), "little", signed=True)),
    b"F": lambda m: m.push(float(m.line())),
    b"G": lambda m: m.push(m.number(">d")),
    b"S": lambda m: m.string(m.quoted()),
    b"T": lambda m: m.string(m.exactly(m.number("<I"))),
    b"U": lambda m: m.string(m.exactly(m.number("B"))),
    b"B": lambda m: m.push(m.exactly(m.number("<I"))),
    b"C": lambda m: m.push(m.exactly(m.number("B"))),
    b"\x8e": lambda m: m.push(m.exactly(m.number("<Q"))),
    b"\x96": lambda m: m.push(bytearray(m.exactly(m.number("<Q")))),
    b"V": lambda m: m.push(unescaped(m.line(m.size + 1))),
    b"X": lambda m: m.push(m.exactly(m.number("<I")).decode("utf-8", "surrogatepass")),
    b"\x8c": lambda m: m.push(m.exactly(m.number("B")).decode("utf-8", "surrogatepass")),
    b"\x8d": lambda m: m.push(m.exactly(m.number("<Q")).decode("utf-8", "surrogatepass")),
    b")": lambda m: m.push(()),
    b"\x85": lambda m: m.tuple_of(1),
    b"\x86": lambda m: m.tuple_of(2),
    b"\x87": lambda m: m.tuple_of(3),
    b"t": lambda m: m.push(tuple(m.marked())),  # `marked` changes the stack before `push` is looked up
    b"]": lambda m: m.push([]),
    b"l": lambda m: m.push(m.marked()),
    b"a": lambda m: m.extend([m.stack.pop()]),
    b"e": lambda m: m.extend(m.marked()),
    b"}": lambda m: m.push({}),
    b"d": Machine.new_dict,
    b"s": lambda m: m.update(m.pair()),
    b"u": lambda m: m.update(m.marked()),
    b"\x8f": lambda m: m.push(set()),
    b"\x90": lambda m: m.add(m.marked()),
    b"\x91": lambda m: m.push(frozenset(map(checked_key, m.marked()))),
    b"p": lambda m: m.memo.__setitem__(int(m.line()), m.stack[-1]),
    b"q": lambda m: m.memo.__setitem__(m.number("B"), m.stack[-1]),
    b"r": lambda m: m.memo.__setitem__(m.number("<I"), m.stack[-1]),
    b"\x94": lambda m: m.memo.__setitem__(len(m.memo), m.stack[-1]),
    b"g": lambda m: m.push(m.memo[int(m.line())]),
    b"h": lambda m: m.push(m.memo[m.number("B")]),
    b"j": lambda m: m.push(m.memo[m.number("<I")]),
    b"c": lambda m: m.name(m.line().decode("latin1"), m.line().decode("latin1")),
    b"\x93": lambda m: m.name(*m.pair()),
    b"R": Machine.call,
    b"b": Machine.build,
    b"i": Machine.old_instance,
}
STRANGE = {
    b"P": "an object outside the file",
    b"Q": "an object outside the file",
    b"\x97": "an object outside the file",
    b"\x98": "an object outside the file",
    b"\x82": "a registered class",
    b"\x83": "a registered class",
    b"\x84": "a registered class",
    b"o": "an object of a class",
    b"\x81": "an object of a class",
    b"\x92": "an object of a class",
}
