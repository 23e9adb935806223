"""One file a cost model: what handling a contact costs, in full and avoidable."""
