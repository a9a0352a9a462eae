"""Weights from specs alone are those of the networks that are built."""

import pytest
from helpers.project import ROOT

from brainside.base.configs import read_valid
from brainside.networks import architectures, counts, weights
from brainside.networks.ends import ENDS

SPECS = [
    {"name": "mlp", "sizes": [11, 10]},
    {"name": "mlp", "sizes": [784, 30, 20, 10], "dropout": 0.5},
    {"name": "convnet", "image": [1, 28, 20], "channels": [2], "kernel": 3, "hidden": [],
     "classes": 7},
    {"name": "convnet", "image": [3, 28, 28], "channels": [2, 3, 4], "kernel": 4, "hidden": [5],
     "classes": 7},
    {"name": "denil", "image": [3, 32, 32], "channels": [2, 3], "kernels": [8, 5],
     "hidden": [4, 6], "classes": 3, "dropout": 0.1},
    {"name": "slimnet", "image": [3, 32, 30], "widths": [2, 4, 3], "pool_after": [2, 0],
     "classes": 5},
    {"name": "slimnet", "image": [3, 32, 30], "widths": [2, 4, 3], "pool_after": [1],
     "classes": 5, "separable": True},
    {"name": "lenet5"},
    {"name": "lenet5", "image": [3, 32, 28], "widths": [3, 4, 5], "dropout": 0.2},
    {"name": "lenet1", "background": -0.5},
    *(task["network"] for study in ("paper", "quick")
      for task in read_valid(ROOT / f"config/{study}/tasks.yaml", "tasks").values()),
]  # fmt: skip


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec["name"])
def test_names_shapes_and_uses_are_those_of_the_network(spec):
    found = weights.weights_of(spec)
    built = architectures.build(spec, seed=0)
    shapes = architectures.shapes(spec)
    assert {name: weight.shape for name, weight in found.items()} == shapes
    assert list(found) == list(shapes)
    assert weights.weight_count(spec) == sum(shape.numel() for shape in shapes.values())
    parameters = sum(parameter.numel() for parameter in built.parameters())
    assert parameters <= weights.parameter_count(spec) or spec["name"] == "lenet1"  # of one size
    image = architectures.image_shape(spec)
    by_layer = counts.multiply_adds_by_layer(built, image)
    assert weights.multiply_adds(spec) == sum(by_layer.values())


def test_every_architecture_that_a_task_may_name_has_its_weights():
    assert weights.WEIGHTS.keys() == ENDS.keys()
