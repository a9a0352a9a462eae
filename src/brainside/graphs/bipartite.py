"""A layer as a bipartite graph: its outputs and inputs are the vertices, its weights the links.

The graph is a matrix of conductances (rows, columns), zero where there is no link. Vertices are
numbered rows first, then columns.
"""

from collections.abc import Iterator

import torch
from scipy.sparse import bmat, csr_array
from scipy.sparse.csgraph import connected_components
from torch import Tensor

Component = tuple[Tensor, Tensor]  # numbers of its rows and of its columns, int64


def degrees(conductances: Tensor) -> Tensor:
    """The sum of each vertex's conductances, (rows + columns,)."""
    return torch.cat([conductances.sum(1), conductances.sum(0)])


def laplacian(conductances: Tensor) -> Tensor:
    """The matrix L of the energy x'Lx = Σ c_ij (x_i − x_j)², (rows + columns, rows + columns)."""
    rows = len(conductances)
    matrix = degrees(conductances).diag()
    matrix[:rows, rows:], matrix[rows:, :rows] = -conductances, -conductances.T
    return matrix


def components(conductances: Tensor) -> Iterator[Component]:
    """The connected components that have a link; isolated vertices are in none."""
    links = csr_array((conductances != 0).numpy())
    labels = connected_components(bmat([[None, links], [links.T, None]]), directed=False)[1]
    of_rows, of_columns = torch.from_numpy(labels).split([len(conductances), links.shape[1]])
    for label in of_rows[conductances.any(1)].unique():
        yield (of_rows == label).nonzero().flatten(), (of_columns == label).nonzero().flatten()


def part(conductances: Tensor, component: Component) -> Tensor:
    """The conductances within a component, (its rows, its columns)."""
    rows, columns = component
    return conductances[rows[:, None], columns]
