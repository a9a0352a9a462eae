"""SynFlow: before training and without data, keep the weights that carry most synaptic flow.

Tanaka, Kunin, Yamins, Ganguli (2020), "Pruning neural networks without any data by iteratively
conserving synaptic flow". The score of a weight is ∂R/∂w ⊙ w, with R the sum of the outputs for an
image of ones of the network of absolute weights (section 6). In each layer the scores add up to R,
and so pruning does not cut a layer off while another has weights to give (section 4). Weights are
removed in rounds, after the k-th of n of which a fraction ρ^(−k/n) is left (algorithm 1).
"""

import torch
from torch import Tensor, nn

from brainside.base.errors import Refused
from brainside.methods.contract import Point
from brainside.methods.shared.initial_pruning import double_copy, prune_initial
from brainside.methods.shared.pruning import Masks, alive, keep, keep_all
from brainside.networks.parameters import weight_of

VERSION = 1
PARAMS = {"sweep": {"rounds": "whole"}}  # the paper's: 100
WEIGHTED = (nn.Linear, nn.Conv2d)
# A positive factor at a layer's input comes out of it, which conservation needs; untrained batch
# normalisation divides by a constant when it is evaluated.
HOMOGENEOUS = (*WEIGHTED, nn.ReLU, nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d, nn.Flatten,
               nn.Dropout, nn.BatchNorm2d)  # fmt: skip


def choice(network: nn.Sequential, point: Point) -> Masks:
    """The masks after all rounds, of exactly as many weights as allowed.

    Raises Refused, naming the layer, where the network does not conserve flow.
    """
    conserving(network)
    copied = double_copy(network, "cpu")
    masks = keep_all(_weights(copied))
    total, rounds = sum(alive(masks).values()), point.settings["rounds"]
    for number in range(1, rounds + 1):
        left = left_after(number / rounds, total, point.weights)
        scores = flows(copied, masks, point.task.image_shape)
        masks = keep(scores, masks, left, ranking="global")
    return masks


sweep = prune_initial(choice)


def left_after(done: float, total: int, kept: int) -> int:
    """Weights left after a fraction `done` of the rounds: total × (kept / total)^done."""
    return max(kept, round(total * (kept / total) ** done))


def flows(network: nn.Module, masks: Masks, image: tuple[int, ...]) -> dict[str, Tensor]:
    """∂R/∂w ⊙ w of every weight of a masked network, by name; biases are zero in it.

    `image` is the shape (channels, height, width) of the image of ones.
    """
    given = {name: torch.zeros_like(p) for name, p in network.named_parameters()}
    given |= {name: weight_of(m).detach().abs() for name, m in _scales(network)}
    weights = {name: w.abs() * masks[name] for name, w in _weights(network).items()}
    weights = {name: weight.requires_grad_() for name, weight in weights.items()}
    ones = torch.ones(1, *image, dtype=next(iter(weights.values())).dtype)
    outputs = torch.func.functional_call(network.eval(), given | weights, ones)
    gradients = torch.autograd.grad(outputs.sum(), list(weights.values()))
    pairs = zip(weights.items(), gradients, strict=True)
    return {name: gradient * weight.detach() for (name, weight), gradient in pairs}


def conserving(network: nn.Sequential) -> None:
    """Refuse, by its place and kind, the first layer that does not conserve synaptic flow."""
    for place, layer in network.named_children():
        if not isinstance(layer, HOMOGENEOUS):
            raise Refused(
                f"synaptic flow is conserved by linear, ReLU and pooling layers that follow one "
                f"another; layer {place} is a {type(layer).__name__}"
            )


def _weights(network: nn.Module) -> dict[str, Tensor]:
    return {name: p.detach() for name, p in network.named_parameters() if p.dim() > 1}


def _scales(network: nn.Module) -> list[tuple[str, nn.Module]]:
    """The scales of batch normalisation by name."""
    modules = network.named_modules()
    return [(f"{name}.weight", m) for name, m in modules if isinstance(m, nn.BatchNorm2d)]
