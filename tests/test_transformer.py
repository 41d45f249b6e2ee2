"""The Transformer: its sizes as published, its blocks against formulas and torch, and what it says about training."""

import subprocess
import sys
from dataclasses import dataclass, replace

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - the usual name
from torch import nn

from bench.api import Fusion, InputSpec
from bench.errors import UsageError
from bench.training.networks.dropout import Dropout, attach_random_stream
from bench.training.networks.freezing import learning
from bench.training.networks.network import Network, plan
from bench.training.optimisers.schedule import rates
from bench_attentive.attentive import Attentive
from bench_feature.feature import Feature
from bench_late.frozen import Frozen
from bench_middle.middle import Middle
from bench_none.none import NoFusion
from bench_synthetic.dataset import Synthetic
from bench_transformer.convolutions import convolutions
from bench_transformer.heads import Output
from bench_transformer.layer import Layer
from bench_transformer.sequence import TokenSequence, sinusoids
from bench_transformer.transformer import Transformer

# what it runs of the core is covered elsewhere, and tracing slows it down
pytestmark = pytest.mark.no_cover

TINY = Transformer(width=2, feedforward=16, hidden=12)
PAPER = {"ecg": InputSpec(1, 1280, 128.0), "eeg": InputSpec(10, 1280, 128.0)}
SHORT = {"ecg": InputSpec(1, 24, 128.0), "eeg": InputSpec(3, 24, 128.0)}


@pytest.fixture(autouse=True)
def quiet():
    torch.set_num_threads(1)
    torch.manual_seed(3)


def windows(given, batch=5):
    return {name: torch.randn(batch, one.channels, one.samples) for name, one in given.items()}


def size(*modules):
    return sum(parameter.numel() for module in modules for parameter in module.parameters())


def alone(model, modality, given=SHORT):
    return Network(model, NoFusion(), {modality: given[modality]}, 2)


# ------------------------------------------------------------------------------------------- sizes


@pytest.mark.parametrize(
    ("modality", "encoder", "convolution", "decoder", "classifier"),
    [("ecg", 2412416, 832000, 33025, 264193), ("eeg", 2449856, 869440, 34186, 16513)],
)
def test_it_has_as_many_parameters_as_were_measured(modality, encoder, convolution, decoder, classifier):
    network = alone(Transformer(), modality, PAPER)
    branch = network.encoders[modality]
    layers = [stage.layer for stage in branch.stages[1:]]
    assert size(branch.stages) == encoder
    assert size(*(part for part in branch.stages[0] if isinstance(part, nn.Conv1d))) == convolution
    assert size(*layers) == 1579520
    # what remains: the CLS token, and the weights and biases of two normalisations
    assert encoder - convolution - size(*layers) == 256 + 2 * 64 + 2 * 256
    assert size(branch.embed, network.join) == classifier
    assert size(Transformer().decoder(modality, PAPER[modality], 256)) == decoder


@pytest.mark.parametrize(("hidden", "count"), [(0, 71809), (64, 10369)])
def test_the_fusion_head_has_as_many_parameters_as_were_measured(hidden, count):
    network = Network(Transformer(hidden=hidden), Frozen(), PAPER, 2)
    assert size(network.join) == count
    assert {name: size(head) for name, head in network.heads.items()} == {"ecg": (hidden or 1024) + 1, "eeg": 65}


@pytest.mark.parametrize(
    ("modality", "channels", "expected"),
    [
        ("ecg", 1, (1024, 0.3)),
        ("chest-ecg", 2, (1024, 0.3)),
        ("eda", 1, (1024, 0.3)),
        ("eeg", 10, (64, 0.6)),
        ("eeg", 1, (64, 0.6)),
        ("acc", 3, (64, 0.6)),
        ("ecg+eeg", 11, (64, 0.6)),
    ],
)
def test_a_modality_has_the_classifier_of_ecg_or_that_of_eeg(modality, channels, expected):
    assert Transformer().last_layer(modality, channels) == expected
    assert Transformer(hidden=7).last_layer(modality, channels) == (7, expected[1])
    network = Network(Transformer(width=2), NoFusion(), {modality: InputSpec(channels, 24, 128.0)}, 2)
    linear, dropout = (part for part in network.encoders[modality].embed if isinstance(part, (nn.Linear, Dropout)))
    assert (linear.out_features, dropout.p) == expected


def test_ten_seconds_become_1281_tokens_and_then_one_decision():
    model = replace(TINY, hidden=0)
    network, states, shapes = Network(model, Feature(), PAPER, 2).eval(), windows(PAPER, 2), []
    with torch.no_grad():
        for number in range(1, 4):
            states = network.stage(number, states)
            shapes.append({tuple(state.shape) for state in states.values()})
        assert shapes == [{(2, 8, 1280)}, {(2, 8, 1281)}, {(2, 8, 1281)}]
        for name, given in PAPER.items():
            assert model.decoder(name, given, 8)(states[name]).shape == (2, given.channels, 1280)
        found = network.embeddings(windows(PAPER, 2))
        assert {name: tuple(one.shape) for name, one in found.items()} == {"ecg": (2, 1024), "eeg": (2, 64)}
        assert network(windows(PAPER, 2)).shape == (2, 2)


# ------------------------------------------------------------------------------------------ blocks


@pytest.mark.parametrize(("place", "first", "last"), [(640, 584, 696), (10, 0, 66), (1279, 1223, 1279)])
def test_a_token_sees_113_samples(place, first, last):
    front, values = convolutions(3, 4), torch.randn(1, 3, 1280)
    struck = values.clone()
    struck[0, 1, place] += 10.0
    touched = (front(values) != front(struck)).any(dim=1)[0].nonzero().ravel()
    assert (touched.min().item(), touched.max().item(), len(touched)) == (first, last, last - first + 1)
    assert (last - first + 1 == 113) == (place == 640)


def test_convolutions_and_normalisations_are_their_formula():
    front, values = convolutions(2, 4), torch.randn(3, 2, 90)
    first, second, third = (part for part in front if isinstance(part, nn.Conv1d))
    inner = F.conv1d(values, first.weight, first.bias, padding=32)
    inner = (inner - inner.mean(1, keepdim=True)) / (inner.var(1, unbiased=False, keepdim=True) + 1e-5).sqrt()
    inner = F.conv1d(inner.relu(), second.weight, second.bias, padding=16).relu()
    inner = F.conv1d(inner, third.weight, third.bias, padding=8).relu()
    expected = (inner - inner.mean(1, keepdim=True)) / (inner.var(1, unbiased=False, keepdim=True) + 1e-5).sqrt()
    torch.testing.assert_close(front(values), expected, atol=1e-5, rtol=1e-5)


def test_places_are_sines_and_cosines():
    found = sinusoids(6, 9)
    for row in range(6):
        for time in range(9):
            angle = torch.tensor(time / 10_000 ** (row // 2 * 2 / 6), dtype=torch.float64)
            assert found[row, time] == pytest.approx(float(angle.cos() if row % 2 else angle.sin()), abs=1e-6)


@pytest.mark.parametrize("learned", [False, True])
def test_the_cls_token_comes_first_and_every_token_is_told_its_place(learned):
    part, values = TokenSequence(4, 8, learned, 0.0), torch.randn(3, 4, 7)
    found = part(values)
    torch.testing.assert_close(found[:, :, 0], (part.cls + part.places[:, 0]).expand(3, 4))
    torch.testing.assert_close(found[:, :, 1:], values + part.places[:, 1:])
    assert size(part) == 4 + 4 * 8 * learned
    assert learned or torch.equal(part.places, sinusoids(4, 8))


@pytest.mark.parametrize(("width", "heads"), [(8, 1), (8, 2), (12, 3), (16, 16)])
def test_a_layer_is_that_of_torch(width, heads):
    ours, values = Layer(width, heads, 20, 0.0, again=False), torch.randn(4, width, 30)
    theirs = nn.TransformerEncoderLayer(width, heads, 20, dropout=0.0, batch_first=True)
    with torch.no_grad():
        for parameter in ours.parameters():
            parameter.normal_(std=0.5)
    pairs = {
        "self_attn.in_proj_": ours.attention.given,
        "self_attn.out_proj.": ours.attention.out,
        "linear1.": ours.feedforward[0],
        "linear2.": ours.feedforward[2],
        "norm1.": ours.norms[0],
        "norm2.": ours.norms[1],
    }
    theirs.load_state_dict({f"{name}{kind}": getattr(part, kind) for name, part in pairs.items()
                            for kind in ("weight", "bias")})  # fmt: skip
    torch.testing.assert_close(ours(values), theirs(values.transpose(1, 2)).transpose(1, 2), atol=1e-5, rtol=1e-4)


def test_weights_of_layers_begin_as_glorot_and_bengio_have_them():
    layer = Layer(32, 2, 64, 0.1, again=False)
    for part in layer.modules():
        if isinstance(part, nn.Linear):
            limit = (6 / sum(part.weight.shape)) ** 0.5
            assert 0.9 * limit < part.weight.abs().max() <= limit
            assert not part.bias.any()


@pytest.mark.parametrize("pooling", ["cls", "mean"])
def test_a_classifier_sees_the_cls_token_or_the_mean_of_the_others(pooling):
    network = alone(replace(TINY, pooling=pooling), "ecg").eval()
    branch = network.encoders["ecg"]
    values = torch.randn(3, 8, 25)
    token = values[:, :, 0] if pooling == "cls" else values[:, :, 1:].mean(-1)
    linear = branch.embed[1]
    torch.testing.assert_close(branch.embed(values), (token @ linear.weight.T + linear.bias).relu())


def test_a_linear_probe_decides_from_pooled_tokens():
    model = Transformer(width=2, layers=1, feedforward=4, classifier="linear", pooling="mean", tuning="frozen")
    network = alone(model, "ecg")
    branch, values = network.encoders["ecg"], torch.randn(3, 8, 11)
    torch.testing.assert_close(branch.embed(values), values[..., 1:].mean(2))
    [phase] = plan(model, NoFusion(), ("ecg",))
    assert learning(network, phase) == ["join.head.weight", "join.head.bias"]


def test_dropout_falls_on_places_sublayers_and_the_classifier():
    network = Network(replace(TINY, dropout=0.25), Frozen(), SHORT, 2)
    found = {name: part.p for name, part in network.named_modules() if isinstance(part, Dropout)}
    assert found == {
        **{f"encoders.{name}.stages.1.sequence.dropout": 0.25 for name in SHORT},
        **{f"encoders.{name}.stages.{place}.layer.dropout": 0.25 for name in SHORT for place in (1, 2)},
        "encoders.ecg.embed.3": 0.3,
        "encoders.eeg.embed.3": 0.6,
        "join.head.2": 0.1,
        "join.head.5": 0.1,
    }


# -------------------------------------------------------------------------------------- decisions


def test_with_two_classes_cross_entropy_is_the_binary_one_of_one_output():
    head, values, labels = Output(6, 2), torch.randn(50, 6), torch.arange(50) % 2
    logits = head(values)
    single = values @ head.weight[0] + head.bias
    assert not logits[:, 0].any()
    torch.testing.assert_close(logits[:, 1], single)
    expected = F.binary_cross_entropy_with_logits(single, labels.float())
    torch.testing.assert_close(F.cross_entropy(logits, labels), expected)
    torch.testing.assert_close(logits.softmax(1)[:, 1] > 0.5, single > 0)


@pytest.mark.parametrize("fusion", [NoFusion(), Feature(), Frozen()], ids=lambda fusion: type(fusion).__name__)
def test_more_classes_have_an_output_each(fusion):
    given = {"eeg": SHORT["eeg"]} if isinstance(fusion, NoFusion) else SHORT
    assert Network(TINY, fusion, given, 5)(windows(given)).shape == (5, 5)


def test_the_order_of_a_batch_does_not_matter():
    network, values, order = Network(TINY, Feature(), SHORT, 2).eval(), windows(SHORT, 7), torch.randperm(7)
    found = network({name: value[order] for name, value in values.items()})
    torch.testing.assert_close(found, network(values)[order])


def test_the_output_of_one_modality_has_no_say_in_what_is_fused():
    network, values = Network(TINY, Frozen(), SHORT, 2).eval(), windows(SHORT)
    before = network.embeddings(values)
    with torch.no_grad():
        for head in network.heads.values():
            head.weight.add_(1.0)
    after = network.embeddings(values)
    for name, given in SHORT.items():
        assert torch.equal(before[name], after[name])
        state = values[name]
        for stage in network.encoders[name].stages:
            state = stage(state)
        linear = network.encoders[name].embed[1]
        torch.testing.assert_close(after[name], (state[:, :, 0] @ linear.weight.T + linear.bias).relu())
        assert after[name].shape == (5, TINY.hidden), given


def test_a_decoder_tells_each_sample_from_its_own_token():
    decoder = TINY.decoder("eeg", SHORT["eeg"], 20)  # wider where several modalities are told together
    tokens = torch.randn(2, 20, 25)
    first, second = decoder[0], decoder[2]
    for time in range(24):
        inner = (tokens[:, :, time + 1] @ first.weight.T + first.bias).relu()
        expected = inner @ second.weight.T + second.bias
        torch.testing.assert_close(decoder(tokens)[:, :, time], expected)


# ------------------------------------------------------------------------------------ combinations


def test_widened_stages_begin_with_a_projection_and_keep_the_names_of_the_rest():
    narrow, wide = (Network(TINY, fusion, SHORT, 2) for fusion in (Feature(), Middle()))
    new = {
        name for name in dict(wide.named_parameters()).keys() - dict(narrow.named_parameters()).keys()
        if name.startswith("encoders")
    }  # fmt: skip
    assert new == {f"encoders.{name}.stages.{place}.narrow.{kind}" for name in SHORT for place in (1, 2)
                   for kind in ("weight", "bias")}  # fmt: skip
    kept = {name: value.shape for name, value in narrow.named_parameters() if ".stages." in name}
    assert kept.items() <= {name: value.shape for name, value in wide.named_parameters()}.items()


CONFIGURATIONS = [
    (TINY, Feature()),
    (TINY, Middle()),
    (TINY, Attentive()),
    (replace(TINY, layers=1), Middle(stages=(2,))),
    (replace(TINY, layers=3, heads=4, positions="learned", pooling="mean"), Attentive(stages=(1, 2))),
    (replace(TINY, checkpointing=True), Middle(direction="ecg_to_eeg")),
]


@pytest.mark.parametrize(("model", "fusion"), CONFIGURATIONS, ids=str)
def test_every_parameter_learns(model, fusion):
    network = Network(model, fusion, SHORT, 3)
    F.cross_entropy(network(windows(SHORT, 12)), torch.arange(12) % 3).backward()
    assert not [name for name, parameter in network.named_parameters() if not parameter.grad.any()]


def gradients(model, modality="eeg", seed=11, noisy=True):
    torch.manual_seed(5)
    network, values = alone(model, modality), windows(SHORT)
    if noisy:
        attach_random_stream(network, "cpu").generator.manual_seed(seed)
    loss = F.cross_entropy(network({modality: values[modality]}), torch.arange(5) % 2)
    found = torch.autograd.grad(loss, list(network.parameters()))
    return [loss.detach(), *found, torch.rand(1) if not noisy else next(
        part.stream for part in network.modules() if isinstance(part, Dropout)).generator.get_state()]  # fmt: skip


@pytest.mark.parametrize("noisy", [True, False])
def test_checkpointing_changes_no_bit(noisy):
    model = replace(TINY, dropout=0.3, layers=3)
    plain, again = (gradients(replace(model, checkpointing=which), noisy=noisy) for which in (False, True))
    assert all(torch.equal(one, other) for one, other in zip(plain, again, strict=True))
    assert not noisy or not torch.equal(plain[1], gradients(model, seed=12)[1])  # the masks do matter


def test_checkpointing_keeps_less():
    def kept(model):
        seen = []
        with torch.autograd.graph.saved_tensors_hooks(lambda one: seen.append(one.numel()) or one, lambda one: one):
            Layer(8, 2, 64, 0.1, again=model)(torch.randn(2, 8, 100, requires_grad=True))
        return sum(seen)

    assert kept(True) < kept(False) / 10


# --------------------------------------------------------------------------------------- training


@dataclass(frozen=True)
class Together(Fusion):
    """Everything learns together."""


def rates_of_epochs(model, phase):
    """Epochs -> the learning rate that all their steps have."""
    model = replace(model, **phase.training)
    found = rates(model, 7).reshape(model.epochs, 7)
    assert (found == found[:, :1]).all()
    return found[:, 0]


@pytest.mark.parametrize(
    ("place", "name", "episodes"),
    [
        (0, "fit ecg", {(0, 45): 1e-4, (45, 90): 6.5e-5, (90, 100): 4.225e-5}),
        (1, "fit eeg", {(0, 45): 1e-4, (45, 90): 6.5e-5, (90, 100): 4.225e-5}),
        (2, "fuse", {(0, 20): 1e-5, (20, 40): 6.5e-6, (40, 52): 4.225e-6}),
    ],
)
def test_learning_rates_are_those_of_the_paper(place, name, episodes):
    model = Transformer()
    phase = plan(model, Frozen(), ("ecg", "eeg"))[place]
    found = rates_of_epochs(model, phase)
    assert phase.name == name
    assert len(found) == max(stop for _, stop in episodes)
    for (start, stop), rate in episodes.items():
        assert found[start:stop] == pytest.approx(rate, rel=1e-12)
    assert (model.l2, model.batch, model.stopping) == (1e-5, 128, "last")


@pytest.mark.parametrize("tuning", ["full", "frozen"])
def test_only_a_head_that_learns_alone_is_trained_otherwise(tuning):
    model = Transformer(tuning=tuning, fuse_epochs=3, fuse_rate=0.1, fuse_step_size=2)
    phases = plan(model, Frozen(), ("ecg", "eeg"))
    own = {"epochs": 3, "learning_rate": 0.1, "step_size": 2, "warmup": 0.0}
    assert [dict(phase.training) for phase in phases] == [{}, {}, own]
    assert [dict(phase.training) for phase in plan(model, Together(), ("ecg",))] == [{}]


def test_models_that_differ_in_what_decides_share_their_pretraining():
    usual = Transformer().pretraining()
    assert usual == Transformer(
        pooling="mean", hidden=3, fuse_epochs=1, fuse_rate=0.5, fuse_step_size=2, rate=64, epochs=7, learning_rate=0.1,
        step_size=3, gamma=0.3, l2=0.1, batch=4, tuning="frozen", label_fraction=0.1,
    ).pretraining()  # fmt: skip
    assert (usual.epochs, usual.learning_rate, usual.l2, usual.schedule) == (500, 5e-4, 0.005, "linear")
    for option in (
        {"width": 32},
        {"layers": 1},
        {"heads": 4},
        {"dropout": 0.2},
        {"positions": "learned"},
        {"mask_span": 5},
    ):
        assert Transformer(**option).pretraining() != usual


# ---------------------------------------------------------------------------------------- options


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"heads": 3}, ("transformer: 3 heads cannot share 256 channels (4 times model.width) evenly; "
         "set -o model.heads to one of 1, 2, 4, 8, 16.")),
        ({"width": 3, "heads": 8}, ("transformer: 8 heads cannot share 12 channels (4 times model.width) evenly; "
         "set -o model.heads to one of 1, 2, 3, 4, 6, 12.")),
    ],
)  # fmt: skip
def test_heads_that_cannot_share_a_token_are_refused(options, message):
    with pytest.raises(UsageError) as caught:
        Transformer(**options)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("modalities", "chain"),
    [
        (("ecg", "eeg"), "transformer(rate=64)"),
        (("eeg",), "transformer(rate=64)"),
        ((), "transformer(rate=64)"),
        (("ecg", "eda"), "zscore | resample(64)"),
    ],
)
def test_ecg_and_eeg_are_prepared_as_in_the_paper(modalities, chain):
    assert Transformer(rate=64).default_preprocessing(Synthetic(), modalities) == chain


@pytest.mark.parametrize("profile", Transformer.profiles)
def test_profiles_hide_spans_as_long_in_seconds_and_as_much_as_the_paper(profile):
    model, paper = Transformer(**Transformer.profiles[profile]), Transformer()
    assert model.mask_span / model.rate == pytest.approx(paper.mask_span / paper.rate)
    assert 1 - (1 - model.mask_start_probability) ** model.mask_span == pytest.approx(
        1 - (1 - paper.mask_start_probability) ** paper.mask_span, abs=0.005
    )


def test_options_can_be_read_without_torch():
    script = "import sys, bench_transformer.transformer\nprint('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
