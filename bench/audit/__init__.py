"""Checks for leakage, before anything is trained."""
