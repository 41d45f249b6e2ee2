"""Calls of plugins outside of folds, each in a worker: to prepare data, and to learn what a plugin declares."""
