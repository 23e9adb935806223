"""Text as pure functions: HTML to text, redaction, cleaning, language, content and passages."""
