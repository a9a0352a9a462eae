"""From records to tables, intervals and verdicts. No PyTorch."""
