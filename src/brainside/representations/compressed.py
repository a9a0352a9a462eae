"""What a method hands over: the tensors to be stored, and how a network is rebuilt of them."""

from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, nn

# The ways in which networks are stored, by the names that checkpoints have (see `rebuilding`).
DENSE = "representations.dense"
SPARSE = "representations.sparse"
HASHED = "methods.chen2015hashednets.rebuild"
EDGES = "methods.chen2015controls.rebuild_edges"
FACTOR = "methods.chen2015controls.rebuild_factor"
PREDICTED = "methods.denil2013predicting.rebuild"
LOW_RANK = "methods.denil2013predicting.rebuild_factors"
TICKET = "representations.ticket"
OWN_WEIGHTS = (DENSE, SPARSE)  # those that store weights of the network itself
POSITIONS = (SPARSE, TICKET)  # those that store positions of a network's own weights


@dataclass(frozen=True)
class Compressed:
    """A network as it is stored.

    `weights` are the free weights that the budget counts, `biases` are always kept and never in
    the budget, `structure` holds what else must be known (positions, indices). `spec` is plain
    JSON: the architecture and whatever the rebuilding needs (seeds, kernel settings). `rebuild`
    is one of the names above. `columns` go into the record and are not stored in the file; `file`
    names the one that it was decoded from, if any.
    """

    budget: float
    rebuild: str
    spec: dict[str, Any]
    weights: dict[str, Tensor]
    biases: dict[str, Tensor]
    structure: dict[str, Tensor] = field(default_factory=dict)
    columns: dict[str, Any] = field(default_factory=dict)
    file: str = ""

    def network(self) -> nn.Sequential:
        """The ordinary network that these tensors stand for, on the CPU, in evaluation mode.

        Raises Refused, naming the file, where it was decoded from a foreign one.
        """
        from brainside.representations.rebuilding import network_of  # it imports this module

        return network_of(self)
