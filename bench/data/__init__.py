"""Recordings become windows: preparation, the cache, and what an estimator is given."""
