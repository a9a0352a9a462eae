"""Thin commands, one a rule of the workflow."""
