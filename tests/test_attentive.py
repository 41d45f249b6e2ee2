"""Attentive connections against the equations of the AttX paper and what follows from them."""

from dataclasses import dataclass, replace
from typing import ClassVar

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - the usual name
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.func import functional_call, stack_module_state, vmap

from bench.api import Fusion, InputSpec
from bench.checks.examples.plugins import EXAMPLE
from bench.errors import PluginError
from bench.training.networks.exchange import aligned
from bench.training.networks.network import Network
from bench_attentive.attention import Attention
from bench_attentive.attentive import Attentive
from bench_attentive.connections import AttentiveConnections
from bench_attx.attx import AttX
from bench_feature.feature import Feature

# what it runs of the core is covered elsewhere, and tracing slows it down
pytestmark = pytest.mark.no_cover

DIRECTIONS = ("ecg_to_eda", "eda_to_ecg", "both")
SWAP = torch.tensor([[0.0, 1.0], [1.0, 0.0]])


@pytest.fixture(autouse=True)
def quiet():
    torch.set_num_threads(1)
    torch.manual_seed(7)


def connections(channels, modalities=("ecg", "eda"), **options):
    return Attentive(**options).exchange(1, dict.fromkeys(modalities, channels))


def attention(channels, mix=None, score=None, modalities=2, **options):
    made = Attention(modalities, channels, Attentive(**options))
    with torch.no_grad():
        made.mix.copy_(torch.randn_like(made.mix) if mix is None else torch.as_tensor(mix))
        made.score.copy_(torch.randn_like(made.score) if score is None else torch.as_tensor(score).reshape(-1, 1))
    return made


def bare(exchange):
    """Without batch normalisation: what comes out is [Z; what was received]."""
    for name in exchange.norms:
        exchange.norms[name] = nn.Identity()
    return exchange


def after_relu(channels=3, length=5, batch=2):
    return torch.randn(batch, channels, length).relu()


def by_formula(states, mix, score, step=False):
    """Eq. 1 and 2 as they are printed, with w along the channels: a list of theta."""
    units = torch.relu(torch.einsum("bctk,kj->bctj", torch.stack(states, dim=-1), mix))
    if step:
        logits = torch.einsum("bctj,c->btj", units, score[:, 0])[:, None]
    else:
        logits = torch.einsum("bctj,c->bctj", units, score[:, 0])
    return torch.softmax(logits, dim=-1).unbind(-1)


# --------------------------------------------------------------------------------------- attention


def test_the_case_that_was_worked_by_hand():
    exchange = bare(connections(1))
    exchange.attentions["ecg_and_eda"] = attention(1, torch.eye(2), [1.0])
    states = {"ecg": torch.tensor([[[1.0]]]), "eda": torch.tensor([[[2.0]]])}
    theta = exchange.attention(states)
    assert theta["ecg_to_eda"].item() == pytest.approx(0.268941, abs=5e-7)
    assert theta["eda_to_ecg"].item() == pytest.approx(0.731059, abs=5e-7)
    sent = exchange.sent(states)
    assert sent["ecg", "eda"].item() == pytest.approx(0.268941, abs=5e-7)
    assert sent["eda", "ecg"].item() == pytest.approx(1.462117, abs=5e-7)
    received = exchange(states)
    torch.testing.assert_close(received["ecg"], torch.tensor([[[1.0], [1.462117]]]), atol=5e-7, rtol=0)
    torch.testing.assert_close(received["eda"], torch.tensor([[[2.0], [0.268941]]]), atol=5e-7, rtol=0)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6), channels=st.integers(1, 5), modalities=st.integers(2, 4),
    step=st.booleans(), scale=st.sampled_from([0.1, 1.0, 3.0]),
)  # fmt: skip
def test_it_is_the_softmax_of_the_formula(seed, channels, modalities, step, scale):
    torch.manual_seed(seed)
    made = attention(channels, modalities=modalities, attention="step" if step else "element")
    states = [scale * after_relu(channels) for _ in range(modalities)]
    found = made(states)
    torch.testing.assert_close(tuple(found), by_formula(states, made.mix, made.score, step), atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(sum(found), torch.ones_like(found[0]), atol=1e-6, rtol=0)
    assert {theta.shape for theta in found} == {(2, 1 if step else channels, 5)}


def test_every_weight_lies_between_nothing_and_all():
    first, second = attention(3)([after_relu(), after_relu()])
    assert all(((theta > 0) & (theta < 1)).all() for theta in (first, second))


def test_of_two_modalities_it_is_the_sigmoid_of_their_difference():
    made, states = attention(3), [after_relu(), after_relu()]
    one, other = made.units(states)
    torch.testing.assert_close(made(states)[0], torch.sigmoid(made.score * (one - other)))


def test_gradients_are_those_of_the_formula():
    made = attention(3)
    states = [after_relu().requires_grad_() for _ in range(2)]
    ask = (made.mix, made.score, *states)
    found = torch.autograd.grad((made(states)[0] * states[1]).sum(), ask)
    right = torch.autograd.grad((by_formula(states, made.mix, made.score)[0] * states[1]).sum(), ask)
    torch.testing.assert_close(found, right, atol=1e-5, rtol=1e-4)


def test_a_score_of_zero_lets_half_through():
    for theta in attention(3, score=[0.0, 0.0, 0.0])([after_relu(), after_relu()]):
        assert torch.equal(theta, torch.full_like(theta, 0.5))


def test_equal_inputs_and_equal_column_sums_let_half_through_and_give_equal_outputs():
    exchange = bare(connections(3))
    exchange.attentions["ecg_and_eda"] = attention(3, [[0.7, 0.2], [0.2, 0.7]])
    states = dict.fromkeys(("ecg", "eda"), after_relu())
    for theta in exchange.attention(states).values():
        torch.testing.assert_close(theta, torch.full_like(theta, 0.5), atol=1e-6, rtol=0)
    received = exchange(states)
    torch.testing.assert_close(received["ecg"], received["eda"])


def test_equal_inputs_alone_are_not_enough_for_that():
    theta, _ = attention(1, [[0.7, 0.2], [0.1, 0.9]], [5.0])([torch.ones(1, 1, 1)] * 2)
    assert abs(theta.item() - 0.5) > 0.1


@pytest.mark.parametrize("kind", ["element", "step"])
def test_swapped_modalities_swap_what_is_let_through(kind):
    made, states = attention(3, attention=kind), [after_relu(), after_relu()]
    swapped = attention(3, SWAP @ made.mix @ SWAP, made.score, attention=kind)
    torch.testing.assert_close(tuple(swapped(states[::-1])), tuple(made(states))[::-1])


def test_with_one_channel_elements_are_steps():
    made, states = attention(1), [after_relu(1), after_relu(1)]
    by_step = attention(1, made.mix, made.score, attention="step")
    torch.testing.assert_close(tuple(made(states)), tuple(by_step(states)))


# --------------------------------------------------------------------------------- the dead state


def test_without_a_positive_entry_it_is_dead_and_no_gradient_reaches_it():
    exchange = connections(3)
    exchange.attentions["ecg_and_eda"] = made = attention(3, [[-0.5, -0.1], [0.0, -2.0]])
    states = {"ecg": after_relu(), "eda": after_relu()}
    for theta in exchange.attention(states).values():
        assert torch.equal(theta, torch.full_like(theta, 0.5))
    assert {name: flags.tolist() for name, flags in exchange.dead(states).items()} == {
        "ecg_to_eda": [True, True],
        "eda_to_ecg": [True, True],
    }
    sum((value**3).sum() for value in exchange(states).values()).backward()
    assert not made.mix.grad.any()
    assert not made.score.grad.any()


@pytest.mark.parametrize("partners", ["pairwise", "shared"])
def test_each_window_is_dead_by_itself(partners):
    exchange = connections(2, partners=partners, direction="ecg_to_eda")
    states = {"ecg": torch.rand(3, 2, 4), "eda": torch.rand(3, 2, 4)}
    states["ecg"][1] = states["eda"][1] = 0.0
    assert exchange.dead(states)["ecg_to_eda"].tolist() == [False, True, False]


@pytest.mark.parametrize("signs", range(16))
def test_it_is_dead_exactly_where_no_entry_is_positive(signs):
    mix = [[1.0 if signs >> (2 * row + column) & 1 else -1.0 for column in (0, 1)] for row in (0, 1)]
    exchange = connections(1)
    exchange.attentions["ecg_and_eda"] = attention(1, mix)
    alone_and_both = {"ecg": torch.tensor([[[1.0, 0.0, 0.6]]]), "eda": torch.tensor([[[0.0, 1.0, 0.3]]])}
    assert exchange.dead(alone_and_both)["ecg_to_eda"].tolist() == [signs == 0]


def test_of_glorots_first_weights_one_in_sixteen_is_dead_and_of_the_default_none():
    draws = 4000

    def share(init):
        mixes = torch.stack([Attention(2, 1, Attentive(init=init)).mix.detach() for _ in range(draws)])
        return float((mixes <= 0).all(dim=2).all(dim=1).float().mean())

    spread = (1 / 16 * 15 / 16 / draws) ** 0.5
    assert share("glorot") == pytest.approx(1 / 16, abs=4 * spread)
    assert share("identity") == 0


@pytest.mark.parametrize("init", ["identity", "glorot"])
def test_first_weights_spread_as_chosen(init):
    made = [Attention(3, 400, Attentive(init=init)) for _ in range(200)]
    mix = torch.stack([one.mix.detach() for one in made])
    score = torch.stack([one.score.detach() for one in made])
    assert float(score.std()) == pytest.approx(1 / 20, rel=0.02)
    if init == "identity":
        assert float((mix - torch.eye(3)).std()) == pytest.approx(0.01, rel=0.1)
        assert torch.allclose(mix.mean(0), torch.eye(3), atol=0.005)
    else:
        assert mix.abs().max() <= 1
        assert score.abs().max() <= (3 / 400) ** 0.5
        assert float(mix.std()) == pytest.approx(3**-0.5, rel=0.1)


# ------------------------------------------------------------------------------------- connections


@pytest.mark.parametrize(
    ("direction", "shapes"),
    [("ecg_to_eda", (3, 6)), ("eda_to_ecg", (6, 3)), ("both", (6, 6))],
)
def test_a_receiver_becomes_twice_as_wide_and_the_other_stays(direction, shapes):
    exchange = connections(3, direction=direction)
    states = {"ecg": after_relu(), "eda": after_relu()}
    received = exchange(states)
    assert tuple(received[name].shape for name in ("ecg", "eda")) == tuple((2, width, 5) for width in shapes)
    assert dict(exchange.widths) == dict(zip(("ecg", "eda"), shapes, strict=True))
    for name, width in zip(("ecg", "eda"), shapes, strict=True):
        assert (received[name] is states[name]) == (width == 3)


def test_what_is_received_is_normalised_beside_what_was_there():
    exchange, states = connections(3), {"ecg": after_relu(batch=8), "eda": after_relu(batch=8)}
    theta = exchange.attention(states)["ecg_to_eda"]
    beside = torch.cat([states["eda"], theta * states["ecg"]], dim=1)
    right = F.batch_norm(beside, None, None, training=True, eps=1e-3)
    torch.testing.assert_close(exchange(states)["eda"], right)


def test_both_is_the_union_of_the_two_directions_with_a_shared_theta():
    both = connections(3)
    states = {"ecg": after_relu(), "eda": after_relu()}
    theta = both.attention(states)
    torch.testing.assert_close(theta["ecg_to_eda"] + theta["eda_to_ecg"], torch.ones(2, 3, 5))
    for direction, receiver in (("ecg_to_eda", "eda"), ("eda_to_ecg", "ecg")):
        one = connections(3, direction=direction)
        one.attentions.load_state_dict(both.attentions.state_dict())
        torch.testing.assert_close(one(states)[receiver], both(states)[receiver])
        assert torch.equal(one.attention(states)[direction], theta[direction])


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_other_channels_than_the_partner_has_are_refused(direction):
    with pytest.raises(PluginError) as caught:
        Attentive(direction=direction).exchange(2, {"ecg": 64, "eda": 32})
    assert str(caught.value) == (
        "Attention needs as many channels in each branch, and there are 64 of ecg and 32 of eda; "
        "use --fusion middle instead."
    )


def test_tensors_of_other_channels_than_promised_fail():
    with pytest.raises(RuntimeError, match="must match"):
        connections(3)({"ecg": after_relu(3), "eda": after_relu(4)})


@pytest.mark.parametrize("kind", ["element", "step"])
def test_branches_of_other_lengths_are_compared_at_the_receivers(kind):
    exchange = connections(3, attention=kind)
    states = {"ecg": after_relu(length=12), "eda": after_relu(length=5)}
    made = exchange.attentions["ecg_and_eda"]
    at_eda, _ = made([aligned(states["ecg"], 5), states["eda"]])
    _, at_ecg = made([states["ecg"], aligned(states["eda"], 12)])
    theta = exchange.attention(states)
    torch.testing.assert_close(theta["ecg_to_eda"], at_eda)
    torch.testing.assert_close(theta["eda_to_ecg"], at_ecg)
    received = bare(exchange)(states)
    torch.testing.assert_close(received["eda"], torch.cat([states["eda"], at_eda * aligned(states["ecg"], 5)], 1))
    torch.testing.assert_close(received["ecg"], torch.cat([states["ecg"], at_ecg * aligned(states["eda"], 12)], 1))
    assert {name: flags.shape for name, flags in exchange.dead(states).items()} == {
        "ecg_to_eda": (2,),
        "eda_to_ecg": (2,),
    }


# ------------------------------------------------------------------------- three or more modalities

THREE = ("ecg", "eda", "bvp")


def test_every_pair_has_attention_of_its_own():
    exchange = bare(connections(3, THREE))
    assert sorted(exchange.attentions) == ["ecg_and_bvp", "ecg_and_eda", "eda_and_bvp"]
    states = {name: after_relu() for name in THREE}
    theta = exchange.attention(states)
    assert list(theta) == [f"{one}_to_{other}" for one in THREE for other in THREE if one != other]
    first, second = exchange.attentions["eda_and_bvp"]([states["eda"], states["bvp"]])
    torch.testing.assert_close(theta["eda_to_bvp"], first)
    torch.testing.assert_close(theta["bvp_to_eda"], second)
    right = torch.cat([states["eda"], theta["ecg_to_eda"] * states["ecg"], second * states["bvp"]], dim=1)
    torch.testing.assert_close(exchange(states)["eda"], right)
    assert dict(exchange.widths) == dict.fromkeys(THREE, 9)


def test_all_can_compete_in_one():
    exchange = connections(3, THREE, partners="shared")
    (made,) = exchange.attentions.values()
    assert made.mix.shape == (3, 3)
    states = {name: after_relu() for name in THREE}
    theta = exchange.attention(states)
    right = by_formula(list(states.values()), made.mix, made.score)
    for number, sender in enumerate(THREE):
        for receiver in set(THREE) - {sender}:
            torch.testing.assert_close(theta[f"{sender}_to_{receiver}"], right[number])


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_of_two_modalities_shared_is_pairwise(direction):
    pairwise, shared = (connections(3, direction=direction, partners=how) for how in ("pairwise", "shared"))
    shared.load_state_dict(pairwise.state_dict())
    states = {"ecg": after_relu(), "eda": after_relu()}
    torch.testing.assert_close(shared(states), pairwise(states))


@pytest.mark.parametrize("partners", ["pairwise", "shared"])
def test_some_directions_among_three_leave_the_others_as_they_are(partners):
    exchange = connections(3, THREE, direction="bvp_to_eda+ecg_to_eda", partners=partners)
    states = {name: after_relu() for name in THREE}
    received = exchange(states)
    assert dict(exchange.widths) == {"ecg": 3, "eda": 9, "bvp": 3}
    assert received["eda"].shape == (2, 9, 5)
    assert all(received[name] is states[name] for name in ("ecg", "bvp"))
    assert list(exchange.attention(states)) == list(exchange.dead(states)) == ["ecg_to_eda", "bvp_to_eda"]
    assert ("ecg_and_bvp" in exchange.attentions) is False


@pytest.mark.parametrize("partners", ["pairwise", "shared"])
def test_every_pair_and_every_three_can_be_connected_and_every_parameter_learns(partners):
    exchange = connections(3, THREE, partners=partners)
    states = {name: after_relu(batch=8, length=6 + number) for number, name in enumerate(THREE)}
    sum((value**3).sum() for value in exchange(states).values()).backward()
    assert all(parameter.grad.any() for parameter in exchange.parameters())


@pytest.mark.parametrize("options", [{}, {"attention": "step"}, {"partners": "shared"}], ids=str)
def test_stacked_connections_tell_the_same_attention_as_each_alone(options):
    made = [connections(3, THREE, **options) for _ in range(4)]
    states = {name: after_relu(length=6 + 3 * number) for number, name in enumerate(THREE)}
    state = stack_module_state(made)

    class MaskedOutput(nn.Module):
        def __init__(self, exchange):
            super().__init__()
            self.exchange = exchange

        def forward(self, states):
            return self.exchange.attention(states), self.exchange.dead(states)

    named = [{f"exchange.{name}": value for name, value in part.items()} for part in state]
    theta, dead = vmap(lambda *part: functional_call(MaskedOutput(made[0]), part, (states,)))(*named)
    for number, one in enumerate(made):
        torch.testing.assert_close({name: found[number] for name, found in theta.items()}, one.attention(states))
        assert all(torch.equal(dead[name][number], flags) for name, flags in one.dead(states).items())


def test_nothing_is_exchanged_at_other_stages():
    assert [Attentive(stages=(1, 3)).exchange(stage, {"ecg": 2, "eda": 2}) is None for stage in (1, 2, 3, 4)] == [
        False, True, False, True,
    ]  # fmt: skip
    assert isinstance(connections(2), AttentiveConnections)


# -------------------------------------------------------------------------------------- embeddings

DIMS = {"eda": 4, "music": 11}


@dataclass(frozen=True)
class Timeless(AttX):
    """Stages without an axis of time, whose branches meet nowhere."""

    time_axis: ClassVar[bool] = False
    exchange_stages: ClassVar[tuple[int, ...]] = ()


def joined(dims=DIMS, **options):
    return Attentive(at="embeddings", **options).join(dims, 2, nn.Linear)


def embedded(dims=DIMS, batch=6):
    return {name: torch.randn(batch, dim) for name, dim in dims.items()}


@pytest.mark.parametrize("direction", ["both", "eda_to_music", "music_to_eda"])
def test_embeddings_are_connected_by_the_same_equations_at_the_length_of_the_shortest(direction):
    made, given = joined(direction=direction), embedded()
    (found,) = made.connections.attentions.values()
    states = {name: F.relu(F.linear(given[name], made.maps[name][0].weight, made.maps[name][0].bias)) for name in DIMS}
    assert {state.shape for state in states.values()} == {(6, 4)}
    theta = by_formula([state[..., None] for state in states.values()], found.mix, found.score)
    let = {name: state * weight[..., 0] for (name, state), weight in zip(states.items(), theta, strict=True)}
    parts = []
    for name, other in (("eda", "music"), ("music", "eda")):
        if direction in ("both", f"{other}_to_{name}"):
            beside = torch.cat([states[name], let[other]], dim=1)
            parts.append(F.batch_norm(beside, None, None, training=True, eps=1e-3))
        else:
            parts.append(states[name])
    right = F.linear(torch.cat(parts, dim=1), made.head.weight, made.head.bias)
    torch.testing.assert_close(made(given), right, atol=1e-5, rtol=1e-4)


def test_the_head_is_given_what_each_branch_has_and_has_received():
    assert joined().head.in_features == 4 * 4
    assert joined(direction="music_to_eda").head.in_features == 2 * 4 + 4
    assert joined({"eda": 4, "music": 11, "bvp": 6}).head.in_features == 3 * 3 * 4


@pytest.mark.parametrize("partners", ["pairwise", "shared"])
def test_every_parameter_between_embeddings_learns(partners):
    dims = DIMS | {"bvp": 6}
    made = joined(dims, partners=partners)
    made(embedded(dims, 16)).logsumexp(1).sum().backward()
    assert all(parameter.grad.any() for parameter in made.parameters())


def test_at_stages_embeddings_are_left_to_the_model_and_at_embeddings_stages_exchange_nothing():
    assert Attentive().join(DIMS, 2, nn.Linear) is None
    assert Attentive().exchanges
    assert not Attentive(at="embeddings").exchanges
    assert Attentive(at="embeddings").needs_stages
    given = {"ecg": InputSpec(1, 64, 64.0), "eda": InputSpec(1, 64, 64.0)}
    network = Network(AttX(width=2, projection=8, hidden=8), Attentive(at="embeddings"), given, 2)
    assert not network.exchanges
    assert network({name: torch.randn(5, 1, 64) for name in given}).shape == (5, 2)


def refusal(fusion: Fusion, modalities=("ecg", "eda")):
    return fusion.refuse(replace(EXAMPLE, model=Timeless(), fusion=fusion, modalities=modalities))


def test_embeddings_need_neither_time_nor_a_meeting_point_but_directions_that_exist():
    assert refusal(Attentive(at="embeddings")) is None
    assert refusal(Feature()) is None
    assert refusal(Attentive(at="embeddings", direction="ecg_to_bvp")) == (
        "there is no direction 'ecg_to_bvp' here; there are both, ecg_to_eda and eda_to_ecg"
    )
    assert refusal(Attentive(at="embeddings"), ("ecg",)) == (
        "it joins two modalities or more, and only ecg is here; use --fusion none"
    )
    assert refusal(Attentive()) == (
        "it joins tensors along time, and the stages of this model have none; use --fusion feature, late or "
        "attentive(at=embeddings)"
    )


@pytest.mark.parametrize(
    ("fusion", "advice"),
    [("middle", "feature or late"), ("attentive", "feature, late or attentive(at=embeddings)")],
)
def test_a_run_says_what_joins_images_and_music_instead(bench, fusion, advice):
    bench("run", "--model", "ressin", "--fusion", fusion, "--modalities", "eda,bvp", "--profile", "smoke").usage_error(
        f"Nothing is left to run: synthetic · ressin · {fusion} · eda+bvp · loso: it joins tensors along time, and the "
        f"stages of this model have none; use --fusion {advice}."
    )
