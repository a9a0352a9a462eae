"""Exact distances from labels: what is stored at two vertices answers how far apart they are.

Cohen, Halperin, Kaplan, Zwick (2002), "Reachability and distance queries via 2-hop labels": a label
is a list of hubs with their distances, and each pair of vertices has a hub in common on one of its
shortest paths. Akiba, Iwata, Yoshida (2013, arXiv 1304.4661) make them by pruned landmark
labelling: a breadth-first search from each vertex in turn, which stops where the labels so far know
the distance already.

Theorem: the labels of a graph have at least one entry per edge and one per vertex. Two neighbours
are at distance 1, so that a hub common to both and on a shortest path is one of the two; hence for
each edge one end is in the other's label, and this entry is of no other edge. Likewise only the
vertex itself answers for distance 0. Labels are thus an index of a graph, and never a shorter form
of it.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.special import entr, gammaln

from brainside.base.errors import Refused

FAR = np.iinfo(np.int32).max // 2  # two of these still fit


@dataclass(frozen=True)
class Labels:
    """The labels of n vertices, one after the other.

    Vertex v has the entries offsets[v]:offsets[v + 1] of `hubs`, ascending ranks in the order of
    the searches, and of `distances`, in edges.
    """

    offsets: np.ndarray  # int64 (n + 1,)
    hubs: np.ndarray  # int32 (entries,)
    distances: np.ndarray  # int32 (entries,)


@dataclass(frozen=True)
class Sizes:
    """How large a graph and its labels are."""

    vertices: int
    edges: int
    entries: int
    bits: float  # see `bits`


def by_degree(graph: csr_array) -> np.ndarray:
    """The vertices, those of the most edges first, ties by number."""
    return np.argsort(-np.diff(graph.indptr), kind="stable")


def label(graph: csr_array, order: np.ndarray) -> Labels:
    """The labels of an undirected graph (n, n) without weights, searched in an order of vertices.

    Raises Refused where the order is not one of all vertices.
    """
    count = graph.shape[0]
    if not np.array_equal(np.sort(order), np.arange(count)):
        raise Refused(f"the order of the searches must have each of the {count} vertices once")
    table = np.full((count, count), FAR, np.int32)  # (rank of the hub, vertex)
    for rank, root in enumerate(order):
        table[rank] = _search(graph, root, _known(table[:rank], root))
    vertices, hubs = np.nonzero(table.T < FAR)
    offsets = np.searchsorted(vertices, np.arange(count + 1))
    return Labels(offsets, hubs.astype(np.int32), table[hubs, vertices])


def distance(labels: Labels, first: int, second: int) -> int:
    """The length of a shortest path between two vertices, in edges.

    Raises Refused where there is none, or no such vertex.
    """
    vertices = len(labels.offsets) - 1
    for vertex in (first, second):
        if not 0 <= vertex < vertices:
            raise Refused(f"vertex {vertex}: the graph has vertices 0 to {vertices - 1}")
    one, other = (slice(*labels.offsets[[vertex, vertex + 1]]) for vertex in (first, second))
    _, here, there = np.intersect1d(
        labels.hubs[one], labels.hubs[other], assume_unique=True, return_indices=True
    )
    if not len(here):
        raise Refused(f"no path leads from vertex {first} to vertex {second}")
    return int((labels.distances[one][here] + labels.distances[other][there]).min())


def sizes(graph: csr_array, labels: Labels) -> Sizes:
    """The sizes of a graph and of its labels."""
    vertices, edges = graph.shape[0], graph.nnz // 2
    return Sizes(vertices, edges, len(labels.hubs), bits(labels))


def bits(labels: Labels) -> float:
    """The bits of the labels under a code that is kind to them: every number of entries is known.

    log₂ of the number of sets of as many hubs, vertex by vertex, and the entropy of the distances.
    """
    used, lengths = len(np.unique(labels.hubs)), np.diff(labels.offsets)
    sets = gammaln(used + 1) - gammaln(lengths + 1) - gammaln(used - lengths + 1)
    shares = np.bincount(labels.distances) / len(labels.distances)
    return float((sets.sum() + entr(shares).sum() * len(labels.distances)) / np.log(2))


def _known(table: np.ndarray, root: int) -> np.ndarray:
    """The distance of each vertex from one, as the labels so far have it (n,)."""
    hubs = np.flatnonzero(table[:, root] < FAR)
    sums = table[hubs] + table[hubs, root, None]
    return np.minimum(sums.min(0, initial=FAR), FAR)


def _search(graph: csr_array, root: int, known: np.ndarray) -> np.ndarray:
    """The distances from a vertex of those that get it as a hub, FAR elsewhere (n,).

    The search does not go on from a vertex whose distance is known.
    """
    found, steps = np.full(len(known), FAR, np.int32), 0
    frontier = np.array([root])
    while len(frontier):
        found[frontier] = steps
        steps += 1
        spans = zip(graph.indptr[frontier], graph.indptr[frontier + 1], strict=True)
        reached = np.unique(np.concatenate([graph.indices[slice(*span)] for span in spans]))
        frontier = reached[(found[reached] == FAR) & (known[reached] > steps)]
    return found
