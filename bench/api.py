"""The contract: what a plugin author imports, and all of it.

A plugin module implements hooks (`bench.hookspecs`) that return `Plugin` records. A record's target
names a class below; it is imported only when a run needs it. Every such class is a frozen dataclass,
and its fields are its options: `-o model.C=0.1` sets them, `Range` and `Literal` annotations are what
a search explores, and the record of a run keeps their values.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal
from typing import Protocol as Structural

import pluggy

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt
    import pandas as pd
    from torch.nn import Module

    from bench.training.networks.encoder import Encoder
    from bench.training.networks.exchange import Exchange

    Array = npt.NDArray[Any]
    Rows = npt.NDArray[np.intp]

hookimpl = pluggy.HookimplMarker("bench")

TargetType = Literal["classes", "numbers"]  # what a target consists of: classification, or regression

KINDS = ("dataset", "preprocessor", "model", "fusion", "protocol", "suite", "executor")


@dataclass(frozen=True)
class Plugin:
    """One thing that can be asked for by name."""

    name: str  # what people type: lower case, digits, hyphens
    target: str  # "package.module:Class", imported only when needed
    about: str  # one sentence for `bench list`
    tags: tuple[str, ...] = ()  # "baseline" on a model: in every comparison; "usual" on a fusion: where none is named


@dataclass(frozen=True)
class Range:
    """The values that a number may take, and where a search looks: `Annotated[float, Range(1e-3, 1e3, log=True)]`."""

    low: float
    high: float
    log: bool = False


class Configurable:
    """Something whose dataclass fields are its options."""

    #: what `--profile smoke|small|paper` changes: {"smoke": {"people": 4}}
    profiles: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    #: what `bench check` sets where options are required, or the defaults take long: {"low": 5, "high": 15}
    example: ClassVar[Mapping[str, Any]] = {}
    #: the options that a search explores; None: all that have a range or choices
    searched: ClassVar[tuple[str, ...] | None] = None


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
    ratings: Mapping[str, float] = field(default_factory=dict)  # for a `LabelRule`, or predicted as they are


@dataclass(frozen=True, eq=False)
class Recording:
    """One person, one session. Its segments are in order of time and do not overlap."""

    subject: str
    signals: Mapping[str, Signal]  # modality -> signal; all start at second 0
    segments: Sequence[Segment]
    session: str = "1"
    excluded: Mapping[str, int] = field(default_factory=dict)  # reason -> how many trials are not in it


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

    def notes(self, subjects: Array, ratings: Mapping[str, Array]) -> Sequence[str]:
        """What to know of classes made of these trials, in sentences that `bench data card` shows."""
        return ()


class Dataset(Configurable, ABC):
    """What was recorded."""

    card: ClassVar[Card]
    #: a name that data sets share which have people in common, as two releases of one recording have
    same_people: ClassVar[str] = ""

    @property
    def simulated(self) -> bool:
        """Said in every record and on the leaderboard."""
        return False

    @property
    def remark(self) -> str:
        """What a reader of a table has to know of these data, such as that they are a control; nothing usually."""
        return ""

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

    @property
    def quantities(self) -> Mapping[str, str]:
        """Targets that are numbers: name of the target, other than those above -> name of the rating of segments."""
        return {}

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

    def stimulus_media(self, modality: str) -> Mapping[str, Path]:
        """The file of each stimulus, as far as it is here, for steps that compute the vectors anew."""
        return {}

    def rule(self, target: str) -> LabelRule | None:
        """How the ratings of segments become classes of that target; None where segments say their class."""
        return None

    def excluded(self) -> Mapping[str, int]:
        """What no recording holds, and why: reason -> how many (people, files); trials are told by recordings."""
        return {}


@dataclass(frozen=True)
class Episode:
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
    episodes: Sequence[Episode]
    signals: Mapping[str, tuple[float, int]]  # ecg, eda, bvp, eeg, emg, resp, temp or acc -> rate, channels


Simulate = Callable[[Script], Mapping[str, "Array"]]  # signal -> (channels, time) in mV, uS, a.u., uV, %, degC, g


class Simulator(Dataset):
    """A data set whose physiology can be asked for; stand-ins for real data sets are written from it."""

    @abstractmethod
    def simulate(self, script: Script) -> Mapping[str, Array]:
        """Signals of one session: ecg and emg in mV, eda in uS, bvp in a.u., eeg in uV, resp in %, temp in degC,
        acc in g.
        """


#: How much of the data a step looks at to change one sample: its own window, the past of the recording, the whole
#: recording (transductive, unless each is one window and nothing else), all recordings of the person's session
#: (transductive), or several people (leaky).
Scope = Literal["window", "past", "recording", "session", "everything"]


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


class PreprocessingPreset(Configurable, ABC):
    """A named chain of steps for each modality."""

    @property
    def window(self) -> Mapping[str, Any]:
        """What `-o window.*` is where nobody says otherwise."""
        return {}

    @abstractmethod
    def chains(self, dataset: Dataset) -> Mapping[str, str]:
        """Modality -> the chain as people type it, for the modalities it speaks of, whether or not they are there."""


class StimulusFeatures(Configurable, ABC):
    """A step that computes the vector of each stimulus from its file, such as features of a song from its sound."""

    @property
    def version(self) -> str:
        """Of the program that computes, if there is one; a `UsageError` where it has to be installed first."""
        return ""

    @abstractmethod
    def columns(self) -> Sequence[str]:
        """The names of the numbers in a vector."""

    @abstractmethod
    def describe(self, file: Path) -> Array:
        """The vector of one stimulus; several are computed at once, in threads, and each is kept."""


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

    labels: Array  # class numbers; of a target that is a number, the numbers themselves
    classes: tuple[str, ...]  # none where the target is a number


class Estimator(Structural):
    """Something that learns from one part and predicts another. `parameters()` may tell its size."""

    def fit(self, train: LabelledWindows, validation: LabelledWindows | None) -> None:
        """Learn. The validation part is there only if the model says that it `validates`."""

    def predict_proba(self, windows: Windows) -> Array:
        """(n, classes), each row from its own window alone."""


class Regressor(Structural):
    """The same for a target that is a number; one class may be both, and see in `fit` whether there are classes."""

    def fit(self, train: LabelledWindows, validation: LabelledWindows | None) -> None:
        """Learn. The validation part is there only if the model says that it `validates`."""

    def predict(self, windows: Windows) -> Array:
        """(n,), each number from its own window alone."""


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
    #: what it can predict: classes, numbers, or either
    predicts: ClassVar[tuple[TargetType, ...]] = ("classes",)
    devices: ClassVar[tuple[str, ...]] = ("cpu",)

    @property
    def validates(self) -> bool:
        """Whether `fit` wants a validation part set aside."""
        return False

    @abstractmethod
    def estimator(self, seed: int, device: str) -> Estimator | Regressor:
        """A fresh estimator whose randomness comes from the seed alone."""

    def preprocess(self, dataset: Dataset, modalities: Sequence[str]) -> str:
        """The chain of steps, as people type it, where nobody names one; without modalities it may choose some."""
        return ""

    def refuse(self, combination: Combination) -> str | None:
        """Why this model makes no sense here, or None."""
        return None


@dataclass(frozen=True)
class Phase:
    """One phase of training: what of a network learns, and from which decision. The rest is frozen, in eval mode.

    A network's parts are `encoders.<modality>`, `exchanges`, `join` and `heads.<modality>`.
    """

    name: str  # "fit", "fit ecg", "fuse"
    learns: tuple[str, ...] = ()  # parts; none named: everything
    branch: str = ""  # the modality whose own head decides; none: all modalities together
    training: Mapping[str, Any] = field(default_factory=dict)  # options of the model that are others in this phase
    held_out: bool = False  # learns from the validation part, which no phase before it has seen


@dataclass(frozen=True)
class Input:
    """What one branch of a network is given for each window."""

    channels: int  # of a vector: how many numbers it has
    samples: int  # of windows of different lengths: those of the longest
    rate: float  # samples per second
    vector: bool = False  # one vector per window, (batch, channels, 1), with no time


@dataclass(frozen=True)
class Staged(Model):
    """A model of one branch per modality, each in stages, so that a fusion can join them anywhere.

    It says what branches are made of; networks are built, trained and asked by `bench.training`.
    """

    epochs: Annotated[int, Range(1, 100_000), "passes over the training windows"] = 100
    batch: Annotated[int, Range(2, 100_000), "windows per step"] = 16
    duration_unit: Annotated[
        Literal["epochs", "steps"],
        "what `epochs` and `step_size` count; steps: training ends with the epoch in which so many are done",
    ] = "epochs"
    optimiser: Annotated[Literal["adam", "sgd"], "sgd: gradient descent with momentum"] = "adam"
    momentum: Annotated[float, Range(0, 0.999), "of sgd: what is left of the step before"] = 0.9
    learning_rate: Annotated[float, Range(1e-6, 1, log=True), "of the optimiser"] = 1e-3
    schedule: Annotated[
        Literal["constant", "linear", "cosine", "step"],
        "how the learning rate falls: to zero along a line or a cosine, or by a factor every few epochs",
    ] = "constant"
    step_size: Annotated[int, Range(1, 100_000), "epochs from one fall of schedule=step to the next"] = 30
    gamma: Annotated[float, Range(0.01, 1), "what schedule=step leaves of the learning rate each time"] = 0.1
    warmup: Annotated[float, Range(0, 1), "share of all steps in which the learning rate rises"] = 0.0
    decay: Annotated[float, Range(0, 1), "weight decay, apart from the gradient (AdamW)"] = 0.0
    l2: Annotated[float, Range(0, 1), "weight decay as a part of the gradient (Adam with an L2 penalty)"] = 0.0
    clip: Annotated[float, Range(0, 1e6), "largest norm of the gradient; 0: as it is"] = 0.0
    class_weight: Annotated[Literal["none", "balanced"], "balanced: rare classes weigh more"] = "none"
    stopping: Annotated[
        Literal["last", "best"],
        "last: all epochs, no validation part; best: the epoch of the lowest loss on a validation part",
    ] = "last"
    patience: Annotated[int, Range(1, 100_000), "epochs without a lower validation loss before best stops"] = 10
    labelled: Annotated[
        float, Range(0.001, 1), "share of the training trials of each class whose labels are used; 1: all"
    ] = 1.0

    inputs: ClassVar[Literal["features", "signals", "index"]] = "signals"
    devices: ClassVar[tuple[str, ...]] = ("cpu", "cuda")
    searched: ClassVar[tuple[str, ...] | None] = ("learning_rate",)
    #: the stages at whose ends branches can exchange what they have, counted from 1; every branch has to have them
    meeting_points: ClassVar[tuple[int, ...]] = ()
    #: whether tensors between stages have a time axis: (batch, channels, time)
    time_axis: ClassVar[bool] = True
    #: whether a modality can be one vector per window, as features of a song are: see `Input.vector`
    takes_vectors: ClassVar[bool] = False
    #: whether windows can be of different lengths; what follows the end of a shorter one is NaN
    any_length: ClassVar[bool] = False

    @property
    def validates(self) -> bool:
        return self.stopping == "best"

    @abstractmethod
    def encoder(self, modality: str, given: Input) -> Encoder:
        """What the branch of a modality is made of."""

    @abstractmethod
    def head(self, dim: int, classes: int) -> Module:
        """(batch, dim) -> logits (batch, classes)."""

    def joint_head(self, dim: int, classes: int) -> Module:
        """The same for embeddings of several modalities side by side."""
        return self.head(dim, classes)

    def phases(self, fusion: Sequence[Phase], modalities: Sequence[str]) -> Sequence[Phase]:
        """The plan of training, from the phases that the fusion wants."""
        return fusion

    def estimator(self, seed: int, device: str) -> Estimator:
        """One network of one branch, trained by itself."""
        from bench.training.estimator import NetworkEstimator

        return NetworkEstimator(self, seed, device)


@dataclass(frozen=True)
class Pretrainable(Staged):
    """A staged model whose branches can learn without labels first: to tell values that are hidden from them.

    A share of the samples is hidden in spans, at the same times in all channels, and a decoder tells them from what
    the last stage makes of the rest. What the stages have learnt is where training with labels starts.
    """

    pretrain_epochs: Annotated[int, Range(1, 100_000), "passes over the corpora"] = 500
    pretrain_batch: Annotated[int, Range(2, 100_000), "windows per step of pre-training"] = 128
    pretrain_rate: Annotated[float, Range(1e-6, 1, log=True), "learning rate of pre-training at its peak"] = 5e-4
    pretrain_warmup: Annotated[
        float, Range(0, 1), "share of pre-training in which the learning rate rises; then it falls to zero along a line"
    ] = 0.06
    pretrain_l2: Annotated[float, Range(0, 1), "L2 penalty of pre-training"] = 0.005
    starts: Annotated[float, Range(0.0001, 0.5), "share of the samples at which a hidden span begins"] = 0.0325
    span: Annotated[int, Range(1, 100_000), "samples of a hidden span; spans can overlap"] = 20
    kept_back: Annotated[
        float, Range(0, 0.5), "share of the recordings of the corpora that only measure what was learnt"
    ] = 0.1
    together: Annotated[
        bool, "pre-train all modalities in one network: one is hidden in spans, and told from itself and the others"
    ] = False
    unseen: Annotated[
        Literal["windows", "trials", "people"],
        "what pre-training on the evaluated data set is not shown: held-out windows, their trials, or their people",
    ] = "windows"
    tuning: Annotated[
        Literal["full", "frozen"], "what learns from labels: everything, or only what follows the last stage"
    ] = "full"

    searched: ClassVar[tuple[str, ...] | None] = ("learning_rate",)

    @abstractmethod
    def decoder(self, modality: str, given: Input, width: int) -> Module:
        """(batch, width, time) after the last stage -> the values (batch, given.channels, given.samples)."""

    def pretraining(self) -> Pretrainable:
        """The same with the options of its pre-training; those that mean nothing there are as they usually are.

        Models that come to the same here share what was pre-trained.
        """
        usual: dict[str, Any] = {item.name: item.default for item in fields(Pretrainable) if item.name in LABELLED_ONLY}
        return replace(
            self, **usual, epochs=self.pretrain_epochs, batch=self.pretrain_batch, learning_rate=self.pretrain_rate,
            warmup=self.pretrain_warmup, l2=self.pretrain_l2, schedule="linear", stopping="last",
        )  # fmt: skip

    def phases(self, fusion: Sequence[Phase], modalities: Sequence[str]) -> Sequence[Phase]:
        if self.tuning == "full":
            return fusion
        own = ("exchanges", "join", "heads", *(f"encoders.{name}.embed" for name in modalities))
        return [phase if phase.learns == ("join",) else replace(phase, learns=own) for phase in fusion]


#: options of training with labels, which say nothing about pre-training
LABELLED_ONLY = (
    "decay", "clip", "class_weight", "patience", "labelled", "duration_unit", "step_size", "gamma", "tuning", "unseen",
)  # fmt: skip


class Fusion(Configurable, ABC):
    """Where branches meet: four joints in the order in which data flows. The rest passes data through.

    `merge` joins inputs and `combine` decisions, of any model; `exchange` and `join` are for staged models.
    """

    #: a fusion that takes one modality at a time gives one row per modality
    one_modality: ClassVar[bool] = False

    @property
    def predicts(self) -> tuple[TargetType, ...]:
        """Of which predictions it can make one; `combine` of numbers is given (n, 1) per modality, and gives one."""
        return ("classes",) if self.decides_late or self.needs_stages else ("classes", "numbers")

    @property
    def decides_late(self) -> bool:
        """Whether there is one model per modality, whose decisions `combine` joins."""
        return type(self).combine is not Fusion.combine

    @property
    def exchanges(self) -> bool:
        """Whether branches exchange something at the ends of stages."""
        return type(self).exchange is not Fusion.exchange

    @property
    def needs_stages(self) -> bool:
        """Whether it joins what is inside a network, as only staged models allow."""
        return self.exchanges or type(self).join is not Fusion.join

    @property
    def sets_aside(self) -> bool:
        """Whether one of its phases learns from windows that are held out inside."""
        return False

    @property
    def held_out_parts(self) -> int:
        """How many inner parts `learn` wants predicted by models that did not see them; 0 for none."""
        return 0

    def merge(self, windows: Windows) -> Windows:
        """Input joint: several modalities become one."""
        return windows

    def exchange(self, stage: int, widths: Mapping[str, int]) -> Exchange | None:
        """Stage joint: what branches of these widths (modality -> channels) exchange at the end of a stage.

        It is asked at each of the model's meeting points, counted from 1; None: nothing is exchanged there.
        """
        return None

    def join(self, dims: Mapping[str, int], classes: int, head: Callable[[int, int], Module]) -> Module | None:
        """Embedding joint: modality -> (batch, dim) becomes logits. None: the model's head on all side by side."""
        return None

    def phases(self, modalities: Sequence[str]) -> Sequence[Phase]:
        """What learns when, in a network of these branches."""
        return (Phase("fit"),)

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
    recording, start, stop, label), never signals. A label is the number of a class, or of a target that is a number,
    that number (float).
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


@dataclass(frozen=True)
class PrintedRow:
    """A row of a paper's table, and which of our rows it is compared with."""

    label: str  # our row in a few words; rows of one label, target and pre-training are rival candidates for it
    printed: Mapping[str, float]  # metric -> what the paper prints, in per cent; rmse, r, ccc and r2 as they are
    model: str = ""  # as people type it; none: nothing of ours can be compared with it
    fusion: str = ""
    modalities: tuple[str, ...] = ()
    reading: str = ""  # where the paper contradicts itself: by which reading this row belongs to the label
    note: str = ""
    target: str = ""  # none: that of the setting
    pretrain: tuple[str, ...] = ()  # the corpora of pre-training; none: without
    half_widths: Mapping[str, float] = field(default_factory=dict)  # metric -> half of the printed 95 % interval
    own: Mapping[str, Any] = field(default_factory=dict)  # further keys of its grid: {"preprocess": "zscore"}

    @property
    def keys(self) -> Mapping[str, Any]:
        """What a grid says for this row beside the setting and the fusion."""
        named = {"model": [self.model], "target": [self.target], "pretrain": list(self.pretrain)}
        return {**{name: values for name, values in named.items() if any(values)}, **self.own}


@dataclass(frozen=True)
class Finding:
    """Something that printed numbers say about themselves."""

    title: str
    text: str
    lines: Sequence[Mapping[str, Any]] = ()  # what it was seen from, as a table


class PaperTable(Suite):
    """A table of a paper as a suite: `bench reproduce` runs it and compares it with what was printed."""

    @property
    @abstractmethod
    def setting(self) -> Mapping[str, Any]:
        """The keys of a grid that all rows share: data set, modalities, preprocessing, protocol.

        Where there are several protocols, the first is the paper's; every row is run under the others as well.
        """

    @abstractmethod
    def rows(self) -> Sequence[PrintedRow]:
        """The printed rows, in the paper's order."""

    def contrasts(self) -> Sequence[tuple[PrintedRow, PrintedRow]]:
        """The pairs of rows that the paper compares, which are tested against each other over the same folds."""
        return ()

    def findings(self) -> Sequence[Finding]:
        """What can be said of the printed numbers without any data."""
        return ()

    def grids(self) -> Sequence[Mapping[str, Any]]:
        """One grid per model, target, pre-training and whatever else is a row's own."""
        found: list[tuple[Mapping[str, Any], list[str]]] = []
        for row in (row for row in self.rows() if row.model):
            fusions = next((under for keys, under in found if keys == row.keys), None)
            if fusions is None:
                found.append((row.keys, [row.fusion]))
            elif row.fusion not in fusions:
                fusions.append(row.fusion)
        return [{**self.setting, **keys, "fusion": under} for keys, under in found]


class Executor(Configurable, ABC):
    """Where tasks are carried out."""

    @property
    def places(self) -> int:
        """How many jobs it carries out at a time, to which tasks that could be one job are dealt out."""
        return 1

    @abstractmethod
    def run(self, jobs: Sequence[Callable[[], Iterable[TaskInfo]]]) -> Iterator[TaskInfo]:
        """Call each job once, anywhere (jobs can be pickled), and give its results when they come.

        A job is one task, or tasks whose networks are trained together.
        """


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
    "KINDS",
    "Card",
    "Combination",
    "Configurable",
    "Dataset",
    "Episode",
    "Estimator",
    "Executor",
    "Extractor",
    "Finding",
    "Fold",
    "Fusion",
    "Input",
    "LabelRule",
    "LabelledWindows",
    "Model",
    "PaperTable",
    "Phase",
    "Plugin",
    "TargetType",
    "PreprocessingPreset",
    "Preprocessor",
    "Pretrainable",
    "PrintedRow",
    "Protocol",
    "Range",
    "Recording",
    "Regressor",
    "RunInfo",
    "Scaling",
    "Scope",
    "Script",
    "Segment",
    "Signal",
    "Simulate",
    "Simulator",
    "Staged",
    "StimulusFeatures",
    "Suite",
    "TaskInfo",
    "Windows",
    "hookimpl",
]  # fmt: skip
