"""What the engine takes from recordings on the device is what windows give on the host; and what it plans ahead."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.api import InputSpec, Staged
from bench.data.shared import SharedVectors
from bench.data.sources import Vectors, WindowedSignal
from bench.data.windows import WindowSet
from bench.training.device_signals import DeviceSignals, VectorBatch, WindowLoader, padded
from bench.training.network_fit import inputs_of
from bench.training.networks.exchange import aligned
from bench.training.optimisers.adam import Adam
from bench.training.optimisers.schedule import class_weights, epochs, order, rates
from bench.training.optimisers.sgd import SGD

torch.set_num_threads(1)


class Plan(Staged):
    def encoder(self, modality, given): ...
    def head(self, dim, classes): ...


def windowed_signal(random, recordings, channels=1, rate=8.0, width=8, scale=None):
    """Windows anywhere in the recordings, which are a multiple of the rate long."""
    start = {number: random.integers(0, array.shape[1] - width + 1, 5) for number, array in recordings.items()}
    who = np.repeat(list(recordings), 5)
    names = tuple(f"c{channel}" for channel in range(channels))
    return WindowedSignal(recordings, who, np.concatenate(list(start.values())), width, rate, names, scale)


def recordings(random, channels, samples=40, people=3):
    return {who: random.standard_normal((channels, samples + who)).astype(np.float32) for who in range(people)}


def window_set(**sources):
    count = len(next(iter(sources.values())).start)
    return WindowSet(
        dict.fromkeys(("subject", "session", "trial", "stimulus", "start", "stop"), np.arange(count)), sources
    )


@pytest.fixture
def data():
    """Two members with windows of the same recordings, each with a scale of its own."""
    random = np.random.default_rng(0)
    ecg, eeg = recordings(random, 1), recordings(random, 3, 80)
    made = []
    for scale in (None, np.array([[0.3], [1.7]])):
        wide = None if scale is None else np.array([[1.0, 2.0, 3.0], [0.5, 0.7, 3.0]])
        made.append(
            window_set(
                ecg=windowed_signal(random, ecg, scale=scale),
                eeg=windowed_signal(random, eeg, channels=3, rate=16.0, width=16, scale=wide),
            )
        )
    return made


def test_windows_on_the_device_are_those_on_the_host_bit_for_bit(data):
    feed = WindowLoader(DeviceSignals(data, "cpu"), data)
    rows = torch.tensor([[3, 0, 14, 3], [14, 13, 2, 0]])
    for modality, values in feed(rows).items():
        for member, windows in enumerate(data):
            np.testing.assert_array_equal(values[member], windows.signals(modality)[rows[member]])


def test_whole_segments_and_vectors_on_the_device_are_those_on_the_host():
    """Members whose vectors lie in one table, in tables of their own, or are scaled."""
    random = np.random.default_rng(3)
    eda = recordings(random, 2, 20)
    source = replace(windowed_signal(random, eda, channels=2), lengths=random.integers(3, 9, 15), start=np.full(15, 12))
    table = random.standard_normal((4, 5)).astype(np.float32)
    shared = SharedVectors(table, random.integers(0, 4, 15), tuple("abcde"))
    sets = [window_set(eda=source, music=each) for each in (
        shared, shared.scaled(np.ones(5), 2 * np.ones(5)), Vectors(table[shared.place], tuple("abcde")),
        replace(shared, table=table[::-1].copy()),
    )]  # fmt: skip
    feed = WindowLoader(DeviceSignals(sets, "cpu"), sets)
    rows = torch.tensor([[3, 0, 14], [2, 13, 2], [1, 1, 0], [14, 7, 8]])
    found = feed(rows)
    for member, windows in enumerate(sets):
        np.testing.assert_array_equal(found["eda"][member], windows.signals("eda")[rows[member]])
        expected = windows.features("music")[rows[member], :, None].astype(np.float32)
        np.testing.assert_allclose(found["music"][member], expected, rtol=1e-6, atol=1e-6)
    assert inputs_of(sets[0]) == {"eda": InputSpec(2, 8, 8.0), "music": InputSpec(5, 1, 0.0, vector=True)}
    assert len(feed.vectors["music"].values) == 4 + 4 + 15 + 4  # a table is there once for each scale
    assert len(VectorBatch("cpu", [shared, shared.take(np.arange(15)), shared]).values) == len(shared.table)


def test_a_shorter_member_is_not_mixed_up_with_a_longer_one(data):
    short = [data[0].take(np.array([4, 9])), data[1]]
    values = WindowLoader(DeviceSignals(short, "cpu"), short)(torch.tensor([[1, 0], [12, 14]]))
    np.testing.assert_array_equal(values["ecg"][0], data[0].signals("ecg")[[9, 4]])
    np.testing.assert_array_equal(values["ecg"][1], data[1].signals("ecg")[[12, 14]])


def test_joined_signals_are_interpolated_to_the_longest_and_put_side_by_side(data):
    merged = [windows.merged() for windows in data]
    values = WindowLoader(DeviceSignals(merged, "cpu"), merged)(torch.arange(15).expand(2, 15))["ecg+eeg"]
    assert values.shape == (2, 15, 4, 16)
    for member, windows in enumerate(data):
        np.testing.assert_allclose(values[member], merged[member].signals(), rtol=0, atol=1e-5)
        by_hand = aligned(torch.from_numpy(windows.signals("ecg")), 16)
        torch.testing.assert_close(values[member, :, :1], by_hand, rtol=0, atol=1e-6)


def test_recordings_are_on_the_device_once_however_many_cut_from_them(data):
    signals = DeviceSignals([*data, *(windows.merged() for windows in data), data[0].take(np.array([1, 2]))], "cpu")
    assert {channels: values.shape[1] for channels, values in signals.values.items()} == {
        1: 40 + 41 + 42,
        3: 80 + 81 + 82,
    }


@given(st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=5), min_size=1, max_size=4))
def test_rows_are_filled_up_with_zeros(rows):
    found = padded([np.array(row) for row in rows]).numpy()
    for row, filled in zip(rows, found, strict=True):
        assert filled.tolist() == row + [0] * (max(map(len, rows)) - len(row))


@given(st.integers(1, 60), st.integers(1, 60), st.integers(0, 9), st.integers(0, 9))
def test_an_epoch_takes_no_window_twice_and_leaves_out_less_than_a_batch(windows, batch, seed, epoch):
    batch = min(batch, windows)
    taken = order(seed, 0, epoch, windows, batch)
    assert taken.shape == (windows // batch, batch)
    assert len(set(taken.ravel().tolist())) == taken.size
    assert set(taken.ravel().tolist()) <= set(range(windows))


def test_each_seed_phase_and_epoch_has_an_order_of_its_own():
    orders = {order(*place, 40, 8).tobytes() for place in np.ndindex(3, 3, 3)}
    assert len(orders) == 27


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [1, 1, 1, 1]),
        ({"schedule": "linear"}, [1, 0.75, 0.5, 0.25]),
        ({"schedule": "cosine"}, [1, (1 + 0.5**0.5) / 2, 0.5, (1 - 0.5**0.5) / 2]),
        ({"warmup": 0.5}, [0.5, 1, 1, 1]),
        ({"warmup": 1.0}, [0.25, 0.5, 0.75, 1]),
        ({"warmup": 0.5, "schedule": "linear"}, [0.5, 1, 1, 0.5]),
        ({"schedule": "step", "step_size": 2, "gamma": 0.5, "duration_unit": "steps", "epochs": 4}, [1, 1, 0.5, 0.5]),
    ],
)
def test_learning_rates_follow_the_schedule(options, expected):
    model = Plan(**{"epochs": 1, "learning_rate": 0.1, **options})
    np.testing.assert_allclose(rates(model, 4 // epochs(model, 4)), 0.1 * np.array(expected), rtol=1e-12)


@pytest.mark.parametrize(("options", "passes"), [({"epochs": 7}, 7), ({"epochs": 7, "duration_unit": "steps"}, 2),
                                                 ({"epochs": 8, "duration_unit": "steps"}, 2)])  # fmt: skip
def test_epochs_and_steps_are_counted_as_asked_for(options, passes):
    """Where steps are counted, the last epoch is done to its end, and the learning rate falls between epochs too."""
    model = Plan(learning_rate=1.0, schedule="step", step_size=3, gamma=0.1, **options)
    assert epochs(model, 4) == passes
    counted = np.arange(4 * passes) if model.duration_unit == "steps" else np.arange(4 * passes) // 4
    np.testing.assert_allclose(rates(model, 4), 0.1 ** (counted // 3), rtol=1e-12)


def test_balanced_classes_have_equal_weight_altogether():
    labels = np.array([0, 0, 0, 1, 1, 2])
    weights = class_weights(Plan(class_weight="balanced"), labels, 3)
    np.testing.assert_allclose(weights, [6 / 9, 1, 2])
    assert class_weights(Plan(class_weight="balanced"), labels, 4)[3] == 6 / 4
    np.testing.assert_array_equal(class_weights(Plan(), labels, 3), np.ones(3))


@settings(max_examples=20, deadline=None)
@given(
    st.integers(0, 99),
    st.sampled_from([("Adam", 0.0), ("AdamW", 0.1), ("Adam", 0.1)]),
    st.sampled_from([0.0, 0.5]),
    st.sampled_from([1e-8, 1e-3]),
)
def test_adam_in_rows_is_the_adam_of_torch_for_each_row(seed, kind, clip, eps):
    """Different rates, and a row that begins where another one is already."""
    random = torch.Generator().manual_seed(seed)
    weights, gradients = torch.randn(2, 7, generator=random), torch.randn(6, 2, 7, generator=random)
    speeds = np.array([[0.1, 0.1, 0.05, 0.05, 0.01, 0.01], [0.3, 0.2, 0.1, 0.3, 0.2, 0.1]])
    ours = weights.clone()
    name, decay = kind
    apart, penalty = (decay, 0.0) if name == "AdamW" else (0.0, decay)

    class Epsilon(Plan):
        adam_eps = eps

    adam = Adam(ours, [Epsilon(decay=apart, clip=clip, l2=penalty), Epsilon()])
    factors = np.stack([adam.factors(row, 0, speeds[row]) for row in range(2)], axis=1)
    for gradient, factor in zip(gradients, torch.from_numpy(factors).float(), strict=True):
        adam.step(gradient, factor)
    for row, (optimal, mine, limit) in enumerate([(name, decay, clip), ("Adam", 0.0, 0.0)]):
        parameter = torch.nn.Parameter(weights[row].clone())
        optimiser = getattr(torch.optim, optimal)([parameter], eps=eps, weight_decay=mine)
        for gradient, speed in zip(gradients, speeds[row], strict=True):
            optimiser.param_groups[0]["lr"] = speed
            parameter.grad = gradient[row].clone()
            if limit:
                torch.nn.utils.clip_grad_norm_([parameter], limit)
            optimiser.step()
        torch.testing.assert_close(ours[row], parameter.detach(), rtol=1e-5, atol=1e-6)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 99), st.sampled_from([0.0, 0.1]), st.tuples(st.floats(0, 0.99), st.floats(0, 0.99)))
def test_descent_in_rows_is_the_sgd_of_torch_for_each_row(seed, penalty, momenta):
    random = torch.Generator().manual_seed(seed)
    weights, gradients = torch.randn(2, 7, generator=random), torch.randn(6, 2, 7, generator=random)
    speeds = np.array([[0.1, 0.1, 0.05, 0.05, 0.01, 0.01], [0.3, 0.2, 0.1, 0.3, 0.2, 0.1]])
    ours = weights.clone()
    descent = SGD(ours, [Plan(momentum=momentum, l2=penalty) for momentum in momenta])
    factors = np.stack([descent.factors(row, 0, speeds[row]) for row in range(2)], axis=1)
    for gradient, factor in zip(gradients, torch.from_numpy(factors).float(), strict=True):
        descent.step(gradient, factor)
    for row, momentum in enumerate(momenta):
        parameter = torch.nn.Parameter(weights[row].clone())
        optimiser = torch.optim.SGD([parameter], momentum=momentum, weight_decay=penalty)
        for gradient, speed in zip(gradients, speeds[row], strict=True):
            optimiser.param_groups[0]["lr"] = speed
            parameter.grad = gradient[row].clone()
            optimiser.step()
        torch.testing.assert_close(ours[row], parameter.detach(), rtol=1e-5, atol=1e-6)
