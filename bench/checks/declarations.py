"""Checks of what plugins declare: description, options, profiles, refusals; and of commands."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, ClassVar, get_origin

import click

from bench import options
from bench.api import Configurable
from bench.checks.examples.plugins import combination
from bench.errors import BenchError, PluginError
from bench.planning.grid import PROFILES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bench.api import Fusion, Model, Protocol
    from bench.registry import Entry


def built(entry: Entry, values: Mapping[str, Any]) -> Any:
    """The plugin with these options; a command is its target."""
    target = entry.load()
    return target if entry.kind == "command" else options.build(target, values, f"{entry.kind} '{entry.name}'")


def example(entry: Entry) -> Mapping[str, Any]:
    """The options that the plugin declares for its checks."""
    try:
        target = entry.load()
    except BenchError:  # the check `builds` reports it
        return {}
    return target.example if isinstance(target, type) and issubclass(target, Configurable) else {}


def builds(entry: Entry, values: Mapping[str, Any]) -> None:
    """It can be imported and built with its default options, or with those given."""
    built(entry, values)


def about_is_one_sentence(entry: Entry) -> None:
    """Its description is one sentence that ends with a full stop."""
    about = entry.plugin.about
    if not re.fullmatch(r"\S(?:(?![.!?] +[A-Z])[^\n])*\.", about):
        raise PluginError(f"Its description is {about!r}; write one sentence on one line that ends with a full stop.")


def dataclass_is_frozen(plugin: Any) -> None:
    """It is a frozen dataclass."""
    lost = lost_options(type(plugin))
    if lost:
        raise PluginError(
            f"The option{'s' if len(lost) > 1 else ''} {quoted(lost)} of {type(plugin).__name__} would be lost; "
            "add @dataclass(frozen=True) to the class."
        )
    if not type(plugin).__dataclass_params__.frozen:
        raise PluginError(f"{type(plugin).__name__} can be changed after it is built; write @dataclass(frozen=True).")


def lost_options(cls: type) -> list[str]:
    """Annotated fields of classes without the decorator, which inherit the fields of their bases alone."""
    undecorated = [owner for owner in cls.__mro__ if "__dataclass_fields__" not in vars(owner)]
    return [
        name
        for owner in undecorated
        for name, annotation in vars(owner).get("__annotations__", {}).items()
        if (owner is cls or name in vars(owner)) and not is_class_variable(annotation)
    ]


def is_class_variable(annotation: Any) -> bool:
    """Whether an annotation, or its text, is ClassVar."""
    text = annotation if isinstance(annotation, str) else ""
    return get_origin(annotation) is ClassVar or annotation is ClassVar or bool(re.match(r"(\w+\.)?ClassVar\b", text))


def options_are_described(plugin: Any) -> None:
    """Each option has a description."""
    silent = [name for name, option in options.options_of(type(plugin)).items() if not option.about.strip()]
    if silent:
        raise PluginError(
            f"{quoted(silent)} of {type(plugin).__name__} {'have' if len(silent) > 1 else 'has'} no description; "
            f'write {silent[0]}: Annotated[..., "what it means"].'
        )


def spaces_can_be_searched(plugin: Any) -> None:
    """A search can sample its options: inside their ranges, and beside values that others can have."""
    cls, seen = type(plugin), dict[str, options.Option]()
    for name in cls.searched or ():
        if name not in options.options_of(cls):
            raise PluginError(f"searched of {cls.__name__} names '{name}', which is none of its options.")
    for name, option in options.options_of(cls).items():
        limits = option.range
        if limits is not None:
            low, high = limits.sampled or (limits.low, limits.high)
            if not limits.low <= low < high <= limits.high:
                raise PluginError(
                    f"'{name}' is sampled from {low:g} to {high:g}; both must lie within Range({limits.low:g}, "
                    f"{limits.high:g}), the smaller first."
                )
            if limits.log and low <= 0:
                raise PluginError(f"'{name}' is sampled on a logarithmic scale from {low:g}; begin above 0.")
        if option.when is not None:
            other = seen.get(option.when.option)
            if other is None:
                raise PluginError(f"When of '{name}' names '{option.when.option}', which is no option above it.")
            unknown = [value for value in option.when.values if other.choices and value not in other.choices]
            if unknown:
                raise PluginError(
                    f"When of '{name}': '{other.name}' is never {unknown[0]!r}; it takes {other.accepts()}."
                )
        seen[name] = option


def options_survive_a_record(plugin: Any) -> None:
    """Its options are unchanged after they are written to JSON and read back."""
    values = options.values_of(plugin)
    try:
        text = json.dumps(values)
    except (TypeError, ValueError):
        raise PluginError(
            f"Its options {values} cannot be written as JSON; use strings, numbers, booleans and tuples of them."
        ) from None
    again = options.values_of(options.build(type(plugin), json.loads(text), type(plugin).__name__))
    for name, value in values.items():
        if again[name] != value:
            raise PluginError(
                f"The option '{name}' is {value!r}, and {again[name]!r} after it is written to JSON and read back; "
                "annotate it with the type of its values."
            )


def profiles_set_known_options(plugin: Any) -> None:
    """Its profiles set existing options to valid values."""
    cls = type(plugin)
    for profile, changes in cls.profiles.items():
        if profile not in PROFILES:
            raise PluginError(f"There is no profile '{profile}'; the profiles are {quoted(PROFILES)}.")
        try:
            options.build(cls, options.values_of(plugin) | dict(changes), f"Profile '{profile}'")
        except BenchError as error:
            raise PluginError(str(error)) from error


def refusal_is_a_sentence(plugin: Model | Fusion | Protocol) -> None:
    """refuse() returns None or a reason."""
    reason = plugin.refuse(combination(plugin))
    if reason is not None and not (isinstance(reason, str) and reason.strip() and "\n" not in reason):
        raise PluginError(f"refuse() returns {reason!r}; return None, or the reason in one sentence.")


def is_a_click_command(command: Any) -> None:
    """It is a click command."""
    if not isinstance(command, click.Command):
        raise PluginError(f"Its target is {command!r}; it must be a function decorated with @click.command().")


def has_help(command: Any) -> None:
    """It has a help text."""
    if not (getattr(command, "help", None) or "").strip():
        raise PluginError("It has no help text; add a docstring to the function, or pass help= to @click.command().")


def quoted(names: Iterable[str]) -> str:
    """Names in quotes, joined by commas."""
    return ", ".join(f"'{name}'" for name in names)


CHECKS = (
    dataclass_is_frozen,
    options_are_described,
    spaces_can_be_searched,
    options_survive_a_record,
    profiles_set_known_options,
)
OF_COMMANDS = (is_a_click_command, has_help)
