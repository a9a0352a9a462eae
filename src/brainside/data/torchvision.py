"""torchvision, importable even beside a PyTorch that was built for another accelerator.

Beside such a PyTorch its compiled operators cannot be loaded and the import fails with "operator
torchvision::nms does not exist", although datasets, transforms and models need none of them.
Declaring the schemas of nms and qnms first, and only then, makes the import work; calling either
still fails. Everything in this package imports torchvision from here.
"""

import importlib
from types import ModuleType

import torch

MISSING = "operator torchvision::nms does not exist"
SCHEMA = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
_declared: list[torch.library.Library] = []  # a schema lives as long as its library object


def import_torchvision() -> ModuleType:
    """Import torchvision; only the failure described above is mended, others are raised."""
    try:
        return importlib.import_module("torchvision")
    except RuntimeError as error:
        if MISSING not in str(error):
            raise
    declare_operators()
    return importlib.import_module("torchvision")


def declare_operators() -> None:
    """Declare the schemas of torchvision's nms and qnms, without implementations."""
    library = torch.library.Library("torchvision", "FRAGMENT")
    for name in ("nms", "qnms"):
        library.define(name + SCHEMA)
    _declared.append(library)


torchvision = import_torchvision()
