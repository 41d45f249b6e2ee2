"""Options of plugins: dataclass fields, set by `-o model.C=0.1` or `svm(C=0.1)`, searched, and recorded."""

from __future__ import annotations

import builtins
import dataclasses
import math
import sys
import types
import typing
from dataclasses import MISSING, dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

from bench.api import Range, When
from bench.errors import PluginError, UsageError, unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

REQUIRED = object()
LARGEST = 18  # decimal exponent of a whole number that is written with one, since 1e999999999 would fill the memory
PLURALS = {int: "whole numbers", float: "numbers", str: "texts"}


@dataclass(frozen=True)
class Option:
    """One field of a plugin's dataclass."""

    name: str
    kind: Any  # the type without its annotations
    default: Any
    range: Range | None = None
    about: str = ""  # the text in Annotated[..., "text"]
    when: When | None = None  # where a search samples it

    @property
    def choices(self) -> tuple[Any, ...]:
        return get_args(self.kind) if get_origin(self.kind) is Literal else ()

    @property
    def searchable(self) -> bool:
        return bool(self.choices) or (self.range is not None and self.kind in (int, float))

    def accepts(self) -> str:
        """The accepted values in words."""
        if self.choices:
            return ", ".join(str(choice) for choice in self.choices)
        return type_name(self.kind) + (f" from {self.range.low:g} to {self.range.high:g}" if self.range else "")


def options_of(cls: Any) -> dict[str, Option]:
    """The options of a plugin class, in the order of its fields."""
    hints = annotations_of(cls)
    found = {}
    for field in (field for field in dataclasses.fields(cls) if field.init):
        kind, notes = hints[field.name], list[Any]()
        if get_origin(kind) is typing.Annotated:
            kind, *notes = get_args(kind)
        default = field.default if field.default is not MISSING else REQUIRED
        if field.default_factory is not MISSING:
            default = field.default_factory()
        limits = next((note for note in notes if isinstance(note, Range)), None)
        about = next((note for note in notes if isinstance(note, str)), "")
        when = next((note for note in notes if isinstance(note, When)), None)
        found[field.name] = Option(field.name, kind, default, limits, about, when)
    return found


@cache
def annotations_of(cls: Any) -> dict[str, Any]:
    """The annotations of fields, each evaluated in the module of the class that defines it.

    A class that declares a field again with the same type, to change its default, inherits the range and the text.
    """
    found: dict[str, Any] = {}
    fields = {field.name for field in dataclasses.fields(cls)}
    for owner in reversed(cls.__mro__):
        mine = {name: text for name, text in vars(owner).get("__annotations__", {}).items() if name in fields}
        holder = types.SimpleNamespace(__annotations__=mine)
        names = vars(sys.modules.get(owner.__module__, builtins))  # stand-ins have types, no texts to be evaluated
        hints = typing.get_type_hints(holder, globalns=names, localns=dict(vars(owner)), include_extras=True)
        annotated = {name: get_args(hint)[0] for name, hint in found.items() if get_origin(hint) is typing.Annotated}
        found |= {name: hint for name, hint in hints.items() if name not in annotated or hint != annotated[name]}
    return found


def build(cls: type, values: Mapping[str, Any], whose: str) -> Any:
    """An instance with these options, parsed where they are strings. Errors name the option."""
    if abstract := sorted(getattr(cls, "__abstractmethods__", ())):
        raise PluginError(f"{whose[0].upper()}{whose[1:]} cannot be built: {cls.__name__} lacks {', '.join(abstract)}.")
    known = options_of(cls)
    for name in values:
        if name not in known:
            raise unknown("option", name, known, of=whose)
    missing = [name for name, option in known.items() if option.default is REQUIRED and name not in values]
    if missing:
        raise UsageError(f"{whose} needs the option '{missing[0]}' ({known[missing[0]].accepts()}).")
    return cls(**{name: parse(known[name], value, whose) for name, value in values.items()})


def parse(option: Option, value: Any, whose: str) -> Any:
    """The value of an option, from a string or a value."""
    try:
        parsed = convert(option.kind, value)
    except ValueError:
        raise UsageError(f"{whose}: '{option.name}' takes {option.accepts()}, not '{value}'.") from None
    if option.range and parsed is not None:
        numbers = parsed if isinstance(parsed, tuple) else (parsed,)
        if not all(option.range.low <= number <= option.range.high for number in numbers):
            raise UsageError(f"{whose}: '{option.name}' takes {option.accepts()}, not {value}.")
    return parsed


def convert(kind: Any, value: Any) -> Any:  # noqa: PLR0911 - one return per type
    """Convert a string or a recorded value to this type; ValueError if that is impossible."""
    origin = get_origin(kind)
    if origin is Literal:
        matches = [choice for choice in get_args(kind) if str(choice) == str(value)]
        if not matches:
            raise ValueError
        return matches[0]
    if origin in (Union, types.UnionType):
        if value is None or str(value).lower() == "none":
            return None
        return convert(next(part for part in get_args(kind) if part is not type(None)), value)
    if origin is tuple:
        parts = [part for part in value.split(",") if part] if isinstance(value, str) else list(value)
        return tuple(convert(get_args(kind)[0], part) for part in parts)
    if kind is bool:
        words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        if str(value).lower() not in words:
            raise ValueError
        return words[str(value).lower()]
    if kind is int:
        return whole(str(value))
    if kind is float:
        return finite(float(str(value)))
    return Path(value) if kind is Path else str(value)


def whole(text: str) -> int:
    """A whole number, which may be written as `1e6` or `3.0`."""
    try:
        return int(text)
    except ValueError:
        try:
            number = Decimal(text)
        except InvalidOperation:
            raise ValueError from None
    if not number.is_finite() or number.adjusted() > LARGEST or number != number.to_integral_value():
        raise ValueError
    return int(number)


def finite(number: float) -> float:
    if not math.isfinite(number):
        raise ValueError
    return number


def type_name(kind: Any) -> str:
    """A type in words."""
    if get_origin(kind) is Literal:
        return " or ".join(str(choice) for choice in get_args(kind))
    if get_origin(kind) is tuple:
        inner = get_args(kind)[0]
        many = f"{type_name(inner)}," if get_origin(inner) is Literal else PLURALS.get(inner, "values")
        return f"{many} joined by commas"
    if get_origin(kind) in (Union, types.UnionType):
        return " or ".join("none" if part is type(None) else type_name(part) for part in get_args(kind))
    words = {bool: "true or false", int: "a whole number", float: "a number", str: "a text", Path: "a file"}
    return words.get(kind, str(kind))


def values_of(plugin: Any) -> dict[str, Any]:
    """The options of an instance as plain values, for records."""
    return {name: plain(getattr(plugin, name)) for name in options_of(type(plugin))}


def plain(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    return list(value) if isinstance(value, tuple) else value


def files_of(plugin: Any) -> dict[str, Path]:
    """The files that options name: those of the type `Path`. Workers may read them."""
    values = {name: getattr(plugin, name) for name in options_of(type(plugin))}
    return {name: value.absolute() for name, value in values.items() if isinstance(value, Path)}


def changed(plugin: Any) -> dict[str, Any]:
    """The options of an instance that differ from their defaults."""
    return {
        name: getattr(plugin, name)
        for name, option in options_of(type(plugin)).items()
        if getattr(plugin, name) != option.default
    }


def searchable(cls: type, fixed: Iterable[str]) -> dict[str, Option]:
    """The options that a search explores: those with a range or choices that are not fixed."""
    left_alone = set(fixed)
    explored = getattr(cls, "searched", None)
    return {
        name: option
        for name, option in options_of(cls).items()
        if option.searchable and name not in left_alone and (explored is None or name in explored)
    }
