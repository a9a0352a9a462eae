"""Distance labels against breadth-first searches and another implementation of the same labels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array, random_array
from scipy.sparse.csgraph import shortest_path

from brainside.base.errors import Refused
from brainside.graphs import labels
from brainside.graphs.layered import layered


def pruned(sizes=(60, 80, 10), kept=0.06, seed=0) -> csr_array:
    """The graph of a randomly pruned network, some units of which are more popular than others."""
    rng = np.random.default_rng(seed)
    masks = []
    for inputs, outputs in zip(sizes, sizes[1:], strict=False):
        share = rng.gamma(0.5, size=(outputs, 1)) * rng.gamma(0.5, size=inputs)
        masks.append(rng.random((outputs, inputs)) < share * kept / share.mean())
    return layered(masks)


def from_edges(count: int, edges) -> csr_array:
    graph = np.zeros((count, count), np.uint8)
    for i, j in edges:
        graph[i, j] = graph[j, i] = 1
    return csr_array(graph)


@st.composite
def graphs(draw) -> csr_array:
    count = draw(st.integers(1, 12))
    ends = st.integers(0, count - 1)
    edges = draw(st.lists(st.tuples(ends, ends).filter(lambda e: e[0] != e[1]), max_size=30))
    return from_edges(count, edges)


def entries(made: labels.Labels, vertex: int) -> dict[int, int]:
    span = slice(*made.offsets[vertex : vertex + 2])
    return dict(zip(made.hubs[span].tolist(), made.distances[span].tolist(), strict=True))


@pytest.mark.parametrize("order", ["degree", "random"])
def test_ten_thousand_queries_are_answered_as_by_breadth_first_search(order):
    graph = pruned((200, 300, 10), 0.02)
    count, rng = graph.shape[0], np.random.default_rng(1)
    ranks = labels.by_degree(graph) if order == "degree" else rng.permutation(count)
    made, expected = labels.label(graph, ranks), shortest_path(graph, unweighted=True)
    paths = 0
    for first, second in rng.integers(0, count, (10_000, 2)):
        if np.isfinite(expected[first, second]):
            paths += 1
            assert labels.distance(made, first, second) == expected[first, second]
    assert paths > 5000


def test_ten_thousand_queries_are_answered_as_by_networkit():
    networkit = pytest.importorskip("networkit")
    graph = pruned((200, 300, 10), 0.02, seed=2)
    count, rng = graph.shape[0], np.random.default_rng(3)
    theirs = networkit.Graph(count)
    for i, j in zip(*graph.nonzero(), strict=True):
        if i < j:
            theirs.addEdge(int(i), int(j))
    oracle = networkit.distance.PrunedLandmarkLabeling(theirs)
    oracle.run()
    made = labels.label(graph, labels.by_degree(graph))
    wrong = 0
    for first, second in rng.integers(0, count, (10_000, 2)).tolist():
        expected = oracle.query(first, second)
        if expected > count:  # their word for no path
            with pytest.raises(Refused, match="no path"):
                labels.distance(made, first, second)
        else:
            wrong += labels.distance(made, first, second) != expected
    assert wrong == 0


@given(graphs(), st.randoms(use_true_random=False))
def test_whatever_the_order_distances_are_exact(graph, random):
    count = graph.shape[0]
    order = random.sample(range(count), count)
    made, expected = labels.label(graph, np.array(order)), shortest_path(graph, unweighted=True)
    for first in range(count):
        for second in range(count):
            if np.isfinite(expected[first, second]):
                assert labels.distance(made, first, second) == expected[first, second]
            else:
                with pytest.raises(Refused):
                    labels.distance(made, first, second)


@given(graphs(), st.randoms(use_true_random=False))
def test_the_theorem_one_entry_per_edge_and_one_per_vertex(graph, random):
    count = graph.shape[0]
    order = np.array(random.sample(range(count), count))
    made, rank = labels.label(graph, order), np.argsort(order)
    size = labels.sizes(graph, made)
    assert (size.vertices, size.edges) == (count, graph.nnz // 2)
    assert size.entries >= size.edges + size.vertices
    for v in range(count):
        assert entries(made, v)[rank[v]] == 0
    for i, j in zip(*graph.nonzero(), strict=True):
        assert entries(made, i).get(rank[j]) == 1 or entries(made, j).get(rank[i]) == 1


@given(graphs(), st.randoms(use_true_random=False))
def test_no_entry_could_be_left_out(graph, random):
    """Labels are minimal: without one entry, some pair has no right answer."""
    count = graph.shape[0]
    order = np.array(random.sample(range(count), count))
    made, expected = labels.label(graph, order), shortest_path(graph, unweighted=True)
    for v in range(count):
        for hub, far in entries(made, v).items():
            others = {h: d for h, d in entries(made, v).items() if h != hub}
            there = entries(made, order[hub])
            known = min((d + there[h] for h, d in others.items() if h in there), default=np.inf)
            assert known > far == expected[v, order[hub]]


def test_a_star_needs_its_centre_only():
    graph = from_edges(5, [(0, i) for i in range(1, 5)])
    made = labels.label(graph, labels.by_degree(graph))
    assert len(made.hubs) == 5 + 4
    assert [entries(made, v).get(0) for v in range(5)] == [0, 1, 1, 1, 1]


def test_a_pruned_network_has_more_entries_than_edges_and_in_random_order_more_still():
    graph, rng = pruned((200, 300, 10), 0.02), np.random.default_rng(0)
    by_degree, by_chance = (
        labels.sizes(graph, labels.label(graph, order))
        for order in (labels.by_degree(graph), rng.permutation(graph.shape[0]))
    )
    assert by_degree.edges + by_degree.vertices <= by_degree.entries < by_chance.entries
    assert 0 < by_degree.bits < by_chance.bits


def test_the_bits_of_a_small_labelling_by_hand():
    """A path of three: centre first; sets {c}, {c, a}, {c, b} of three hubs; distances 0 and 1."""
    graph = from_edges(3, [(0, 1), (1, 2)])
    made = labels.label(graph, labels.by_degree(graph))
    shares = np.array([3, 2]) / 5
    expected = 3 * np.log2(3) - 5 * (shares * np.log2(shares)).sum()
    assert labels.bits(made) == pytest.approx(expected)


def test_a_pair_without_a_path_is_refused():
    graph = from_edges(4, [(0, 1), (2, 3)])
    made = labels.label(graph, labels.by_degree(graph))
    with pytest.raises(Refused, match="^no path leads from vertex 1 to vertex 2$"):
        labels.distance(made, 1, 2)


@pytest.mark.parametrize("pair", [(0, 4), (-1, 1), (4, 0)])
def test_a_vertex_that_the_graph_lacks_is_refused(pair):
    graph = from_edges(4, [(0, 1), (2, 3)])
    made = labels.label(graph, labels.by_degree(graph))
    with pytest.raises(Refused, match="^vertex (-1|4): the graph has vertices 0 to 3$"):
        labels.distance(made, *pair)


@pytest.mark.parametrize("order", [[0, 1], [0, 1, 1], [0, 1, 3]])
def test_an_order_that_is_none_is_refused(order):
    with pytest.raises(Refused, match="each of the 3 vertices once"):
        labels.label(from_edges(3, [(0, 1)]), np.array(order))


def test_a_network_is_one_graph_without_what_is_isolated():
    """Pixels 0, 1, 2, units 3, 4, outputs 5, 6; pixel 1 and output 6 have no link."""
    graph = layered([np.array([[1, 0, 1], [1, 0, 0]]), np.array([[0, 1], [0, 0]])])
    expected = from_edges(5, [(0, 2), (0, 3), (1, 2), (3, 4)])
    assert (graph.toarray() == expected.toarray()).all()


def test_a_negative_weight_is_a_link_as_well():
    assert layered([np.array([[-1.0, 0.5]])]).nnz == 4


@pytest.mark.parametrize("masks", [[np.ones((2, 1, 3, 3))], [np.ones((4, 3)), np.ones((2, 8))]])
def test_what_is_no_chain_of_fully_connected_layers_is_refused(masks):
    with pytest.raises(Refused, match="layer . with weights .* does not read the units before it"):
        layered(masks)


def test_an_empty_network_is_refused():
    with pytest.raises(Refused, match="without weights is not a graph"):
        layered([np.zeros((3, 2))])


def test_sparse_random_graphs_from_elsewhere():
    rng = np.random.default_rng(5)
    half = random_array((150, 150), density=0.01, rng=rng) != 0
    graph = csr_array((half + half.T).astype(np.uint8))
    graph.setdiag(0)
    graph.eliminate_zeros()
    made, expected = (
        labels.label(graph, labels.by_degree(graph)),
        shortest_path(graph, unweighted=True),
    )
    for first, second in rng.integers(0, 150, (2000, 2)):
        if np.isfinite(expected[first, second]):
            assert labels.distance(made, first, second) == expected[first, second]
