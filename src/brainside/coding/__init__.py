"""Stored networks to bytes and back, by several codecs."""
