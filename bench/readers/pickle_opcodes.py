"""The opcodes of pickles that `PickleMachine` executes: those of data and of the names that NumPy writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.readers.pickle_machine import PickleMachine, RefusedError, check_key

if TYPE_CHECKING:
    from collections.abc import Callable


def run(machine: PickleMachine) -> Any:
    """Execute a pickle; returns the only object that is left on the stack."""
    while (opcode := machine.read_exactly(1)) != b".":
        step = OPCODES.get(opcode)
        if step is None:
            at = machine.file.tell() - 1
            if opcode in REFUSED_OPCODES:
                raise RefusedError(f"is not a pickle of plain data: byte {at} {REFUSED_OPCODES[opcode]}.")
            raise RefusedError(f"is not a valid pickle (unknown opcode at byte {at}).")
        step(machine)
    if machine.file.read(1):
        raise RefusedError("has trailing bytes: it is not a single pickle.")
    (result,) = machine.stack
    if machine.outer_stacks:
        raise ValueError(machine.outer_stacks)
    return result


def parse_integer(line: bytes) -> int | bool:
    """`I00` and `I01` are truth values."""
    return line == b"01" if line in (b"00", b"01") else int(line)


def decode_escaped(line: bytes) -> str:
    return line.decode("raw-unicode-escape")


OPCODES: dict[bytes, Callable[[PickleMachine], Any]] = {
    b"\x80": lambda m: m.number("B"),
    b"\x95": lambda m: m.number("<Q"),
    b"(": PickleMachine.mark,
    b"0": PickleMachine.pop,
    b"1": PickleMachine.pop_mark,
    b"2": lambda m: m.push(m.stack[-1]),
    b"N": lambda m: m.push(None),
    b"\x88": lambda m: m.push(True),
    b"\x89": lambda m: m.push(False),
    b"I": lambda m: m.push(parse_integer(m.line())),
    b"L": lambda m: m.push(int(m.line().removesuffix(b"L"))),
    b"J": lambda m: m.push(m.number("<i")),
    b"K": lambda m: m.push(m.number("B")),
    b"M": lambda m: m.push(m.number("<H")),
    b"\x8a": lambda m: m.push(int.from_bytes(m.read_exactly(m.number("B")), "little", signed=True)),
    b"\x8b": lambda m: m.push(int.from_bytes(m.read_exactly(m.number("<I")), "little", signed=True)),
    b"F": lambda m: m.push(float(m.line())),
    b"G": lambda m: m.push(m.number(">d")),
    b"S": lambda m: m.push_string(m.quoted()),
    b"T": lambda m: m.push_string(m.read_exactly(m.number("<I"))),
    b"U": lambda m: m.push_string(m.read_exactly(m.number("B"))),
    b"B": lambda m: m.push(m.read_exactly(m.number("<I"))),
    b"C": lambda m: m.push(m.read_exactly(m.number("B"))),
    b"\x8e": lambda m: m.push(m.read_exactly(m.number("<Q"))),
    b"\x96": lambda m: m.push(bytearray(m.read_exactly(m.number("<Q")))),
    b"V": lambda m: m.push(decode_escaped(m.line(m.size + 1))),
    b"X": lambda m: m.push(m.read_exactly(m.number("<I")).decode("utf-8", "surrogatepass")),
    b"\x8c": lambda m: m.push(m.read_exactly(m.number("B")).decode("utf-8", "surrogatepass")),
    b"\x8d": lambda m: m.push(m.read_exactly(m.number("<Q")).decode("utf-8", "surrogatepass")),
    b")": lambda m: m.push(()),
    b"\x85": lambda m: m.tuple_of(1),
    b"\x86": lambda m: m.tuple_of(2),
    b"\x87": lambda m: m.tuple_of(3),
    b"t": lambda m: m.push(tuple(m.pop_mark())),  # `pop_mark` changes the stack before `push` is looked up
    b"]": lambda m: m.push([]),
    b"l": lambda m: m.push(m.pop_mark()),
    b"a": lambda m: m.extend([m.stack.pop()]),
    b"e": lambda m: m.extend(m.pop_mark()),
    b"}": lambda m: m.push({}),
    b"d": PickleMachine.new_dict,
    b"s": lambda m: m.update(m.pair()),
    b"u": lambda m: m.update(m.pop_mark()),
    b"\x8f": lambda m: m.push(set()),
    b"\x90": lambda m: m.add(m.pop_mark()),
    b"\x91": lambda m: m.push(frozenset(map(check_key, m.pop_mark()))),
    b"p": lambda m: m.memo.__setitem__(int(m.line()), m.stack[-1]),
    b"q": lambda m: m.memo.__setitem__(m.number("B"), m.stack[-1]),
    b"r": lambda m: m.memo.__setitem__(m.number("<I"), m.stack[-1]),
    b"\x94": lambda m: m.memo.__setitem__(len(m.memo), m.stack[-1]),
    b"g": lambda m: m.push(m.memo[int(m.line())]),
    b"h": lambda m: m.push(m.memo[m.number("B")]),
    b"j": lambda m: m.push(m.memo[m.number("<I")]),
    b"c": lambda m: m.push_name(m.line().decode("latin1"), m.line().decode("latin1")),
    b"\x93": lambda m: m.push_name(*m.pair()),
    b"R": PickleMachine.call,
    b"b": PickleMachine.build,
    b"i": PickleMachine.old_instance,
}
REFUSED_OPCODES = {
    **dict.fromkeys((b"P", b"Q", b"\x97", b"\x98"), "refers to an object outside the file"),
    **dict.fromkeys((b"\x82", b"\x83", b"\x84"), "refers to a registered class"),
    **dict.fromkeys((b"o", b"\x81", b"\x92"), "creates an object of a class"),
}
