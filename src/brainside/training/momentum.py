"""Gradient descent with momentum by PyTorch's own fused step, without the class around it.

`torch.optim.SGD` does the same and, to keep itself from being compiled, imports PyTorch's compiler:
more than a second of processor time of every job.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.sgd import sgd


class Momentum:
    """v ← μ v + g + decay w (v ← g + decay w at the first step), then w ← w − rate v.

    Parameters of more than one dimension decay, biases and scales do not. A parameter without a
    gradient stays as it is.
    """

    def __init__(
        self, parameters: Iterable[nn.Parameter], momentum: float, weight_decay: float
    ) -> None:
        """`momentum` is μ, 0 for none; `weight_decay` the factor of w in its own gradient."""
        parameters = list(parameters)
        self.momentum = momentum
        self.groups = [
            ([p for p in parameters if p.dim() > 1], weight_decay),
            ([p for p in parameters if p.dim() <= 1], 0.0),
        ]
        self.velocities: dict[nn.Parameter, Tensor] = {}

    @torch.no_grad()
    def step(self, rate: float) -> None:
        """Change all parameters in place by their gradients."""
        for group, decay in self.groups:
            moved = [p for p in group if p.grad is not None]
            gradients = [p.grad for p in moved if p.grad is not None]
            velocities = [self.velocities.get(p) for p in moved] if self.momentum else []
            sgd(
                [*moved], gradients, velocities, fused=True, lr=rate, momentum=self.momentum,
                weight_decay=decay, dampening=0.0, nesterov=False, maximize=False,
            )  # fmt: skip
            for parameter, velocity in zip(moved, velocities, strict=False):
                assert velocity is not None
                self.velocities[parameter] = velocity

    def state_dict(self) -> dict[str, Any]:
        """The velocities by the place of their parameters, laid out as in `torch.optim.SGD`."""
        state = {
            place: {"momentum_buffer": self.velocities[parameter]}
            for place, parameter in enumerate(self._parameters())
            if parameter in self.velocities
        }
        return {"state": state}

    def load_state_dict(self, saved: Mapping[str, Any]) -> None:
        """Take over the velocities of `state_dict`."""
        parameters = self._parameters()
        for place, kept in saved["state"].items():
            if kept["momentum_buffer"] is not None:
                self.velocities[parameters[place]] = kept["momentum_buffer"]

    def _parameters(self) -> list[nn.Parameter]:
        return [parameter for group, _ in self.groups for parameter in group]
