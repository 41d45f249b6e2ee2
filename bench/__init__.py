"""A plugin-based benchmarking harness for multimodal physiological emotion recognition."""

__version__ = "0.1.0"
