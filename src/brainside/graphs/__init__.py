"""Layers and networks as graphs: effective resistances, sparsifiers, distances."""
