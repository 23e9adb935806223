"""Live pull: raw pages of a vendor's API into files, which the source of the same kind then reads."""
