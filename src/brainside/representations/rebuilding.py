"""How a checkpoint says which function rebuilds its network: a table, and nothing else.

The names are those of modules that once were; they stand in the header of every checkpoint of the
archive, hence in its hash, and stay what they are wherever the functions move.
"""

from collections.abc import Callable

from torch import nn

from brainside.base.errors import Refused
from brainside.representations import factored, hashed, plain, predicted
from brainside.representations.compressed import (
    DENSE,
    EDGES,
    FACTOR,
    HASHED,
    LOW_RANK,
    PREDICTED,
    SPARSE,
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
}


def network_of(compressed: Compressed) -> nn.Sequential:
    """The ordinary network that the tensors stand for, on the CPU, in evaluation mode.

    Raises Refused where they stand for none: an intact file can still be foreign.
    """
    if not isinstance(compressed.rebuild, str) or compressed.rebuild not in REBUILD:
        raise Refused(
            f"checkpoint asks for the unknown rebuilding {compressed.rebuild!r}; "
            "the file is foreign"
        )
    try:
        return REBUILD[compressed.rebuild](compressed).eval()
    except (RuntimeError, LookupError, TypeError, ValueError, AttributeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise Refused(f"checkpoint does not describe a network: {reason}") from None
