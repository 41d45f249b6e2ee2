"""Specs: a plugin and its options as text, such as `late(rule=vote)`, and lists of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_origin

from bench.errors import UsageError
from bench.options import options_of

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Spec:
    """A parsed spec: `late(rule=vote)`, `bandpass(5,15)` or just `loso`."""

    name: str
    values: tuple[str, ...] = ()
    named: tuple[tuple[str, str], ...] = ()

    def options(self, cls: type) -> dict[str, str]:
        """The options by field name; positional values fill the fields in order."""
        known = options_of(cls)
        fields, values = list(known), self.values
        if fields and get_origin(known[fields[-1]].kind) is tuple and len(values) > len(fields):
            values = (*values[: len(fields) - 1], ",".join(values[len(fields) - 1 :]))  # channels(F3,F4)
        if len(values) > len(fields):
            raise UsageError(
                f"{self.name} takes at most {len(fields)} option{'s' if len(fields) != 1 else ''}, not {len(values)}."
            )
        found: dict[str, str] = {}
        for name, value in (*zip(fields, values, strict=False), *self.named):
            if name in found:
                raise UsageError(f"{self.name} is given the option '{name}' twice.")
            found[name] = value
        return found


def split(text: str, separator: str) -> list[str]:
    """Split at separators outside of parentheses."""
    parts, depth, start = [], 0, 0
    for position, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if character == separator and depth == 0:
            parts.append(text[start:position])
            start = position + 1
    return [part.strip() for part in (*parts, text[start:]) if part.strip()]


def specs(text: str, separator: str = ",") -> list[Spec]:
    """`none,late(rule=vote)` as specs; `a | b(1)` with the separator `|`."""
    return [parse_spec(part) for part in split(text, separator)]


def parse_spec(text: str) -> Spec:
    match = re.fullmatch(r"([\w-]+)\s*(?:\((.*)\))?", text.strip())
    if not match:
        raise UsageError(f"Cannot read '{text}'; write a name, or a name with options as in late(rule=vote).")
    values: list[str] = []
    named: list[tuple[str, str]] = []
    for part in split(match[2] or "", ","):
        key, equals, value = part.partition("=")
        if equals:
            named.append((key.strip(), bare(value)))
        elif named:  # stages=1,3: one more value of the option that was named last
            name, before = named.pop()
            named.append((name, f"{before},{bare(part)}"))
        else:
            values.append(bare(part))
    return Spec(match[1], tuple(values), tuple(named))


def bare(text: str) -> str:
    """A value without enclosing quotes or parentheses, which only protect its commas."""
    text = text.strip()
    around = text[:1] + text[-1:]
    return text[1:-1] if around in ("()", "''", '""') and len(text) > 1 else text


def format_spec(name: str, options: Mapping[str, Any]) -> str:
    """The inverse of `parse_spec`."""
    return name + (
        f"({', '.join(f'{key}={format_value(value)}' for key, value in options.items())})" if options else ""
    )


def format_value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple | list):
        return f"({','.join(map(str, value))})"
    if isinstance(value, str) and (value != bare(value) or "," in value):
        return f"({value})"
    return f"{value:g}" if isinstance(value, float) and float(f"{value:g}") == value else str(value)
