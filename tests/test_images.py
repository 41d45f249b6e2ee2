"""Signals as images: rows of seconds, their resizing against torch, random crops, and the mean that is taken off."""

import math
import subprocess
import sys

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - the usual name
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from bench.errors import DataError
from bench.registry import Registry
from bench.training.networks.dropout import attach_random_stream
from bench_images.centre import Centre
from bench_images.pictures import Pictures
from bench_images.seconds import seconds

# what it runs of the core is covered elsewhere, and tracing slows it down
pytestmark = pytest.mark.no_cover

RATE = 50


@pytest.fixture(autouse=True)
def quiet():
    torch.set_num_threads(1)
    torch.manual_seed(5)


def windows(lengths, rate=RATE, channels=3):
    """Of so many seconds each, padded at the end to the longest as a network is given them."""
    samples = [round(length * rate) for length in lengths]
    values = torch.full((len(lengths), channels, max(samples)), torch.nan)
    for row, count in zip(values, samples, strict=True):
        row[:, :count] = torch.rand(channels, count)
    return values


def resized(window, rows, size):
    """One window by torch itself."""
    grey = window[:, : rows * RATE].reshape(1, len(window), rows, RATE)
    return F.interpolate(grey, size=(size, size), mode="bilinear", align_corners=False, antialias=False)[0]


def smooth(length, rate=RATE):
    time = torch.arange(length * rate) / rate
    return torch.stack([torch.sin(2 * math.pi * time / period) for period in (5.0, 9.0, 20.0)])


# ------------------------------------------------------------------------------------------- rows


def test_each_row_is_one_second_in_the_order_of_time():
    counted = torch.arange(4.0 * RATE).expand(2, 3, -1)
    rows, own = seconds(counted, RATE)
    assert rows.shape == (2, 3, 4, RATE)
    assert own.tolist() == [4, 4]
    assert rows[0, 0, :, 0].tolist() == [0, 50, 100, 150]
    assert torch.equal(rows[1, 2, 1], torch.arange(50.0, 100.0))


@settings(max_examples=40, deadline=None)
@given(length=st.integers(1, 12), rate=st.integers(1, 60), batch=st.integers(1, 3))
def test_without_a_resize_the_image_is_the_signal(length, rate, batch):
    values = torch.rand(batch, 2, length * rate)
    image = Pictures(rate, size=0, crop=8).eval()(values)
    assert image.shape == (batch, 2, length, rate)
    assert torch.equal(image.flatten(2), values)


def test_what_is_left_of_the_last_second_is_left_out():
    values = torch.rand(1, 1, 3 * RATE + RATE - 1)
    assert torch.equal(Pictures(RATE, 0, 0)(values).flatten(2), values[..., : 3 * RATE])


def test_rows_after_the_end_of_a_window_are_zero_and_not_its_own():
    values = windows([3.5, 6.0])
    rows, own = seconds(values, RATE)
    assert own.tolist() == [3, 6]
    assert torch.equal(rows[0, :, :3].flatten(1), values[0, :, : 3 * RATE])
    assert not rows[0, :, 3:].any()


@pytest.mark.parametrize(
    ("rate", "samples", "begins", "columns"),
    [
        (31.25, 312, [0, 31, 62, 93, 125, 156, 187, 218, 250, 281], 31),
        (51.2, 256, [0, 51, 102, 153, 204], 51),
        (2.5, 10, [0, 2, 5, 7], 2),
        (7.9, 14, [0, 7], 7),
    ],
)
def test_of_a_rate_that_is_no_integer_rows_keep_to_the_seconds(rate, samples, begins, columns):
    rows, own = seconds(torch.arange(float(samples)).expand(1, 1, -1), rate)
    assert rows[0, 0, :, 0].tolist() == begins
    assert rows.shape[-1] == columns
    assert own.tolist() == [len(begins)]


@settings(max_examples=60, deadline=None)
@given(rate=st.floats(1, 99), lengths=st.lists(st.floats(1, 9), min_size=1, max_size=4))
def test_no_row_reaches_beyond_its_window_at_any_rate(rate, lengths):
    values = windows(lengths, rate)
    rows, own = seconds(values, rate)
    assert not rows.isnan().any()
    for window, count in zip(values, own.tolist(), strict=True):
        length = int(window[0].isnan().logical_not().sum())
        assert int((count - 1) * rate) + int(rate) <= length or not count
        assert abs(count - length / rate) < 1 + 1 / rate


# ----------------------------------------------------------------------------------------- resizing


@settings(max_examples=40, deadline=None)
@given(lengths=st.lists(st.integers(1, 30), min_size=1, max_size=5), size=st.integers(1, 70))
def test_each_window_is_resized_as_torch_does_it_alone(lengths, size):
    values = windows(lengths)
    found = Pictures(RATE, size, crop=0)(values)
    for window, length, image in zip(values, lengths, found, strict=True):
        torch.testing.assert_close(image, resized(window, length, size), atol=1e-5, rtol=0)


def test_windows_of_any_length_become_images_of_the_published_size():
    values = windows([3.0, 7.4, 23.0])
    found = Pictures(RATE, 224, crop=8).eval()(values)
    assert found.shape == (3, 3, 224, 224)
    assert found.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(found[1], resized(values[1], 7, 224), atol=1e-5, rtol=0)


def test_a_window_does_not_depend_on_those_beside_it_nor_on_its_padding():
    values, pictures = windows([4.0, 9.0]), Pictures(RATE, 32, 0)
    torch.testing.assert_close(pictures(values)[:1], pictures(values[:1, :, : 4 * RATE]), atol=1e-5, rtol=0)


@settings(max_examples=30, deadline=None)
@given(
    lengths=st.lists(st.floats(1, 12), min_size=1, max_size=4), size=st.integers(0, 50), crop=st.integers(0, 9),
    training=st.booleans(),
)  # fmt: skip
def test_images_stay_from_0_to_1_and_hold_no_gap(lengths, size, crop, training):
    found = Pictures(RATE, size, crop).train(training)(windows(lengths))
    assert not found.isnan().any()
    assert found.min() >= 0
    assert found.max() <= 1 + 1e-6


def test_a_constant_stays_one():
    torch.testing.assert_close(Pictures(RATE, 40, 4)(torch.full((2, 1, 350), 0.3)), torch.full((2, 1, 40, 40), 0.3))


def test_a_window_shorter_than_a_second_is_an_empty_image():
    assert not Pictures(RATE, 8, 0)(windows([0.5, 2.0]))[0].any()


def test_an_image_laid_out_flat_again_has_the_shape_of_the_signal():
    length, size = 20, 224
    image = Pictures(RATE, size, crop=0)(smooth(length)[None])[0]
    back = F.interpolate(image[None], size=(length, RATE), mode="bilinear", align_corners=False)[0].flatten(1)
    for signal, found in zip(smooth(length), back, strict=True):
        assert np.corrcoef(signal, found)[0, 1] > 0.99


# ------------------------------------------------------------------------------------------- crops


def test_a_crop_is_a_crop_of_the_image_with_repeated_edges():
    pictures, values = Pictures(RATE, 24, crop=5), windows([6.0] * 40)
    found, images = pictures.train()(values), pictures.eval()(values)
    padded = F.pad(images, (5, 5, 5, 5), mode="replicate")
    seen = set()
    for crop, around in zip(found, padded, strict=True):
        matches = [
            (down, across)
            for down in range(11)
            for across in range(11)
            if torch.allclose(crop, around[:, down : down + 24, across : across + 24], atol=1e-5)
        ]
        assert len(matches) == 1
        seen.add(matches[0])
    assert len(seen) > 25


def test_every_shift_within_the_crop_is_drawn_and_no_other():
    pictures = Pictures(RATE, 24, crop=3).train()
    down, across = pictures.shifts(2000, torch.device("cpu"))
    assert set(down.tolist()) == set(across.tolist()) == set(range(-3, 4))
    assert abs(np.corrcoef(down, across)[0, 1]) < 0.1


@pytest.mark.parametrize(("crop", "training"), [(8, False), (0, True)])
def test_without_training_or_without_a_crop_nothing_is_drawn(crop, training):
    pictures, values = Pictures(RATE, 24, crop).train(training), windows([4.0, 5.0])
    before = torch.get_rng_state()
    assert torch.equal(pictures(values), pictures(values))
    assert torch.equal(torch.get_rng_state(), before)


def test_the_stream_of_the_network_decides_what_is_drawn():
    pictures, values = Pictures(RATE, 24, crop=4).train(), windows([5.0] * 4)
    noise = attach_random_stream(nn.Sequential(pictures), "cpu")
    noise.generator.manual_seed(3)
    first, second = pictures(values), pictures(values)
    noise.generator.manual_seed(3)
    torch.manual_seed(99)
    assert torch.equal(pictures(values), first)
    assert not torch.equal(first, second)


# ------------------------------------------------------------------------------------------ centre


def test_the_mean_of_each_channel_is_taken_and_nothing_is_divided():
    iter_batches = [np.array([[[1.0, 3.0], [10.0, 10.0]]]), np.array([[[5.0, 5.0], [20.0, 30.0]]])]
    mean, divisor = Centre().learn(iter(iter_batches))
    assert mean.tolist() == [3.5, 17.5]
    assert divisor.tolist() == [1.0, 1.0]


def test_each_window_counts_once_however_long_it_is():
    mean, _ = Centre().learn(iter([np.full((1, 1, 1000), 4.0, np.float32), np.zeros((3, 1, 10), np.float32)]))
    assert mean.tolist() == [1.0]


def test_centre_needs_a_window():
    with pytest.raises(DataError) as raised:
        Centre().learn(iter([]))
    assert str(raised.value) == "centre: there is no window to learn from; its training part is empty."


@pytest.mark.parametrize("training", [False, True])
def test_the_mean_can_be_taken_before_there_is_an_image(training):
    values, mean = windows([3.0, 8.0, 5.5]), torch.tensor([0.2, 0.5, 0.9])[:, None]
    pictures = Pictures(RATE, 48, crop=6).train(training)
    torch.manual_seed(1)
    before = pictures(values - mean)
    torch.manual_seed(1)
    torch.testing.assert_close(before, pictures(values) - mean[..., None], atol=1e-5, rtol=0)


def test_the_mean_over_the_samples_is_about_that_over_the_images():
    values = smooth(20)[None].repeat(2, 1, 1)
    mean, _ = Centre().learn(iter([values.numpy()]))
    images = Pictures(RATE, 224, 0)(values - torch.from_numpy(mean).float()[:, None])
    assert images.mean(dim=(0, 2, 3)).abs().max() < 0.02


def test_the_step_is_known_by_its_name_without_torch():
    assert Registry().get("preprocessor", "centre").load() is Centre
    code = "import sys, bench_images.centre; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
