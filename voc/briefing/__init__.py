"""The briefing: one page that says what to fix first, and the reports behind it, as Markdown and HTML."""
