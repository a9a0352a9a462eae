"""Variances of differences of error, from the archived records of the paper study."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Comparison:
    """Two methods on a task, and the variance between them that its records have.

    `parts` are the standard deviations between seeds, between images and of the interaction, on
    10,000 test images.
    """

    parts: tuple[float, float, float]
    task: str
    method: str
    against: str
    budgets: tuple[str, ...]
    seeds: int


# From no effect of seeds to little else. tests/archive/test_variances.py finds them in the records.
COMPARISONS = {
    "a quarter predicted on MNIST": Comparison(
        (0.0, 0.0455, 0.0778), "mnist/denil500", "denil-ten-columns-wide", "reference-wide",
        ("1/4",), 5,
    ),
    "tickets against new initial weights": Comparison(
        (0.0011, 0.043, 0.132), "mnist/lenet300", "lottery", "lottery-reinitialised",
        ("36/1000",), 3,
    ),
    "a quarter predicted on CIFAR-10": Comparison(
        (0.0068, 0.163, 0.340), "cifar10/denil", "denil", "reference", ("1/4",), 3,
    ),
    "searched widths on CIFAR-10": Comparison(
        (0.0062, 0.027, 0.183), "cifar10/slim", "autoslim", "uniform-weights",
        ("1/2", "1/4", "1/8", "1/16"), 3,
    ),
    "a tenth without retraining": Comparison(
        (0.0455, 0.148, 0.317), "mnist/lenet300", "l2-retrained", "l2-cut", ("1/10",), 5,
    ),
}  # fmt: skip
