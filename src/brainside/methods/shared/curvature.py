"""The diagonal of the Hessian of a loss with respect to the weights.

LeCun, Denker, Solla (1990), "Optimal brain damage", section 2: second derivatives are carried back
from unit to unit as gradients are, with the squares of weights and inputs, and what is off the
diagonal is left out at every layer. For networks whose layers follow one another.
"""

from collections.abc import Callable, Iterator
from functools import partial
from math import prod

import torch
from torch import Tensor, nn
from torch.nn import functional

from brainside.base.errors import Refused
from brainside.base.seeds import derive
from brainside.data.datasets import Split
from brainside.methods.shared.layer_derivatives import (
    SMOOTH,
    WEIGHTED,
    activation_derivatives,
    add_to_weights,
    is_linear,
    squared_gradients,
    to_inputs,
)
from brainside.networks.layers import Scale
from brainside.networks.parameters import require_sequence, weight_of
from brainside.training.evaluation import loss_of

BATCH = 500  # images at a time
# Through these a second derivative goes as a gradient does, or with a known factor.
PASSED = (nn.ReLU, nn.MaxPool2d, nn.AvgPool2d, nn.Flatten, nn.Dropout, nn.ConstantPad2d, Scale)
SQUARED = ("mse", "mse-signed")  # the losses that are squared errors
Step = tuple[nn.Module, Tensor, Tensor]  # a layer, its inputs, its outputs
Sums = dict[str, Tensor]  # by a weight's name, added to image after image


def diagonal(network: nn.Sequential, split: Split, loss: str, form: str, *, seed: int = 0) -> Sums:
    """∂²(mean loss)/∂w² of every weight, by name.

    `form`: `full` is the paper's recursion; `levenberg-marquardt` leaves out the activations'
    second derivatives and is never negative; `gauss-newton` makes that omission only, and is the
    exact diagonal where activations are piecewise linear; `hutchinson` is one random probe of the
    exact Hessian, drawn from `seed`, for any network. Raises Refused for another form, for a layer
    that the form does not cover, and with the layer's name where a value is not finite.
    """
    if form not in FORMS:
        raise Refused(f"unknown curvature {form!r}; known: {', '.join(FORMS)}")
    _check_layers(network, form)
    network.eval()
    sums = {name: torch.zeros_like(p) for name, p in network.named_parameters() if p.dim() > 1}
    FORMS[form](network, split, loss, sums, seed)
    for name, values in sums.items():
        if not values.sum().isfinite():
            raise Refused(f"the curvature of {name} is not finite: the network has diverged")
        values /= len(split.labels)
    return sums


def _check_layers(network: nn.Sequential, form: str) -> None:
    """Refuse, by its place and kind, the first layer that a form does not cover."""
    if form == "hutchinson":
        return
    weights = (name for name, p in network.named_parameters() if p.dim() > 1)
    require_sequence(weights, f"curvature {form!r}")
    for place, layer in network.named_children():
        weighted = any(p.dim() > 1 for p in layer.parameters())
        known = WEIGHTED if weighted else (*WEIGHTED, *SMOOTH, *PASSED)
        # Of other layers Gauss-Newton takes the gradient, which is right for any of them.
        if not isinstance(layer, known) and (weighted or form != "gauss-newton"):
            kind = type(layer).__name__
            raise Refused(
                f"curvature {form!r} does not go through a {kind}, which layer {place} is"
            )


def _recursion(
    network: nn.Sequential, split: Split, loss: str, sums: Sums, _: int, *, full: bool
) -> None:
    """Add the sum over images of the layer by layer recursion."""
    names = {layer: f"{name}.weight" for name, layer in network.named_modules()}
    inner = [layer for layer in names if is_linear(layer)][1:]
    squares = {layer: weight_of(layer).detach().square() for layer in inner}
    full = full and any(isinstance(layer, SMOOTH) for layer in names)
    for images, labels in _batches(split):
        steps = _forward(network, images)
        first: Tensor | None
        first, second = _at_outputs(steps[-1][2].detach(), labels, loss)
        for number in reversed(range(len(steps))):
            layer, x, _y = steps[number]
            if isinstance(layer, WEIGHTED):
                add_to_weights(sums[names[layer]], layer, x.detach().square(), second)
            if number == 0:
                break
            first, second = _back(steps[number], squares, first if full else None, second)


def _forward(network: nn.Sequential, images: Tensor) -> list[Step]:
    """The layers from the first with weights on, each with its inputs and outputs.

    Layers without parameters keep a graph of their own, for the way back.
    """
    steps: list[Step] = []
    x = images
    for layer in network:
        free = not (is_linear(layer) or isinstance(layer, SMOOTH))
        with torch.set_grad_enabled(free):
            x = x.detach().requires_grad_(free)
            y = layer(x)
        if steps or isinstance(layer, WEIGHTED):
            steps.append((layer, x, y))
        x = y
    return steps


@torch.no_grad()
def _back(
    step: Step, squares: dict[nn.Module, Tensor], first: Tensor | None, second: Tensor
) -> tuple[Tensor | None, Tensor]:
    """First and second derivatives of the loss at a layer's inputs, from those at its outputs."""
    layer, x, y = step
    if isinstance(layer, SMOOTH):
        slope, bend = activation_derivatives(layer, y)
        curved = slope.square() * second
        return (None, curved) if first is None else (slope * first, curved + bend * first)
    if is_linear(layer):
        back = partial(to_inputs, layer, x.shape)
        return (None if first is None else back(weight_of(layer), first)), back(
            squares[layer], second
        )
    # A weight of average pooling is 1/size, its square a size-th of that.
    size = prod(_pair(layer.kernel_size)) if isinstance(layer, nn.AvgPool2d) else 1
    before = torch.autograd.grad(y, x, second, retain_graph=True)[0] / size
    return (None if first is None else torch.autograd.grad(y, x, first)[0]), before


def _pair(size: int | tuple[int, int]) -> tuple[int, int]:
    return (size, size) if isinstance(size, int) else size


def _at_outputs(outputs: Tensor, labels: Tensor, loss: str) -> tuple[Tensor, Tensor]:
    """First and second derivatives of each image's loss with respect to the outputs (N, classes).

    Raises Refused for a loss whose second derivatives are not known to be these.
    """
    if loss == "cross-entropy":
        p = outputs.softmax(1)
        return p - functional.one_hot(labels, outputs.shape[1]), p * (1 - p)
    if loss not in SQUARED:
        raise Refused(
            f"no curvature of the loss {loss!r}; known: cross-entropy, {', '.join(SQUARED)}"
        )
    # The Hessian with respect to the outputs is diagonal.
    leaf = outputs.requires_grad_()
    value = loss_of(loss)(leaf, labels) * len(labels)
    (first,) = torch.autograd.grad(value, leaf, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), leaf)
    return first.detach(), second


def _gauss_newton(network: nn.Sequential, split: Split, loss: str, sums: Sums, _: int) -> None:
    """Add the sum of squared derivatives by each column of the outputs' factored Hessian."""
    names = {layer: f"{name}.weight" for name, layer in network.named_modules()}
    for images, labels in _batches(split):
        steps = _forward(network, images)
        for column in output_factor(steps[-1][2].detach(), labels, loss):
            values = column
            for number in reversed(range(len(steps))):
                layer, x, _y = steps[number]
                if isinstance(layer, WEIGHTED):
                    sums[names[layer]] += squared_gradients(layer, x.detach(), values)
                if number > 0:
                    values = _gradient_back(steps[number], values)


@torch.no_grad()
def _gradient_back(step: Step, values: Tensor) -> Tensor:
    layer, x, y = step
    if isinstance(layer, SMOOTH):
        return activation_derivatives(layer, y)[0] * values
    if is_linear(layer):
        return to_inputs(layer, x.shape, weight_of(layer), values)
    return torch.autograd.grad(y, x, values, retain_graph=True)[0]


def output_factor(outputs: Tensor, labels: Tensor, loss: str) -> Iterator[Tensor]:
    """Columns s (N, classes) whose s sᵀ add up to the Hessian of the loss in the outputs."""
    p, diagonal_entries = outputs.softmax(1), _at_outputs(outputs, labels, loss)[1]
    for c, unit in enumerate(torch.eye(outputs.shape[1]).to(outputs)):
        if loss == "cross-entropy":
            yield p[:, c : c + 1].sqrt() * (unit - p)
        else:
            yield diagonal_entries[:, c : c + 1].sqrt() * unit


def _hutchinson(network: nn.Sequential, split: Split, loss: str, sums: Sums, seed: int) -> None:
    """Add v ⊙ Hv for one vector v of random signs."""
    generator = torch.Generator().manual_seed(derive(seed, "curvature probe"))
    weights = {name: p for name, p in network.named_parameters() if p.dim() > 1}
    signs = {
        name: (2.0 * torch.randint(2, p.shape, generator=generator) - 1).to(p)
        for name, p in weights.items()
    }
    for images, labels in _batches(split):
        total = loss_of(loss)(network(images), labels) * len(labels)
        gradients = torch.autograd.grad(total, list(weights.values()), create_graph=True)
        pairs = zip(gradients, signs.values(), strict=True)
        along = sum(((g * s).sum() for g, s in pairs), torch.zeros(()).to(total))
        products = torch.autograd.grad(along, list(weights.values()))
        for name, product in zip(weights, products, strict=True):
            sums[name] += signs[name] * product


def _batches(split: Split) -> Iterator[tuple[Tensor, Tensor]]:
    """Images and labels, BATCH at a time."""
    return zip(split.images.split(BATCH), split.labels.split(BATCH), strict=True)


FORMS: dict[str, Callable[[nn.Sequential, Split, str, Sums, int], None]] = {
    "full": partial(_recursion, full=True),
    "levenberg-marquardt": partial(_recursion, full=False),
    "gauss-newton": _gauss_newton,
    "hutchinson": _hutchinson,
}
