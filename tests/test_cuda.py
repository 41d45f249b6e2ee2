"""What must hold on a GPU. Each body also runs on the CPU, so that it has run where there is no GPU."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from bench.data.sources import WindowedSignal
from bench.data.windows import WindowSet
from bench.training import engine
from bench.training.network_fit import NetworkFit
from bench.training.networks.network import Unfused
from bench.training.predictor import Predictor
from bench.training.settings import Settings
from bench.training.train_step import StackedStep
from bench_attentive.attentive import Attentive
from bench_attx.attx import AttX
from bench_transformer.transformer import Transformer

pytestmark = pytest.mark.filterwarnings("ignore:There is a performance drop")  # attention of a stack on a CPU
torch.set_num_threads(1)


def on_gpu(device, count=1):
    """A parameter that is left out where there are fewer GPUs."""
    there = torch.cuda.is_available() and torch.cuda.device_count() >= count
    reason = f"it takes {count} GPU{'s' * (count > 1)}"
    return pytest.param(device, marks=[pytest.mark.cuda, pytest.mark.skipif(not there, reason=reason)])


DEVICES = ["cpu", on_gpu("cuda"), on_gpu("cuda:1", 2)]
STRATEGIES = ["separate", "stacked"]

#: How far probabilities may be from those of fp32 on a CPU, after some steps: in fp32 sums have another order, which
#: is 1e-7 of a value, tf32 has 10 bits after the point and bf16 7, and each step of Adam passes that on.
CLOSE = {"fp32": 1e-4, "tf32": 1e-2, "bf16": 3e-2}


def noise(count=16, samples=64):
    """Windows of two rates, so that fusions of stages align lengths."""
    random = np.random.default_rng(0)
    person, sources = np.zeros(count, int), {}
    for name, width in (("ecg", 2 * samples), ("eda", samples)):
        signals = {0: random.standard_normal((1, count * width), dtype=np.float32)}
        sources[name] = WindowedSignal(signals, person, np.arange(count) * width, width, width / 4, (name,))
    return WindowSet({"subject": person}, sources).labelled(np.arange(count) % 2, ("calm", "stress"))


DATA = noise()
SMALL = {"batch": 4, "width": 8}


def attx(seed=0, data=DATA, checkpoint=None, **options):
    model = AttX(**{**SMALL, "reduction": 2, "projection": 4, "hidden": 4, "epochs": 2, **options})
    return NetworkFit(model, Attentive(), data, None, seed, checkpoint)


def transformer(seed=0, checkpoint=None, **options):
    model = Transformer(**{**SMALL, "heads": 2, "feedforward": 16, "epochs": 2, **options})
    return NetworkFit(model, Unfused(), DATA, None, seed, checkpoint)


#: without and with random numbers
NETWORKS = {"attx": attx, "transformer with dropout": transformer}


def train(fits, **settings):
    results = dict(engine.train(fits, Settings(**settings)))
    failed = [result for result in results.values() if not isinstance(result, Predictor)]
    assert not failed, failed[0]
    return [results[number] for number in range(len(fits))]


def same(first, second):
    """Bit for bit."""
    states = [[result.state() for result in results] for results in (first, second)]
    return all(
        torch.equal(tensor, other[name]) for one, other in zip(*states, strict=True) for name, tensor in one.items()
    )


@pytest.mark.parametrize("precision", CLOSE)
@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("device", DEVICES)
def test_probabilities_are_those_of_a_cpu(device, strategy, precision):
    if device == "cpu" and precision == "tf32":
        pytest.skip("a CPU has no tf32")
    fits = [attx(0), attx(1), transformer(dropout=0.0)]  # a GPU draws other random numbers than a CPU
    expected = train(fits, strategy="separate")
    for result, wanted in zip(
        train(fits, device=device, strategy=strategy, precision=precision), expected, strict=True
    ):
        found = result.predict_proba(DATA)
        np.testing.assert_allclose(found, wanted.predict_proba(DATA), rtol=0, atol=CLOSE[precision])
        assert result.log["device"] == device


@pytest.mark.parametrize("device", DEVICES)
def test_a_stored_network_predicts_on_a_cpu_what_it_predicts_on_its_device(device, tmp_path):
    fit = attx()
    (result,) = train([fit], device=device)
    result.save(tmp_path / "network.safetensors")
    loaded = Predictor.load(tmp_path / "network.safetensors", fit.model, fit.fusion)
    np.testing.assert_allclose(loaded.predict_proba(DATA), result.predict_proba(DATA), rtol=0, atol=CLOSE["fp32"])


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
@pytest.mark.parametrize("device", DEVICES)
def test_20_steps_of_a_graph_learn_the_bits_of_20_steps_one_by_one(device, network, strategy):
    fits = [network(seed, epochs=5) for seed in range(2)]
    graphs, eager = (train(fits, device=device, strategy=strategy, graphs=flag) for flag in (True, False))
    assert graphs[0].log["remarks"] == []  # which name what could not be recorded
    assert same(graphs, eager)


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
@pytest.mark.parametrize("device", DEVICES)
def test_deterministic_algorithms_repeat_every_bit_and_learn_what_others_learn(device, network):
    fits = [network(seed) for seed in range(2)]
    first, second = (train(fits, device=device, deterministic=True) for _ in range(2))
    assert same(first, second)
    for result, usual in zip(first, train(fits, device=device), strict=True):
        assert result.log["deterministic"]
        np.testing.assert_allclose(result.predict_proba(DATA), usual.predict_proba(DATA), rtol=0, atol=CLOSE["fp32"])


LONG = {"epochs": 30}


def child(folder, device, name):
    """What the process that gets killed does."""
    fits = [NETWORKS[name](seed, checkpoint=Path(folder) / f"{seed}.safetensors", **LONG) for seed in range(2)]
    train(fits, device=device, checkpoint_epochs=1)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("device", DEVICES)
def test_what_a_killed_process_has_learnt_is_gone_on_from_bit_for_bit(device, name, tmp_path):
    here = Path(__file__)
    code = f"import sys; sys.path.insert(0, {str(here.parent)!r}); import {here.stem} as tests\n"
    code += f"tests.child({str(tmp_path)!r}, {device!r}, {name!r})"
    process = subprocess.Popen([sys.executable, "-c", code], env=os.environ | {"OMP_NUM_THREADS": "1"})
    deadline = time.monotonic() + 120
    while not list(tmp_path.glob("*.safetensors")) and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.wait()
    paths = [tmp_path / f"{seed}.safetensors" for seed in range(2)]
    assert any(path.is_file() for path in paths)
    resumed = train([NETWORKS[name](seed, checkpoint=path, **LONG) for seed, path in enumerate(paths)], device=device)
    assert same(resumed, train([NETWORKS[name](seed, **LONG) for seed in range(2)], device=device))


@pytest.fixture
def memory_for(monkeypatch):
    """`memory_for(device, fits)`: as much memory as a stack of these takes; on a CPU, a larger one says it has none."""

    def limit(device, fits):
        if device == "cpu":
            gradients = StackedStep.gradients

            def failing(step, *given):
                if len(step.networks) > len(fits):
                    raise torch.OutOfMemoryError("out of memory")
                return gradients(step, *given)

            monkeypatch.setattr(StackedStep, "gradients", failing)
            return
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(device)
        train(fits, device=device, together=len(fits))
        share = 1.2 * torch.cuda.max_memory_reserved(device) / torch.cuda.get_device_properties(device).total_memory
        torch.cuda.empty_cache()
        limited.append(torch.device(device).index or 0)
        torch.cuda.set_per_process_memory_fraction(share, limited[-1])

    limited = []
    yield limit
    for place in limited:
        torch.cuda.set_per_process_memory_fraction(1.0, place)


@pytest.mark.parametrize("graphs", [True, False])
@pytest.mark.parametrize("device", DEVICES)
def test_a_stack_that_does_not_fit_is_trained_in_halves(device, graphs, memory_for):
    samples, options = (64, {}) if device == "cpu" else (4096, {"width": 64, "batch": 16})  # where activations count
    data = noise(16, samples)
    fits = [attx(seed, data, **options) for seed in range(4)]
    memory_for(device, fits[:2])
    results = train(fits, device=device, strategy="stacked", together=4, graphs=graphs)
    assert "Out of memory; retrying with 2 networks at a time." in results[-1].log["remarks"]
    for result, alone in zip(results, train(fits, device=device, strategy="separate"), strict=True):
        np.testing.assert_allclose(result.predict_proba(data), alone.predict_proba(data), rtol=0, atol=CLOSE["fp32"])
