"""A network of fully connected layers as one graph: inputs, units and outputs, and their links."""

from collections.abc import Sequence

import numpy as np
from scipy.sparse import block_array, csr_array

from brainside.base.errors import Refused


def layered(masks: Sequence[np.ndarray]) -> csr_array:
    """The symmetric adjacency of the vertices that have a link, in the order of the layers.

    `masks` says of each layer, first to last, which weights (outputs, inputs) are there. Raises
    Refused where a layer is not a matrix or reads other units than those of the layer before, and
    where no weight is left.
    """
    for number, mask in enumerate(masks):
        if mask.ndim != 2 or number and mask.shape[1] != len(masks[number - 1]):
            raise Refused(
                f"layer {number} with weights {mask.shape} does not read the units before it; one "
                "graph is made of fully connected layers that follow one another"
            )
    count = len(masks) + 1
    blocks: list[list[csr_array | None]] = [[None] * count for _ in range(count)]
    for at, mask in enumerate(masks):
        links = csr_array(mask != 0, dtype=np.uint8)
        blocks[at + 1][at], blocks[at][at + 1] = links, links.T
    whole = csr_array(block_array(blocks))
    linked = np.flatnonzero(np.diff(whole.indptr))
    if not len(linked):
        raise Refused("a network without weights is not a graph; take one of a larger budget")
    return csr_array(whole[linked][:, linked])
