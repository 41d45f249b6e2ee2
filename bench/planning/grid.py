"""A grid: the request of a user, as typed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

from bench.errors import DataError, UsageError, unknown
from bench.readers import text_files
from bench.scoring.objective import NAMES as OBJECTIVES

if TYPE_CHECKING:
    from pathlib import Path

PROFILES = ("smoke", "small", "paper")
MOST_TRIALS = 10_000  # of a search
PRECISIONS = ("fp32", "tf32", "bf16")
CALIBRATIONS = ("none", "threshold", "temperature")


@dataclass(frozen=True)
class Grid:
    """Everything that decides which cells a run has. Lists hold specs such as `late(rule=vote)`."""

    dataset: tuple[str, ...] = ("synthetic",)
    target: tuple[str, ...] = ()  # none named: the first of each data set
    modalities: tuple[str, ...] = ()  # none named: all
    preprocess: str = ""  # a chain of steps, `a | b(5,15)`
    model: tuple[str, ...] = ("logistic",)
    fusion: tuple[str, ...] = ()  # default: those tagged "default" that suit the model
    protocol: tuple[str, ...] = ("loso",)
    seed: tuple[int, ...] = (0,)
    options: Mapping[str, str] = field(default_factory=dict)  # "model.C" -> "0.1"
    profile: str = "small"
    search: int = 0
    baselines: bool = True
    pretrain: tuple[str, ...] = ()  # data sets, or files of weights, that networks learn from before labels
    precision: str = "fp32"  # of networks
    compile: bool = False  # networks
    deterministic: bool = False  # kernels of networks
    calibrate: str = "threshold"  # what inner predictions choose
    objective: str = ""  # the metric that a search maximises; empty for the default of the target

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any], source: str) -> Grid:
        """A grid from a file or a suite; errors name unknown keys and wrong types."""
        known = {item.name: item.default for item in fields(cls)}
        for name in values:
            if name not in known:
                raise unknown(f"key of a grid (in {source})", name, known)
        plain: dict[str, Any] = {}
        for name, value in values.items():
            listed = isinstance(known[name], tuple) and not isinstance(value, list | tuple)
            plain[name] = tuple([value] if listed else value) if isinstance(known[name], tuple) else value
            right, takes = TAKES.get(name, (texts, "texts"))
            if not right(plain[name]):
                raise UsageError(f"The key '{name}' of a grid (in {source}) takes {takes}, not {value!r}.")
        if "options" in plain:
            plain["options"] = flat(values["options"])
        grid = cls(**plain)
        grid.check(source)
        return grid

    def check(self, source: str) -> None:
        """Raise on unknown choices, and on empty lists."""
        for name, choices in (("profile", PROFILES), ("precision", PRECISIONS), ("calibrate", CALIBRATIONS)):
            if getattr(self, name) not in choices:
                raise unknown(name, getattr(self, name), choices)
        if not self.seed:
            raise UsageError("A run needs one seed or more, as in --seed 0,1,2.")
        for name in ("dataset", "model", "protocol"):
            if not getattr(self, name):
                raise UsageError(f"A grid (in {source}) needs a {name}; 'bench list {name}' shows them.")

    def check_objective(self) -> None:
        """Raise where there is no such metric, or no search that it could serve."""
        if self.objective and self.objective not in OBJECTIVES:
            raise unknown("search objective", self.objective, OBJECTIVES)
        if self.objective and not self.search:
            raise UsageError(
                f"--objective {self.objective} is what a search maximises, and there is none; add one, as in "
                "--search 20, or leave out --objective."
            )

    @classmethod
    def from_toml(cls, path: Path) -> Grid:
        try:
            table = text_files.parse_toml(text_files.read_text(path, text_files.MAX_TOML_BYTES))
        except DataError as error:
            raise UsageError(str(error)) from error
        except ValueError as error:
            raise UsageError(f"{path} is not TOML as 'bench run --save' writes it: {error}.") from error
        return cls.from_mapping(table, str(path))

    def to_toml(self) -> str:
        """The inverse of `from_toml`."""
        values = asdict(self)
        named = values.pop("options")
        lines = [f"{name} = {toml(value)}" for name, value in values.items()]
        return "\n".join([*lines, "", "[options]", *(f"{toml(k)} = {toml(v)}" for k, v in named.items()), ""])


def texts(value: Any) -> bool:
    return all(isinstance(item, str) for item in value)


def truth(value: Any) -> bool:
    return isinstance(value, bool)


def count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def is_seed(value: Any) -> bool:
    """Seeds are parts of file names, and of 64 bits in most random number generators."""
    return count(value) and value < 2**64


#: what a key's value must be, and that in words; all others are lists of texts
TAKES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "preprocess": (lambda value: isinstance(value, str), "a text, as in 'zscore | statistics'"),
    "profile": (lambda value: isinstance(value, str), "a text"),
    "seed": (lambda value: all(map(is_seed, value)), "whole numbers"),
    "search": (lambda value: count(value) and value <= MOST_TRIALS, f"a whole number up to {MOST_TRIALS}"),
    "baselines": (truth, "true or false"),
    "precision": (lambda value: isinstance(value, str), "a text"),
    "compile": (truth, "true or false"),
    "deterministic": (truth, "true or false"),
    "calibrate": (lambda value: isinstance(value, str), "a text"),
    "objective": (lambda value: isinstance(value, str), "a text, as in 'auroc'"),
    "options": (lambda value: isinstance(value, Mapping), 'a table, as in "model.C" = "0.1"'),
}


def flat(table: Mapping[str, Any], start: str = "") -> dict[str, str]:
    """Options by dotted names, since TOML reads `model.C = 0.1` as nested tables."""
    found: dict[str, str] = {}
    for name, value in table.items():
        if isinstance(value, Mapping):
            found |= flat(value, f"{start}{name}.")
        else:
            found[f"{start}{name}"] = ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return found


def toml(value: Any) -> str:
    """A value as TOML. JSON literals are valid TOML but for one character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
