"""Simulated physiology, as a data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence  # noqa: TC003 - annotations are read while options are checked
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, get_args, get_type_hints

from bench.api import Card, Dataset, Range, Recording, Segment
from bench.errors import UsageError, unknown
from bench_synthetic.design import REST, session_seconds, session_trials, trials
from bench_synthetic.parameters import MODALITIES
from bench_synthetic.session import sessions

CLASSES = ("calm", "stressed")


@dataclass(frozen=True)
class Synthetic(Dataset):
    """People under stress whose physiology is known, because it is simulated.

    `mode` says what the labels have to do with the signals. effect: stress changes every modality a
    little. null: nothing. The others are traps: labels mean nothing for new data, but windows give away
    which trial, stimulus or person they come from (trial-identity, stimulus-identity, and
    subject-shortcut, where labels are also skewed within each person).
    """

    seed: Annotated[int, Range(0, 2**31 - 1)] = 0
    people: Annotated[int, Range(1, 1000)] = 12
    minutes: Annotated[float, Range(1, 600)] = 20.0  # per person, over all sessions
    sessions: Annotated[int, Range(1, 20)] = 2
    mode: Literal["effect", "null", "trial-identity", "stimulus-identity", "subject-shortcut"] = "effect"
    effect: Annotated[float, Range(0, 10)] = 1.0  # what mode effect multiplies stress with
    ecg_rate: Annotated[int, Range(64, 1024)] = 128
    eda_rate: Annotated[int, Range(4, 128)] = 8
    bvp_rate: Annotated[int, Range(16, 512)] = 64
    eeg_rate: Annotated[int, Range(64, 1024)] = 128
    eeg_channels: Annotated[int, Range(1, 19)] = 4
    trial_seconds: Annotated[float, Range(5, 600)] = 45.0
    gap_seconds: Annotated[float, Range(0, 600)] = 10.0

    profiles: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "smoke": {"people": 4, "minutes": 8.0},
        "paper": {"people": 24, "minutes": 40.0},
    }
    simulated: ClassVar[bool] = True
    card: ClassVar[Card] = Card(
        title="Simulated ECG, EDA, BVP and EEG of people under stress",
        home="built in",
        licence="MIT",
        citation=(
            "ECG: waves and phase of the dynamical model of McSharry, Clifford, Tarassenko and Smith (2003), "
            "A dynamical model for generating synthetic electrocardiogram signals, IEEE Transactions on Biomedical "
            "Engineering 50(3), 289-294. EDA: Bateman function as in Benedek and Kaernbach (2010), A continuous "
            "measure of phasic electrodermal activity, Journal of Neuroscience Methods 190(1), 80-91. BVP: one pair "
            "of Gaussian waves per beat. EEG: 1/f noise with theta, alpha and beta rhythms."
        ),
        defects=("It is simulated: a result on it says something about a method or a protocol, nothing about people.",),
    )

    def __post_init__(self) -> None:
        for name, kind in get_type_hints(type(self), include_extras=True).items():
            value = getattr(self, name)
            for limit in getattr(kind, "__metadata__", ()):
                if not limit.low <= value <= limit.high:
                    raise UsageError(
                        f"The option {name} of the data set synthetic is {value}; "
                        f"give a value from {limit.low:g} to {limit.high:g}."
                    )
            if name == "mode" and value not in get_args(kind):
                raise unknown("mode of the data set synthetic", str(value), get_args(kind))
        if session_trials(self) < len(CLASSES):
            need = REST + 2 * self.trial_seconds + self.gap_seconds
            raise UsageError(
                f"A session of {session_seconds(self)} s is too short for two trials of {self.trial_seconds:g} s, "
                f"which take {need:g} s with rest and gap; raise minutes, or lower sessions or trial_seconds."
            )

    @property
    def modalities(self) -> tuple[str, ...]:
        return MODALITIES

    @property
    def targets(self) -> Mapping[str, tuple[str, ...]]:
        return {"stress": CLASSES}

    def subjects(self) -> Sequence[str]:
        return [f"P{number:02d}" for number in range(1, self.people + 1)]

    def person(self, subject: str) -> int:
        """The number of a person, from 0."""
        names = list(self.subjects())
        if subject not in names:
            raise unknown("person", subject, names)
        return names.index(subject)

    def load(self, subject: str) -> Sequence[Recording]:
        person = self.person(subject)
        recordings = []
        for number, session in enumerate(sessions(self, person, trials(self, person)), 1):
            segments = [
                Segment(t.start, t.stop, t.name, {"stress": CLASSES[t.label]}, f"S{t.stimulus + 1:02d}")
                for t in session.trials
            ]
            recordings.append(Recording(subject, session.signals, segments, str(number)))
        return recordings

    def digest(self) -> str:
        return "synthetic 1"
