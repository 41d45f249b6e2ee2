"""Plugins of other distributions, whose modules the harness does not import: what it knows of them, and from where."""
