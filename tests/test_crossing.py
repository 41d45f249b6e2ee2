"""Fusions of staged models: what directions and stages they take, and what they join."""

from dataclasses import dataclass, replace
from itertools import chain
from typing import ClassVar

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - the usual name

from bench.api import InputSpec, Phase
from bench.checks.examples.plugins import EXAMPLE, NearestMean
from bench.training.networks.exchange import aligned
from bench.training.networks.network import Network, belongs, plan
from bench_attentive.attentive import Attentive
from bench_attx.attx import AttX
from bench_feature.feature import Feature
from bench_late.frozen import Frozen
from bench_late.late import Late
from bench_middle.middle import Middle

TINY = AttX(width=2, projection=8, hidden=8)
PAIR, THREE = ("ecg", "eda"), ("ecg", "eda", "bvp")
DIRECTED = pytest.mark.parametrize("kind", [Attentive, Middle])


@pytest.fixture(autouse=True)
def quiet():
    torch.set_num_threads(1)
    torch.manual_seed(11)


@dataclass(frozen=True)
class Timeless(AttX):
    """A staged model without an axis of time."""

    time_axis: ClassVar[bool] = False


def refusal(fusion, model=TINY, modalities=PAIR):
    return fusion.refuse(replace(EXAMPLE, model=model, fusion=fusion, modalities=modalities))


def inputs(modalities, samples=64):
    return {name: InputSpec(1, samples, 64.0) for name in modalities}


def windows(given, batch=5):
    return {name: torch.randn(batch, one.channels, one.samples) for name, one in given.items()}


# ---------------------------------------------------------------------------------------- refusals


@DIRECTED
@pytest.mark.parametrize(
    ("options", "given", "reason"),
    [
        (
            {}, {"model": NearestMean()},
            "it joins branches inside a network, and this model has no stages; use --fusion early or late",
        ),
        ({}, {"modalities": ("ecg",)}, "it joins two modalities or more, and only ecg is here; use --fusion none"),
        (
            {"stages": ()}, {},
            ("no stage is named, and branches of this model can meet after stages 1, 2 and 3"
             "; use --fusion feature to exchange nothing"),
        ),
        (
            {"stages": (1, 4)}, {},
            "there is no meeting at stage 4: branches of this model can meet after stages 1, 2 and 3",
        ),
        ({"stages": (2, 1, 2)}, {}, "stage 2 is named twice; name each stage once"),
        (
            {"direction": "eeg_to_ecg"}, {},
            "there is no direction 'eeg_to_ecg' here; there are both, ecg_to_eda and eda_to_ecg",
        ),
        (
            {"direction": "ecg_to_eda+bvp_to_eeg"}, {"modalities": THREE},
            ("there is no direction 'bvp_to_eeg' here; "
             "there are both, ecg_to_eda, ecg_to_bvp, eda_to_ecg, eda_to_bvp, bvp_to_ecg and bvp_to_eda"),
        ),
        (
            {"direction": "ecg_to_ecg"}, {},
            "there is no direction 'ecg_to_ecg' here; there are both, ecg_to_eda and eda_to_ecg",
        ),
        ({"direction": ""}, {}, "there is no direction '' here; there are both, ecg_to_eda and eda_to_ecg"),
        (
            {"direction": "both+ecg_to_eda"}, {},
            "'both' is every direction already; leave out the others, or name ecg_to_eda and eda_to_ecg without it",
        ),
        (
            {"direction": "ecg_to_eda+ecg_to_eda"}, {},
            "the direction ecg_to_eda is named twice; name each direction once",
        ),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_before_a_file_is_read(kind, options, given, reason):
    assert refusal(kind(**options), **given) == reason


@pytest.mark.parametrize(
    ("kind", "others"), [(Middle, "feature or late"), (Attentive, "feature, late or attentive(at=embeddings)")]
)
def test_exchange_along_time_needs_an_axis_of_time(kind, others):
    assert refusal(kind(), Timeless()) == (
        f"it joins tensors along time, and the stages of this model have none; use --fusion {others}"
    )


@DIRECTED
@pytest.mark.parametrize("stages", [(1,), (3, 1), (1, 2, 3)])
@pytest.mark.parametrize(
    ("direction", "modalities"),
    [("both", PAIR), ("ecg_to_eda", PAIR), ("eda_to_ecg+ecg_to_eda", PAIR), ("bvp_to_eda", THREE), ("both", THREE)],
)
def test_what_makes_sense_is_not_refused(kind, stages, direction, modalities):
    assert refusal(kind(stages=stages, direction=direction), modalities=modalities) is None


def test_embeddings_are_joined_of_models_with_and_without_a_time_axis():
    for fusion in (Feature(), Frozen(), Late()):
        assert refusal(fusion) is None
        assert refusal(fusion, Timeless()) is None


@DIRECTED
def test_directions_are_taken_in_the_order_of_modalities_however_they_are_typed(kind):
    assert kind(direction="bvp_to_eda+ecg_to_eda").arrows(THREE) == [("ecg", "eda"), ("bvp", "eda")]
    assert kind(direction="eda_to_ecg+ecg_to_eda").arrows(PAIR) == kind().arrows(PAIR)


def test_names_with_dashes_make_directions():
    assert Middle(direction="bvp_to_wrist-eda").arrows(("bvp", "wrist-eda")) == [("bvp", "wrist-eda")]


# ------------------------------------------------------------------------------------------ middle


def test_without_attention_all_that_others_have_is_received():
    exchange = Middle().exchange(1, {"ecg": 3, "eda": 2})
    states = {"ecg": torch.rand(4, 3, 6), "eda": torch.rand(4, 2, 6)}
    received = exchange(states)
    assert dict(exchange.widths) == {"ecg": 5, "eda": 5}
    for one, other in (("ecg", "eda"), ("eda", "ecg")):
        beside = torch.cat([states[one], states[other]], dim=1)
        right = F.batch_norm(beside, None, None, training=True, eps=1e-3)
        torch.testing.assert_close(received[one], right)
    assert exchange.attention(states) == exchange.dead(states) == {}


def test_without_attention_other_lengths_become_the_receivers():
    exchange = Middle(direction="ecg_to_eda+bvp_to_eda").exchange(2, {"ecg": 1, "eda": 2, "bvp": 3})
    states = {"ecg": torch.rand(4, 1, 9), "eda": torch.rand(4, 2, 6), "bvp": torch.rand(4, 3, 2)}
    received = exchange(states)
    assert dict(exchange.widths) == {"ecg": 1, "eda": 6, "bvp": 3}
    assert received["ecg"] is states["ecg"]
    beside = torch.cat([states["eda"], aligned(states["ecg"], 6), aligned(states["bvp"], 6)], dim=1)
    torch.testing.assert_close(received["eda"], F.batch_norm(beside, None, None, training=True, eps=1e-3))


@DIRECTED
@pytest.mark.parametrize("modalities", [PAIR, ("bvp", "temp"), ("eeg", "emg"), THREE, ("eda", "resp", "eeg")])
def test_branches_of_any_modalities_and_rates_can_be_joined(kind, modalities):
    given = {name: InputSpec(1 + number, 40 + 53 * number, 4.0) for number, name in enumerate(modalities)}
    network = Network(TINY, kind(stages=(1, 2, 3)), given, 3)
    assert network(windows(given)).shape == (5, 3)


# -------------------------------------------------------------------------------------- embeddings


def test_embeddings_are_joined_before_a_common_head():
    network = Network(TINY, Feature(), given := inputs(PAIR), 2).eval()
    values = windows(given)
    alone = [network.encoders[name](values[name]) for name in PAIR]
    torch.testing.assert_close(network(values), network.join.head(torch.cat(alone, dim=1)))
    assert Feature().needs_stages
    assert not Feature().decides_late


def test_frozen_embeddings_are_joined_after_each_branch_has_learnt_alone():
    fusion = Frozen()
    assert plan(TINY, fusion, PAIR) == (
        Phase("fit ecg", ("encoders.ecg", "heads.ecg"), "ecg"),
        Phase("fit eda", ("encoders.eda", "heads.eda"), "eda"),
        Phase("fuse", ("join",)),
    )
    assert fusion.needs_stages
    assert not fusion.decides_late
    assert fusion.inner_folds == 0
    network = Network(TINY, fusion, given := inputs(PAIR), 2)
    values = windows(given)
    assert network(values).shape == network(values, "ecg").shape == (5, 2)
    names = [name for name, _ in network.named_parameters()]
    learnt = [[name for name in names if belongs(name, phase.learns)] for phase in plan(TINY, fusion, PAIR)]
    assert sorted(chain.from_iterable(learnt)) == sorted(names)  # each exactly once


@pytest.mark.parametrize("rule", ["average", "weighted", "vote", "stacking"])
def test_late_fusion_leaves_each_network_one_branch(rule):
    fusion = Late(rule=rule)
    assert fusion.decides_late
    assert not fusion.needs_stages
    assert plan(TINY, fusion, ("ecg",)) == (Phase("fit"),)
