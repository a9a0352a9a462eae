"""Layers of old papers that PyTorch does not have."""

from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional

Layer = TypeVar("Layer", bound=nn.Module)


def without_values(kind: type[Layer], *args: Any, **kwargs: Any) -> Layer:
    """A layer whose parameters have no values yet, as `nn.utils.skip_init` makes it.

    PyTorch's own initialisation would draw from the global generator for nothing, and touch all the
    memory that a forged file asks for. `skip_init` imports SymPy, half a second of every job.
    """
    layer = kind(*args, device="meta", **kwargs)
    for name, parameter in list(layer.named_parameters()):
        setattr(layer, name, nn.Parameter(torch.empty(parameter.shape)))
    return layer


class Pixels(nn.Flatten):
    """Flat images, from standardised values back to pixels between 0 and 1."""

    def __init__(self, mean: float, deviation: float) -> None:
        """Take the mean and the deviation by which the images were standardised."""
        super().__init__()
        self.mean, self.deviation = mean, deviation

    def forward(self, images: Tensor) -> Tensor:
        """Pixels (N, values) of images (N, C, H, W)."""
        return super().forward(images) * self.deviation + self.mean


class ScaledTanh(nn.Module):
    """1.7159 tanh(2x/3), which maps ±1 to ±1 (LeCun 1989)."""

    HEIGHT, SLOPE = 1.7159, 2 / 3

    def forward(self, x: Tensor) -> Tensor:
        """Elementwise."""
        return self.HEIGHT * torch.tanh(self.SLOPE * x)


class Scale(nn.Module):
    """A coefficient and a bias for each map: (N, C, H, W) to the same shape."""

    def __init__(self, channels: int):
        """Start as the identity."""
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        """Scale and shift every map."""
        return x * self.weight[:, None, None] + self.bias[:, None, None]


class PartialConv2d(nn.Module):
    """A convolution in which each output map reads some of the input maps only.

    `pairs` are the (output, input) that are connected; `weight` has one kernel per pair, of shape
    (pairs, 1, kernel, kernel), so that what is absent is neither stored nor counted.
    """

    def __init__(self, maps_in: int, pairs: list[tuple[int, int]], kernel: int):
        """Without initial values."""
        super().__init__()
        self.maps_in, self.maps_out = maps_in, 1 + max(out for out, _ in pairs)
        self.outputs, self.inputs = (list(side) for side in zip(*pairs, strict=True))
        self.weight = nn.Parameter(torch.empty(len(pairs), 1, kernel, kernel))
        self.bias = nn.Parameter(torch.empty(self.maps_out))

    def dense(self, weight: Tensor) -> Tensor:
        """The kernels (pairs, 1, k, k) in a tensor (outputs, inputs, k, k) with zeros elsewhere."""
        whole = weight.new_zeros(self.maps_out, self.maps_in, *weight.shape[2:])
        return whole.index_put((self._at(self.outputs), self._at(self.inputs)), weight[:, 0])

    def partial(self, whole: Tensor) -> Tensor:
        """The connected kernels of a dense tensor, the other way round."""
        return whole[self._at(self.outputs), self._at(self.inputs)][:, None]

    def forward(self, x: Tensor) -> Tensor:
        """Convolve without padding: (N, inputs, H, W) to (N, outputs, H−k+1, W−k+1)."""
        return functional.conv2d(x, self.dense(self.weight), self.bias)

    def _at(self, maps: list[int]) -> Tensor:
        return torch.tensor(maps, device=self.weight.device)
