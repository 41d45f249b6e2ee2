"""Signals as grey images, one row per second: subtraction of their mean, and the module that makes them."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_preprocessors() -> list[Plugin]:
    about = "Zero mean per channel, learnt inside each fold from its training part: the mean subtraction of images."
    return [Plugin("centre", "bench_images.centre:Centre", about)]
