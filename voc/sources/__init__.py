"""Sources: one file an export format; files whose name begins with "_" are helpers they share."""
