"""Pre-training: what is hidden, what is learnt from it, and that nothing else has a say."""

from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from bench.api import Fusion, InputSpec, Phase, Pretrainable
from bench.data.sources import WindowedSignal
from bench.data.windows import INDEX, WindowSet
from bench.errors import TaskError
from bench.pretraining.imputation_baselines import IMPUTATIONS
from bench.pretraining.masked_network import MaskedNetwork, SpanMask
from bench.pretraining.masked_pretraining import MaskedPretraining
from bench.training import engine
from bench.training.device_signals import DeviceSignals
from bench.training.network_fit import InitialWeights, NetworkFit
from bench.training.networks.dropout import Dropout
from bench.training.networks.encoder import Encoder
from bench.training.networks.network import Unfused
from bench.training.settings import Settings
from bench.training.trainer import Trainer
from bench.training.training_state import TrainingState

torch.set_num_threads(1)

RATE, WIDTH = 32.0, 64


class Tokens(Encoder):
    """As long as its input from stage to stage, with dropout between them."""

    def __init__(self, channels):
        self.channels, self.widths, self.dim = channels, (6, 8), 5

    def stage(self, number, width):
        return nn.Sequential(nn.Conv1d(width, self.widths[number - 1], 9, padding=4), nn.Tanh(), Dropout(0.1))

    def embed(self, width):
        return nn.Sequential(nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(width, self.dim), Dropout(0.2))


@dataclass(frozen=True)
class Tiny(Pretrainable):
    epochs: int = 3
    batch: int = 8
    pretrain_epochs: int = 6
    pretrain_batch: int = 8
    pretrain_rate: float = 0.01
    mask_span: int = 4
    exchange_stages = (1,)

    def encoder(self, modality, given):
        return Tokens(given.channels)

    def head(self, dim, classes):
        return nn.Linear(dim, classes)

    def decoder(self, modality, given, width):
        return nn.Conv1d(width, given.channels, 1)


def windows(people=3, each=10, modalities=("ecg", "eeg"), seed=0):
    """Waves of a frequency of each person's own: gaps can be told from what is around them."""
    random = np.random.default_rng(seed)
    person, place = np.repeat(np.arange(people), each), np.tile(np.arange(each), people)
    sources = {}
    for number, name in enumerate(modalities):
        time = np.arange(each * WIDTH) / RATE
        signals = {
            who: np.stack(
                [np.sin(2 * np.pi * (6 + who / 10) * time + channel) for channel in range(number + 1)]
            ).astype(np.float32)
            for who in range(people)
        }
        names = tuple(map(str, range(number + 1)))
        sources[name] = WindowedSignal(signals, person, place * WIDTH, WIDTH, RATE, names)
    index = dict.fromkeys(INDEX, person)
    return WindowSet(index, sources).labelled(random.integers(0, 2, len(person)), ("low", "high"))


DATA = windows()


def unlabelled(data):
    return data.labelled(np.zeros(len(data), int), ("",))


def pretrainee(rows=None, kept=None, data=DATA, seed=3, checkpoint=None, **options):
    """What is learnt from the first two people; the third one is kept back."""
    model = Tiny(**options).pretraining()
    rows = np.flatnonzero(DATA.subject < 2) if rows is None else rows
    kept = np.flatnonzero(DATA.subject == 2) if kept is None else kept
    shown, back = unlabelled(data.take(rows)), unlabelled(data.take(kept))
    return MaskedPretraining(model, Unfused(), shown, back, seed, checkpoint)


def trained(members, **options):
    return [result for _, result in sorted(engine.train(members, Settings(**options)), key=lambda pair: pair[0])]


def same(first, second):
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


# ------------------------------------------------------------------------------------------ hiding


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 8), st.integers(40, 400), st.floats(0.005, 0.2), st.integers(1, 30), st.integers(0, 99))
def test_spans_begin_where_they_were_drawn_and_have_their_length(count, samples, starts, span, seed):
    torch.manual_seed(seed)
    hidden = SpanMask(starts, span)(count, samples, torch.device("cpu"))
    torch.manual_seed(seed)
    chosen = torch.rand(count, samples).topk(max(1, round(starts * samples)), dim=1).indices
    expected = torch.zeros(count, 1, samples, dtype=torch.bool)
    for row, begins in enumerate(chosen.tolist()):
        for first in begins:
            expected[row, 0, first : first + span] = True
    assert torch.equal(hidden, expected)


def test_half_of_the_samples_are_hidden_as_the_closed_form_says():
    """42 distinct starts of 1280, 20 samples long: a sample is seen if none of the 20 places before it is a start."""
    torch.manual_seed(0)
    hidden = SpanMask(0.0325, 20)(400, 1280, torch.device("cpu"))
    seen = np.prod([(1280 - 42 - place) / (1280 - place) for place in range(20)])
    assert hidden[..., 20:].float().mean() == pytest.approx(1 - seen, abs=0.005)
    assert hidden.float().mean() == pytest.approx(0.48, abs=0.03)


def masked(inputs, **options):
    torch.manual_seed(0)
    return MaskedNetwork(
        Tiny(**options), {name: InputSpec(values.shape[1], WIDTH, RATE) for name, values in inputs.items()}
    )


def batch(modalities=("ecg", "eeg")):
    torch.manual_seed(1)
    return {name: torch.randn(5, number + 1, WIDTH) for number, name in enumerate(modalities)}


def told(network, inputs, seed=0):
    torch.manual_seed(seed)
    return network.eval()(inputs)


@pytest.mark.parametrize("modalities", [("ecg",), ("ecg", "eeg")])
def test_the_loss_is_the_mean_square_over_hidden_values_of_all_channels(modalities):
    inputs = batch(modalities)
    network = masked(inputs)
    output = told(network, inputs)
    wrong = torch.cat(
        [(output[name].values - inputs[name])[output[name].hidden.expand_as(inputs[name])] for name in modalities]
    )
    loss = network.loss_of(output, inputs, torch.zeros(5), torch.ones(5))
    torch.testing.assert_close(loss, (wrong**2).mean())


def test_what_decoders_say_of_seen_samples_has_no_say_in_the_loss():
    inputs = batch(("eeg",))
    network = masked(inputs)
    output = told(network, inputs)
    loss = network.loss_of(output, inputs, torch.zeros(5), torch.ones(5))
    values, hidden = output["eeg"]
    other = {"eeg": output["eeg"]._replace(values=torch.where(hidden, values, values + 100))}
    assert torch.equal(network.loss_of(other, inputs, torch.zeros(5), torch.ones(5)), loss)
    targets = {"eeg": inputs["eeg"].clone().requires_grad_()}
    network.loss_of({"eeg": output["eeg"]._replace(values=values.detach())}, targets, None, None).backward()
    assert not targets["eeg"].grad[~hidden.expand_as(values)].any()
    assert targets["eeg"].grad[hidden.expand_as(values)].all()


def test_hidden_values_cannot_be_seen_and_the_others_are_given_as_they_are():
    inputs = batch(("eeg",))
    network = masked(inputs)
    given = []
    network.encoders["eeg"].register_forward_pre_hook(lambda _, values: given.append(values[0].clone()))
    hidden = told(network, inputs)["eeg"].hidden.expand_as(inputs["eeg"])
    assert torch.equal(given[0][~hidden], inputs["eeg"][~hidden])
    assert not given[0][hidden].any()
    changed = {"eeg": torch.where(hidden, inputs["eeg"] + 5, inputs["eeg"])}
    assert torch.equal(told(network, changed)["eeg"].values, told(network, inputs)["eeg"].values)


def test_together_each_window_hides_samples_of_one_modality_which_the_others_help_to_tell():
    inputs = batch()
    network = masked(inputs)
    output = told(network, inputs)
    hides = torch.stack([output[name].hidden.flatten(1).any(1) for name in inputs])
    assert (hides.sum(0) == 1).all()
    assert hides.any(1).all()
    other = {"ecg": inputs["ecg"] + 1.0, "eeg": inputs["eeg"]}
    assert not torch.equal(told(network, other)["eeg"].values, output["eeg"].values)


GAP = np.array([False, True, True, False, False, True])


@pytest.mark.parametrize(
    ("guess", "expected"),
    [("zero", [0, 0, 0, 0, 0, 0]), ("last value", [2, 2, 2, 8, 9, 9]), ("linear", [2, 4, 6, 8, 9, 9])],
)
def test_guesses_know_only_what_is_seen(guess, expected):
    values = np.array([[2.0, 50.0, -50.0, 8.0, 9.0, 77.0]])
    np.testing.assert_array_equal(IMPUTATIONS[guess](values, GAP)[0], expected)
    begins = IMPUTATIONS["last value"](values, np.array([True, True, False, False, False, False]))
    np.testing.assert_array_equal(begins[0], [-50, -50, -50, 8, 9, 77])


# --------------------------------------------------------------------------------------- learning


def test_what_was_learnt_tells_gaps_of_unseen_recordings_better_than_guesses():
    data = windows(people=6, each=16, modalities=("eeg",), seed=2)
    (result,) = trained(
        [
            pretrainee(
                np.flatnonzero(data.subject != 2), np.flatnonzero(data.subject == 2), data,
                pretrain_epochs=60, pretrain_l2=0.0, pretrain_rate=0.02, mask_start_probability=0.05,
            )
        ]
    )  # fmt: skip
    losses = result.log["validation_errors"]["eeg"]
    assert losses["network"] < min(losses[guess] for guess in IMPUTATIONS)
    (phase,) = result.log["phases"]
    assert phase["name"] == "pretrain eeg"
    assert len(phase["loss"]) == len(phase["validation_loss"]) == 60
    assert phase["loss"][-1] < phase["loss"][0] / 2
    assert phase["chosen"] == 60  # what is kept back measures, and decides nothing


def test_nobody_is_influenced_by_who_is_pretrained_beside():
    members = [pretrainee(seed=seed) for seed in range(3)]
    together, alone = trained(members, workers=2), [trained([member])[0] for member in members]
    assert all(same(one.state(), other.state()) for one, other in zip(together, alone, strict=True))
    assert not same(together[0].state(), together[1].state())


def test_members_that_draw_masks_are_not_stacked_and_give_the_same_numbers():
    members = [pretrainee(seed=seed) for seed in range(2)]
    for one, other in zip(trained(members), trained(members, strategy="stacked"), strict=True):
        assert same(one.state(), other.state())
        assert other.log["strategy"] == "separate"


@pytest.mark.parametrize("stopping", ["last", "best"])
def test_members_with_dropout_are_stacked_and_learn_what_each_learns_by_itself(stopping):
    """Up to the order of sums; other random numbers would move probabilities by 5e-4 and more."""
    members = [fine(seed, stopping=stopping) for seed in range(3)]
    separate, stacked = trained(members), trained(members, strategy="stacked")
    for one, other in zip(separate, stacked, strict=True):
        assert other.log["strategy"] == "stacked"
        np.testing.assert_allclose(other.predict_proba(DATA), one.predict_proba(DATA), rtol=0, atol=1e-5)


def fine(seed=0, fusion=None, start=None, checkpoint=None, **options):
    model = Tiny(**options)
    shown = DATA.take(np.flatnonzero(DATA.subject < 2)).labelled(DATA.labels[DATA.subject < 2], DATA.classes)
    held = DATA.take(np.flatnonzero(DATA.subject == 2)).labelled(DATA.labels[DATA.subject == 2], DATA.classes)
    return NetworkFit(model, fusion or Unfused(), shown, held, seed, checkpoint, start or InitialWeights())


@dataclass(frozen=True)
class Frozen(Fusion):
    """Branches one after another, then the joint decision, from windows that they have not seen if so asked."""

    held_out: bool = False

    def phases(self, modalities):
        alone = [Phase(f"fit {name}", (f"encoders.{name}", f"heads.{name}"), name) for name in modalities]
        fuse = {"epochs": 5, "learning_rate": 0.05, "schedule": "step", "step_size": 2, "gamma": 0.1}
        return [*alone, Phase("fuse", ("join",), training=fuse, on_validation=self.held_out)]


def test_a_network_begins_with_what_its_branches_have_learnt_and_says_what_is_new():
    (learnt,) = trained([pretrainee(data=windows(modalities=("ecg",)))])
    tensors = {name: value for name, value in learnt.state().items() if ".stages." in name}
    begun = fine(start=InitialWeights({"ecg": "abc"}, tensors))
    network = dict(begun.network().named_parameters())
    assert all(torch.equal(network[name], value) for name, value in tensors.items())
    new = fine().network()
    assert torch.equal(network["join.head.weight"], new.get_parameter("join.head.weight"))
    (result,) = trained([begun])
    fresh = result.log["start"]["fresh"]
    assert result.log["start"]["pretrained"] == {"ecg": "abc"}
    assert set(fresh) == {name for name in network if name.startswith("encoders.eeg.stages")}


def test_phases_learn_with_options_of_their_own():
    (result,) = trained([fine(fusion=Frozen())])
    assert [(phase["name"], phase["epochs"]) for phase in result.log["phases"]] == [
        ("fit ecg", 3), ("fit eeg", 3), ("fuse", 5),
    ]  # fmt: skip


def test_a_phase_of_held_out_windows_learns_from_the_validation_part_alone():
    """Whatever the validation part is, branches are the same; the joint decision is another one."""
    first, second = fine(fusion=Frozen(held_out=True)), fine(fusion=Frozen(held_out=True))
    other = second.validation.take(np.arange(5)).labelled(1 - second.validation.labels[:5], second.validation.classes)
    one, two = trained([first, replace(second, validation=other)])
    states = one.state(), two.state()
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0] if not name.startswith("join"))
    assert not torch.equal(states[0]["join.head.weight"], states[1]["join.head.weight"])


def test_without_held_out_windows_such_a_phase_fails_with_a_sentence():
    (result,) = trained([replace(fine(fusion=Frozen(held_out=True)), validation=None)])
    assert isinstance(result, TaskError)
    assert str(result) == "Nothing could be held out inside the training part for the phase 'fuse'."


def test_frozen_encoders_stay_as_they_were_pretrained():
    model = Tiny(tuning="frozen")
    begun = replace(fine(), model=model)
    before = dict(begun.network().named_parameters())
    (result,) = trained([begun])
    after = result.state()
    stages = [name for name in before if ".stages." in name]
    assert all(torch.equal(before[name], after[name]) for name in stages)
    assert not torch.equal(before["encoders.ecg.embed.2.weight"], after["encoders.ecg.embed.2.weight"])


class EnoughError(Exception):
    pass


@pytest.mark.parametrize(
    ("kind", "after"),
    [
        ("pretrain", 3),
        ("pretrain", 8),
        ("pretrain", 11),
        ("fit, fuse", 3),
        ("fit, fuse", 9),
        ("fit, fuse", 17),
    ],
)
def test_what_was_interrupted_goes_on_with_the_same_random_numbers(kind, after, tmp_path):
    def made(path=None):
        return pretrainee(checkpoint=path) if kind == "pretrain" else fine(fusion=Frozen(), checkpoint=path)

    (whole,) = trained([made()])
    kept = made(tmp_path / "kept.safetensors")
    parts = DeviceSignals([kept.train, kept.validation], "cpu")
    group, count = Trainer(parts, Settings(checkpoint_epochs=1), None, stacked=False), 0

    def check():
        nonlocal count
        count += 1
        if count > after:
            raise EnoughError

    group.progress = SimpleNamespace(check=check, advance=lambda _: None, remarks=[])
    with pytest.raises(EnoughError):
        list(group.run([TrainingState(0, kept, group.settings)]))
    (resumed,) = trained([kept], checkpoint_epochs=1)
    assert same(whole.state(), resumed.state())
    assert resumed.log == whole.log


def test_models_that_differ_only_after_pretraining_share_it():
    usual = Tiny().pretraining()
    for options in (
        {"tuning": "frozen"},
        {"learning_rate": 0.5, "epochs": 9},
        {"label_fraction": 0.1, "pretrain_exclude": "subjects"},
    ):
        assert Tiny(**options).pretraining() == usual
    for options in ({"mask_span": 5}, {"pretrain_epochs": 9}, {"mask_start_probability": 0.1}):
        assert Tiny(**options).pretraining() != usual
