"""A seeded synthetic software company: tickets, survey, pipeline file, and the truth about both."""

from voc.sample.company import CHANNELS, SITES
from voc.sample.write import SampleSummary, write_sample

__all__ = ["CHANNELS", "SITES", "SampleSummary", "write_sample"]
