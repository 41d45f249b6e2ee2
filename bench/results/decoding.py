"""Values of JSON as typed Python values: dataclasses, tuples, mappings, optional values and literals."""

from __future__ import annotations

import collections.abc
import dataclasses
import functools
import json
import types
import typing
from dataclasses import MISSING
from typing import Any, Union, get_args, get_origin

Decoder = collections.abc.Callable[[Any], Any]
NAMES = {str: "a text", bool: "true or false", int: "a whole number", float: "a number", dict: "a table",
         list: "a list"}  # fmt: skip


class RecordError(ValueError):
    """A value is not of the expected type; the message begins with its place, as in `audit.verdict`."""

    def __init__(self, message: str, place: str = "") -> None:
        super().__init__(message, place)
        self.message, self.place = message, place

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message

    def inside(self, name: str) -> RecordError:
        """The same error, seen from the container of the value."""
        return RecordError(self.message, name + ("." if self.place[:1] not in ("", "[") else "") + self.place)


def decode(kind: Any, value: Any) -> Any:
    """A value of JSON as this type."""
    return decoder(kind)(value)


@functools.cache
def decoder(kind: Any) -> Decoder:  # noqa: PLR0911 - one return per type
    """A function that decodes values of a type; made once, since records are read for every fold."""
    origin, arguments = get_origin(kind), get_args(kind)
    if kind is Any:
        return lambda value: value
    if origin in (Union, types.UnionType):
        [some] = [part for part in arguments if part is not type(None)]
        inner = decoder(some)
        return lambda value: None if value is None else inner(value)
    if dataclasses.is_dataclass(kind):
        return dataclass_decoder(kind)
    if origin is typing.Literal:
        return functools.partial(one_of, arguments)
    if origin is tuple:
        return functools.partial(items, decoder(arguments[0]))
    if origin is collections.abc.Mapping:
        return functools.partial(entries, decoder(arguments[1]))
    return functools.partial(checked, kind)


def dataclass_decoder(cls: Any) -> Decoder:
    """Missing fields take their defaults; unknown ones are refused."""
    hints = typing.get_type_hints(cls, localns={"Mapping": collections.abc.Mapping})  # some import it for mypy only
    fields = {field.name: decoder(hints[field.name]) for field in dataclasses.fields(cls)}
    needed = [field.name for field in dataclasses.fields(cls) if required(field)]

    def decode_fields(value: Any) -> Any:
        values = {}
        for name, item in checked(dict, value).items():
            if name not in fields:
                raise RecordError("unknown key", name)
            try:
                values[name] = fields[name](item)
            except RecordError as error:
                raise error.inside(name) from None
        for name in needed:
            if name not in values:
                raise RecordError("missing key", name)
        return cls(**values)

    return decode_fields


def items(decode_item: Decoder, value: Any) -> tuple[Any, ...]:
    found = []
    for number, item in enumerate(checked(list, value)):
        try:
            found.append(decode_item(item))
        except RecordError as error:
            raise error.inside(f"[{number}]") from None
    return tuple(found)


def entries(decode_item: Decoder, value: Any) -> dict[str, Any]:
    found = {}
    for name, item in checked(dict, value).items():
        try:
            found[name] = decode_item(item)
        except RecordError as error:
            raise error.inside(name) from None
    return found


def one_of(choices: tuple[str, ...], value: Any) -> Any:
    if value not in choices:
        raise RecordError(f"expected {' or '.join(choices)}, found {json.dumps(value)[:40]}")
    return value


def checked(kind: type, value: Any) -> Any:
    """The value, if it is of this type."""
    if type(value) is kind:
        return value
    if kind is float and type(value) is int:
        return float(value)
    raise RecordError(f"expected {NAMES[kind]}, found {json.dumps(value)[:40]}")


def required(field: dataclasses.Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING
