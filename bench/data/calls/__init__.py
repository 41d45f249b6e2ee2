"""Calls of the plugins that prepare data: steps on the recordings of a subject, and extractors on windows."""
