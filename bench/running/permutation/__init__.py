"""Permutation tests: models trained again on labels that trials of a subject have exchanged."""
