"""A step of stacked networks computes the losses, gradients and running averages of each network by itself."""

import numpy as np
import pytest
import torch

from bench.data.sources import WindowedSignal
from bench.data.windows import INDEX, WindowSet
from bench.training.batches import LabelledBatches
from bench.training.device_signals import DeviceSignals
from bench.training.network_fit import NetworkFit
from bench.training.settings import Settings
from bench.training.train_step import SingleStep, StackedStep
from bench.training.training_state import TrainingState
from bench_attentive.attentive import Attentive
from bench_attx.attx import AttX
from bench_transformer.transformer import Transformer

NETWORKS, SAMPLES = 3, 64
#: of the largest gradient of a network, in single precision: sums are computed in another order
CLOSE = 1e-5
MODELS = {
    "attx": AttX(width=4, reduction=4, batch=8),
    "transformer with dropout": Transformer(width=8, feedforward=16, batch=8, dropout=0.3),
}


@pytest.fixture(scope="module")
def windows():
    random, index = np.random.default_rng(0), np.arange(24)
    sources = {}
    for modality in ("ecg", "eda"):
        values = random.standard_normal((1, 25 * SAMPLES), dtype=np.float32)
        start, recording = index * SAMPLES, np.zeros(24, int)
        sources[modality] = WindowedSignal({0: values}, recording, start, SAMPLES, 32.0, (modality,))
    return WindowSet(dict.fromkeys(INDEX, index), sources).labelled(random.integers(0, 2, 24), ("calm", "stress"))


def steps(kind, fits, windows):
    """Losses and gradients of two batches of each network, and its buffers afterwards."""
    states = [TrainingState(number, fit, Settings()) for number, fit in enumerate(fits)]
    phase_states = [state.phase_state() for state in states]
    for state, phase_state in zip(states, phase_states, strict=True):
        if state.stream:
            state.stream.start_epoch(phase_state)
    networks = [state.network for state in states]
    batches = LabelledBatches(DeviceSignals([windows], "cpu"), phase_states, networks)
    step = kind(networks, phase_states, batches, Settings())
    rows = torch.from_numpy(np.stack([phase_state.take(2) for phase_state in phase_states], axis=1))
    found = [step.gradients(*batches(row)) for row in rows]
    return [torch.stack(part) for part in zip(*found, strict=True)], [dict(each.named_buffers()) for each in networks]


@pytest.mark.filterwarnings("ignore:There is a performance drop")  # attention on a CPU, network by network
@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_a_stacked_step_is_a_step_of_each_network(model, windows):
    fits = [NetworkFit(model, Attentive(stages=(1,)), windows, None, seed) for seed in range(NETWORKS)]
    (losses, gradients), buffers = steps(StackedStep, fits, windows)
    for number, fit in enumerate(fits):
        (loss, gradient), (expected,) = steps(SingleStep, [fit], windows)
        assert losses[:, number].tolist() == pytest.approx(loss[:, 0].tolist(), rel=1e-5)
        largest = float(gradient.abs().max())
        torch.testing.assert_close(gradients[:, number], gradient[:, 0], rtol=0, atol=CLOSE * largest)
        for name, buffer in expected.items():
            torch.testing.assert_close(buffers[number][name], buffer, rtol=1e-5, atol=1e-6)
