"""Sentiment and effort of texts: a small classifier on their vectors, trained on sentences that ship, and a lexicon.

Everything here takes arrays and lists: no tables, no database, no clock.
"""

from voc.sentiment.phrases import training_phrases

__all__ = ["training_phrases"]
