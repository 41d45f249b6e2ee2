"""Optimisers over rows of parameters, and learning-rate schedules."""
