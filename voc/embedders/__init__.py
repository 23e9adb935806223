"""Embedding models, one file a model: `embed(texts, argument=..., progress=...)` gives unit rows."""
