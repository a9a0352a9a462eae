"""torchvision can be imported beside a torch built for another accelerator, and as it is."""

import subprocess
import sys

import pytest

BROKEN = """
import torch

def refuse(path):
    raise OSError("built for another accelerator")

torch.ops.load_library = refuse
try:
    import torchvision
except RuntimeError as error:
    assert "operator torchvision::nms does not exist" in str(error)
else:
    raise SystemExit("nothing to mend")
"""
USE = """
from brainside.data.torchvision import torchvision
images = torchvision.datasets.FakeData(2, (3, 8, 8), transform=torchvision.transforms.ToTensor())
assert images[0][0].shape == (3, 8, 8)
assert torchvision.models.resnet18
assert torchvision.datasets.utils.download_url
"""
FAILING = """
import sys

class Fails:
    def find_spec(self, name, path=None, target=None):
        if name == "torchvision":
            raise RuntimeError("something else")

sys.meta_path.insert(0, Fails())
try:
    import brainside.data.torchvision
except RuntimeError as error:
    print(f"raised: {error}")
"""


@pytest.mark.parametrize("before", ["", BROKEN], ids=["as installed", "without its operators"])
def test_torchvision_can_be_used(before):
    command = [sys.executable, "-c", before + USE]
    result = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    assert result.returncode == 0, result.stderr


def test_any_other_failure_is_not_hidden():
    result = subprocess.run(
        [sys.executable, "-c", FAILING], capture_output=True, text=True, encoding="utf-8"
    )
    assert result.stdout == "raised: something else\n", result.stderr
