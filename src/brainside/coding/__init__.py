"""Files that decode to networks, and the one accountant of their size."""
