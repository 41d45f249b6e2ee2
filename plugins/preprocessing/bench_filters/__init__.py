"""Filters, resampling, detrending, derivative and clipping: what changes a signal by its frequencies."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_preprocessors() -> list[Plugin]:
    return [
        Plugin("bandpass", "bench_filters.butterworth:BandPass", "Butterworth band-pass, zero-phase or causal."),
        Plugin("lowpass", "bench_filters.butterworth:LowPass", "Butterworth low-pass, zero-phase or causal."),
        Plugin("highpass", "bench_filters.butterworth:HighPass", "Butterworth high-pass, zero-phase or causal."),
        Plugin(
            "notch", "bench_filters.notch:Notch", "Takes out the mains hum and its harmonics, zero-phase or causal."
        ),
        Plugin(
            "detrend", "bench_filters.trend:Detrend", "Takes away the mean or the straight line of the whole recording."
        ),
        Plugin("derivative", "bench_filters.trend:Derivative", "Change per second."),
        Plugin(
            "resample", "bench_filters.resampling:Resample", "Polyphase resampling by the exact ratio of two rates."
        ),
        Plugin("clip", "bench_filters.trend:Clip", "Limits the values."),
    ]
