"""openSMILE: features of sound, computed from the files of songs."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_preprocessors() -> list[Plugin]:
    return [
        Plugin(
            "opensmile",
            "bench_opensmile.step:OpenSmile",
            "Features of songs from their sound by openSMILE, one vector per song.",
        ),
    ]
