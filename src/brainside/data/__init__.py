"""Datasets: published files and regenerated variations, checked, split and normalised."""
