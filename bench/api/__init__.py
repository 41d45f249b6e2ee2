"""The contract of plugins: everything that a plugin imports, except `bench.errors`, `bench.readers` and, for networks,
`bench.training`.

A plugin module implements hooks (`bench.hookspecs`) that return `Plugin` records. Each record names a class: a frozen
dataclass derived from `Dataset`, `Preprocessor`, `Model`, `Fusion`, `Protocol`, `Suite` or `Executor`. The fields of
the dataclass are the plugin's options: users set them with `-o model.C=0.1`, a search varies them, and the results
record them.

Two parts of the contract that few plugins need are imported by name: `bench.api.papers` and `bench.api.simulation`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.api.arrays import Array as Array
    from bench.api.arrays import Rows as Rows
    from bench.api.datasets import Card as Card
    from bench.api.datasets import Dataset as Dataset
    from bench.api.executors import Executor as Executor
    from bench.api.executors import Job as Job
    from bench.api.executors import Parcel as Parcel
    from bench.api.executors import RunInfo as RunInfo
    from bench.api.executors import Shipment as Shipment
    from bench.api.executors import TaskInfo as TaskInfo
    from bench.api.executors import cores as cores
    from bench.api.fusion import Fusion as Fusion
    from bench.api.labels import LabelRule as LabelRule
    from bench.api.labels import Threshold as Threshold
    from bench.api.labels import ThresholdName as ThresholdName
    from bench.api.models import Combination as Combination
    from bench.api.models import Estimator as Estimator
    from bench.api.models import Inputs as Inputs
    from bench.api.models import Model as Model
    from bench.api.models import Regressor as Regressor
    from bench.api.models import TargetType as TargetType
    from bench.api.networks import InputSpec as InputSpec
    from bench.api.networks import Phase as Phase
    from bench.api.networks import Staged as Staged
    from bench.api.plugin import KINDS as KINDS
    from bench.api.plugin import Configurable as Configurable
    from bench.api.plugin import Plugin as Plugin
    from bench.api.plugin import Range as Range
    from bench.api.plugin import When as When
    from bench.api.plugin import hookimpl as hookimpl
    from bench.api.preprocessing import Extractor as Extractor
    from bench.api.preprocessing import PreprocessingPreset as PreprocessingPreset
    from bench.api.preprocessing import Preprocessor as Preprocessor
    from bench.api.preprocessing import Scaling as Scaling
    from bench.api.preprocessing import Scope as Scope
    from bench.api.preprocessing import StimulusFeatures as StimulusFeatures
    from bench.api.pretraining import Pretrainable as Pretrainable
    from bench.api.protocols import Fold as Fold
    from bench.api.protocols import Protocol as Protocol
    from bench.api.recordings import Recording as Recording
    from bench.api.recordings import Segment as Segment
    from bench.api.recordings import Signal as Signal
    from bench.api.sklearn import SklearnModel as SklearnModel
    from bench.api.suites import Suite as Suite
    from bench.api.windows import LabelledWindows as LabelledWindows
    from bench.api.windows import Windows as Windows

#: module -> the names that it defines; a module is imported when one of its names is first used
MODULES = {
    "plugin": ("KINDS", "Configurable", "Plugin", "Range", "When", "hookimpl"),
    "recordings": ("Recording", "Segment", "Signal"),
    "datasets": ("Card", "Dataset"),
    "labels": ("LabelRule", "Threshold", "ThresholdName"),
    "preprocessing": (
        "Extractor", "PreprocessingPreset", "Preprocessor", "Scaling", "Scope", "StimulusFeatures",
    ),
    "windows": ("LabelledWindows", "Windows"),
    "models": ("Combination", "Estimator", "Inputs", "Model", "Regressor", "TargetType"),
    "sklearn": ("SklearnModel",),
    "networks": ("InputSpec", "Phase", "Staged"),
    "pretraining": ("Pretrainable",),
    "fusion": ("Fusion",),
    "protocols": ("Fold", "Protocol"),
    "suites": ("Suite",),
    "executors": ("Executor", "Job", "Parcel", "RunInfo", "Shipment", "TaskInfo", "cores"),
    "arrays": ("Array", "Rows"),
}  # fmt: skip
MODULE_OF = {name: module for module, names in MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in MODULE_OF:
        raise AttributeError(f"module 'bench.api' has no attribute '{name}'")
    return getattr(import_module(f"bench.api.{MODULE_OF[name]}"), name)


def __dir__() -> list[str]:
    return sorted(MODULE_OF)
