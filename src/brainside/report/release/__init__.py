"""A release: the archive for a journal, and what describes it to machines."""
