"""BraInside: an executable comparative study of neural-network compression."""

__version__ = "0.1.0"
