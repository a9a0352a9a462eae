"""One function per architecture, from the fields of a spec to a network without initial values."""

import math
from collections.abc import Sequence
from itertools import pairwise

from torch import nn

from brainside.base.errors import Refused
from brainside.networks.layers import PartialConv2d, Pixels, Scale, ScaledTanh, without_values
from brainside.networks.weights import pooled


def mlp(
    sizes: list[int],
    dropout: float = 0.0,
    activation: str = "relu",
    output: str = "linear",
    pixels: list[float] | None = None,
) -> nn.Sequential:
    """Fully connected network; `sizes` from the inputs to the classes.

    `activation` is relu, tanh or sigmoid; `output` one of these or linear. With the mean and the
    deviation of the images in `pixels` it reads them unstandardised.
    """
    layers: list[nn.Module] = [Pixels(*pixels) if pixels else nn.Flatten()]
    for n_in, n_out in pairwise(sizes):
        layers += [without_values(nn.Linear, n_in, n_out), _activation(activation)]
        if dropout:
            layers.append(nn.Dropout(dropout))
    layers = layers[: -2 if dropout else -1]
    return nn.Sequential(*layers, *([] if output == "linear" else [_activation(output)]))


def convnet(
    image: list[int], channels: list[int], kernel: int, hidden: list[int], classes: int
) -> nn.Sequential:
    """Same-padded convolutions, each with 2×2 max-pooling and ReLU, then fully connected layers.

    Pooling comes first, so that only a quarter is left to rectify; the function and its gradient
    are the same. `image` is (channels, height, width).
    """
    layers: list[nn.Module] = []
    for n_in, n_out in pairwise([image[0], *channels]):
        conv = without_values(nn.Conv2d, n_in, n_out, kernel, padding=kernel // 2)
        layers += [conv, nn.MaxPool2d(2), nn.ReLU()]
    sides = [pooled(n, [kernel] * len(channels)) for n in image[1:]]
    tail = mlp([channels[-1] * math.prod(sides), *hidden, classes])
    return nn.Sequential(*layers, *tail)


def lenet5(
    dropout: float = 0.0,
    image: Sequence[int] = (1, 28, 28),
    widths: Sequence[int] = (20, 50, 500),
) -> nn.Sequential:
    """LeNet-5 as Caffe has it, and Han 2015 after it: 430,500 weights, images 1×28×28.

    The convolutions have no activation but max-pooling. `widths` are the maps of both and the
    hidden units.
    """
    first, second, hidden = widths
    places = math.prod(((side - 4) // 2 - 4) // 2 for side in image[1:])
    return nn.Sequential(
        without_values(nn.Conv2d, image[0], first, 5),
        nn.MaxPool2d(2),
        without_values(nn.Conv2d, first, second, 5),
        nn.MaxPool2d(2),
        *mlp([second * places, hidden, 10], dropout),
    )


def denil(
    image: list[int],
    channels: list[int],
    kernels: list[int],
    hidden: list[int],
    classes: int,
    dropout: float = 0.0,
) -> nn.Sequential:
    """Convolutions of several sizes with 2×2 max-pooling and ReLU, then fully connected layers.

    Denil 2013's network on CIFAR-10 as far as we know it: kernels 8, 8, 5, maps 48, 64, 64, and 500
    hidden units (unconfirmed); even kernels are padded by half their size. `dropout` is that of
    hidden units.
    """
    layers: list[nn.Module] = []
    for n_in, n_out, kernel in zip([image[0], *channels], channels, kernels, strict=False):
        conv = without_values(nn.Conv2d, n_in, n_out, kernel, padding=kernel // 2)
        layers += [conv, nn.MaxPool2d(2), nn.ReLU()]
    sides = [pooled(n, kernels) for n in image[1:]]
    inputs = channels[-1] * math.prod(sides)
    return nn.Sequential(*layers, *mlp([inputs, *hidden, classes], dropout))


def slimnet(
    image: list[int],
    widths: list[int],
    pool_after: list[int],
    classes: int,
    separable: bool = False,
) -> nn.Sequential:
    """A plain convolutional network that can be made narrower layer by layer.

    3×3 convolutions of `widths` channels, each with batch normalisation and ReLU, 2×2 max-pooling
    after those in `pool_after`, then the mean over places and one linear layer. `separable`: every
    convolution but the first is a depthwise 3×3 and a 1×1 one.
    """
    layers: list[nn.Module] = []
    for place, (n_in, n_out) in enumerate(pairwise([image[0], *widths])):
        if separable and place > 0:
            layers += _normalised(without_values(nn.Conv2d, n_in, n_in, 3, padding=1, groups=n_in))
            layers += _normalised(without_values(nn.Conv2d, n_in, n_out, 1))
        else:
            layers += _normalised(without_values(nn.Conv2d, n_in, n_out, 3, padding=1))
        if place in pool_after:
            layers.insert(-1, nn.MaxPool2d(2))
    last = without_values(nn.Linear, widths[-1], classes)
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), last)


def _normalised(conv: nn.Conv2d) -> list[nn.Module]:
    return [conv, nn.BatchNorm2d(conv.out_channels), nn.ReLU()]


# Which of 4 maps each of 12 maps reads: four read one, eight read two, and each is read by five.
PAIRS = [(0, 0), (1, 1), (2, 2), (3, 3), (4, 0), (4, 1), (5, 1), (5, 2), (6, 2), (6, 3), (7, 3),
         (7, 0), (8, 0), (8, 2), (9, 1), (9, 3), (10, 0), (10, 1), (11, 2), (11, 3)]  # fmt: skip


def lenet1(background: float = 0.0) -> nn.Sequential:
    """LeCun's network of 1989 for images 1×16×16, with 2,578 free parameters.

    Images are put into the middle of a 28×28 plane of the background. Of the papers we have the
    total and the layers; the parts that add up to it are: 4 maps of 5×5 (104), a coefficient and
    a bias for each subsampled map (8), 12 maps that read 20 of them by 5×5 (512), again
    coefficients and biases (24), and 10 outputs that read all 12×4×4 (1,930). The table of who
    reads whom is ours.
    """
    return nn.Sequential(
        nn.ConstantPad2d(6, background),
        without_values(nn.Conv2d, 1, 4, 5),
        ScaledTanh(),
        nn.AvgPool2d(2),
        Scale(4),
        ScaledTanh(),
        PartialConv2d(4, PAIRS, 5),
        ScaledTanh(),
        nn.AvgPool2d(2),
        Scale(12),
        ScaledTanh(),
        nn.Flatten(),
        without_values(nn.Linear, 192, 10),
        ScaledTanh(),
    )


def _activation(name: str) -> nn.Module:
    kinds = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}
    if name not in kinds:
        raise Refused(f"unknown activation {name!r}; known: {', '.join(kinds)}")
    return kinds[name]()
