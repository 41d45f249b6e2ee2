"""Digests of source code: the modules that results depend on, by their syntax trees."""
