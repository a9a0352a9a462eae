"""What a method hands over: the tensors that must be stored, and how a network comes of them."""

import importlib
import re
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, nn

from brainside.errors import Refused

REBUILD = re.compile(r"representations\.(dense|sparse)|methods\.[a-z0-9_]+\.rebuild(_[a-z]+)?")


@dataclass(frozen=True)
class Compressed:
    """A network as it is stored.

    `weights` are the free weights that the budget counts, `biases` are always kept and never in
    the budget, `structure` holds what else must be known (positions, indices). `spec` is plain
    JSON: the architecture and whatever the rebuilding needs (seeds, kernel settings). `rebuild`
    names the function `(spec, tensors) -> network` below this package. `columns` go into the
    record and are not stored in the file.
    """

    budget: float
    rebuild: str
    spec: dict[str, Any]
    weights: dict[str, Tensor]
    biases: dict[str, Tensor]
    structure: dict[str, Tensor] = field(default_factory=dict)
    columns: dict[str, Any] = field(default_factory=dict)

    def network(self) -> nn.Module:
        """The ordinary network that these tensors stand for, on the CPU, in evaluation mode.

        Raises Refused where they stand for none: an intact file can still be foreign.
        """
        rebuild = rebuilder(self.rebuild)
        try:
            return rebuild(self).eval()
        except (RuntimeError, LookupError, TypeError, ValueError, AttributeError) as error:
            reason = " ".join(str(error).split())[:200]
            raise Refused(f"checkpoint does not describe a network: {reason}") from None


def rebuilder(name: str):  # -> Callable[[Compressed], nn.Module]
    """The function a checkpoint names; Refused unless it is one of ours."""
    if not isinstance(name, str) or not REBUILD.fullmatch(name):
        raise Refused(f"checkpoint asks for the unknown rebuilding {name!r}; the file is foreign")
    module, function = name.rsplit(".", 1)
    try:
        return getattr(importlib.import_module(f"brainside.{module}"), function)
    except (ImportError, AttributeError):
        raise Refused(f"checkpoint needs brainside.{name}, which this version lacks") from None
