"""Variances of differences of error, from the archived records of the paper study."""

# Standard deviations between seeds, between images and of the interaction in differences of error,
# by the claim that they were estimated for, on 10,000 test images: from no seed to little else than
# seeds. tests/archive/test_variances.py finds them in the records.
COMPONENTS = {
    "denil-mnist-quarter": (0.0, 0.0455, 0.0778),
    "lottery-beats-reinitialised-4": (0.0011, 0.043, 0.132),
    "denil-cifar-quarter": (0.0068, 0.163, 0.340),
    "autoslim-beats-uniform-equal-weights": (0.0062, 0.027, 0.183),
    "han-retraining-matters": (0.0455, 0.148, 0.317),
}
