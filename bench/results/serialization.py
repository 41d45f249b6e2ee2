"""Records as JSON and back: dataclasses with a schema version, migrations from older versions, and digests of values.

A record is written with the number of its schema. Reading one of an older schema applies `MIGRATIONS`, functions on
plain dictionaries that lead from a schema to the next, before its values are checked against the types of the fields.

A record in a file of its own is sealed: the file holds the digest of its values. A seal is not a signature: it finds
accidents and careless edits, and nobody who computes it again.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from bench.results.decoding import RecordError, checked, decode, required

Plain = dict[str, Any]
SEAL = "record_sha256"
SCALARS = {str, int, bool, type(None)}
Migration = Callable[[Plain], Plain]


class SealError(RecordError):
    """The values of a record are not those that were written."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """The base class of everything that is stored with a schema version."""

    SCHEMA: ClassVar[int] = 1
    MIGRATIONS: ClassVar[Mapping[int, Migration]] = {}  # schema -> what makes the next one of it
    SEALED: ClassVar[int] = 2  # the first schema that is sealed where it is stored

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

    @classmethod
    def from_sealed(cls, values: Any) -> Self:
        """The record in a file, whose values must be those that were written."""
        return cls.from_json(unsealed(values, range(cls.SEALED, cls.SCHEMA + 1)))


def migrated(cls: type[Record], values: Any) -> Plain:
    """The values in the current schema; a record without a number is of the first."""
    schema = checked(dict, values).get("schema", 1)
    if type(schema) is not int or schema < 1:
        raise RecordError(f"expected a whole number from 1, found {json.dumps(schema)[:40]}", "schema")
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


def empty(value: Any) -> bool:
    return value is None or (isinstance(value, str | tuple | Mapping) and not value)


def plain(value: Any) -> Any:  # noqa: PLR0911 - one return per type
    """JSON's own types: dataclasses, NumPy's numbers, tuples and NaN are translated."""
    if type(value) in SCALARS:
        return value
    if isinstance(value, float):
        return value if value - value == 0 else None  # neither NaN nor infinite
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict | Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if dataclasses.is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
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


def sealed(values: Plain) -> Plain:
    """The values and their digest."""
    return {**values, SEAL: seal(values)}


def unsealed(values: Any, schemas: Collection[int]) -> Plain:
    """The values without their digest, which must be right and which records of these schemas must have."""
    found = dict(checked(dict, values))
    digest = found.pop(SEAL, None)
    if digest is None and found.get("schema") in schemas:
        raise SealError(f"it has no digest ({SEAL})")
    if digest is not None and digest != seal(found):
        raise SealError("its values are not those that were written")
    return found
