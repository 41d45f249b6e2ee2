"""What a plugin class and its instances declare, as plain values (JSON)."""

from __future__ import annotations

import dataclasses
import inspect
import json
import types
import typing
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from bench.api import MODULE_OF, Range, When
from bench.errors import BenchError, PluginError
from bench.options import REQUIRED, Option, options_of, values_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.api import Configurable

PLAIN = {"bool": bool, "int": int, "float": float, "str": str, "none": type(None), "path": Path}


def description(cls: type[Configurable]) -> dict[str, Any]:
    """The options of a class, and what it overrides of the contract."""
    values, properties, methods = dict[str, Any](), list[str](), list[str]()
    known = options_of(cls)
    for name in overridden(cls):
        found = inspect.getattr_static(cls, name)
        if name in known:
            continue
        if isinstance(found, property):
            properties.append(name)
        elif callable(found):
            methods.append(name)
        else:
            values[name] = plain(f"{cls.__name__}.{name}", found)
    return {
        "module": cls.__module__,
        "name": cls.__qualname__,
        "text": cls.__doc__,
        "bases": [base.__name__ for base in contract_of(cls)],
        "options": [option_to_json(option) for option in known.values()],
        "values": values,
        "properties": properties,
        "methods": methods,
        "validates": any("__post_init__" in vars(base) for base in own(cls)),
    }


def in_contract(cls: type) -> bool:
    return cls.__name__ in MODULE_OF and cls.__module__ == f"bench.api.{MODULE_OF[cls.__name__]}"


def contract_of(cls: type) -> list[type]:
    """The classes of the contract that it derives from, without those that another one of them derives from."""
    bases = list(filter(in_contract, cls.__mro__))
    return [base for base in bases if not any(base in other.__mro__[1:] for other in bases)]


def own(cls: type) -> list[type]:
    """The classes of the plugin itself, from the most derived one."""
    return [base for base in cls.__mro__ if base is not object and not in_contract(base)]


def overridden(cls: type) -> Iterator[str]:
    """The public names of the contract that the plugin defines anew."""
    contract = {name for base in filter(in_contract, cls.__mro__) for name in names_in(base)}
    mine = {name for base in own(cls) for name in names_in(base)}
    yield from sorted(name for name in contract & mine if not name.startswith("_"))


def names_in(cls: type) -> set[str]:
    return {*vars(cls), *vars(cls).get("__annotations__", {})}


def attributes(plugin: Configurable) -> dict[str, Any]:
    """The values of the properties that an instance overrides; or the error that asking for it raises."""
    found: dict[str, Any] = {}
    for name in description(type(plugin))["properties"]:
        try:
            found[name] = {"value": plain(f"{type(plugin).__name__}.{name}", getattr(plugin, name))}
        except BenchError as error:
            found[name] = {"error": error_to_json(error)}
    return found


def plain(what: str, value: Any) -> Any:
    """The value, if it is made of texts, numbers, tuples and mappings."""
    try:
        return json.loads(json.dumps(value, default=simpler))
    except (TypeError, ValueError):
        raise PluginError(f"{what} is {value!r}; use texts, numbers, tuples and dictionaries of them.") from None


def simpler(value: Any) -> Any:
    """What JSON has no word for, as far as plugins declare it."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Collection):
        return list(value)
    raise TypeError(value)


def restored(value: Any) -> Any:
    """A plain value as plugins write it, with tuples instead of lists."""
    if isinstance(value, list):
        return tuple(map(restored, value))
    return {name: restored(each) for name, each in value.items()} if isinstance(value, dict) else value


def error_to_json(error: BenchError) -> list[str]:
    return [type(error).__name__, str(error)]


def option_to_json(option: Option) -> dict[str, Any]:
    limits = option.range
    default = {} if option.default is REQUIRED else {"default": plain(f"the default of {option.name}", option.default)}
    return {
        "name": option.name,
        "kind": kind_to_json(option.kind),
        "range": [limits.low, limits.high, limits.log, limits.sampled] if limits else None,
        "when": [option.when.option, *option.when.values] if option.when else None,
        "about": option.about,
        **default,
    }


def annotation(option: Mapping[str, Any]) -> Any:
    """The annotation of the field of an option."""
    notes: list[Any] = [str(option["about"])] if option["about"] else []
    if option["when"]:
        notes.insert(0, When(*option["when"]))
    if option["range"]:
        low, high, log, sampled = option["range"]
        notes.insert(0, Range(low, high, log, sampled and tuple(sampled)))
    kind = kind_of(option["kind"])
    return Annotated[(kind, *notes)] if notes else kind


def kind_to_json(kind: Any) -> Any:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return ["literal", *arguments]
    if origin in (Union, types.UnionType):
        return ["union", *map(kind_to_json, arguments)]
    if origin is tuple:
        return ["tuple", kind_to_json(arguments[0])]
    return next((name for name, known in PLAIN.items() if kind is known), "str")


def kind_of(written: Any) -> Any:
    if isinstance(written, str):
        return PLAIN[written]
    shape, *arguments = written
    if shape == "literal":
        return Literal[tuple(arguments)]
    if shape == "tuple":
        return tuple[kind_of(arguments[0]), ...]  # type: ignore[misc]
    return typing.Union[tuple(map(kind_of, arguments))]  # noqa: UP007 - of as many as there are


def instance_to_json(plugin: Configurable) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """The class, the options and the attributes of an instance."""
    return description(type(plugin)), values_of(plugin), attributes(plugin)
