"""The contract: what a plugin author imports, and all of it.

A plugin module implements hooks (`bench.hookspecs`) that return `Plugin` records. A record's target
names a class below; it is imported only when a run needs it. Every such class is a frozen dataclass,
and its fields are its options: `-o model.C=0.1` sets them, `Range` and `Literal` annotations are what
a search explores, and the record of a run keeps their values.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal
from typing import Protocol as Structural

import pluggy

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    Array = npt.NDArray[Any]
    Rows = npt.NDArray[np.intp]

hookimpl = pluggy.HookimplMarker("bench")

KINDS = ("dataset", "preprocessor", "model", "fusion", "protocol", "suite", "executor")


@dataclass(frozen=True)
class Plugin:
    """One thing that can be asked for by name."""

    name: str  # what people type: lower case, digits, hyphens
    target: str  # "package.module:Class", imported only when needed
    about: str  # one sentence for `bench list`
    tags: tuple[str, ...] = ()  # "baseline" on a model: run beside every comparison


@dataclass(frozen=True)
class Range:
    """The values that a number may take, and where a search looks: `Annotated[float, Range(1e-3, 1e3, log=True)]`."""

    low: float
    high: float
    log: bool = False


class Configurable:
    """Something whose dataclass fields are its options."""

    #: what `--profile smoke|reduced|paper` changes: {"smoke": {"people": 4}}
    profiles: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    #: what `bench check` sets where options are required: {"low": 5, "high": 15}
    example: ClassVar[Mapping[str, Any]] = {}


# ------------------------------------------------------------------------------------------- data


@dataclass(frozen=True, eq=False)
class Signal:
    """One modality of a recording."""

    values: Array  # (channels, time), NaN where the sensor gave nothing
    rate: float  # samples per second
    unit: str = ""
    channels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Segment:
    """A stretch of a recording with one condition; windows never straddle two."""

    start: float  # seconds from the start of the recording
    stop: float
    trial: str  # unique within its recording
    targets: Mapping[str, str]  # target -> class; a missing target means: not labelled
    stimulus: str = ""  # what was shown, where that is something other than the label itself
    ratings: Mapping[str, float] = field(default_factory=dict)  # numbers that a `LabelRule` makes classes of


@dataclass(frozen=True, eq=False)
class Recording:
    """One person, one session. Its segments are in order of time and do not overlap."""

    subject: str
    signals: Mapping[str, Signal]  # modality -> signal; all start at second 0
    segments: Sequence[Segment]
    session: str = "1"
    left_out: Mapping[str, int] = field(default_factory=dict)  # reason -> how many trials are not in it


@dataclass(frozen=True)
class Card:
    """What a person should know before using a data set."""

    title: str
    home: str
    licence: str
    citation: str
    access: str = "open"  # or: where to ask for it, and what for
    defects: tuple[str, ...] = ()
    size: str = "unknown"  # of the download, and unpacked
    counts: tuple[str, ...] = ()  # lines: people, trials, seconds per class


class LabelRule(ABC):
    """How ratings become classes, where that depends on the ratings of other trials."""

    #: what `learn` sees: ratings of the training part alone, or of everybody (which the audit calls leaky)
    scope: Literal["train", "everything"] = "train"

    @property
    def about(self) -> str:
        """The rule in words, which tables show: 'arousal is high above the mean'."""
        return type(self).__name__

    @property
    def needs(self) -> tuple[str, ...]:
        """The ratings that it uses; a trial without one of them has no label. Empty: all there are."""
        return ()

    @abstractmethod
    def learn(self, subjects: Array, ratings: Mapping[str, Array]) -> Any:
        """What to remember from trials, one entry each: who gave which ratings."""

    @abstractmethod
    def label(self, subjects: Array, ratings: Mapping[str, Array], learnt: Any) -> Array:
        """The class number of each trial."""


class Dataset(Configurable, ABC):
    """What was recorded."""

    card: ClassVar[Card]

    @property
    def simulated(self) -> bool:
        """Said in every record and on the leaderboard."""
        return False

    @property
    def fitted_on_everything(self) -> tuple[str, ...]:
        """What was computed from all people before any fold was drawn."""
        return ()

    @property
    @abstractmethod
    def modalities(self) -> tuple[str, ...]:
        """The modalities, known before a file is read."""

    @property
    @abstractmethod
    def targets(self) -> Mapping[str, tuple[str, ...]]:
        """Target -> its classes, the positive one last; the first is the default; none where it is for pre-training."""

    @abstractmethod
    def subjects(self) -> Sequence[str]:
        """The people, in a fixed order."""

    @abstractmethod
    def load(self, subject: str) -> Sequence[Recording]:
        """The recordings of one person."""

    @abstractmethod
    def digest(self) -> str:
        """A text that changes whenever `load` would give other values (options and code are added to it)."""

    @property
    def stimulus_modalities(self) -> tuple[str, ...]:
        """Those modalities that are one vector per stimulus, such as features of a song; used where asked for."""
        return ()

    def stimulus_vectors(self, modality: str) -> tuple[Sequence[str], Mapping[str, Array]]:
        """Names of the columns, and the vector of each stimulus of `Segment.stimulus`."""
        return (), {}

    def rule(self, target: str) -> LabelRule | None:
        """How the ratings of segments become classes of that target; None where segments say their class."""
        return None

    def left_out(self) -> Mapping[str, int]:
        """What no recording holds, and why: reason -> how many (people, files); trials are told by recordings."""
        return {}


@dataclass(frozen=True)
class Stretch:
    """What a simulated person goes through for a while."""

    start: float  # seconds
    stop: float
    arousal: float  # -1 calm, 0 neutral, 1 excited
    valence: float = 0.0  # -1 unpleasant, 1 pleasant


@dataclass(frozen=True)
class Script:
    """One session of a simulated person; the same script gives the same signals."""

    seed: int
    subject: str
    session: str
    seconds: float
    stretches: Sequence[Stretch]
    signals: Mapping[str, tuple[float, int]]  # ecg, eda, bvp, eeg, emg, resp, temp or acc -> rate, channels


Simulate = Callable[[Script], Mapping[str, "Array"]]  # signal -> (channels, time) in mV, uS, a.u., uV, %, degC, g


class Simulator(Dataset):
    """A data set whose physiology can be asked for; stand-ins for real data sets are written from it."""

    @abstractmethod
    def simulate(self, script: Script) -> Mapping[str, Array]:
        """Signals of one session: ecg and emg in mV, eda in uS, bvp in a.u., eeg in uV, resp in %, temp in degC,
        acc in g.
        """


#: How much of the data a step looks at to change one sample: its own window, the past of the
#: recording, the whole session of the person (transductive), or several people (leaky).
Scope = Literal["window", "past", "session", "everything"]


class Preprocessor(Configurable, ABC):
    """A step that changes one recording, or all recordings of one person."""

    @property
    def scope(self) -> Scope:
        """The cautious default: say so where a step looks at less."""
        return "session"

    @abstractmethod
    def apply(self, recording: Recording) -> Recording:
        """The changed recording; the given one stays as it is. Gaps (NaN) stay gaps."""

    def apply_all(self, recordings: Sequence[Recording]) -> Sequence[Recording]:
        """All recordings of one person; override it where they are looked at together."""
        return [self.apply(recording) for recording in recordings]


class Scaling(Configurable, ABC):
    """A step whose numbers are learnt in each fold, from the windows of its training part."""

    @abstractmethod
    def learn(self, chunks: Iterator[Array]) -> tuple[Array, Array]:
        """What to take from each channel, and what to divide it by, from chunks of windows (n, channels, time)."""


class Recipe(Configurable, ABC):
    """A named chain of steps for each modality."""

    @property
    def window(self) -> Mapping[str, float]:
        """What `-o window.*` is where nobody says otherwise."""
        return {}

    @abstractmethod
    def chains(self, dataset: Dataset) -> Mapping[str, str]:
        """Modality -> the chain as people type it, for the modalities it speaks of, whether or not they are there."""


class Extractor(Configurable, ABC):
    """A feature table: one vector per window and modality, computed from that window alone."""

    @abstractmethod
    def extract(self, windows: Array, rate: float, modality: str, channels: Sequence[str]) -> tuple[list[str], Array]:
        """Names and values (n, features) for windows (n, channels, time)."""


# -------------------------------------------------------------------------------------- estimators


class Windows(Structural):
    """Windows as an estimator sees them: who, when and what was measured, but no labels."""

    subject: Array  # one entry per window, as the five below
    session: Array
    trial: Array  # unique over the whole data set
    stimulus: Array
    start: Array  # seconds from the start of the recording
    stop: Array

    def __len__(self) -> int: ...

    @property
    def modalities(self) -> tuple[str, ...]:
        """What was measured."""

    def features(self, modality: str = "") -> Array:
        """(n, features) of one modality; it may be left out where there is only one."""

    def feature_names(self, modality: str = "") -> tuple[str, ...]:
        """The columns of `features`."""

    def signals(self, modality: str = "") -> Array:
        """(n, channels, time) of one modality, gathered from the recordings."""

    def rate(self, modality: str = "") -> float:
        """Samples per second of `signals`."""

    def only(self, modality: str) -> Windows:
        """The same windows with one modality."""

    def merged(self) -> Windows:
        """The same windows with all modalities joined into one, features or channels side by side."""


class LabelledWindows(Windows, Structural):
    """Windows of a training or validation part."""

    labels: Array  # class numbers
    classes: tuple[str, ...]


class Estimator(Structural):
    """Something that learns from one part and predicts another. `parameters()` may tell its size."""

    def fit(self, train: LabelledWindows, validation: LabelledWindows | None) -> None:
        """Learn. The validation part is there only if the model says that it `validates`."""

    def predict_proba(self, windows: Windows) -> Array:
        """(n, classes), each row from its own window alone."""


@dataclass(frozen=True)
class Combination:
    """What a plugin is asked about before a file is read: does it make sense together?"""

    dataset: Dataset
    target: str
    modalities: tuple[str, ...]
    model: Model
    fusion: Fusion
    protocol: Protocol


class Model(Configurable, ABC):
    """What one branch is made of."""

    #: what it learns from: feature vectors, signals, or only who and when (a baseline)
    inputs: ClassVar[Literal["features", "signals", "index"]] = "features"
    validates: ClassVar[bool] = False  # whether `fit` wants a validation part set aside
    devices: ClassVar[tuple[str, ...]] = ("cpu",)

    @abstractmethod
    def estimator(self, seed: int, device: str) -> Estimator:
        """A fresh estimator whose randomness comes from the seed alone."""

    def refuse(self, combination: Combination) -> str | None:
        """Why this model makes no sense here, or None."""
        return None


class Fusion(Configurable, ABC):
    """Where branches meet: `merge` before a model, or `combine` after one model per modality."""

    #: a fusion that takes one modality at a time gives one row per modality
    one_modality: ClassVar[bool] = False

    @property
    def held_out_parts(self) -> int:
        """How many inner parts `learn` wants predicted by models that did not see them; 0 for none."""
        return 0

    def merge(self, windows: Windows) -> Windows:
        """Input joint: several modalities become one."""
        return windows

    def learn(self, probabilities: Mapping[str, Array], labels: Array) -> Any:
        """Decision joint: what to remember from held-out inner predictions (modality -> (n, classes))."""
        return None

    def combine(self, probabilities: Mapping[str, Array], learnt: Any) -> Array:
        """Decision joint: one (n, classes) from modality -> (n, classes)."""
        raise NotImplementedError  # overridden by every fusion that decides late

    def refuse(self, combination: Combination) -> str | None:
        """Why this fusion makes no sense here, or None."""
        return None


# -------------------------------------------------------------------------------------- evaluation


@dataclass(frozen=True, eq=False)
class Fold:
    """Who is held out: row numbers of the index table."""

    name: str
    train: Rows
    validation: Rows  # cut from what is not held out, with the grouping of the protocol
    test: Rows


class Protocol(Configurable, ABC):
    """Who is held out. Sees the index table (one row per window: subject, session, trial, stimulus,
    recording, start, stop, label), never signals.
    """

    groups: ClassVar[tuple[str, ...]] = ()  # columns whose values stay on one side

    def digest(self) -> str:
        """A text that changes when a file that the folds come from does; nothing where there is none."""
        return ""

    @abstractmethod
    def outer(self, table: pd.DataFrame) -> Iterator[tuple[str, Rows, Rows]]:
        """Name, training rows and held-out rows of each fold."""

    def inner(self, table: pd.DataFrame, rows: Rows, parts: int) -> Iterator[tuple[Rows, Rows]]:
        """Splits of a training part into (fit, validation), grouped as the protocol is."""
        import numpy as np
        import pandas as pd
        from sklearn.model_selection import KFold

        units = np.arange(len(rows))
        for column in self.groups:  # numbered in sorted order, so that the order of the rows does not matter
            codes, values = pd.factorize(table[column].take(rows), sort=True)
            units = codes if column == self.groups[0] else pd.factorize(units * len(values) + codes, sort=True)[0]
        count = int(units.max(initial=-1)) + 1
        if min(parts, count) < 2:
            return
        for _, held in KFold(min(parts, count), shuffle=True, random_state=0).split(np.arange(count)):
            outside = np.ones(count, dtype=bool)
            outside[held] = False
            yield rows[outside[units]], rows[~outside[units]]

    def folds(self, table: pd.DataFrame) -> Iterator[Fold]:
        """The outer folds, each with an inner validation part (a fifth, empty where none can be cut)."""
        for name, train, test in self.outer(table):
            fit, held = next(self.inner(table, train, 5), (train, train[:0]))
            yield Fold(name, fit, held, test)

    def refuse(self, combination: Combination) -> str | None:
        """Why this protocol makes no sense here, or None."""
        return None


class Suite(Configurable, ABC):
    """A named list of grids, each as `bench run --save` writes it."""

    @abstractmethod
    def grids(self) -> Sequence[Mapping[str, Any]]:
        """The grids, in order."""


class Executor(Configurable, ABC):
    """Where tasks are carried out."""

    @abstractmethod
    def run(self, jobs: Sequence[Callable[[], TaskInfo]]) -> Iterator[TaskInfo]:
        """Call each job once, anywhere (jobs can be pickled), and give its result when it ends."""


# ------------------------------------------------------------------------------------------ events


@dataclass(frozen=True)
class RunInfo:
    """What a run event tells."""

    id: str
    out: str  # the folder of results
    cells: Sequence[str]  # in words
    tasks: int  # how many the run has to carry out


@dataclass(frozen=True)
class TaskInfo:
    """How one task ended."""

    cell: str  # content key of the cell
    label: str  # the cell in words
    task: str
    status: Literal["done", "failed", "elsewhere"]  # elsewhere: another process had finished it
    metrics: Mapping[str, float] = field(default_factory=dict)
    message: str = ""  # why it failed
    seconds: float = 0.0


__all__ = [
    "KINDS", "Card", "Combination", "Configurable", "Dataset", "Estimator", "Executor", "Extractor",
    "Fold", "Fusion", "LabelRule", "LabelledWindows", "Model", "Plugin", "Preprocessor", "Protocol", "Range",
    "Recipe", "Recording", "RunInfo", "Scaling", "Scope", "Script", "Segment", "Signal", "Simulate", "Simulator",
    "Stretch", "Suite", "TaskInfo", "Windows", "hookimpl",
]  # fmt: skip
