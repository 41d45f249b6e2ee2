"""`--deterministic`: what it sets and refuses, and that it changes no number of a CPU."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from bench.data.sources import WindowedSignal
from bench.data.windows import WindowSet
from bench.errors import UsageError
from bench.planning.expansion import Expander
from bench.planning.grid import Grid
from bench.registry import Registry
from bench.training import engine
from bench.training.checkpoint import fingerprint
from bench.training.network_fit import NetworkFit
from bench.training.networks.exchange import aligned, product_with_resampled, resampled
from bench.training.networks.network import Unfused
from bench.training.predictor import Predictor
from bench.training.settings import Settings
from bench_attentive import connections
from bench_attentive.attentive import Attentive
from bench_attx.attx import AttX
from bench_transformer.transformer import Transformer

torch.set_num_threads(1)

REFUSED = "--deterministic turns tf32 off; use --precision fp32 or bf16, or leave out --deterministic."


def noise(count=16):
    """Windows of two rates, so that fusions of stages align lengths."""
    random = np.random.default_rng(0)
    person, sources = np.zeros(count, int), {}
    for name, samples in (("ecg", 128), ("eda", 64)):
        signals = {0: random.standard_normal((1, count * samples), dtype=np.float32)}
        sources[name] = WindowedSignal(signals, person, np.arange(count) * samples, samples, samples / 4, (name,))
    return WindowSet({"subject": person}, sources).labelled(np.arange(count) % 2, ("calm", "stress"))


DATA = noise()
SMALL = {"epochs": 2, "batch": 4, "width": 8}
NETWORKS = {
    "attx": (AttX(**SMALL, reduction=2, projection=4, hidden=4), Attentive()),
    "transformer": (Transformer(**SMALL, heads=2, feedforward=16), Unfused()),
}


def fit_of(name="attx"):
    return NetworkFit(*NETWORKS[name], DATA, None, 0)


def train(fit, **settings):
    ((_, result),) = engine.train([fit], Settings(**settings))
    assert isinstance(result, Predictor), result
    return result


@pytest.mark.filterwarnings("ignore:There is a performance drop")  # attention on a CPU, network by network
@pytest.mark.parametrize("strategy", ["separate", "stacked"])
@pytest.mark.parametrize("name", NETWORKS)
def test_numbers_of_a_cpu_are_the_same(name, strategy):
    usual, deterministic = (train(fit_of(name), strategy=strategy, deterministic=flag) for flag in (False, True))
    state = usual.state()
    assert all(torch.equal(tensor, state[name]) for name, tensor in deterministic.state().items())
    assert (usual.predict_proba(DATA) == deterministic.predict_proba(DATA)).all()


@pytest.mark.parametrize("deterministic", [True, False])
def test_training_and_predictions_are_deterministic_and_others_are_not_afterwards(deterministic, monkeypatch):
    seen = []
    network = NetworkFit.network

    def watched(fit):
        found = network(fit)
        found.register_forward_hook(lambda *_: seen.append(torch.are_deterministic_algorithms_enabled()))
        return found

    monkeypatch.setattr(NetworkFit, "network", watched)
    result = train(fit_of(), deterministic=deterministic)
    trained = len(seen)
    result.predict_proba(DATA)
    assert len(seen) > trained > 0
    assert set(seen) == {deterministic}
    assert not torch.are_deterministic_algorithms_enabled()
    assert result.log["deterministic"] == deterministic


def test_a_program_that_is_deterministic_by_itself_stays_so():
    torch.use_deterministic_algorithms(True, warn_only=True)
    try:
        train(fit_of())
        train(fit_of(), deterministic=True)
        assert torch.are_deterministic_algorithms_enabled()
        assert torch.is_deterministic_algorithms_warn_only_enabled()
    finally:
        torch.use_deterministic_algorithms(False)


def test_tf32_is_refused_before_anything_is_looked_for(bench):
    with pytest.raises(UsageError) as caught:
        Settings(device="cuda", precision="tf32", deterministic=True)
    assert str(caught.value) == REFUSED
    failed = bench("run", "--model", "attx", "--deterministic", "--precision", "tf32")
    assert (failed.code, failed.err) == (2, f"Error: {REFUSED}\n")


def test_a_row_says_that_it_is_deterministic_and_other_rows_keep_their_keys():
    grid = Grid(model=("attx", "logistic"), fusion=("early",), baselines=False)
    usual, deterministic = (
        {resolved.cell.model.name: resolved for resolved in Expander(replace(grid, **flag), Registry()).expand().cells}
        for flag in ({}, {"deterministic": True})
    )
    assert usual["attx"].cell.engine == {"precision": "fp32", "compile": False}
    assert deterministic["attx"].cell.engine == {"precision": "fp32", "compile": False, "deterministic": True}
    assert deterministic["attx"].model_label == f"{usual['attx'].model_label} deterministic"
    assert deterministic["logistic"].cell == usual["logistic"].cell


def test_a_checkpoint_of_other_kernels_is_not_resumed():
    usual, deterministic = (fingerprint(fit_of(), Settings(deterministic=flag)) for flag in (False, True))
    assert usual != deterministic


@pytest.mark.parametrize("strategy", ["separate", "stacked"])
def test_networks_whose_lengths_are_aligned_by_a_product_learn_the_same(strategy, monkeypatch):
    expected = train(fit_of(), strategy=strategy)
    products = []

    def aligned_as_on_a_gpu(values, length):
        products.append(length)
        return product_with_resampled(values, length)

    monkeypatch.setattr(connections, "aligned", aligned_as_on_a_gpu)
    found = train(fit_of(), strategy=strategy)
    assert products
    np.testing.assert_allclose(found.predict_proba(DATA), expected.predict_proba(DATA), rtol=0, atol=1e-4)


@pytest.mark.parametrize("length", [5, 9, 20, 31])
def test_lengths_are_aligned_by_a_product_as_by_torch(length):
    values = torch.randn(3, 2, 10, dtype=torch.float64, requires_grad=True)
    weights = torch.randn(3, 2, length, dtype=torch.float64)
    found, expected = product_with_resampled(values, length), resampled(values, length)
    torch.testing.assert_close(found, expected)
    (gradient,) = torch.autograd.grad((found * weights).sum(), values)
    (wanted,) = torch.autograd.grad((expected * weights).sum(), values)
    torch.testing.assert_close(gradient, wanted)


@pytest.mark.parametrize("deterministic", [True, False])
def test_lengths_are_aligned_by_a_product_where_the_gradients_of_cuda_depend_on_its_order(deterministic):
    torch.use_deterministic_algorithms(deterministic)
    try:
        found = aligned(torch.zeros(3, 2, 10, device="meta", requires_grad=True), 20)
    finally:
        torch.use_deterministic_algorithms(False)
    assert tuple(found.shape) == (3, 2, 20)
    assert ("Upsample" in found.grad_fn.name()) != deterministic
