"""How a checkpoint says which function rebuilds its network: a table, and nothing else.

The names are those of modules that once were; they stand in the header of every checkpoint of the
archive, hence in its hash, and stay what they are wherever the functions move.
"""

from collections.abc import Callable

from torch import nn

from brainside.base.errors import Refused
from brainside.representations import factored, hashed, plain, predicted, ticket
from brainside.representations.compressed import (
    DENSE,
    EDGES,
    FACTOR,
    HASHED,
    LOW_RANK,
    PREDICTED,
    SPARSE,
    TICKET,
    Compressed,
)

REBUILD: dict[str, Callable[[Compressed], nn.Sequential]] = {
    DENSE: plain.dense,
    SPARSE: plain.sparse,
    HASHED: hashed.rebuild,
    EDGES: factored.rebuild_edges,
    FACTOR: factored.rebuild_factor,
    PREDICTED: predicted.rebuild,
    LOW_RANK: predicted.rebuild_factors,
    TICKET: ticket.rebuild,
}


# What a file that is intact, and not ours, makes of rebuilding.
FORGED = (RuntimeError, LookupError, TypeError, ValueError, AttributeError, ArithmeticError)


def network_of(compressed: Compressed) -> nn.Sequential:
    """The ordinary network that the tensors stand for, on the CPU, in evaluation mode.

    Raises Refused, naming the file, where it was decoded from one that is intact but not ours and
    stands for no network. What a method hands over stands for one; there, a fault is a fault of
    ours and is raised as it is.
    """
    if not isinstance(compressed.rebuild, str) or compressed.rebuild not in REBUILD:
        raise Refused(
            f"{compressed.file or 'a stored network'}: asks for the unknown rebuilding "
            f"{compressed.rebuild!r}; the file is foreign"
        )
    if not compressed.file:
        return REBUILD[compressed.rebuild](compressed).eval()
    try:
        return REBUILD[compressed.rebuild](compressed).eval()
    except FORGED as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        raise Refused(f"{compressed.file}: does not describe a network ({reason})") from error
