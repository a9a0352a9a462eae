"""Small slimmable networks of every kind."""

import pytest
import yaml

from brainside.methods.contract import Task
from brainside.networks.weights import weight_count
from helpers.project import ROOT
from helpers.tiny import tiny_data

PLAIN = {
    "name": "slimnet",
    "image": [1, 8, 8],
    "widths": [12, 12, 24],
    "pool_after": [1],
    "classes": 3,
}


SEPARABLE = {**PLAIN, "separable": True}


LENET = {"name": "lenet5", "image": [1, 20, 20], "widths": [12, 12, 24]}  # 2×2 places at the end


# The two networks of the paper study.
REAL = {
    name: yaml.safe_load((ROOT / "config/paper/tasks.yaml").read_text(encoding="utf-8"))[name][
        "network"
    ]
    for name in ("cifar10/slim", "fashion/slim-lenet5")
}


NAMES = ["plain", "separable", "lenet5"]


SPECS = pytest.mark.parametrize("spec", [PLAIN, SEPARABLE, LENET], ids=NAMES)


WIDTHS = [7, 4, 18]


def task(spec=PLAIN) -> Task:
    return Task("tiny/slim", tiny_data(90, tuple(spec["image"])), spec, weight_count(spec))
