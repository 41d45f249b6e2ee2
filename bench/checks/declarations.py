"""What every plugin says of itself: its sentence, its options and its profiles."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from bench import options
from bench.api import Configurable
from bench.errors import BenchError, PluginError
from bench.planning.grid import PROFILES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.registry import Entry


def built(entry: Entry, given: Mapping[str, Any]) -> Any:
    """The plugin with these options; a command is its target."""
    target = entry.load()
    return target if entry.kind == "command" else options.build(target, given, f"{entry.kind} '{entry.name}'")


def example(entry: Entry) -> Mapping[str, Any]:
    """What a plugin with required options is tried with where nobody says otherwise."""
    try:
        target = entry.load()
    except BenchError:  # the check `builds` meets it again, and tells
        return {}
    return target.example if isinstance(target, type) and issubclass(target, Configurable) else {}


def builds(entry: Entry, given: Mapping[str, Any]) -> None:
    """It can be imported, and built from its defaults and the given options."""
    built(entry, given)


def about_is_one_sentence(entry: Entry) -> None:
    """It is announced by one sentence with a full stop."""
    about = entry.plugin.about
    if not re.fullmatch(r"\S(?:(?![.!?] +[A-Z])[^\n])*\.", about):
        raise PluginError(f"It is announced by {about!r}; write one sentence on one line that ends with a full stop.")


def dataclass_is_frozen(plugin: Any) -> None:
    """Its options cannot change after it is built."""
    if not type(plugin).__dataclass_params__.frozen:
        raise PluginError(f"{type(plugin).__name__} can be changed after it is built; write @dataclass(frozen=True).")


def options_are_described(plugin: Any) -> None:
    """Each option has a text that says what it means."""
    silent = [name for name, option in options.options_of(type(plugin)).items() if not option.about.strip()]
    if silent:
        raise PluginError(
            f"{listed(silent)} of {type(plugin).__name__} {'have' if len(silent) > 1 else 'has'} no text; "
            f'write {silent[0]}: Annotated[..., "what it means"].'
        )


def options_survive_a_record(plugin: Any) -> None:
    """Its options are the same after a journey through a record."""
    values = options.values_of(plugin)
    try:
        text = json.dumps(values)
    except (TypeError, ValueError):
        raise PluginError(
            f"Its options {values} cannot be written into a record; "
            "use texts, numbers, truth values and tuples of them."
        ) from None
    again = options.values_of(options.build(type(plugin), json.loads(text), type(plugin).__name__))
    for name, value in values.items():
        if again[name] != value:
            raise PluginError(
                f"The option '{name}' is {value!r} before a record and {again[name]!r} after it; "
                "annotate it with the type of its values."
            )


def profiles_set_known_options(plugin: Any) -> None:
    """Its profiles exist and set options that it has, to values that they take."""
    cls = type(plugin)
    for profile, changes in cls.profiles.items():
        if profile not in PROFILES:
            raise PluginError(f"There is no profile '{profile}'; a plugin may name {listed(PROFILES)}.")
        try:
            options.build(cls, options.values_of(plugin) | dict(changes), f"Profile '{profile}'")
        except BenchError as error:
            raise PluginError(str(error)) from error


def listed(names: Any) -> str:
    """Names in quotes, joined by commas."""
    return ", ".join(f"'{name}'" for name in names)


CHECKS = (dataclass_is_frozen, options_are_described, options_survive_a_record, profiles_set_known_options)
