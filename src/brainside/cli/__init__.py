"""Thin commands, one per rule of the workflow."""
