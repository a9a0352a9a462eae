"""Effective resistances of a layer's graph, and how near a sparser graph is to it.

Spielman, Srivastava, "Graph sparsification by effective resistances" (arXiv 0803.0929). The
resistance between two vertices is the voltage that drives a unit current from one to the other; a
link's leverage is its conductance times the resistance between its ends, the probability of being
in a random spanning tree. Everything is exact, by dense matrices in double precision, and reads
conductances (rows, columns), float64.
"""

import torch
from torch import Tensor

from brainside.base.errors import Refused
from brainside.graphs.bipartite import components, degrees, laplacian, part

NOTHING = 1e-12  # of energies relative to each other: what rounding leaves of zero
TOO_DIFFERENT = "conductances differ by more orders of magnitude than double precision can hold"
ROUNDING = 1e-6  # of Foster's sum, per vertex; beyond it the resistances mean nothing


def resistances(conductances: Tensor) -> Tensor:
    """The effective resistance between each row and each column, infinite without a path.

    A component's Laplacian L is scaled by the roots of its degrees D to N = D^-½ L D^-½, and
    N + uu' inverted, with u the unit vector that N sends to zero. For differences of vertices this
    is the inverse of L + J/n, and vertices whose links are all weak cost no accuracy.
    """
    found = torch.full_like(conductances, torch.inf)
    for rows, columns in components(conductances):
        found[rows[:, None], columns] = _connected(part(conductances, (rows, columns)))
    return found


def leverages(conductances: Tensor) -> Tensor:
    """Conductance times effective resistance of each link, between 0 and 1; 0 without a link.

    Their sum is the number of vertices less that of components (Foster 1949). Raises Refused for a
    graph without links, and where rounding spoils that sum.
    """
    if not conductances.any():
        raise Refused("a graph without links has no leverages; keep at least one weight per layer")
    linked = conductances != 0
    found = torch.where(linked, conductances * resistances(conductances), 0)
    pieces = sum(1 for _ in components(conductances))
    vertices = int(linked.any(0).sum() + linked.any(1).sum())
    if not abs(float(found.sum()) - (vertices - pieces)) < ROUNDING * vertices:
        raise Refused(TOO_DIFFERENT)
    return found


def by_degree(conductances: Tensor) -> Tensor:
    """c_ij (1/d_i + 1/d_j), with d the degrees: what leverages tend to in dense graphs.

    Von Luxburg, Radl, Hein, "Hitting and commute times in large random neighborhood graphs" (arXiv
    1003.1266): the effective resistance tends to the sum of the ends' own.
    """
    rows, columns = (conductances.sum(dim).clamp(min=1e-300) for dim in (1, 0))
    return conductances * (1 / rows[:, None] + 1 / columns)


def relative_spectrum(conductances: Tensor, sparser: Tensor) -> tuple[float, float]:
    """The least and the largest x'L̃x / x'Lx, over the x that L does not send to zero.

    `sparser` has conductances of L̃ in the place of those of L, and links of L only. A
    sparsifier of quality ε has 1 − ε and 1 + ε at most; 0 says that it cuts a component in two.
    Raises Refused for a graph without links.
    """
    extremes = [
        _extremes(part(conductances, each), part(sparser, each))
        for each in components(conductances)
    ]
    if not extremes:
        raise Refused("a graph without links has no spectrum; keep at least one weight per layer")
    return min(low for low, _ in extremes), max(high for _, high in extremes)


def _connected(conductances: Tensor) -> Tensor:
    """The resistances (rows, columns) of a connected graph."""
    size, factor = _factor(conductances)
    inverse = torch.cholesky_inverse(factor) / size.outer(size)
    own, rows = inverse.diagonal(), len(conductances)
    return own[:rows, None] + own[rows:] - 2 * inverse[:rows, rows:]


def _factor(conductances: Tensor) -> tuple[Tensor, Tensor]:
    """D^½ as a vector, and the Cholesky factor of N + uu' of a connected graph."""
    size = degrees(conductances).sqrt()
    unit = size / size.norm()
    normalised = laplacian(conductances) / size.outer(size)
    factor, failed = torch.linalg.cholesky_ex(normalised + unit.outer(unit))
    if failed:
        raise Refused(TOO_DIFFERENT)
    return size, factor


def _extremes(conductances: Tensor, sparser: Tensor) -> tuple[float, float]:
    """The relative spectrum's ends of a connected graph.

    The vector u, which both Laplacians send to zero, gives the least of all eigenvalues.
    """
    size, factor = _factor(conductances)
    scaled = laplacian(sparser) / size.outer(size)
    half = torch.linalg.solve_triangular(factor, scaled, upper=False)
    pencil = torch.linalg.solve_triangular(factor, half.T, upper=False)
    values = torch.linalg.eigvalsh((pencil + pencil.T) / 2)
    low, high = (float(value) if value > NOTHING else 0.0 for value in (values[1], values[-1]))
    return low, high
