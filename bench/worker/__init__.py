"""Fits the estimators of one fold and searches inside it."""
