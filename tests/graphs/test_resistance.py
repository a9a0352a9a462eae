"""Resistances, leverages and relative spectra against laws, closed forms and other software."""

import networkx
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from brainside.base.errors import Refused
from brainside.graphs.bipartite import components, degrees, laplacian
from brainside.graphs.resistance import by_degree, leverages, relative_spectrum, resistances


def matrix(*rows) -> torch.Tensor:
    return torch.tensor(rows, dtype=torch.float64)


def random_graph(rows=7, columns=5, seed=0, density=0.5) -> torch.Tensor:
    """Conductances over six orders of magnitude, some of them absent."""
    generator = torch.Generator().manual_seed(seed)
    exponents = 6 * torch.rand(rows, columns, generator=generator, dtype=torch.float64) - 3
    return 10**exponents * (torch.rand(rows, columns, generator=generator) < density)


def of_networkx(conductances: torch.Tensor) -> networkx.Graph:
    graph, rows = networkx.Graph(), len(conductances)
    for i, j in conductances.nonzero().tolist():
        graph.add_edge(i, rows + j, weight=float(conductances[i, j]))
    return graph


densities = st.sampled_from([0.15, 0.3, 0.6, 1.0])
sides = st.integers(1, 9)
graphs = st.builds(random_graph, sides, sides, st.integers(0, 10**6), densities).filter(
    lambda conductances: bool(conductances.any())
)


@given(graphs)
def test_fosters_sum(conductances):
    linked = degrees(conductances) > 0
    expected = int(linked.sum()) - networkx.number_connected_components(of_networkx(conductances))
    assert float(leverages(conductances).sum()) == pytest.approx(expected, abs=1e-9)


@given(graphs)
def test_leverages_are_probabilities(conductances):
    found = leverages(conductances)
    assert ((found > 0) == (conductances > 0)).all() and (found <= 1 + 1e-9).all()


@given(graphs, st.floats(1e-6, 1e6))
def test_leverages_have_no_unit(conductances, unit):
    torch.testing.assert_close(leverages(unit * conductances), leverages(conductances))


@given(graphs)
def test_resistances_are_those_of_networkx(conductances):
    graph, found = of_networkx(conductances), resistances(conductances)
    for component in map(sorted, networkx.connected_components(graph)):
        piece = graph.subgraph(component)
        for i, j in piece.edges:
            first, second = sorted((i, j))
            expected = networkx.resistance_distance(piece, i, j, "weight", invert_weight=False)
            assert float(found[first, second - len(conductances)]) == pytest.approx(
                expected, rel=1e-6
            )


def test_resistances_are_those_of_the_pseudoinverse_and_of_the_shifted_inverse():
    conductances = torch.rand(20, 30, generator=torch.Generator().manual_seed(1)).double()
    whole = laplacian(conductances)
    for inverse in (torch.linalg.pinv(whole), torch.linalg.inv(whole + 1 / len(whole))):
        own = inverse.diagonal()
        expected = own[:20, None] + own[20:] - 2 * inverse[:20, 20:]
        torch.testing.assert_close(resistances(conductances), expected, rtol=1e-9, atol=0)


def test_in_series_resistances_add_up():
    """A path row – column – row – column with conductances 2, 4, 8."""
    found = resistances(matrix([2, 0], [4, 8]))
    torch.testing.assert_close(found, matrix([1 / 2, 1 / 2 + 1 / 4 + 1 / 8], [1 / 4, 1 / 8]))


def test_in_parallel_conductances_add_up():
    """Of a square with links 1: one link, and three in series beside it."""
    torch.testing.assert_close(resistances(matrix([1, 1], [1, 1]))[0, 0], matrix(3 / 4)[0])
    torch.testing.assert_close(
        resistances(matrix([1, 2], [3, 4]))[0, 0], 1 / matrix(1 + 1 / (1 / 2 + 1 / 3 + 1 / 4))[0]
    )


def test_of_a_tree_every_link_has_leverage_one():
    star = matrix([3], [0.2], [1e-8], [40])
    torch.testing.assert_close(resistances(star), 1 / star)
    torch.testing.assert_close(leverages(star), torch.ones_like(star))


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (3, 3), (4, 11), (30, 7)])
def test_complete_bipartite_graphs_have_a_closed_form(rows, columns):
    """By symmetry each of the rows · columns links has an equal part of Foster's sum."""
    found = resistances(torch.ones(rows, columns).double())
    torch.testing.assert_close(found, torch.full_like(found, 1 / rows + 1 / columns
                                                      - 1 / (rows * columns)))  # fmt: skip


def test_between_components_there_is_no_path():
    conductances = matrix([1, 0, 0], [0, 2, 0])
    assert resistances(conductances)[0, 1] == torch.inf
    pieces = [(rows.tolist(), columns.tolist()) for rows, columns in components(conductances)]
    assert pieces == [([0], [0]), ([1], [1])]
    torch.testing.assert_close(leverages(conductances), matrix([1, 0, 0], [0, 1, 0]))


@given(graphs)
def test_the_degree_proxy_is_a_lower_bound_up_to_the_link_itself(conductances):
    """A current must leave one end and enter the other; only their own link does both at once."""
    proxy, found = by_degree(conductances), leverages(conductances)
    assert (proxy / 2 <= found * (1 + 1e-9)).all()


def test_the_degree_proxy_is_exact_in_the_limit_of_dense_graphs():
    errors = []
    for size in (10, 40, 160):
        conductances = 0.5 + torch.rand(size, size, generator=torch.Generator().manual_seed(2))
        ratio = by_degree(conductances.double()) / leverages(conductances.double())
        errors.append(float((ratio - 1).abs().max()))
    assert errors[0] > 2 * errors[1] > 4 * errors[2]


def test_a_hand_example_of_the_degree_proxy():
    torch.testing.assert_close(by_degree(matrix([1, 3], [0, 2])),
                               matrix([1 / 4 + 1, 3 / 4 + 3 / 5], [0, 1 + 2 / 5]))  # fmt: skip


@given(graphs, st.integers(0, 10**6))
def test_the_relative_spectrum_bounds_every_energy_and_is_reached(conductances, seed):
    generator = torch.Generator().manual_seed(seed)
    sparser = conductances * torch.rand(conductances.shape, generator=generator).double() * 2
    low, high = relative_spectrum(conductances, sparser)
    x = torch.randn(len(laplacian(conductances)), 50, generator=generator).double()
    ratios = (x * (laplacian(sparser) @ x)).sum(0) / (x * (laplacian(conductances) @ x)).sum(0)
    assert (ratios >= low * (1 - 1e-6) - 1e-9).all() and (ratios <= high * (1 + 1e-6)).all()
    spread = sparser[conductances > 0] / conductances[conductances > 0]
    assert float(spread.min()) * (1 - 1e-6) <= low <= high <= float(spread.max()) * (1 + 1e-6)


def test_the_relative_spectrum_is_that_of_the_pencil():
    conductances = torch.rand(6, 4, generator=torch.Generator().manual_seed(3)).double()
    sparser = conductances * (conductances > 0.3) * 1.5
    inverse = np.linalg.pinv(laplacian(conductances).numpy())
    values = np.sort(np.linalg.eigvals(inverse @ laplacian(sparser).numpy()).real)
    found = relative_spectrum(conductances, sparser)
    assert found == pytest.approx((max(values[1], 0), values[-1]), abs=1e-9)


def test_a_graph_is_its_own_sparsifier_and_one_in_two_pieces_is_none():
    conductances = random_graph(density=1.0)
    assert relative_spectrum(conductances, 3 * conductances) == pytest.approx((3, 3))
    cut = conductances.clone()
    cut[:3, 2:], cut[3:, :2] = 0, 0
    assert relative_spectrum(conductances, cut)[0] == 0
    assert relative_spectrum(conductances, 0 * cut) == (0, 0)


@pytest.mark.parametrize("measure", [leverages, lambda c: relative_spectrum(c, c)])
def test_a_graph_without_links_is_refused(measure):
    with pytest.raises(Refused, match="^a graph without links has no .*; keep at least one"):
        measure(torch.zeros(3, 2).double())


def test_conductances_beyond_double_precision_are_refused():
    """Two pairs of vertices that hang together by what rounding swallows."""
    with pytest.raises(Refused, match="orders of magnitude"):
        leverages(matrix([1, 1e-40], [0, 1]))
