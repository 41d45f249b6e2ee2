"""A plugin-based benchmarking harness for multimodal physiological emotion recognition."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.session import run as run

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """`bench.run` is `bench.session.run`, imported when it is used."""
    if name != "run":
        raise AttributeError(f"module 'bench' has no attribute '{name}'")
    from bench.threads import one_thread

    one_thread()
    from bench.session import run

    return run
