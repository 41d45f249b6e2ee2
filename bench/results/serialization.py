"""Records as JSON and back: dataclasses with a schema version, and migrations from older versions.

A record is written with the number of its schema. Reading one of an older schema applies `MIGRATIONS`, functions on
plain dictionaries that lead from a schema to the next, before its values are checked against the types of the fields.
"""

from __future__ import annotations

import collections.abc
import dataclasses
import functools
import hashlib
import json
import types
import typing
from dataclasses import MISSING, dataclass
from typing import Any, ClassVar, Self, Union, get_args, get_origin

Plain = dict[str, Any]
Migration = collections.abc.Callable[[Plain], Plain]
NAMES = {str: "a text", bool: "true or false", int: "a whole number", float: "a number", dict: "a table"}


class RecordError(ValueError):
    """What is read is not a record of the expected type, in one sentence."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """The base class of everything that is stored with a schema version."""

    SCHEMA: ClassVar[int] = 1
    MIGRATIONS: ClassVar[collections.abc.Mapping[int, Migration]] = {}  # schema -> what makes the next one of it

    def to_json(self) -> Plain:
        """The fields as JSON's own types; optional fields that are empty are left out."""
        values = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        kept = [field.name for field in dataclasses.fields(self) if required(field) or not empty(values[field.name])]
        return {"schema": self.SCHEMA, **{name: plain(values[name]) for name in kept}}

    @classmethod
    def from_json(cls, values: Any) -> Self:
        """A record of this schema or of an older one."""
        record: Self = decode(cls, migrated(cls, values))
        return record


def migrated(cls: type[Record], values: Any) -> Plain:
    """The values in the current schema; a record without a number is of the first."""
    if not isinstance(values, dict):
        raise RecordError(f"expected a table, found {json.dumps(values)[:40]}")
    schema = values.get("schema", 1)
    if not isinstance(schema, int) or schema < 1:
        raise RecordError(f"schema: expected a whole number from 1, found {json.dumps(schema)[:40]}")
    if schema > cls.SCHEMA:
        raise RecordError(
            f"its schema is {schema}, and this version of affectbench reads up to {cls.SCHEMA}; "
            "install a newer version to read it"
        )
    for number in range(schema, cls.SCHEMA):
        try:
            values = cls.MIGRATIONS[number](values)
        except (KeyError, TypeError, AttributeError) as error:
            raise RecordError(f"not a record of schema {number} ({type(error).__name__}: {error})") from error
    return {name: value for name, value in values.items() if name != "schema"}


def decode(kind: Any, value: Any, where: str = "") -> Any:  # noqa: PLR0911 - one return per type
    """A value of JSON as this type; RecordError with the place where it is none."""
    origin, arguments = get_origin(kind), get_args(kind)
    if kind is Any:
        return value
    if origin in (Union, types.UnionType):
        if value is None and type(None) in arguments:
            return None
        return decode(next(part for part in arguments if part is not type(None)), value, where)
    if dataclasses.is_dataclass(kind):
        return decode_dataclass(kind, value, where)
    if origin is typing.Literal:
        if value not in arguments:
            raise RecordError(f"{where}: expected {' or '.join(arguments)}, found {json.dumps(value)[:40]}")
        return value
    if origin is tuple:
        return tuple(decode(arguments[0], item, f"{where}[{n}]") for n, item in enumerate(checked(list, value, where)))
    if origin is collections.abc.Mapping:
        return {
            name: decode(arguments[1], item, f"{where}.{name}") for name, item in checked(dict, value, where).items()
        }
    return checked(kind, value, where)


def decode_dataclass(cls: Any, value: Any, where: str) -> Any:
    """Its fields by their types; missing ones take their defaults, and unknown ones are refused."""
    values, hints = checked(dict, value, where), hints_of(cls)
    known = {field.name: field for field in dataclasses.fields(cls)}
    start = f"{where}." if where else ""
    for name in values:
        if name not in known:
            raise RecordError(f"unknown key '{start}{name}'")
    for name, field in known.items():
        if name not in values and required(field):
            raise RecordError(f"no key '{start}{name}'")
    return cls(**{name: decode(hints[name], item, f"{start}{name}") for name, item in values.items()})


def required(field: dataclasses.Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def empty(value: Any) -> bool:
    return value is None or (isinstance(value, str | tuple | collections.abc.Mapping) and not value)


@functools.cache
def hints_of(cls: type) -> dict[str, Any]:
    """The types of its fields; a module may import `Mapping` for type checkers only."""
    return typing.get_type_hints(cls, localns={"Mapping": collections.abc.Mapping})


def checked(kind: type, value: Any, where: str) -> Any:
    """The value, if it is of this type."""
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
        return value
    expected = NAMES.get(kind, "a list")
    raise RecordError(f"{where or 'record'}: expected {expected}, found {json.dumps(value)[:40]}")


def plain(value: Any) -> Any:  # noqa: PLR0911 - one return per type
    """JSON's own types: dataclasses, NumPy's numbers, tuples and NaN are translated."""
    if isinstance(value, str | int | None):
        return value
    if isinstance(value, float):
        return value if value - value == 0 else None  # neither NaN nor infinite
    if dataclasses.is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, collections.abc.Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    return value


def to_json(value: Any) -> str:
    """Readable JSON with sorted keys; a number that is not finite becomes null."""
    return json.dumps(plain(value), indent=1, sort_keys=True, allow_nan=False) + "\n"


def line_by_line(record: Plain) -> str:
    """JSON with an entry per line: records are written once per fold, and the encoder in C knows no indentation."""
    return "{\n" + ",\n".join(f"{compact(name)}: {compact(item)}" for name, item in sorted(record.items())) + "\n}\n"


def compact(value: Any) -> str:
    return json.dumps(value, sort_keys=True, allow_nan=False)


def seal(record: Plain) -> str:
    """A digest of the values of a record, whatever its layout."""
    return hashlib.sha256(compact(record).encode()).hexdigest()
