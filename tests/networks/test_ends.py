"""Specs: the two ends of their networks, and what does not fit a dataset."""

import inspect

import pytest
import torch

from brainside.base.errors import Refused
from brainside.networks import ends
from brainside.networks.architectures import ARCHITECTURES, build, image_shape
from brainside.networks.ends import ENDS

SPECS = [
    {"name": "mlp", "sizes": [784, 10]},
    {"name": "mlp", "sizes": [11, 10]},
    {"name": "convnet", "image": [1, 28, 28], "channels": [2], "kernel": 3, "hidden": [],
     "classes": 7},
    {"name": "denil", "image": [3, 32, 32], "channels": [2, 3], "kernels": [8, 5], "hidden": [4],
     "classes": 3},
    {"name": "slimnet", "image": [3, 32, 32], "widths": [2, 2], "pool_after": [1], "classes": 5},
    {"name": "lenet5"},
    {"name": "lenet1"},
]  # fmt: skip


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec["name"])
def test_a_network_reads_the_images_and_has_the_classes_that_its_spec_says(spec):
    shape, classes = image_shape(spec), ENDS[spec["name"]].classes(spec)
    assert build(spec, seed=0).eval()(torch.zeros(1, *shape)).shape == (1, classes)
    ends.check(spec, shape, classes)
    for other in ((shape[0] + 1, *shape[1:]), classes), (shape, classes + 1):
        with pytest.raises(Refused, match="the network"):
            ends.check(spec, *other)


def test_a_network_of_lists_only_reads_images_of_any_shape_with_as_many_pixels():
    ends.check({"name": "mlp", "sizes": [3072, 10]}, (3, 32, 32), 10)


def test_the_fields_that_a_task_may_name_are_those_of_the_architectures_function():
    assert ENDS.keys() == ARCHITECTURES.keys() - {"hubs"}  # which a method makes of another
    for name, entry in ENDS.items():
        fields = inspect.signature(ARCHITECTURES[name].build).parameters.values()
        needed = {field.name for field in fields if field.default is field.empty}
        assert set(entry.required) == needed
        assert set(entry.optional) == {field.name for field in fields} - needed
