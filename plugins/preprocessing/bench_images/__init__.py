"""Signals as grey images with one row per second: mean subtraction, and the module that makes images."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_preprocessors() -> list[Plugin]:
    about = "Zero mean per channel, learnt inside each fold from its training part: the mean subtraction of images."
    return [Plugin("centre", "bench_images.centre:Centre", about)]
