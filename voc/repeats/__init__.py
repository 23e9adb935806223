"""Repeats net of coincidence: estimators on plain arrays, without tables."""
