"""From tables to figures, TeX, the README's scoreboard and notebooks. No PyTorch."""
