"""The stages of the flow, one file each: pure functions from declared tables to declared tables."""
