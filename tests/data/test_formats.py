"""Parsers: what was written is read, and what is not in the format is refused by name."""

import gzip

import numpy as np
import pytest
from helpers import damage, published
from helpers.published import cifar, idx, pixels

from brainside.base.errors import Refused
from brainside.data import formats, pickled


@pytest.mark.parametrize("shape", [(7,), (3, 28, 28), (0, 28, 28)])
def test_idx_is_read_as_it_was_written(shape):
    payload = idx(pixels(*shape))
    for each in (payload, gzip.decompress(payload)):
        assert np.array_equal(formats.parse_idx(each, "x"), pixels(*shape))


whole = idx(pixels(5, 4, 4))
unzipped = gzip.decompress(whole)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        whole[:-20],
        b"not gzip at all",
        whole[:20] + b"\0\0\0\0" + whole[24:],
        gzip.compress(unzipped[:-1], mtime=0),
        gzip.compress(unzipped + b"\0", mtime=0),
        gzip.compress(b"\0\0\x0d" + unzipped[3:], mtime=0),  # floats, says the header
        gzip.compress(b"\0\0", mtime=0),
        unzipped[:-1],
        unzipped + b"\0",
    ],
)
def test_a_damaged_idx_file_is_refused_by_name_in_one_line(payload):
    with pytest.raises(Refused, match=r"^mnist: some-file is not .*replace it") as refusal:
        formats.parse_idx(payload, "mnist: some-file")
    assert "\n" not in str(refusal.value)


def test_cifar_planes_and_labels_are_read_as_they_were_written():
    images, labels = pixels(6, 3, 32, 32), np.arange(6, dtype=np.uint8)
    parsed_images, parsed_labels = formats.parse_cifar(cifar(images, labels), "x")
    assert np.array_equal(parsed_images, images)
    assert np.array_equal(parsed_labels, labels)


@pytest.mark.parametrize("cut", [1, 3072, 6 * 3073])
def test_a_truncated_cifar_batch_is_refused_by_name(cut):
    payload = cifar(pixels(6, 3, 32, 32), np.zeros(6, np.uint8))
    with pytest.raises(Refused, match="cifar10: test_batch.bin"):
        formats.parse_cifar(payload[:-cut], "cifar10: test_batch.bin")


def test_a_cifar_label_over_nine_is_refused():
    with pytest.raises(Refused, match="label is over 9"):
        formats.parse_cifar(cifar(pixels(2, 3, 32, 32), np.array([3, 10], np.uint8)), "x")


def test_usps_rows_become_images_of_16_by_16_with_their_float_values():
    images, labels = formats.parse_usps(published.usps(), "x")["test"]
    assert (images.shape, images.dtype) == ((3, 1, 16, 16), np.float32)
    assert images[1, 0, 2, 5] == np.linspace(0, 1, 768, dtype="f4")[256 + 2 * 16 + 5]
    assert (labels.tolist(), labels.dtype) == ([0, 1, 2], np.uint8)


def test_usps_without_a_group_or_truncated_is_refused_by_name():
    for payload in (published.usps(("train",)), published.usps()[:1000], b""):
        with pytest.raises(Refused, match="usps: usps.h5"):
            formats.parse_usps(payload, "usps: usps.h5")


PUBLISHED = {
    "idx": (idx(pixels(5, 4, 4)), lambda path: formats.parse_idx(path.read_bytes(), str(path))),
    "archive": (published.cifar_archive(pixels(6, 3, 32, 32), np.arange(6, dtype=np.uint8)),
                lambda path: list(pickled.batches(path, ["test_batch.bin"]))),
    "usps": (published.usps(), lambda path: formats.parse_usps(path.read_bytes(), str(path))),
}  # fmt: skip


@pytest.mark.parametrize("kind", PUBLISHED)
def test_a_mutated_file_is_read_or_refused_by_name(kind, tmp_path):
    blob, read = PUBLISHED[kind]
    path = tmp_path / "mutated"
    for seed in range(500):
        path.write_bytes(damage.mutated(blob, seed))
        try:
            read(path)
        except Refused as refusal:
            assert str(path) in str(refusal) and "\n" not in str(refusal)
