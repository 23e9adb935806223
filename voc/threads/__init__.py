"""From messages to contacts: side records joined to their threads, and threads cut into contacts by stated rules."""
