"""AttX: its blocks against formulas, its sizes against measured ones, and networks of it under every connection."""

import subprocess
import sys
from itertools import chain, combinations

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - the usual name
from torch import nn
from torch.func import functional_call, stack_module_state, vmap

from bench.api import InputSpec
from bench.errors import UsageError
from bench.training.networks.network import Network
from bench_attentive.attentive import Attentive
from bench_attx.attx import AttX
from bench_attx.blocks import SE, SEBlock
from bench_feature.feature import Feature
from bench_middle.middle import Middle
from bench_none.none import NoFusion

# what it runs of the core is covered elsewhere, and tracing slows it down
pytestmark = pytest.mark.no_cover

TINY = AttX(width=2, projection=8, hidden=8)
PAIR = ("ecg", "eda")

COUNTS = {  # of the default sizes, as they were measured apart from this code
    ("ecg_to_eda", (1,)): 1636938,
    ("ecg_to_eda", (2,)): 1676010,
    ("ecg_to_eda", (3,)): 1750058,
    ("ecg_to_eda", (1, 2)): 1710990,
    ("ecg_to_eda", (1, 3)): 1785038,
    ("ecg_to_eda", (2, 3)): 1824110,
    ("ecg_to_eda", (1, 2, 3)): 1859090,
    ("eda_to_ecg", (1,)): 1638986,
    ("eda_to_ecg", (2,)): 1684202,
    ("eda_to_ecg", (3,)): 1610794,
    ("eda_to_ecg", (1, 2)): 1721230,
    ("eda_to_ecg", (1, 3)): 1647822,
    ("eda_to_ecg", (2, 3)): 1693038,
    ("eda_to_ecg", (1, 2, 3)): 1730066,
    ("both", (1,)): 1673930,
    ("both", (2,)): 1758186,
    ("both", (3,)): 1758762,
    ("both", (1, 2)): 1830158,
    ("both", (1, 3)): 1830734,
    ("both", (2, 3)): 1914990,
    ("both", (1, 2, 3)): 1986962,
}


@pytest.fixture(autouse=True)
def quiet():
    torch.set_num_threads(1)
    torch.manual_seed(3)


def inputs(modalities=PAIR, samples=64, channels=1):
    return {name: InputSpec(channels, samples, 256.0) for name in modalities}


def windows(given, batch=6):
    return {name: torch.randn(batch, one.channels, one.samples) for name, one in given.items()}


def size(module):
    return sum(parameter.numel() for parameter in module.parameters())


# ------------------------------------------------------------------------------------------- sizes


def test_without_connections_it_has_as_many_parameters_as_were_measured():
    assert size(Network(AttX(), Feature(), inputs(samples=2560), 2)) == 1601958


@pytest.mark.parametrize(("direction", "stages"), COUNTS)
def test_with_connections_it_has_as_many_parameters_as_were_measured(direction, stages):
    network = Network(AttX(), Attentive(direction=direction, stages=stages), inputs(samples=2560), 2)
    assert size(network) == COUNTS[direction, stages]


@pytest.mark.parametrize(("stages", "count"), [((1, 2), 104), ((1, 2, 3), 236)])
def test_attention_itself_is_small(stages, count):
    exchanges = Network(AttX(), Attentive(stages=stages), inputs(samples=2560), 2).exchanges
    assert sum(size(exchange.attentions) for exchange in exchanges.values()) == count


def test_without_attention_all_but_attention_is_the_same():
    network = Network(AttX(), Middle(), inputs(samples=2560), 2)
    assert size(network) == COUNTS["both", (1, 2)] - 104


@pytest.mark.parametrize("fusion", [Feature(), Attentive(stages=(1, 2, 3)), Middle(stages=(1, 2, 3))])
def test_ten_seconds_become_shorter_by_stages(fusion):
    network = Network(AttX(), fusion, given := inputs(samples=2560), 2)
    states = windows(given, 2)
    shapes = []
    for number in range(1, 5):
        inside = network.stage(number, states)
        shapes.append({name: tuple(inside[name].shape[1:]) for name in PAIR})
        states = network.after(number, states)
    widened = 1 if isinstance(fusion, Feature) else 2  # as stage 4 of the ECG branch is nothing but its input
    assert shapes == [
        {"ecg": (32, 640), "eda": (32, 640)},
        {"ecg": (64, 320), "eda": (64, 320)},
        {"ecg": (128, 160), "eda": (128, 160)},
        {"ecg": (128 * widened, 160), "eda": (128, 80)},
    ]
    assert {name: found.shape for name, found in network.embeddings(windows(given, 2)).items()} == {
        "ecg": (2, 64),
        "eda": (2, 64),
    }
    assert network(windows(given, 2)).shape == (2, 2)


# ------------------------------------------------------------------------------------------ blocks


def test_squeeze_and_excitation_scales_each_channel_by_its_formula():
    block, values = SE(6, 2), torch.randn(4, 6, 10)
    inside = F.relu(values.mean(2) @ block.squeeze.weight.T + block.squeeze.bias)
    weights = torch.sigmoid(inside @ block.excite.weight.T + block.excite.bias)
    torch.testing.assert_close(block(values), values * weights[:, :, None])


def test_squeeze_and_excitation_of_few_channels_keeps_one_inside():
    assert SE(4, 16).squeeze.out_features == 1


def batch_normal(values, eps=1e-5):
    mean, spread = values.mean((0, 2), keepdim=True), values.var((0, 2), unbiased=False, keepdim=True)
    return (values - mean) / (spread + eps).sqrt()


@pytest.mark.parametrize(("width", "stride"), [(4, 1), (6, 1), (4, 2), (6, 2)])
def test_a_residual_block_is_its_formula(width, stride):
    block, values = SEBlock(4, width, 5, stride, 2), torch.randn(3, 4, 20)
    first, second = (layer for layer in block.body if isinstance(layer, nn.Conv1d))
    inner = F.relu(batch_normal(F.conv1d(values, first.weight, stride=stride, padding=2)))
    scaled = block.body[-1](batch_normal(F.conv1d(inner, second.weight, padding=2)))
    kept = values
    if (width, stride) != (4, 1):
        kept = batch_normal(F.conv1d(values, block.shortcut[0].weight, stride=stride))
    torch.testing.assert_close(block(values), F.relu(scaled + kept), atol=1e-5, rtol=1e-5)


def test_blocks_of_each_stage_are_those_of_the_paper():
    network = Network(AttX(), Feature(), inputs(), 2)

    def blocks(modality):
        return [[named(block) for block in stage] for stage in network.encoders[modality].stages]

    def named(block):
        if isinstance(block, SEBlock):
            return "SE ID" if isinstance(block.shortcut, nn.Identity) else "SE Conv"
        return "SE" if isinstance(block, SE) else "Conv"

    assert blocks("ecg") == [["Conv"], ["SE Conv", "SE ID", "SE ID"], ["SE Conv", "SE ID"]]
    assert blocks("eda") == [["Conv"], ["Conv", "Conv"], ["Conv", "Conv"], ["Conv", "Conv", "SE"]]


def test_numerics_are_those_of_keras():
    network = Network(AttX(width=8), Attentive(), inputs(), 2)
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm1d):
            assert (layer.eps, layer.momentum) == (1e-3, 0.01)
        if isinstance(layer, nn.Conv1d):
            assert layer.bias is None
        if isinstance(layer, nn.Linear):
            assert not layer.bias.any()
        if isinstance(layer, (nn.Conv1d, nn.Linear)):
            taps = layer.weight[0, 0].numel() if layer.weight.ndim == 3 else 1
            limit = (6 / (taps * (layer.weight.shape[0] + layer.weight.shape[1]))) ** 0.5
            assert layer.weight.abs().max() <= limit
            if layer.weight.numel() > 100:
                assert layer.weight.abs().max() > 0.9 * limit
    assert AttX.adam_eps == 1e-7


def test_what_batch_normalisation_remembers_can_be_set():
    network = Network(AttX(width=2, batch_norm_momentum=0.2), Attentive(batch_norm_momentum=0.4), inputs(), 2)
    own, exchanged = network.encoders.modules(), network.exchanges.modules()
    assert {layer.momentum for layer in own if isinstance(layer, nn.BatchNorm1d)} == {0.2}
    assert {layer.momentum for layer in exchanged if isinstance(layer, nn.BatchNorm1d)} == {0.4}


def test_the_same_seed_gives_the_same_network():
    first, second = (Network(TINY, Attentive(), inputs(), 2).state_dict() for _ in range(2) if torch.manual_seed(5))
    assert all(torch.equal(first[name], second[name]) for name in first)


# -------------------------------------------------------------------------------------- modalities


@pytest.mark.parametrize(
    ("modality", "kind"),
    [
        *((name, "ecg") for name in ("ecg", "bvp", "eeg", "emg", "resp", "wrist-acc", "ecg+eda", "eda+wrist-temp+bvp")),
        *((name, "eda") for name in ("eda", "temp", "gsr", "hr", "wrist-eda", "eda+wrist-temp")),
    ],
)
def test_quick_signals_get_the_branch_of_ecg_and_slow_ones_that_of_eda(modality, kind):
    assert AttX().kind(modality) == kind
    for asked in ("ecg", "eda"):
        assert AttX(branch=asked).kind(modality) == asked


@pytest.mark.parametrize(("modality", "needed"), [("ecg", 16), ("eda", 32)])
def test_windows_too_short_for_all_stages_are_refused(modality, needed):
    with pytest.raises(UsageError) as caught:
        Network(AttX(), NoFusion(), inputs([modality], needed - 1), 2)
    assert str(caught.value) == (
        f"A window of {modality} has {needed - 1} samples, and AttX needs {needed} or more: "
        "set -o window.length to more seconds, or resample to a higher rate."
    )
    network = Network(TINY, NoFusion(), given := inputs([modality], needed), 2)
    assert network(windows(given)).shape == (6, 2)


@pytest.mark.parametrize("modalities", [("ecg",), ("eda",), ("ecg+eda",), ("bvp", "wrist-eda"), ("eeg", "ecg", "eda")])
@pytest.mark.parametrize(("channels", "classes"), [(1, 2), (3, 5)])
def test_it_takes_any_modalities_channels_and_classes(modalities, channels, classes):
    given = inputs(modalities, 48, channels)
    for fusion in (NoFusion(),) if len(modalities) == 1 else (Feature(), Attentive(stages=(1, 3)), Middle()):
        assert Network(TINY, fusion, given, classes)(windows(given)).shape == (6, classes)


# --------------------------------------------------------------------------------------- gradients

EVERY_STAGES = list(chain.from_iterable(combinations((1, 2, 3), count) for count in (1, 2, 3)))
CONFIGURATIONS = [Feature(), Middle(), Attentive(attention="step", stages=(1, 2, 3)), *(
    Attentive(direction=direction, stages=stages)
    for direction in ("ecg_to_eda", "eda_to_ecg", "both") for stages in EVERY_STAGES
)]  # fmt: skip


@pytest.mark.parametrize("fusion", CONFIGURATIONS, ids=str)
def test_every_parameter_learns(fusion):
    network = Network(AttX(width=4, reduction=1, projection=16, hidden=16), fusion, given := inputs(samples=128), 2)
    loss = F.cross_entropy(network(windows(given, 8)), torch.arange(8) % 2)
    loss.backward()
    still = [name for name, parameter in network.named_parameters() if not parameter.grad.any()]
    assert not still


def gradient(network, given, of, by):
    """Of the embedding of one modality by the input of another."""
    values = windows(given)
    values[by].requires_grad_()
    (found,) = torch.autograd.grad(network.embeddings(values)[of].sum(), values[by], allow_unused=True)
    return 0.0 if found is None else float(found.abs().max())


@pytest.mark.parametrize(
    ("fusion", "ecg_by_eda", "eda_by_ecg"),
    [
        (Feature(), False, False),
        (Attentive(stages=()), False, False),
        (Attentive(direction="eda_to_ecg"), True, False),
        (Middle(direction="eda_to_ecg"), True, False),
        (Attentive(direction="ecg_to_eda"), False, True),
        (Middle(direction="ecg_to_eda"), False, True),
        (Attentive(), True, True),
        (Middle(), True, True),
    ],
    ids=str,
)
def test_a_branch_depends_on_another_only_where_it_receives(fusion, ecg_by_eda, eda_by_ecg):
    network = Network(TINY, fusion, given := inputs(samples=128), 2)
    assert (gradient(network, given, "ecg", "eda") > 0) == ecg_by_eda
    assert (gradient(network, given, "eda", "ecg") > 0) == eda_by_ecg


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize(
    "fusion",
    [
        Feature(),
        Middle(),
        Attentive(),
        Attentive(attention="step"),
        Attentive(direction="eda_to_ecg"),
        Attentive(partners="shared", direction="bvp_to_eda+ecg_to_eda"),
    ],
    ids=str,
)
def test_stacked_networks_give_what_each_gives_alone(fusion, training):
    modalities = PAIR if "bvp" not in str(fusion) else (*PAIR, "bvp")
    given = inputs(modalities)
    networks = [Network(TINY, fusion, given, 3).train(training) for _ in range(3)]
    values = windows(given, 3 * 5)
    each = {name: value.unflatten(0, (3, 5)) for name, value in values.items()}
    state, buffers = stack_module_state(networks)
    together = vmap(lambda state, buffers, values: functional_call(networks[0], (state, buffers), (values,)))
    found = together(state, buffers, each)
    for number, network in enumerate(networks):
        alone = network({name: value[number] for name, value in each.items()})
        torch.testing.assert_close(found[number], alone, atol=1e-5, rtol=1e-5)
        for name, buffer in network.named_buffers():
            torch.testing.assert_close(buffers[name][number], buffer, atol=1e-5, rtol=1e-5)


def test_options_can_be_read_without_torch():
    modules = "bench_attx.attx, bench_attentive.attentive, bench_middle.middle, bench_feature.feature"
    script = f"import sys, {modules}\nprint('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
