"""voc: what customers say, sorted into topics, and what each topic costs in repeat contacts."""

__version__ = "0.1.0"
