"""Res-SIN: its sizes as published, its units against torch, what it gives the loss, and how its rate falls."""

import copy
import math
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - the usual name
from torch import nn

from bench.api import InputSpec
from bench.checks.examples.plugins import EXAMPLE
from bench.errors import UsageError
from bench.training.networks.dropout import has_random_modules
from bench.training.networks.network import Network, criterion, plan
from bench.training.optimisers.schedule import epochs, rates
from bench_attentive.attentive import Attentive
from bench_feature.feature import Feature
from bench_late.frozen import Frozen
from bench_middle.middle import Middle
from bench_none.none import NoFusion
from bench_pmemo.dataset import Pmemo2018
from bench_ressin.heads import head
from bench_ressin.ressin import ResSIN
from bench_ressin.trunk import Shortcut, Stem, Unit
from bench_synthetic.dataset import Synthetic

# what it runs of the core is covered elsewhere, and tracing slows it down
pytestmark = pytest.mark.no_cover

EDA, MUSIC = InputSpec(3, 1150, 50.0), InputSpec(6373, 1, 0.0, vector=True)
BOTH = {"eda": EDA, "music": MUSIC}
TINY = ResSIN(width=2, size=32, crop=1, hidden=8)
SMALL = {"eda": InputSpec(3, 400, 50.0), "music": InputSpec(11, 1, 0.0, vector=True)}


@pytest.fixture(autouse=True)
def quiet():
    torch.set_num_threads(1)
    torch.manual_seed(3)


def windows(given, batch=5, seconds=None):
    """Of whole seconds each, from the longest down, with NaN after their ends."""
    made = {name: torch.rand(batch, one.channels, one.samples) for name, one in given.items()}
    for name, one in given.items():
        if not one.vector:
            for row, length in zip(made[name], seconds or [], strict=False):
                row[:, round(length * one.rate) :] = torch.nan
    return made


def alone(model, given=EDA, modality="eda"):
    return Network(model, NoFusion(), {modality: given}, 2)


def size(*modules):
    return sum(parameter.numel() for module in modules for parameter in module.parameters())


# ------------------------------------------------------------------------------------------- sizes


def test_the_trunk_is_resnet_18_and_the_classifier_as_large_as_published():
    network = Network(ResSIN(), Feature(), BOTH, 2)
    assert size(network.encoders["eda"]) == 11_176_512
    assert size(network.encoders["music"]) == 0
    assert size(network.join) == 3_526_658
    first, _, last = network.join.head
    assert (first.in_features, first.out_features, last.in_features, last.out_features) == (6885, 512, 512, 2)


def test_skin_conductance_alone_has_512_numbers_before_the_same_classifier():
    network = alone(ResSIN())
    assert size(network.encoders) == 11_176_512
    assert size(network.join) == 512 * 512 + 512 + 512 * 2 + 2


def test_with_one_convolution_per_unit_only_first_convolutions_and_shortcuts_remain():
    shapes = [(64, 64), (64, 64), (64, 128), (128, 128), (128, 256), (256, 256), (256, 512), (512, 512)]
    units = sum(9 * given * out + 2 * out for given, out in shapes)
    shortcuts = sum(given * out + 2 * out for given, out in shapes if given != out)
    branch = alone(ResSIN(block="single")).encoders["eda"]
    assert size(branch) == 3 * 64 * 49 + 2 * 64 + units + shortcuts
    assert not any(isinstance(part, nn.MaxPool2d) for part in branch.modules())


@pytest.mark.parametrize("block", ["basic", "single"])
def test_tensors_have_the_shapes_of_the_paper(block):
    network = alone(replace(TINY, size=224, block=block)).eval()
    states, shapes = windows({"eda": EDA}, 1), []
    for number in range(1, 6):
        states = network.stage(number, states)
        shapes.append(tuple(states["eda"].shape[1:]))
    sides = (56, 56, 28, 14, 7) if block == "basic" else (112, 112, 56, 28, 14)
    assert shapes == [(width, side, side) for width, side in zip((2, 2, 4, 8, 16), sides, strict=True)]


@pytest.mark.parametrize("seconds", [3, 8, 23])
def test_a_clip_of_any_length_becomes_512_numbers(seconds):
    network = alone(ResSIN(size=32), InputSpec(3, seconds * 50, 50.0)).eval()
    with torch.no_grad():
        assert network.embeddings(windows({"eda": InputSpec(3, seconds * 50, 50.0)}, 2))["eda"].shape == (2, 512)


@pytest.mark.parametrize("pixels", [0, 1, 16, 33])
def test_images_of_any_size_pass(pixels):
    network = alone(replace(TINY, size=pixels)).eval()
    assert network(windows({"eda": EDA}, 2)).shape == (2, 2)


@pytest.mark.parametrize(("channels", "first"), [(1, 3), (2, 2), (3, 3), (4, 4)])
def test_a_single_channel_is_an_image_of_three_and_others_are_as_they_are(channels, first):
    given = InputSpec(channels, 400, 50.0)
    network = alone(TINY, given).eval()
    weights = [part.weight for part in network.modules() if isinstance(part, nn.Conv2d)]
    assert weights[0].shape == (2, first, 7, 7)
    if channels == 1:
        values = windows({"eda": given})
        three = alone(TINY, replace(given, channels=3)).eval()
        three.load_state_dict(dict(zip(three.state_dict(), network.state_dict().values(), strict=True)))
        torch.testing.assert_close(network(values), three({"eda": values["eda"].expand(-1, 3, -1)}))


# -------------------------------------------------------------------------------------------- units


@pytest.mark.parametrize(("given", "out", "stride"), [(4, 4, 1), (4, 8, 2)])
def test_a_unit_adds_what_it_was_given_to_two_convolutions_or_one(given, out, stride):
    values = torch.randn(3, given, 9, 9)
    for convolutions in (1, 2):
        unit = Unit(given, out, convolutions, stride)
        found = [part for part in unit.change if isinstance(part, nn.Conv2d)]
        changed = values
        for number, layer in enumerate(found):
            changed = F.relu(changed) if number else changed
            changed = F.conv2d(changed, layer.weight, stride=1 if number else stride, padding=1)
            changed = F.batch_norm(changed, None, None, training=True)
        beside = values
        if given != out:
            beside = F.batch_norm(F.conv2d(values, unit.shortcut[0].weight, stride=stride), None, None, training=True)
        torch.testing.assert_close(unit(values), F.relu(changed + beside), atol=1e-5, rtol=1e-4)
        assert len(found) == convolutions


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("side", [1, 7, 8])
def test_a_shortcut_is_a_convolution_of_1_by_1_and_so_are_its_gradients(stride, side):
    made, values = Shortcut(3, 6, stride), torch.randn(4, 3, side, side, requires_grad=True)
    found, right = made(values), F.conv2d(values, made.weight, stride=stride)
    torch.testing.assert_close(found, right)
    gradients = [torch.autograd.grad((out**2).sum(), (values, made.weight)) for out in (found, right)]
    torch.testing.assert_close(*gradients)


def stem_twice(given):
    """A stem as it is, and its layers by themselves: what they give, gradients, and running averages."""
    torch.manual_seed(0)
    stem, images = Stem(given, 4, pooled=True), torch.randn(3, given, 20, 20)
    for network in (stem, copy.deepcopy(stem).layers):
        found = network(images)
        (found**2).sum().backward()
        yield found, [part.grad for part in network.parameters()], list(network.buffers())


@pytest.mark.parametrize("given", [1, 3])
def test_the_stem_works_out_again_what_it_does_not_keep_and_no_bit_changes(given):
    (found, gradients, averages), (plain, others, once) = stem_twice(given)
    assert torch.equal(found, plain)
    assert all(torch.equal(*pair) for pair in zip(gradients, others, strict=True))
    assert all(torch.equal(*pair) for pair in zip(averages, once, strict=True))
    assert averages[2] == 1  # batches that the running averages have seen


def test_the_stem_keeps_its_images_alone():
    kept = []
    with torch.autograd.graph.saved_tensors_hooks(lambda one: kept.append(one.numel()) or one, lambda one: one):
        Stem(3, 4, pooled=True)(torch.randn(2, 3, 20, 20))
    assert sum(kept) <= 2 * 3 * 20 * 20


def test_first_weights_of_convolutions_spread_as_chosen_and_normalisation_begins_with_one():
    for part in alone(ResSIN()).encoders.modules():
        if isinstance(part, nn.Conv2d):
            right = math.sqrt(2 / (part.kernel_size[0] ** 2 * part.out_channels))
            assert float(part.weight.detach().std()) == pytest.approx(right, rel=0.05)
            assert part.bias is None
        if isinstance(part, nn.BatchNorm2d):
            assert (part.weight == 1).all()
            assert (part.bias == 0).all()


def test_the_512_numbers_are_standardised_over_the_batch_with_nothing_to_learn():
    network = alone(replace(TINY, width=4)).train()
    (norm,) = (part for part in network.modules() if isinstance(part, nn.BatchNorm1d))
    found = network.embeddings(windows({"eda": EDA}, 32))["eda"]
    assert not list(norm.parameters())
    assert found.mean(0).abs().max() < 1e-4
    assert (found.std(0, unbiased=False) - 1).abs().max() < 0.05


def test_features_of_the_music_reach_the_head_as_they_are():
    network, values = Network(TINY, Feature(), SMALL, 2), windows(SMALL)
    assert torch.equal(network.embeddings(values)["music"], values["music"][..., 0])
    assert not list(network.encoders["music"].buffers())  # nothing that could remember windows either


def test_features_that_never_vary_do_no_harm():
    network, values = Network(TINY, Feature(), SMALL, 2), windows(SMALL)
    values["music"][:] = 0.0
    loss = criterion(network(values), torch.tensor([0, 1, 0, 1, 1]), torch.ones(5))
    loss.backward()
    assert all(parameter.grad.isfinite().all() for parameter in network.parameters())


@pytest.mark.parametrize("training", [False, True])
def test_padding_changes_nothing(training):
    """Windows are padded to the longest of all, whatever that is."""
    network = alone(replace(TINY, crop=0)).train(training)
    values = windows({"eda": EDA}, 4, seconds=[12, 5, 9.5, 3])
    torch.testing.assert_close(network({"eda": values["eda"][..., :600]}), network(values), atol=1e-4, rtol=1e-4)
    assert network(values).isfinite().all()


def test_gradients_are_finite_and_reach_every_parameter_of_windows_of_different_lengths():
    network = Network(replace(TINY, width=4), Feature(), SMALL, 2).train()
    labels = torch.tensor([0, 1, 1, 0, 1, 0, 1, 0])
    network.loss_of(network(values := windows(SMALL, 8, [8, 3, 4.3])), values, labels, torch.ones(8)).backward()
    assert all(parameter.grad.isfinite().all() and parameter.grad.any() for parameter in network.parameters())


# --------------------------------------------------------------------------------------------- loss


@pytest.mark.parametrize("given", [{"eda": EDA}, BOTH], ids=["eda", "eda+music"])
def test_the_loss_begins_near_that_of_a_guess(given):
    found = []
    for seed in range(3):
        torch.manual_seed(seed)
        network = Network(ResSIN(width=16, size=48), Feature(), given, 2).train()
        values, labels = windows(given, 40), torch.arange(40) % 2
        if "music" in values:
            values["music"] = torch.randn_like(values["music"])
        found.append(float(criterion(network(values).detach(), labels, torch.ones(40))))
    assert np.mean(found) == pytest.approx(math.log(2), abs=0.05)


def test_the_head_gives_logits():
    found = head(6, 4, 3, double_softmax=False)(torch.randn(50, 6))
    assert (found.sum(1) - 1).abs().max() > 0.01


def test_softmax_twice_has_a_floor_below_which_no_loss_falls_and_bounds_what_is_told():
    made = head(6, 4, 2, double_softmax=True)
    with torch.no_grad():
        made[2].weight.copy_(torch.tensor([[500.0] * 4, [-500.0] * 4]))
        made[0].bias.fill_(5.0)
    given = made(torch.randn(8, 6)).detach()
    torch.testing.assert_close(given, torch.tensor([[1.0, 0.0]]).expand(8, 2))
    loss = criterion(given, torch.zeros(8, dtype=torch.int64), torch.ones(8))
    assert float(loss) == pytest.approx(math.log(1 + math.exp(-1)), abs=1e-6)
    assert float(loss) == pytest.approx(0.3133, abs=5e-5)
    assert given.softmax(1)[0].tolist() == pytest.approx([0.7311, 0.2689], abs=5e-5)


def test_softmax_twice_prefers_the_same_class():
    once, twice = (head(6, 4, 2, double_softmax=double) for double in (False, True))
    twice.load_state_dict(once.state_dict())
    values = torch.randn(200, 6)
    assert torch.equal(once(values).argmax(1), twice(values).argmax(1))


# ----------------------------------------------------------------------------------------- training


def test_the_rate_falls_to_a_tenth_after_every_300_steps():
    found = rates(ResSIN(), 69)  # 7,690 clips, nine tenths of them in batches of 100
    assert found[[0, 299, 300, 600, 900]] == pytest.approx([1e-3, 1e-3, 1e-4, 1e-5, 1e-6])


def test_training_ends_with_the_pass_in_which_1200_steps_are_done():
    assert epochs(ResSIN(), 69) == 18
    assert len(rates(ResSIN(), 69)) == 18 * 69


def test_the_other_reading_counts_passes():
    model = ResSIN(duration_unit="epochs", epochs=900)
    assert epochs(model, 69) == 900
    assert rates(model, 69)[[0, 300 * 69 - 1, 300 * 69, 600 * 69]] == pytest.approx([1e-3, 1e-3, 1e-4, 1e-5])


def test_it_trains_as_the_paper_says():
    model = ResSIN()
    assert (model.optimiser, model.momentum, model.batch, model.learning_rate) == ("sgd", 0.9, 100, 1e-3)
    assert (model.schedule, model.gamma, model.step_size, model.l2, model.decay) == ("step", 0.1, 300, 0, 0)


def test_only_a_random_crop_makes_it_draw():
    assert has_random_modules(alone(TINY))
    network, values = alone(TINY).eval(), windows({"eda": EDA})
    assert torch.equal(network(values), network(values))


def test_the_same_seed_gives_the_same_first_weights():
    def made():
        torch.manual_seed(5)
        return torch.cat([parameter.detach().flatten() for parameter in alone(TINY).parameters()])

    assert torch.equal(made(), made())


def test_it_learns_to_tell_rising_clips_from_falling_ones_of_any_length():
    rising = torch.arange(48) % 2
    time = torch.linspace(-0.5, 0.5, 400)
    values = torch.where(rising[:, None] == 1, time, -time)[:, None] + 0.2 * torch.randn(48, 3, 400)
    values[::3, :, 250:] = torch.nan
    network = alone(replace(TINY, width=4), SMALL["eda"]).train()
    optimiser, losses = torch.optim.SGD(network.parameters(), 1e-2, momentum=0.9), []
    for _ in range(60):
        loss = criterion(network({"eda": values}), rising, torch.ones(48))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 4
    assert torch.equal(network.eval()({"eda": values}).argmax(1), rising)


# --------------------------------------------------------------------------------- chains and fusion


@pytest.mark.parametrize(
    ("dataset", "modalities", "chain"),
    [
        (Pmemo2018(), ("eda", "music"), "ressin"),
        (Pmemo2018(), ("eda",), "ressin"),
        (Pmemo2018(), ("music",), "ressin"),
        (Pmemo2018(), (), "ressin"),
        (Synthetic(), ("eda", "bvp"), "zscore | resample(8)"),
        (Synthetic(), (), "zscore | resample(8)"),
        (Synthetic(), ("eda",), "zscore | resample(8)"),
    ],
)
def test_the_papers_chain_is_for_the_papers_signals(dataset, modalities, chain):
    assert ResSIN().default_preprocessing(dataset, modalities) == chain


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            InputSpec(1, 10, 1.0),
            "A row of an image is one second of temp, and it has 1 samples per second; resample it to 2 or more.",
        ),
        (
            InputSpec(1, 30, 32.0),
            "A row of an image is one second of temp, and a window is shorter; set -o window.length to 1 or more.",
        ),
    ],
)
def test_what_makes_no_image_is_refused(given, message):
    with pytest.raises(UsageError) as raised:
        ResSIN().encoder("temp", given)
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("fusion", "others"),
    [(Middle(), "feature or late"), (Attentive(), "feature, late or attentive(at=embeddings)")],
)
def test_its_stages_are_images_and_cannot_be_joined_along_time(fusion, others):
    reason = fusion.refuse(replace(EXAMPLE, model=ResSIN(), fusion=fusion, modalities=("eda", "music")))
    assert reason == f"it joins tensors along time, and the stages of this model have none; use --fusion {others}"


@pytest.mark.parametrize("fusion", [Feature(), Frozen(), Attentive(at="embeddings")])
def test_its_embeddings_can_be_joined_by_any_fusion(fusion):
    assert fusion.refuse(replace(EXAMPLE, model=TINY, fusion=fusion, modalities=("eda", "music"))) is None
    network = Network(TINY, fusion, SMALL, 2)
    assert network(values := windows(SMALL)).shape == (5, 2)
    for phase in plan(TINY, fusion, tuple(SMALL)):
        assert network(values, phase.branch).shape == (5, 2)


def test_it_is_known_without_torch():
    code = "import sys, bench_ressin.ressin as m; m.ResSIN(); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
