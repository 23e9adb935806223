"""Namers: one file a way to name topics other than by their own words, which is the default and needs no plug-in."""
