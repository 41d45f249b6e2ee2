"""A grid: what a person asked for, in the words they typed."""

from __future__ import annotations

import json
import tomllib
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

from bench.errors import UsageError, unknown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PROFILES = ("smoke", "reduced", "paper")


@dataclass(frozen=True)
class Grid:
    """Everything that decides which cells a run has. Lists hold specs such as `late(rule=vote)`."""

    dataset: tuple[str, ...] = ("synthetic",)
    target: tuple[str, ...] = ()  # none named: the first of each data set
    modalities: tuple[str, ...] = ()  # none named: all
    preprocess: str = ""  # a chain of steps, `a | b(5,15)`
    model: tuple[str, ...] = ("logistic",)
    fusion: tuple[str, ...] = ("none", "early", "late")
    protocol: tuple[str, ...] = ("loso",)
    seed: tuple[int, ...] = (0,)
    options: Mapping[str, str] = field(default_factory=dict)  # "model.C" -> "0.1"
    profile: str = "reduced"
    search: int = 0
    baselines: bool = True

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any], source: str) -> Grid:
        """A grid from a file or a suite, with the error that names a key it does not have."""
        known = {item.name: item.default for item in fields(cls)}
        for name in values:
            if name not in known:
                raise unknown(f"key of a grid (in {source})", name, known)
        plain: dict[str, Any] = {
            name: tuple(value)
            if isinstance(value, list | tuple)
            else (value,)
            if isinstance(known[name], tuple)
            else value
            for name, value in values.items()
        }
        if "options" in plain:
            plain["options"] = {str(name): str(value) for name, value in dict(values["options"]).items()}
        grid = cls(**plain)
        if grid.profile not in PROFILES:
            raise unknown("profile", grid.profile, PROFILES)
        if not grid.seed:
            raise UsageError("A run needs one seed or more, as in --seed 0,1,2.")
        return grid

    @classmethod
    def from_toml(cls, path: Path) -> Grid:
        try:
            return cls.from_mapping(tomllib.loads(path.read_text(encoding="utf-8")), str(path))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise UsageError(f"{path} is not TOML as 'bench run --save' writes it: {error}.") from error

    def to_toml(self) -> str:
        """JSON's texts, numbers and lists are TOML's too."""
        values = asdict(self)
        named = values.pop("options")
        lines = [f"{name} = {json.dumps(value)}" for name, value in values.items()]
        return "\n".join(
            [*lines, "", "[options]", *(f"{json.dumps(k)} = {json.dumps(v)}" for k, v in named.items()), ""]
        )
