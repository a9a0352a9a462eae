"""Kinds of plot data: what figures show of a stored network's weights, one function per kind.

Each maps a stored network and the shape of its images (C, H, W) to rows. Raise VERSION when the
rows of the same network change.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from torch import Tensor

from brainside.archive import records
from brainside.archive.checkpoints import checked_bytes
from brainside.base.errors import Refused
from brainside.graphs import labels as distances
from brainside.graphs.layered import layered
from brainside.networks import architectures
from brainside.networks.counts import multiply_adds_by_layer
from brainside.networks.parameters import split
from brainside.representations import checkpoint, predicted
from brainside.representations.compressed import OWN_WEIGHTS, Compressed
from brainside.representations.hashed import indices
from brainside.representations.plain import masks_of
from brainside.study.plotdata import PlotData

VERSION = 1
BINS = 81  # odd, so that one of them is about zero
PICTURES = 10
Row = dict[str, Any]


def layers(compressed: Compressed, image_shape: tuple[int, ...]) -> Iterator[Row]:
    """Han 2015, tables 2 and 3: weights and multiply-adds of each layer, all of them and kept."""
    if compressed.rebuild not in OWN_WEIGHTS:
        raise Refused("it does not store the weights of its layers")
    whole = architectures.build(_spec(compressed), seed=0)
    used = multiply_adds_by_layer(whole, image_shape)
    still_used = multiply_adds_by_layer(compressed.network(), image_shape)
    for name, mask in masks_of(compressed).items():
        yield {
            "layer": name, "weights": mask.numel(), "kept": int(mask.sum()),
            "multiply_adds": used[name], "kept_multiply_adds": still_used[name],
        }  # fmt: skip


def inputs(compressed: Compressed, image_shape: tuple[int, ...]) -> Iterator[Row]:
    """How many non-zero weights of the first layer read each input, as a picture (H, W)."""
    first = next(iter(split(compressed.network())[0].values()))
    if first.dim() != 2 or first.shape[1] != math.prod(image_shape):
        raise Refused("its first layer is not fully connected to the image")
    yield _picture("connections", 0, (first != 0).sum(0).reshape(image_shape).sum(0))


def histogram(compressed: Compressed, image_shape: tuple[int, ...]) -> Iterator[Row]:
    """The weights of each layer that are not zero, counted by value."""
    for name, weight in split(compressed.network())[0].items():
        yield from _histograms(name, {"weights": weight[weight != 0]})


def hashed(compressed: Compressed, image_shape: tuple[int, ...]) -> Iterator[Row]:
    """A HashedNet's buckets, and its virtual weights by the sign that their hash gives them."""
    if "hash" not in compressed.spec:
        raise Refused("it is not a HashedNet")
    network = split(compressed.network())[0]
    for name, start in compressed.spec["hash"].items():
        free, virtual = compressed.weights[name].flatten(), network[name]
        positive = indices(virtual.shape, len(free), seed=start) < len(free)
        signed = {"positive": virtual.flatten()[positive], "negative": virtual.flatten()[~positive]}
        yield from _histograms(name, {"buckets": free, **signed})


def pictures(compressed: Compressed, image_shape: tuple[int, ...]) -> Iterator[Row]:
    """Atoms of the first layer's first dictionary, and the weights of its first units.

    Both are evenly spaced in their layer; of a convolution, the kernels' first input channel.
    """
    name, weight = next(iter(split(compressed.network())[0].items()))
    found = {"filter": weight}
    if name in compressed.spec.get("predicted", {}):
        found = {"atom": _dictionary(compressed, name), **found}
    side = weight.shape[2:] if weight.dim() == 4 else image_shape[1:]
    for what, rows in found.items():
        chosen = torch.linspace(0, len(rows) - 1, min(PICTURES, len(rows))).long()
        for number in chosen.tolist():
            yield _picture(what, number, rows[number].reshape(-1, *side)[0])


def labels(compressed: Compressed, image_shape: tuple[int, ...]) -> Iterator[Row]:
    """Sizes of the exact distance labels of a network's graph, by the order of their searches."""
    if compressed.rebuild not in OWN_WEIGHTS:
        raise Refused("it does not store the weights of its layers")
    graph = layered([mask.numpy() for mask in masks_of(compressed).values()])
    orders = {"degree": distances.by_degree(graph), "random": _shuffled(graph.shape[0])}
    for name, order in orders.items():
        sizes = distances.sizes(graph, distances.label(graph, order))
        yield {"order": name, **asdict(sizes)}


KINDS: dict[str, Callable[[Compressed, tuple[int, ...]], Iterator[Row]]] = {
    kind.__name__: kind for kind in (layers, inputs, histogram, hashed, pictures, labels)
}


def text(job: PlotData) -> str:
    """The file of a job as text, from its checkpoints or the gallery's copies of them.

    Raises Refused where one is missing or not its record's, or is of a method that has nothing of
    the kind.
    """
    lines: list[str] = []
    digests = {row["budget"]: row["checkpoint_sha256"] for row in records.read(job.sweep.path)}
    for budget in job.budgets:
        path = job.sweep.checkpoint(budget)
        if budget not in digests:
            raise Refused(f"{job.sweep.path}: has no row of budget {budget:g}")
        blob = checked_bytes(job.sweep, budget, digests[budget])
        compressed = checkpoint.decode(blob, budget=budget, where=str(path))
        try:
            rows = list(KINDS[job.kind](compressed, architectures.image_shape(_spec(compressed))))
        except Refused as refusal:
            where = f"{path}: {job.method} has no plot data {job.kind!r}"
            raise Refused(f"{where}: {refusal}") from None
        lines += [] if lines else [",".join(["budget", *rows[0]])]
        lines += [",".join([f"{budget!r}", *map(str, row.values())]) for row in rows]
    return "\n".join([*lines, ""])


def _spec(compressed: Compressed) -> dict[str, Any]:
    """The architecture; a method's own fields may be beside it."""
    return compressed.spec.get("network", compressed.spec)


def _dictionary(compressed: Compressed, name: str) -> Tensor:
    """The first column's atoms (atoms, features) of a predicted layer."""
    if name in compressed.structure:
        return compressed.structure[name][0]
    return predicted.columns_of(compressed.spec["predicted"][name])[0]


def _histograms(layer: str, named: dict[str, Tensor]) -> Iterator[Row]:
    """Counts in equal bins from −limit to limit, the same for all of a layer's sets of values."""
    limit = _rounded_up(max([float(v.abs().max()) for v in named.values() if len(v)] + [1e-9]))
    for what, values in named.items():
        counts, _ = np.histogram(values.numpy(), BINS, (-limit, limit))
        yield {"layer": layer, "what": what, "limit": limit, "values": _joined(counts)}


def _rounded_up(value: float) -> float:
    """To two significant digits."""
    step = 10.0 ** (math.floor(math.log10(value)) - 1)
    return float(f"{math.ceil(value / step) * step:.3g}")


def _picture(what: str, number: int, values: Tensor) -> Row:
    """A picture (H, W) as whole numbers of a unit: counts as they are, others in 100 steps."""
    unit = 1.0
    if values.is_floating_point():
        unit = float(f"{float(values.abs().max()) / 100:.4g}") or 1.0
        values = (values / unit).round().int()
    height, width = values.shape
    return {"what": what, "number": number, "height": height, "width": width, "unit": unit,
            "values": _joined(values.flatten().tolist())}  # fmt: skip


def _shuffled(count: int) -> np.ndarray:
    """The numbers below `count` in one random order, the same every time."""
    return torch.randperm(count, generator=torch.Generator().manual_seed(0)).numpy()


def _joined(values: Iterable[int]) -> str:
    return " ".join(map(str, values))
