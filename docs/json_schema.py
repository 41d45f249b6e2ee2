"""The JSON Schema of leaderboard.json, from the dataclasses of its rows."""

from __future__ import annotations

import collections.abc
import dataclasses
import json
import types
import typing
from typing import Any, Union, get_args, get_origin

from bench.results.decoding import required
from bench.results.row_record import ComparisonRecord, RowRecord

DIALECT = "https://json-schema.org/draft/2020-12/schema"
NAMES = {str: "string", bool: "boolean", int: "integer", float: "number"}


class Definitions:
    """The dataclasses that a schema names, each once."""

    def __init__(self) -> None:
        self.found: dict[str, Any] = {}

    def of(self, kind: Any) -> dict[str, Any]:  # noqa: PLR0911 - one return per type, as in bench.results.decoding
        origin, arguments = get_origin(kind), get_args(kind)
        if kind is Any:
            return {}
        if origin in (Union, types.UnionType):
            [some] = [part for part in arguments if part is not type(None)]
            return {"anyOf": [self.of(some), {"type": "null"}]}
        if dataclasses.is_dataclass(kind):
            return self.named(kind)
        if origin is typing.Literal:
            return {"enum": list(arguments)}
        if origin is tuple:
            return {"type": "array", "items": self.of(arguments[0])}
        if origin is collections.abc.Mapping:
            return {"type": "object", "additionalProperties": self.of(arguments[1])}
        return {"type": NAMES[kind]}

    def named(self, kind: Any) -> dict[str, Any]:
        if kind.__name__ not in self.found:
            self.found[kind.__name__] = {}  # as it may hold itself
            self.found[kind.__name__] = record(kind, self)
        return {"$ref": f"#/$defs/{kind.__name__}"}


def record(cls: Any, definitions: Definitions) -> dict[str, Any]:
    """Fields without a default are required."""
    hints = typing.get_type_hints(cls, localns={"Mapping": collections.abc.Mapping})
    fields = dataclasses.fields(cls)
    return {
        "type": "object",
        "properties": {field.name: definitions.of(hints[field.name]) for field in fields},
        "required": [field.name for field in fields if required(field)],
        "additionalProperties": False,
    }


def schema() -> str:
    definitions = Definitions()
    head, row = (record(cls, definitions) for cls in (ComparisonRecord, RowRecord))
    added = {"schema": {"const": RowRecord.SCHEMA}, "title": {"type": "string"}, "metric": {"type": "string"},
             "beats": {"type": "string"}}  # fmt: skip
    found = {
        "$schema": DIALECT,
        "title": "leaderboard.json: a row of a comparison per item",
        "type": "array",
        "items": {
            "type": "object",
            "properties": {**added, **head["properties"], **row["properties"]},
            "required": sorted({*added, *head["required"], *row["required"]}),
            "additionalProperties": False,
        },
        "$defs": dict(sorted(definitions.found.items())),
    }
    return json.dumps(found, indent=1, sort_keys=True) + "\n"
