"""Files in the formats that the small archive has none of, each with what reads it."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from helpers import published
from helpers.coded import coded, pruned
from helpers.published import pixels

from brainside.analysis import readings
from brainside.analysis.published import read_published
from brainside.base import configs, paths
from brainside.base.errors import Refused
from brainside.base.files import read_whole, write_whole
from brainside.base.keys import canonical
from brainside.coding import codec
from brainside.coding.settings import Setting
from brainside.data import catalogue, formats, pickled
from brainside.jobs import plotdata as plots
from brainside.representations.compressed import Compressed
from brainside.study.plotdata import PlotData
from brainside.study.sweeps import Sweep

Reader = Callable[[], Any]
Sample = tuple[Path, Reader]
FOLDER = Path("samples")
LABELS = np.arange(6, dtype=np.uint8)
# Each with the setting's name: what entropy coders, positions and levels can go wrong with.
CODED = {
    "bits": Setting(), "zeta": Setting(values="uniform", entropy="huffman", positions="zeta"),
    "kmeans": Setting(values="kmeans"), "wrapped": Setting(positions="bitmap", wrap="lzma"),
}  # fmt: skip


def of_datasets() -> list[Sample]:
    """Published files, small ones."""
    images = pixels(6, 3, 32, 32)
    idx, cifar, packed, usps = (FOLDER / n for n in ("idx.gz", "cifar.bin", "cifar.tar.gz", "h5"))
    write_whole(idx, published.idx(pixels(5, 4, 4)))
    write_whole(cifar, published.cifar(images, LABELS))
    write_whole(packed, published.cifar_archive(images, LABELS))
    write_whole(usps, published.usps())
    return [
        (idx, lambda: formats.parse_idx(read_whole(idx), str(idx))),
        (cifar, lambda: formats.parse_cifar(read_whole(cifar), str(cifar))),
        (packed, lambda: list(pickled.batches(packed, ["test_batch.bin"]))),
        (usps, lambda: formats.parse_usps(read_whole(usps), str(usps))),
    ]


def of_codecs() -> list[Sample]:
    """Coded networks, which must decode to what was coded or not at all."""
    network = pruned()
    paths_of = {name: FOLDER / f"{name}.coded" for name in CODED}
    for name, path in paths_of.items():
        write_whole(path, coded(network, CODED[name]))
    return [(path, _same(path)) for path in paths_of.values()]


def _same(path: Path) -> Reader:
    before = _content(codec.decode(read_whole(path)))

    def read() -> None:
        assert _content(codec.decode(read_whole(path), where=str(path))) == before

    return read


def _content(network: Compressed) -> str:
    named = {**network.weights, **network.biases, **network.structure}
    return canonical({name: tensor.tolist() for name, tensor in named.items()})


def of_plots(sweep: Sweep) -> Sample:
    """A file of plot data, made of a sweep's checkpoint."""
    job = PlotData(sweep, "histogram", (sweep.budgets[0],))
    write_whole(job.path, plots.text(job).encode())
    return job.path, lambda: readings.read_plotdata([job])


def of_configs(names: dict[Path, str]) -> list[Sample]:
    """Configs beside the study's, by path with their schema, and the schemas themselves."""
    if paths.SCHEMAS.is_symlink():  # the repository's own, which nobody may alter
        kept = paths.SCHEMAS.resolve()
        paths.SCHEMAS.unlink()
        shutil.copytree(kept, paths.SCHEMAS)
    write_whole(paths.DATASETS, _taken(paths.DATASETS))
    schemas = [paths.SCHEMAS / name for name in ("published.schema.yaml", configs.COMMON)]
    return [
        *((path, lambda p=path, n=name: configs.read_valid(p, n)) for path, name in names.items()),
        (paths.DATASETS, catalogue.catalogue),
        *((path, lambda p=path: _anew(p)) for path in schemas),
    ]


def _taken(path: Path) -> bytes:
    """The content of a link, which is removed."""
    blob = path.read_bytes()
    path.unlink()
    return blob


def _anew(schema: Path) -> None:
    """Read a config with a schema as it is now.

    One that is whole and has another rule is refused where the config breaks that: git tells then.
    """
    for kept in (configs._read, configs._validator, configs.definitions):
        kept.cache_clear()
    try:
        read_published("quick")
    except Refused as refusal:
        ours = str(refusal).startswith(f"{paths.PUBLISHED}:")
        raise Refused(f"{schema}: {refusal}" if ours else str(refusal)) from None
    finally:
        for kept in (configs._read, configs._validator, configs.definitions):
            kept.cache_clear()
