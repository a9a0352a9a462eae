"""Resume points: a killed job goes on from the last state that it saved."""

import io
import time
from pathlib import Path
from typing import Any

import torch
from torch import nn

from brainside.base.files import write_whole
from brainside.training.momentum import Momentum

SAVE_EVERY = 20.0  # seconds between two resume points of a training


class ResumePoint:
    """The file that a killed job goes on from: the state of modules, and values beside it.

    Modules are given by name and loaded in place; values are whatever `torch.load` reads without
    running code: numbers, lists, tensors.
    """

    def __init__(
        self,
        path: Path,
        *,
        every: float | None = None,
        **modules: nn.Module | Momentum,
    ) -> None:
        """`every`: the fewest seconds between two saves; SAVE_EVERY by default."""
        self.path, self.modules = path, modules
        self.every = SAVE_EVERY if every is None else every
        self.saved = time.monotonic()

    def load(self) -> dict[str, Any]:
        """Put the modules back to where they were; the values, none where there is no file."""
        if not self.path.exists():
            return {}
        values: dict[str, Any] = torch.load(self.path, weights_only=True)
        for name, module in self.modules.items():
            module.load_state_dict(values.pop(name))
        return values

    def save(self, **values: Any) -> None:
        """Write the modules' state and the values, unless that was done a moment ago."""
        if time.monotonic() - self.saved < self.every:
            return
        states = {name: module.state_dict() for name, module in self.modules.items()}
        buffer = io.BytesIO()
        torch.save({**states, **values}, buffer)
        write_whole(self.path, buffer.getvalue())
        self.saved = time.monotonic()

    def remove(self) -> None:
        """Delete the file, if there is one."""
        self.path.unlink(missing_ok=True)
