"""Thin commands: those of the workflow's rules, and those that a person types."""
