"""Typed, versioned records and the store: one folder per cell, and one per task."""
