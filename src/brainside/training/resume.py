"""Resume points: a killed training goes on at the last epoch that was saved."""

import io
import math
import time
from pathlib import Path

import torch
from torch import nn

from brainside.base.files import write_whole

SAVE_EVERY = 20.0  # seconds between resume points


class _State:
    """The resume point of one training: parameters, momenta, epochs done."""

    def __init__(self, network: nn.Module, optimiser: torch.optim.SGD, path: Path):
        self.network, self.optimiser, self.path = network, optimiser, path
        self.saved = time.monotonic()

    def load(self) -> tuple[int, float, bool]:
        if not self.path.exists():
            return 0, math.nan, False
        state = torch.load(self.path, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.optimiser.load_state_dict(state["optimiser"])
        return state["epoch"], state["before"], state["diverged"]

    def save(self, epoch: int, before: float, diverged: bool) -> None:
        if time.monotonic() - self.saved < SAVE_EVERY:
            return
        state = {"network": self.network.state_dict(), "optimiser": self.optimiser.state_dict()}
        buffer = io.BytesIO()
        torch.save({**state, "epoch": epoch, "before": before, "diverged": diverged}, buffer)
        write_whole(self.path, buffer.getvalue())
        self.saved = time.monotonic()

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)
