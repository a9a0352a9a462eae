"""What is measured of a network: the columns of the records that are averaged, in words.

Nothing here imports pandas, so that `brainside trace` answers at once.
"""

# Shown in per cent, with an interval.
ERRORS = {
    "test_error": "mean over the seeds, per cent",
    "valid_error": "mean over the seeds, per cent",
    "train_error": "mean over the seeds, per cent",
}
COUNTS = {
    "weights": "mean over the seeds of the stored free weights",
    "multiply_adds": "mean over the seeds, of one image",
    "checkpoint_bytes": "mean over the seeds, bytes of the file that was evaluated",
    "epochs_total": "mean over the seeds, along the trajectory",
    "dead_units": "mean over the seeds of the hidden units without an input or an output",
    "connected_inputs": "mean over the seeds of the input pixels or channels that are read",
}
SEEDS = {"n": "seeds with a record"}
MEASURES = {**ERRORS, **COUNTS, **SEEDS}
