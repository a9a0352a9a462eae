"""From a config to its jobs: sweeps, searches, codings and plot data. No PyTorch."""
