"""Architectures, their layers, and what is counted of them."""
