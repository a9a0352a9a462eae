"""The committed results: records, specs, searches, checkpoints, manifest. No PyTorch."""
