"""The one training loop, and the evaluation of a network."""
