"""The floor of a training step: the products of its layers alone, same dtype, layout and thread."""

from collections.abc import Callable

import torch
from torch import Tensor, nn


def products(network: nn.Module, images: Tensor, dtype: torch.dtype) -> Callable[[], None]:
    """A function that does the multiplications of one step on a batch, and nothing else.

    These are the forward products, the gradients of all weights, and the gradients of the inputs
    of all layers but the first.
    """
    calls = _inputs(network, images)
    works = [_product(layer, x.to(dtype), dtype, first=not n) for n, (layer, x) in enumerate(calls)]

    @torch.no_grad()
    def step() -> None:
        for work in works:
            work()

    return step


def _inputs(network: nn.Module, images: Tensor) -> list[tuple[nn.Module, Tensor]]:
    calls: list[tuple[nn.Module, Tensor]] = []
    layers = [m for m in network.modules() if isinstance(m, nn.Linear | nn.Conv2d)]
    hooks = [m.register_forward_pre_hook(lambda m, x: calls.append((m, x[0]))) for m in layers]
    with torch.no_grad():
        network(images)
    for hook in hooks:
        hook.remove()
    return calls


def _product(
    layer: nn.Module, inputs: Tensor, dtype: torch.dtype, *, first: bool
) -> Callable[[], None]:
    weight = layer.weight.detach().to(dtype)
    if isinstance(layer, nn.Linear):
        delta = torch.randn(len(inputs), len(weight)).to(dtype)

        def linear() -> None:
            torch.mm(inputs, weight.T)
            torch.mm(delta.T, inputs)
            if not first:
                torch.mm(delta, weight)

        return linear
    shape = [layer.stride, layer.padding, layer.dilation, False, [0, 0], layer.groups]
    delta = torch.ops.aten.convolution(inputs, weight, None, *shape)

    def convolution() -> None:
        torch.ops.aten.convolution(inputs, weight, None, *shape)
        wanted = [not first, True, False]
        torch.ops.aten.convolution_backward(delta, inputs, weight, None, *shape, wanted)

    return convolution
