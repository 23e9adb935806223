"""One file a report: its table, its computation, its section of the briefing."""
