"""What a restructuring must not touch: keys, paths and checkpoint bytes of the archive."""

import hashlib
from dataclasses import replace

import pytest
import torch
from helpers.project import ROOT

from brainside.base.errors import Refused
from brainside.base.paths import KINDS, RESULTS
from brainside.representations import checkpoint
from brainside.representations.compressed import SPARSE, TICKET, Compressed
from brainside.representations.rebuilding import REBUILD
from brainside.study import study
from brainside.study.codings import codings
from brainside.study.plotdata import plotdata

MLP = {"name": "mlp", "sizes": [6, 4, 3]}
PLAN = {"dictionary": "squared-exponential", "box": [1, 2, 3], "atoms": 2, "columns": 2, "seed": 7,
        "width": 1.0, "ridge": 0.1, "orthonormal": True}  # fmt: skip


def values(*shape: int) -> torch.Tensor:
    """Numbers that every machine has the same bits of."""
    return (torch.arange(torch.Size(shape).numel()) / 8 - 1).float().reshape(shape)


def stored(rebuild: str, spec: dict, first: torch.Tensor, **structure: torch.Tensor) -> Compressed:
    """An MLP whose first layer is stored in some way and whose second as it is."""
    if rebuild == TICKET:  # neither weights nor biases
        return Compressed(0.5, rebuild, spec, {}, {}, structure)
    biases = {"1.bias": values(4), "3.bias": values(3)}
    flat = rebuild == SPARSE  # where the kept weights have positions beside them
    weights = {"1.weight": first, "3.weight": values(12) if flat else values(3, 4)}
    return Compressed(0.5, rebuild, spec, weights, biases, structure)


# One of each kind: its spec, the weights of the first layer, and the positions that it stores.
KINDS_OF_STORE = {
    "representations.dense": (MLP, values(4, 6), {}),
    "representations.sparse": (MLP, values(3), {"1.weight": [0, 5, 23]}),
    "methods.chen2015hashednets.rebuild": (
        {"network": MLP, "hash": {"1.weight": 11}}, values(1, 5), {}),
    "methods.chen2015controls.rebuild_edges": (
        {"network": MLP, "edges": {"1.weight": 11}}, values(1, 5), {}),
    "methods.chen2015controls.rebuild_factor": (
        {"network": MLP, "factor": {"1.weight": 11}}, values(4, 2), {}),
    "methods.denil2013predicting.rebuild": (
        {"network": MLP, "predicted": {"1.weight": PLAN}}, values(4, 2), {}),
    "methods.denil2013predicting.rebuild_factors": (
        {"network": MLP, "low_rank": ["1.weight"]}, values(2, 10), {}),
    "representations.ticket": (
        {"network": MLP, "signs": {"1.weight": 11, "3.weight": 12}}, values(0),
        {"1.weight": [0, 5, 23]}),
}  # fmt: skip

# The SHA-256 of each file as the first version of the format wrote it.
FROZEN = {
    "representations.dense":
        "31ae08e889bf240c383d2a0ef1aed0bd6721630097a782b202ba117448c9a9c7",
    "representations.sparse":
        "5643651bfb24aa0277e56fa7091a02da7d59cc1ef55c30075ce0515225998919",
    "methods.chen2015hashednets.rebuild":
        "7f3a0ed9b6369eaa5bae9b4c8f33b1d103e29dff71fcb359bb55decc26624db9",
    "methods.chen2015controls.rebuild_edges":
        "d36bb24f8792ddc30051f78291508a711d3849bca519279a9ca73d2f2bce8b30",
    "methods.chen2015controls.rebuild_factor":
        "4c08d541b5fb18b2978f85f277c8329b612f5ace2ea7769b4224b2ab62c71404",
    "methods.denil2013predicting.rebuild":
        "b3cd0b1fa85cba1f082d5eaf00358a69a4cf4808a0d34effd794289f00ee819e",
    "methods.denil2013predicting.rebuild_factors":
        "6a249e2c6f4047c37863a2673c91b9c2497fe1751ce894b6ec8e53ef6a08c79e",
    "representations.ticket":
        "360630ad864e4ebd243002a43199bbda60076763a26b911da93ca79ccb1a170b",
}  # fmt: skip


def of_kind(rebuild: str) -> Compressed:
    spec, first, places = KINDS_OF_STORE[rebuild]
    network = stored(rebuild, spec, first)
    if places:
        places = {**places, "3.weight": range(12)}
    network.structure.update(
        {name: torch.tensor(list(at), dtype=torch.int32) for name, at in places.items()}
    )
    return network


@pytest.mark.parametrize("rebuild", FROZEN)
def test_a_checkpoint_of_every_kind_has_the_bytes_that_it_always_had(rebuild):
    blob = checkpoint.encode(of_kind(rebuild))
    assert hashlib.sha256(blob).hexdigest() == FROZEN[rebuild]


@pytest.mark.parametrize("rebuild", FROZEN)
def test_and_it_decodes_to_a_network(rebuild):
    decoded = checkpoint.decode(checkpoint.encode(of_kind(rebuild)))
    assert decoded.network()(torch.zeros(2, 1, 2, 3)).shape == (2, 3)


@pytest.mark.parametrize(
    ("rebuild", "field"),
    [("methods.chen2015hashednets.rebuild", "hash"), ("representations.ticket", "signs")],
)
def test_a_seed_that_no_network_of_ours_has_is_refused(rebuild, field):
    network = of_kind(rebuild)
    seeds = dict.fromkeys(network.spec[field], 2**70)
    forged = replace(network, spec={**network.spec, field: seeds}, file="some.file")
    with pytest.raises(Refused, match=r"some\.file: does not describe a network \(OverflowError"):
        forged.network()


def test_no_kind_is_forgotten():
    assert set(FROZEN) == set(REBUILD)


def test_the_archive_has_only_files_that_the_config_gives_and_no_half_record(monkeypatch):
    monkeypatch.chdir(ROOT)
    paper = study.load("config/paper")
    jobs = [{*sweep.files, sweep.cost} for sweep in paper.everything]
    jobs += [{search.path, search.cost} for search in paper.searches]
    jobs += [{job.path} for job in [*codings(paper), *plotdata(paper)]]
    folders = [RESULTS / kind / paper.name for kind in KINDS if kind != "checkpoints"]
    found = {path for folder in folders for path in folder.rglob("*") if path.is_file()}
    found = {path for path in found if path.name != ".snakemake_timestamp"}
    assert {str(path) for path in found.difference(*jobs)} == set()
    assert [files - found for files in jobs if files & found and files - found] == []
